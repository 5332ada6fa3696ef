/** What `countersign init` can be told; whatever is left out is asked, or has the default that its help names. */
import type { ActingOptions } from '../operators/acting.ts';

export interface InitOptions extends ActingOptions {
  readonly config: string | undefined;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** Only these clients. */
  readonly client?: readonly string[];
  /** These servers too, although they are not recognised as payment servers. */
  readonly server?: readonly string[];
  /** These servers stay where they are. */
  readonly skip?: readonly string[];
  readonly currency?: string;
  readonly threshold: string;
  readonly daily: string;
  /** A name, or false for nobody. */
  readonly operator?: string | false;
  readonly person?: string;
  readonly grant: string;
  readonly principal?: string;
  readonly owner?: string;
  readonly name: string;
}

/** True if a person sits there to answer. */
export function canAsk({ yes, json }: InitOptions): boolean {
  return yes !== true && json !== true && process.stdin.isTTY;
}
