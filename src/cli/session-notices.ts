/** What an operator has to know when a session opens: said on stderr, and recorded where it denies calls. */
import { type Fault, faultLine } from '../config/fault.ts';
import type { GrantConfig, LoadedConfig } from '../config/types.ts';
import type { PolicyName } from '../core/ids.ts';
import type { Installation } from './compose.ts';
import { quote, say } from './report.ts';

/** Says and records it, once for the session. Throws `AuditError`, and then the session is not opened. */
export async function tellOfGrant(installation: Installation, config: LoadedConfig, grant: GrantConfig): Promise<void> {
  for (const name of grant.policies) await tellOfPolicy(installation, grant, name, config.brokenPolicies.get(name));
  if (grant.policies.length === 0) say(`grant \`${grant.name}\` has no policy, so every call is denied`);
}

async function tellOfPolicy(
  installation: Installation,
  grant: GrantConfig,
  policy: PolicyName,
  faults: readonly Fault[] | undefined,
): Promise<void> {
  if (faults === undefined) return;
  const [first = 'it could not be read', ...others] = faults.map(faultLine);
  say(`policy \`${policy}\` does not load, so every call of grant \`${grant.name}\` is denied: ${first}`);
  for (const line of others) quote(line);
  const admin = await installation.adminLog();
  await admin.write({ kind: 'policy_refused', policy, faults: faults.length });
}
