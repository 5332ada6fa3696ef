/** `countersign activate`: shows what an edited configuration changes, and has operators sign it into force. */
import { basename } from 'node:path';
import type { KnownOperator, Registry } from '../../approvals/index.ts';
import { ConfigError, faultLine } from '../../config/index.ts';
import type { ConfigParts, LoadedConfig } from '../../config/types.ts';
import { Installation } from '../compose.ts';
import { signedBy } from '../operators/acting.ts';
import { readRoot } from '../operators/root.ts';
import { openSigner, operatorNamed, type SigningOptions } from '../operators/signer.ts';
import { openContext } from '../policy/context.ts';
import { readDocument } from '../policy/documents.ts';
import { diffPolicies, type PolicyDiff } from '../policy-diff/diff.ts';
import { diffJson } from '../policy-diff/diff-json.ts';
import { showDiff } from '../policy-diff/show.ts';
import { comparedUpstreams } from '../policy-diff/upstreams.ts';
import { CommandError, Exit, type ExitCode, hint, print, say } from '../report.ts';
import { maySign, type Part, PARTS, parseActivation, partAct, signatureFault } from '../trust/activation.ts';
import { type ValueChange, valueChanges } from '../trust/changes.ts';
import { dropPending, type Files, filesOf, install, keepPending, readPending } from '../trust/install.ts';
import { activationText } from '../trust/place.ts';

export interface ActivateOptions extends SigningOptions {
  readonly config: string | undefined;
  readonly as?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What is edited, beside what is in force. */
interface Edit {
  readonly config: LoadedConfig;
  readonly files: Files;
  /** Null where nothing was signed before, or where that cannot be read any more. */
  readonly before: LoadedConfig | null;
  /** The parts that are not signed yet, with what is wrong with their signatures. */
  readonly unsigned: ReadonlyMap<Part, string>;
  /** The texts of the parts that are. */
  readonly signed: Readonly<Record<Part, string>>;
}

/** Exit code 1 while somebody has to sign. Throws `CommandError`, and `ConfigError` for an edit that does not load. */
export async function activate(options: ActivateOptions): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config, edited: true });
  try {
    const config = await soundConfig(installation);
    await checkRoot(installation.home, config);
    const registry = await installation.registry();
    const edit = await editOf(installation, config, registry);
    if (edit.unsigned.size === 0 && edit.before !== null) return settled(options);
    const shown = await changesOf(edit, options);
    show(shown, edit, options);
    if (options.dryRun === true) return finish({ ...edit, inForce: false }, shown, options);
    const after = await sign(installation, edit, signerFor(registry, edit, options.as), options);
    return finish(after, shown, options);
  } finally {
    await installation.close();
  }
}

async function soundConfig(installation: Installation): Promise<LoadedConfig> {
  const config = await installation.config();
  if (config.policyFaults.length === 0) return config;
  const lines = config.policyFaults.map((fault) => `  ${faultLine(fault)}`);
  throw new CommandError(Exit.usage, ['a policy of the edited configuration does not load', ...lines].join('\n'));
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

async function editOf(installation: Installation, config: LoadedConfig, registry: Registry): Promise<Edit> {
  const { home } = installation;
  const active = parseActivation(activationText(home) ?? '');
  const pending = await readPending(home);
  const faults = new Map<Part, string>();
  const signed: Record<Part, string> = { policy: '', admin: '' };
  for (const part of PARTS) {
    const texts = [active?.signed[part] ?? '', pending?.[part] ?? ''];
    const checked = texts.map((text) => signatureFault(part, text, config.parts, registry, installation.installId()));
    const at = checked.indexOf(null);
    if (at >= 0) signed[part] = texts[at] ?? '';
    else faults.set(part, checked[1] ?? '');
  }
  return { config, files: await filesOf(config), before: await inForce(installation), unsigned: faults, signed };
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
  /** Null for one that is not compared with another. */
  readonly diff: PolicyDiff | null;
}

interface Changes {
  readonly values: readonly ValueChange[];
  readonly policies: readonly PolicyChange[];
}

async function changesOf({ config, before }: Edit, options: ActivateOptions): Promise<Changes> {
  const [edited, active] = [await readDocument(config.file), before === null ? null : await readDocument(before.file)];
  const context = await openContext(options.config, { edited: true });
  try {
    const names = [...new Set([...(before?.policies.keys() ?? []), ...config.policies.keys()])];
    const policies: PolicyChange[] = [];
    for (const name of names) {
      const [old, now] = [before?.policies.get(name), config.policies.get(name)];
      if (now === undefined) policies.push({ policy: name, is: 'gone', diff: null });
      else if (old?.state !== 'loaded' || now.state !== 'loaded')
        policies.push({ policy: name, is: 'new', diff: null });
      else if (old.policy.hash !== now.policy.hash) {
        const upstreams = await comparedUpstreams({ upstreams: [], provider: null }, context);
        policies.push({ policy: name, is: 'changed', diff: await diffPolicies(old.policy, now.policy, upstreams) });
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
  for (const { path, before: old, after } of values) print(`${path}: ${old ?? 'nothing'} -> ${after ?? 'nothing'}`);
  for (const { policy, is, diff } of policies) {
    print(`policy \`${policy}\` is ${is}`);
    if (diff !== null) showDiff(diff);
  }
  for (const part of unsigned.keys()) say(`to be signed: ${PART_WORDS[part]}`);
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
  if (unsigned.size === 0 || [...unsigned.keys()].some((part) => maySign(part, operator))) return operator;
  throw new CommandError(
    Exit.usage,
    `\`${as}\` has not the role for what has to be signed: ${[...unsigned.keys()].map((part) => PART_WORDS[part]).join('; ')}`,
  );
}

type After = Pick<Edit, 'signed' | 'unsigned'> & { readonly inForce: boolean };

async function sign(
  installation: Installation,
  edit: Edit,
  operator: KnownOperator,
  options: SigningOptions,
): Promise<After> {
  const { config, files } = edit;
  const parts = [...edit.unsigned.keys()].filter((part) => maySign(part, operator));
  const texts = new Map<Part, string>();
  const signer = await openSigner(installation.home, operator, options);
  try {
    for (const part of parts) {
      const { signed } = await signedBy(installation, operator, signer, partAct(part, config.parts));
      texts.set(part, signed);
    }
  } finally {
    signer.forget();
  }
  const signed = { ...edit.signed, ...Object.fromEntries(texts) };
  const unsigned = new Map([...edit.unsigned].filter(([part]) => !texts.has(part)));
  const isComplete = unsigned.size === 0;
  await record(installation, operator, texts, config.parts, isComplete);
  const activation = { file: basename(config.file), signed };
  if (isComplete) {
    await install(installation.home, files, activation);
    await dropPending(installation.home);
  } else await keepPending(installation.home, activation);
  return { signed, unsigned, inForce: isComplete };
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
  const missing = [...unsigned.keys()];
  if (options.json === true) {
    const shown = policies.map(
      ({ policy, is, diff }) =>
        `{"policy":${JSON.stringify(policy)},"is":"${is}","diff":${diff === null ? 'null' : diffJson(diff)}}`,
    );
    print(
      `{"inForce":${inForce},"missing":${JSON.stringify(missing)},"values":${JSON.stringify(values)},"policies":[${shown.join(',')}]}`,
    );
  } else if (inForce)
    say('the configuration is in force as it is edited; running gateways take it up with the next call');
  else if (options.dryRun === true) say('nothing was signed');
  else {
    say('signed; what was in force stays in force until the rest is signed, too');
    hint('countersign activate --as NAME, by somebody with the other role');
  }
  return inForce || options.dryRun === true ? Exit.ok : Exit.found;
}
