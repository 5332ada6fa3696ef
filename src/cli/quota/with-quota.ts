/** What the `quota` commands share. */
import { settleLeftovers } from '../../approvals/leftovers.ts';
import type { QuotaStore } from '../../state/index.ts';
import { Installation } from '../compose.ts';
import { abandonDead, isDead } from '../quota-owners.ts';
import type { ExitCode } from '../report.ts';

export interface QuotaOptions {
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Runs a command on the quota of an installation, after what dead processes of this machine held became in doubt. */
export async function withQuota(
  { config }: QuotaOptions,
  work: (quota: QuotaStore, installation: Installation) => Promise<ExitCode>,
): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: config });
  try {
    const store = await installation.store();
    const { quota } = store;
    await abandonDead(quota);
    await settleLeftovers(store, isDead);
    return await work(quota, installation);
  } finally {
    await installation.close();
  }
}
