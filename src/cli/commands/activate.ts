/** `countersign activate`: shows what an edited configuration changes, and has operators sign it into force. */
import type { KnownOperator, Registry } from '../../approvals/index.ts';
import { ConfigError, faultLine, type Source } from '../../config/index.ts';
import type { ConfigParts, LoadedConfig } from '../../config/types.ts';
import type { PolicyName } from '../../core/ids.ts';
import { Installation } from '../compose.ts';
import { signedBy } from '../operators/acting.ts';
import { readRoot } from '../operators/root.ts';
import { openSigner, operatorNamed, type SigningOptions } from '../operators/signer.ts';
import { openContext } from '../policy/context.ts';
import { policySources, readDocument } from '../policy/documents.ts';
import { diffPolicies, type PolicyDiff } from '../policy-diff/diff.ts';
import { diffJson } from '../policy-diff/diff-json.ts';
import { showDiff } from '../policy-diff/show.ts';
import { comparedUpstreams } from '../policy-diff/upstreams.ts';
import { printable } from '../printable.ts';
import { CommandError, Exit, type ExitCode, hint, print, say } from '../report.ts';
import { maySign, type Part, PARTS, parseActivation, partAct, signatureFault } from '../trust/activation.ts';
import { policyChanges, type ValueChange, valueChanges } from '../trust/changes.ts';
import {
  dropPending,
  install,
  isActive,
  keepPending,
  readPending,
  stage,
  type Staged,
  unstage,
} from '../trust/install.ts';
import { activationText } from '../trust/place.ts';

export interface ActivateOptions extends SigningOptions {
  readonly config: string | undefined;
  readonly as?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What is edited, beside what is in force. */
interface Edit {
  /** The copy that is shown, signed and put in force. */
  readonly staged: Staged;
  readonly config: LoadedConfig;
  /** Null where nothing was signed before, or where that cannot be read any more. */
  readonly before: LoadedConfig | null;
  readonly isInForce: boolean;
  /** The parts that are not signed yet. */
  readonly unsigned: readonly Part[];
  /** The texts of the parts that are. */
  readonly signed: Readonly<Record<Part, string>>;
}

/** Exit code 1 while somebody has to sign. Throws `CommandError`, and `ConfigError` for an edit that does not load. */
export async function activate(options: ActivateOptions): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config, edited: true });
  try {
    const edited = await installation.config();
    await checkRoot(installation.home, edited);
    const staged = await stage(installation.home, edited);
    try {
      return await activateStaged(installation, staged, options);
    } finally {
      if (!(await isActive(installation.home, staged))) await unstage(staged);
    }
  } finally {
    await installation.close();
  }
}

async function activateStaged(installation: Installation, staged: Staged, options: ActivateOptions): Promise<ExitCode> {
  const config = await soundConfig(staged);
  await checkRoot(installation.home, config);
  const registry = await installation.registry();
  const edit = await editOf(installation, staged, config, registry);
  if (edit.isInForce) return settled(options);
  const shown = await changesOf(edit);
  show(shown, edit, options);
  if (options.dryRun === true) return finish({ ...edit, inForce: false }, shown, options);
  // Both parts may have been signed already, each beside another edit of the other.
  if (edit.unsigned.length === 0) return finish(await putInForce(installation, edit, edit.signed), shown, options);
  return finish(await sign(installation, edit, signerFor(registry, edit, options.as), options), shown, options);
}

/** The copy as it is: nobody can change it any more. */
async function soundConfig({ file }: Staged): Promise<LoadedConfig> {
  const copy = new Installation(process.env, { configFile: file, edited: true });
  try {
    const config = await copy.config();
    if (config.policyFaults.length === 0) return config;
    const lines = config.policyFaults.map((fault) => `  ${faultLine(fault)}`);
    throw new CommandError(Exit.usage, ['a policy of the edited configuration does not load', ...lines].join('\n'));
  } finally {
    await copy.close();
  }
}

async function checkRoot(home: string, { file, trustRoot }: LoadedConfig): Promise<void> {
  const root = await readRoot(home);
  if (root === null)
    throw new CommandError(
      Exit.usage,
      'nobody is registered who could sign a configuration',
      'countersign operator add NAME --person "…" --role admin --role policy',
    );
  if (trustRoot === root) return;
  if (trustRoot !== null)
    throw new CommandError(
      Exit.usage,
      `\`trust.root\` of ${file} is ${trustRoot}, and this home trusts ${root}`,
      'countersign operator list shows who vouches for the operators of this home',
    );
  throw new CommandError(
    Exit.usage,
    activationText(home) === null
      ? `${file} takes effect as it is edited: it names no \`trust.root\``
      : `${file} names no \`trust.root\` any more; what was signed stays in force`,
    `to have operators sign it, write into it: "trust": { "root": "${root}" }`,
  );
}

async function editOf(
  installation: Installation,
  staged: Staged,
  config: LoadedConfig,
  registry: Registry,
): Promise<Edit> {
  const { home } = installation;
  const active = parseActivation(activationText(home) ?? '')?.signed;
  const pending = await readPending(home);
  const fits = (part: Part, text: string | undefined): text is string =>
    signatureFault(part, text ?? '', config.parts, registry, installation.installId()) === null;
  const signed: Record<Part, string> = { policy: '', admin: '' };
  for (const part of PARTS) signed[part] = [active?.[part], pending?.[part]].find((text) => fits(part, text)) ?? '';
  const before = await inForce(installation);
  return {
    ...{ staged, config, before, signed },
    isInForce: before !== null && PARTS.every((part) => fits(part, active?.[part])),
    unsigned: PARTS.filter((part) => signed[part] === ''),
  };
}

/** Null for what nobody signed, or cannot be used any more: then all of the edit is new. */
async function inForce({ home }: Installation): Promise<LoadedConfig | null> {
  if (activationText(home) === null) return null;
  const active = new Installation(process.env);
  try {
    return await active.config();
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  } finally {
    await active.close();
  }
}

function settled({ json }: ActivateOptions): ExitCode {
  if (json === true) print('{"inForce":true,"missing":[],"values":[],"policies":[]}');
  else say('the configuration is in force as it is edited');
  return Exit.ok;
}

interface PolicyChange {
  readonly policy: string;
  readonly is: 'new' | 'gone' | 'changed';
  /** What its document says otherwise: no comparison of calls finds every difference. */
  readonly values: readonly ValueChange[];
  /** Null for one that is not compared with another. */
  readonly diff: PolicyDiff | null;
}

interface Changes {
  readonly values: readonly ValueChange[];
  readonly policies: readonly PolicyChange[];
}

async function changesOf({ config, before }: Edit): Promise<Changes> {
  const [edited, active] = [await readDocument(config.file), before === null ? null : await readDocument(before.file)];
  const documents = [
    before === null ? new Map<PolicyName, Source>() : await policySources(before),
    await policySources(config),
  ] as const;
  const context = await openContext(config.file, { edited: true });
  try {
    const names = [...new Set([...(before?.policies.keys() ?? []), ...config.policies.keys()])];
    const policies: PolicyChange[] = [];
    for (const name of names) {
      const [old, now] = [before?.policies.get(name), config.policies.get(name)];
      const values = policyChanges(documents[0].get(name)?.value, documents[1].get(name)?.value);
      if (now === undefined) policies.push({ policy: name, is: 'gone', values: [], diff: null });
      else if (old?.state !== 'loaded' || now.state !== 'loaded')
        policies.push({ policy: name, is: 'new', values, diff: null });
      else if (old.policy.hash !== now.policy.hash) {
        // Without an upstream there is no call to compare.
        const hasTools = config.upstreams.size > 0;
        const upstreams = hasTools ? await comparedUpstreams({ upstreams: [], provider: null }, context) : [];
        policies.push({
          ...{ policy: name, is: 'changed', values },
          diff: hasTools ? await diffPolicies(old.policy, now.policy, upstreams) : null,
        });
      }
    }
    return { values: valueChanges(active?.value, edited.value), policies };
  } finally {
    await context.close();
  }
}

function show({ values, policies }: Changes, { before, unsigned }: Edit, { json }: ActivateOptions): void {
  if (json === true) return;
  if (before === null) say('nothing that was signed is in force, so all of this configuration is new');
  for (const value of values) print(valueLine(value));
  for (const { policy, is, values: own, diff } of policies) {
    print(printable(`policy \`${policy}\` is ${is}`));
    for (const value of own) print(`  ${valueLine(value)}`);
    if (diff !== null) showDiff(diff);
  }
  if (before !== null && values.some(({ path }) => LATER.test(path)))
    say('gateways that run take up `upstreams`, `state` and `audit` when they start again');
  for (const part of unsigned) say(`to be signed: ${PART_WORDS[part]}`);
}

const LATER = /^\/(?:upstreams|state|audit)(?:\/|$)/;

/** Whoever writes the file writes this: it is drawn, and never obeyed. */
function valueLine({ path, before, after }: ValueChange): string {
  return printable(`${path}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`);
}

const PART_WORDS: Readonly<Record<Part, string>> = {
  policy: 'the policies and who has them, by an operator with the role policy or admin',
  admin: 'everything beside the policies, by an operator with the role admin',
};

function signerFor(registry: Registry, { unsigned }: Edit, as: string | undefined): KnownOperator {
  if (as === undefined)
    throw new CommandError(
      Exit.usage,
      '`activate` takes an operator, by signature',
      'say who with --as NAME; --dry-run only shows what changes',
    );
  const operator = operatorNamed(registry, as);
  if (unsigned.some((part) => maySign(part, operator))) return operator;
  throw new CommandError(
    Exit.usage,
    `\`${as}\` has not the role for what has to be signed: ${unsigned.map((part) => PART_WORDS[part]).join('; ')}`,
  );
}

type After = Pick<Edit, 'unsigned'> & { readonly inForce: boolean };

async function sign(
  installation: Installation,
  edit: Edit,
  operator: KnownOperator,
  options: SigningOptions,
): Promise<After> {
  const { parts } = edit.config;
  const texts = new Map<Part, string>();
  const signer = await openSigner(installation.home, operator, options);
  try {
    for (const part of edit.unsigned.filter((one) => maySign(one, operator))) {
      const { signed } = await signedBy(installation, operator, signer, partAct(part, parts));
      texts.set(part, signed);
    }
  } finally {
    signer.forget();
  }
  const signed = { ...edit.signed, ...Object.fromEntries(texts) };
  const unsigned = edit.unsigned.filter((part) => !texts.has(part));
  await record(installation, operator, texts, parts, unsigned.length === 0);
  if (unsigned.length === 0) return putInForce(installation, edit, signed);
  await keepPending(installation.home, signed);
  return { unsigned, inForce: false };
}

async function putInForce({ home }: Installation, { staged }: Edit, signed: Edit['signed']): Promise<After> {
  await install(home, staged, signed);
  await dropPending(home);
  return { unsigned: [], inForce: true };
}

/** Before it takes effect. */
async function record(
  installation: Installation,
  { record: { name }, fingerprint }: KnownOperator,
  texts: ReadonlyMap<Part, string>,
  parts: ConfigParts,
  inForce: boolean,
): Promise<void> {
  const log = await installation.adminLog();
  for (const [part, signed] of texts)
    await log.write({
      ...{ kind: 'config_signed', part, partHash: parts[part], inForce },
      actor: { by: 'operator', name, fingerprint, signed },
    });
}

function finish({ unsigned, inForce }: After, { values, policies }: Changes, options: ActivateOptions): ExitCode {
  if (options.json === true) {
    const shown = policies.map(
      ({ policy, is, values: own, diff }) =>
        `{"policy":${JSON.stringify(policy)},"is":"${is}","values":${JSON.stringify(own)},"diff":${diff === null ? 'null' : diffJson(diff)}}`,
    );
    print(
      `{"inForce":${inForce},"missing":${JSON.stringify(unsigned)},"values":${JSON.stringify(values)},"policies":[${shown.join(',')}]}`,
    );
  } else if (inForce)
    say('the configuration is in force as it was shown; running gateways take it up with the next call');
  else if (options.dryRun === true) say('nothing was signed');
  else {
    say('signed; what was in force stays in force until the rest is signed, too');
    hint('countersign activate --as NAME, by somebody with the other role');
  }
  return inForce || options.dryRun === true ? Exit.ok : Exit.found;
}
