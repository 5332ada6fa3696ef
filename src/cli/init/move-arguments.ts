/**
 * Credentials that a server is given as arguments. Every process of a machine can read the arguments of the others, and
 * the configuration takes none that are secret; so each goes into the environment, in the way that its program allows.
 */
import { basename } from 'node:path';
import type { Credential, CredentialPlace } from '../clients/credentials.ts';

type ArgumentPlace = Extract<CredentialPlace, { is: 'arg' }>;

export type ArgumentMove =
  | {
      readonly ok: true;
      /** The arguments that are left. */
      readonly args: readonly string[];
      /** Variables that hold what was taken out. */
      readonly sealed: readonly { readonly variable: string; readonly value: string }[];
      /** Plain variables beside them, given those that there are. */
      readonly plain: (env: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
    }
  | { readonly ok: false; readonly why: string };

/** Options that a program also reads from its environment. */
const SAME_IN_ENVIRONMENT: readonly (readonly [program: string, option: string, variable: string])[] = [
  ['@stripe/mcp', '--api-key', 'STRIPE_SECRET_KEY'],
  ['@paddle/paddle-mcp', '--api-key', 'PADDLE_API_KEY'],
  ['@paypal/mcp', '--access-token', 'PAYPAL_ACCESS_TOKEN'],
];

/** What one credential becomes. */
interface Taken {
  readonly variable: string;
  readonly value: string;
  /** What stands in place of the argument; nothing: it goes, with the option before it. */
  readonly instead: string | null;
  /** What the program's own process puts behind its arguments. */
  readonly pushed: readonly string[];
}

/** Takes every credential out of the arguments. */
export function moveArguments(
  command: string,
  args: readonly string[],
  credentials: readonly Credential[],
): ArgumentMove {
  const given = credentials.flatMap(({ place, value }) => (place.is === 'arg' ? [{ place, value }] : []));
  const taken = new Map<number, Taken>();
  for (const { place, value } of given) {
    const one = takenOut(command, args, place, value);
    if (one === null) {
      const option = place.option === null ? `argument ${place.index + 1}` : `\`${place.option}\``;
      return { ok: false, why: `its key is ${option}, and there is no safer way known to hand it over` };
    }
    taken.set(place.index, one);
  }
  const gone = new Set(
    given.flatMap(({ place }) => (taken.get(place.index)?.instead === null ? indexesOf(place) : [])),
  );
  const pushed = [...taken.values()].flatMap((one) => one.pushed);
  return {
    ok: true,
    args: args.flatMap((arg, index) => (gone.has(index) ? [] : [taken.get(index)?.instead ?? arg])),
    sealed: [...taken.values()].map(({ variable, value }) => ({ variable, value })),
    plain: (env) => (pushed.length === 0 ? {} : { NODE_OPTIONS: preload(env['NODE_OPTIONS'], pushed) }),
  };
}

/** The argument, and an option that stands before it on its own. */
function indexesOf({ index, before, option }: ArgumentPlace): readonly number[] {
  return option !== null && before === '' ? [index - 1, index] : [index];
}

function takenOut(command: string, args: readonly string[], place: ArgumentPlace, value: string): Taken | null {
  const { before, option, index } = place;
  // A container's client passes on a variable of its own that is named without a value.
  if ((option === '-e' || option === '--env') && before !== '') {
    const variable = before.slice(0, -1);
    return { variable, value, instead: variable, pushed: [] };
  }
  const line = [command, ...args].join(' ');
  const same = SAME_IN_ENVIRONMENT.find(([program, name]) => name === option && line.includes(program));
  if (same !== undefined) return { variable: same[2], value, instead: null, pushed: [] };
  if (option === '--header' && line.includes('mcp-remote')) {
    const [, name = '', text = ''] = /^([\w-]+)\s*:\s*(.*)$/s.exec(value) ?? [];
    const variable = `HEADER_${index}`;
    return { variable, value: text, instead: `${name}:\${${variable}}`, pushed: [] };
  }
  if (option === null || !isNode(command)) return null;
  const variable = `ARG_${option
    .replace(/^-+/, '')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')}`;
  const pushed = before === '' ? [`'${option}'`, `process.env.${variable}`] : [`'${before}'+process.env.${variable}`];
  return { variable, value, instead: null, pushed };
}

function isNode(command: string): boolean {
  return /^(?:node|npx)(?:\.exe|\.cmd)?$/.test(basename(command.replaceAll('\\', '/')));
}

/** Puts arguments into the program's own list inside its process, and not into that of the runner that starts it. */
function preload(before: string | undefined, pushed: readonly string[]): string {
  const runners = ['npx', 'npx-cli.js', 'npm-cli.js'].map((name) => `String(process.argv[1]).endsWith('${name}')`);
  const code = `--import=data:text/javascript,${runners.join('||')}||process.argv.push(${pushed.join(',')})`;
  return before === undefined || before === '' ? code : `${before} ${code}`;
}
