/** What the `quota` commands share. */
import type { QuotaStore } from '../../state/index.ts';
import { Installation } from '../compose.ts';
import { abandonDead } from '../quota-owners.ts';
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
    const { quota } = await installation.store();
    await abandonDead(quota);
    return await work(quota, installation);
  } finally {
    await installation.close();
  }
}
