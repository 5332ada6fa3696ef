/** The two policies to compare: files, standard input, or names of the configuration. */
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { faultLine, readPolicy, readSource } from '../../config/index.ts';
import type { Source } from '../../config/index.ts';
import type { LoadedConfig } from '../../config/types.ts';
import { brandAs } from '../../core/ids.ts';
import type { PolicyName } from '../../core/ids.ts';
import type { Policy } from '../../core/policy.ts';
import { readDocument } from '../policy/documents.ts';
import { CommandError, Exit } from '../report.ts';

/** What a person wrote for one side. */
type Side =
  | { readonly is: 'configured'; readonly policy: Policy }
  | { readonly is: 'document'; readonly written: string; readonly source: Source };

/**
 * Reads both. A document takes the name of the other side, because a file that replaces another keeps the name under
 * which the configuration knows it; two policies of the configuration keep their own. Throws `CommandError`.
 */
export async function bothPolicies(
  a: string,
  b: string,
  config: LoadedConfig | null,
): Promise<readonly [Policy, Policy]> {
  if (a === '-' && b === '-') throw new CommandError(Exit.usage, 'only one of the policies can come from stdin');
  const [one, other] = [await sideOf(a, config), await sideOf(b, config)];
  const name = nameOf(one) ?? nameOf(other) ?? fileName(a === '-' ? b : a);
  return [await policyOf(one, name), await policyOf(other, name)];
}

function nameOf(side: Side): PolicyName | null {
  return side.is === 'configured' ? side.policy.name : null;
}

function fileName(path: string): PolicyName {
  return brandAs(basename(path, extname(path)));
}

async function sideOf(written: string, config: LoadedConfig | null): Promise<Side> {
  if (written === '-') return { is: 'document', written: 'stdin', source: await readStdin() };
  const configured = existsSync(written) ? undefined : config?.policies.get(brandAs<PolicyName>(written));
  if (configured === undefined) return { is: 'document', written, source: await readDocument(written) };
  if (configured.state === 'loaded') return { is: 'configured', policy: configured.policy };
  throw new CommandError(Exit.usage, `policy \`${written}\` does not load: ${configured.why}`);
}

async function policyOf(side: Side, name: PolicyName): Promise<Policy> {
  if (side.is === 'configured') return side.policy;
  const read = await readPolicy(name, side.source);
  if (read.ok) return read.policy;
  const lines = read.faults.map((fault) => `  ${faultLine(fault)}`);
  throw new CommandError(Exit.usage, [`the policy \`${side.written}\` does not load`, ...lines].join('\n'));
}

const MAX_BYTES = 1024 * 1024;

/** What was piped in; a text that begins like an object or a comment is JSON, everything else YAML. */
async function readStdin(): Promise<Source> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new CommandError(Exit.usage, 'the policy on stdin is over 1 MiB');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return readSource(/^\uFEFF?\s*[{/]/.test(text) ? 'stdin.json' : 'stdin.yaml', text);
}
