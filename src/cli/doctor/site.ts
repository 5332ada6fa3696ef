/** What the doctor looks at. What could not be opened is null, and its own check says why. */
import type { LoadedConfig } from '../../config/types.ts';
import type { SharedStore } from '../../state/index.ts';
import type { Installation } from '../compose.ts';

export interface Site {
  /** Null where the home cannot be used. */
  readonly installation: Installation | null;
  readonly config: LoadedConfig | null;
  /** Null also where there is no state yet. */
  readonly store: SharedStore | null;
  readonly nowMs: number;
  /** Starts no upstream. */
  readonly offline: boolean;
}
