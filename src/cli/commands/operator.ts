/** `countersign operator add|list|revoke|trust`: the people who sign, each vouched for by a chain of signatures. */
import {
  fingerprint,
  isFingerprint,
  isOperatorName,
  type KnownOperator,
  type Registry,
  revocationMessage,
  type RevocationRecord,
  signedRecordText,
} from '../../approvals/index.ts';
import { formatMoney, type OperatorName } from '../../core/index.ts';
import { actor, Installation } from '../compose.ts';
import {
  checkKey,
  checkName,
  newKey,
  type NewKeyOptions,
  recordOf,
  vouched,
  type WhoOptions,
} from '../operators/enrol.ts';
import { keepKey } from '../operators/keys.ts';
import { pinRoot, readRoot, refuseUntrusted } from '../operators/root.ts';
import { openSigner, operatorNamed, type SigningOptions } from '../operators/signer.ts';
import { CommandError, Exit, type ExitCode, hint, printJson, printTable, say } from '../report.ts';

export interface OperatorOptions {
  readonly config: string | undefined;
  readonly json?: boolean;
  /** True: another command tells what was done. */
  readonly quiet?: boolean;
}

/** Who vouches. */
interface Vouching {
  readonly as?: string;
  readonly passphraseFd?: string;
}

export type RevokeOptions = OperatorOptions & Vouching & { readonly since?: string };

export type AddOptions = OperatorOptions & Vouching & WhoOptions & NewKeyOptions & { readonly replace?: boolean };

/** Registers an operator. The first of a home is its trust root, and vouches for itself. */
export async function add(name: string, options: AddOptions): Promise<ExitCode> {
  if (!isOperatorName(name))
    throw new CommandError(
      Exit.usage,
      `\`${name}\` is not the name of an operator`,
      'lower-case letters, digits, `.`, `_` and `-`',
    );
  return withRegistry(options, async (installation, registry, root) => {
    if (root === null) return addRoot(name, options, installation);
    const voucher = adminOf(registry, options.as, 'adds an operator');
    checkName(registry, name, options.replace === true);
    const signer = await openSigner(installation.home, voucher, signingOf(options));
    try {
      const key = await newKey(name, options, '--new-passphrase-fd');
      checkKey(registry, name, key.publicKey);
      const record = recordOf(name, options, key.publicKey, registry.find(name), Date.now());
      const text = await vouched(record, voucher.record.name, signer);
      if (key.sealedText !== null) await keepKey(installation.home, name, key.sealedText);
      await keep(installation, text, { operator: record, signedBy: voucher.record.name });
      return await told(installation, name, options);
    } finally {
      signer.forget();
    }
  });
}

async function addRoot(name: string, options: AddOptions, installation: Installation): Promise<ExitCode> {
  if (!options.role.includes('admin'))
    throw new CommandError(
      Exit.usage,
      'the first operator of an installation vouches for all others, and needs the role admin',
      `countersign operator add ${name} --person "${options.person}" --role admin --role approver`,
    );
  await refuseUntrusted(await installation.shared());
  const given = { ...options, newPassphraseFd: options.newPassphraseFd ?? options.passphraseFd };
  const key = await newKey(name, given as NewKeyOptions, '--passphrase-fd');
  const record = recordOf(name, options, key.publicKey, undefined, Date.now());
  const signer = await key.signer();
  try {
    const text = await vouched(record, record.name, signer);
    if (key.sealedText !== null) await keepKey(installation.home, name, key.sealedText);
    await pinRoot(installation.home, fingerprint(key.publicKey));
    await keep(installation, text, { operator: record, signedBy: record.name });
  } finally {
    signer.forget();
  }
  const code = await told(installation, name, options);
  if (options.json !== true && options.quiet !== true)
    hint(
      `\`${name}\` is the trust root of this home; elsewhere: countersign operator trust ${fingerprint(key.publicKey)}`,
    );
  return code;
}

/** Recorded first: nobody gets power unseen. */
async function keep(
  installation: Installation,
  text: string,
  { operator, signedBy }: { readonly operator: KnownOperator['record']; readonly signedBy: OperatorName },
): Promise<void> {
  const { name, person, roles, key } = operator;
  const log = await installation.adminLog();
  await log.write({
    ...{ kind: 'operator_added', actor: actor(), operator: name, person, roles },
    ...{ fingerprint: fingerprint(key), signedBy, signed: text },
  });
  await (await installation.shared()).operators.add(text);
}

/** Says what the registry makes of it: it is that which counts. */
async function told(installation: Installation, name: string, { json, quiet }: OperatorOptions): Promise<ExitCode> {
  const operator = (await installation.registry()).find(name);
  if (operator === undefined)
    throw new CommandError(
      Exit.found,
      `the registry does not take the record of \`${name}\``,
      'countersign operator list shows why',
    );
  if (json === true) printJson(jsonOf(operator));
  else if (quiet !== true)
    say(`\`${name}\` (${operator.record.person}) signs from now on as ${operator.record.roles.join(', ')}`);
  return Exit.ok;
}

/** Lists operators, and what of the registry was not believed. */
export function list(options: OperatorOptions): Promise<ExitCode> {
  return withRegistry(options, (_, registry, root) => {
    const faults = root === null ? [] : registry.faults;
    if (options.json === true) printJson(registry.all().map(jsonOf));
    else
      printTable(
        ['OPERATOR', 'PERSON', 'ROLES', 'MAY APPROVE', 'KEY', 'VOUCHED BY', 'STATE'],
        registry.all().map((operator) => rowOf(operator)),
      );
    for (const { entry, message } of faults)
      say(`${entry === null ? 'the registry' : `record ${entry + 1} of the registry`} is not believed: ${message}`);
    if (root === null)
      hint('nobody is registered: countersign operator add NAME --person "…" --role admin --role approver');
    return Promise.resolve(faults.length === 0 ? Exit.ok : Exit.found);
  });
}

function rowOf(operator: KnownOperator): readonly string[] {
  const { record, fingerprint: key, isRoot, signedBy, state } = operator;
  const kind = record.key.type === 'ssh' ? 'ssh' : 'passphrase';
  return [
    ...[record.name, record.person, record.roles.join(' '), limitWords(record.limits), `${kind} ${key}`],
    ...[isRoot ? 'trust root' : signedBy, state],
  ];
}

function limitWords(limits: Limits): string {
  const amounts = amountsOf(limits);
  if (amounts === null) return 'any amount';
  return amounts.length === 0 ? 'nothing' : `up to ${amounts.join(', ')}`;
}

function jsonOf({ record, fingerprint: key, isRoot, signedBy, state, revokedMs }: KnownOperator) {
  const { name, person, identities, roles, limits, addedMs } = record;
  return {
    ...{ name, person, identities, roles, limits: amountsOf(limits) },
    ...{ key: record.key.type, fingerprint: key, root: isRoot, signedBy, state },
    added: new Date(addedMs).toISOString(),
    revoked: revokedMs === null ? null : new Date(revokedMs).toISOString(),
  };
}

type Limits = KnownOperator['record']['limits'];

/** Null: any. */
function amountsOf(limits: Limits): readonly string[] | null {
  if (limits === null) return null;
  return Object.entries(limits).map(([currency, minor]) => formatMoney({ currency, minor: BigInt(minor) }));
}

/** From the instant on, nothing that the key signed is believed. */
export function revoke(name: string, options: RevokeOptions): Promise<ExitCode> {
  return withRegistry(options, async (installation, registry) => {
    const operator = operatorNamed(registry, name);
    if (operator.isRoot)
      throw new CommandError(
        Exit.usage,
        `\`${name}\` is the trust root, for whom nobody else speaks`,
        'register a new root, and trust it in every home: countersign operator trust',
      );
    const admin = adminOf(registry, options.as, 'revokes a key');
    const record: RevocationRecord = {
      ...{ v: 1, name: operator.record.name, fingerprint: operator.fingerprint },
      revokedMs: options.since === undefined ? Date.now() : instantOf(options.since),
    };
    const signer = await openSigner(installation.home, admin, signingOf(options));
    try {
      const signature = await signer.sign(revocationMessage(record));
      const by = { signedBy: admin.record.name, fingerprint: signer.fingerprint };
      const text = signedRecordText({ record, ...by, signature });
      // The stop comes first: it must work also when the log cannot be written.
      await (await installation.shared()).operators.add(text);
      const { person, roles } = operator.record;
      await (
        await installation.adminLog()
      ).write({
        ...{ kind: 'operator_revoked', actor: actor(), operator: name, person, roles },
        ...{ fingerprint: operator.fingerprint, signedBy: admin.record.name, signed: text },
      });
    } finally {
      signer.forget();
    }
    const left = (await installation.registry()).find(name);
    if (left?.state === 'active')
      throw new CommandError(
        Exit.found,
        `the registry does not take the revocation of \`${name}\``,
        'countersign operator list shows why',
      );
    if (options.json === true)
      printJson({ name, fingerprint: record.fingerprint, revoked: new Date(record.revokedMs).toISOString() });
    else say(`nothing that the key of \`${name}\` signs is believed any more; running gateways see it at once`);
    return Exit.ok;
  });
}

function instantOf(text: string): number {
  const atMs = Date.parse(text);
  if (Number.isFinite(atMs) && atMs <= Date.now()) return atMs;
  throw new CommandError(
    Exit.usage,
    `\`${text}\` behind --since is no instant of the past`,
    '--since 2026-11-27T08:00:00Z',
  );
}

/** Pins the root whose operators this home believes: a machine that shares a store with others. */
export async function trust(text: string, options: OperatorOptions): Promise<ExitCode> {
  const root: unknown = text;
  if (!isFingerprint(root))
    throw new CommandError(
      Exit.usage,
      `\`${text}\` is no fingerprint`,
      'its admin reads it from: countersign operator list',
    );
  const installation = new Installation(process.env, { configFile: options.config, create: true });
  try {
    await pinRoot(installation.home, root);
    if (options.json === true) printJson({ root });
    else say(`this home believes the operators that ${root} vouches for`);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

function adminOf(registry: Registry, as: string | undefined, what: string): KnownOperator {
  if (as === undefined)
    throw new CommandError(
      Exit.usage,
      `an admin ${what}, by signature`,
      'say who with --as NAME; countersign operator list shows who there is',
    );
  const operator = operatorNamed(registry, as);
  if (operator.record.roles.includes('admin')) return operator;
  throw new CommandError(Exit.usage, `\`${as}\` has not the role admin, and so ${what} not`);
}

/** The voucher's own key, whatever `--ssh-key` says of the new operator's. */
function signingOf({ passphraseFd }: Vouching): SigningOptions {
  return passphraseFd === undefined ? {} : { passphraseFd };
}

async function withRegistry(
  { config }: OperatorOptions,
  work: (installation: Installation, registry: Registry, root: string | null) => Promise<ExitCode>,
): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: config });
  try {
    const root = await readRoot(installation.home);
    return await work(installation, await installation.registry(), root);
  } finally {
    await installation.close();
  }
}
