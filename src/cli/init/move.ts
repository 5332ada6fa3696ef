/** A server of a client's file as an upstream of ours: the same program, with its credentials sealed apart from it. */
import { isAbsolute } from 'node:path';
import type { Launch } from '../../clients/index.ts';
import type { Plain } from '../../config/text-edit.ts';
import type { Environment } from '../compose.ts';
import { type Credential, credentialsOf, isFilledIn } from '../clients/credentials.ts';
import { looksLikeKey } from '../doctor/key-look.ts';
import { type ArgumentMove, moveArguments } from './move-arguments.ts';

/** A value that is sealed, and the name it gets. */
export interface SealedValue {
  readonly name: string;
  readonly value: string;
}

export type Move =
  | {
      readonly ok: true;
      /** The entry of `upstreams`, without provider and currency. */
      readonly document: Readonly<Record<string, Plain>>;
      readonly secrets: readonly SealedValue[];
    }
  | { readonly ok: false; readonly why: string };

/** What becomes of a server under the name of an upstream. `env` fills in what the client would. */
export function moved(upstream: string, launch: Launch, env: Environment): Move {
  switch (launch.via) {
    case 'other':
      return refused('it is written in words that are not known');
    case 'http':
      return withoutKeys(movedRemote(upstream, launch, env));
    case 'stdio':
      return withoutKeys(movedProgram(upstream, launch, env));
  }
}

/** Nothing that goes into the configuration may hold what is sealed, wherever else it stood in the entry. */
function withoutKeys(move: Move): Move {
  if (!move.ok) return move;
  const texts = textsIn(move.document);
  const isLeft = move.secrets.some(({ value }) => value.length >= 8 && texts.some((text) => text.includes(value)));
  if (!isLeft && !texts.some((text) => looksLikeKey('', text))) return move;
  return refused('a key stands in it where it cannot be taken out');
}

function textsIn(value: Plain): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value as object).flatMap(textsIn) : [];
}

function refused(why: string): Move {
  return { ok: false, why };
}

function movedRemote(upstream: string, launch: Extract<Launch, { via: 'http' }>, env: Environment): Move {
  if (isFilledIn(launch.url)) return refused('the client fills in its address');
  if (/[?#]|:\/\/[^/]*@/.test(launch.url))
    return refused('its address may hold a credential, which cannot be sealed there');
  const filled = filledIn(launch.headers, env);
  if (!filled.ok) return filled;
  const { values, secrets } = sealedApart(
    upstream,
    filled.values,
    credentialsOf({ ...launch, headers: filled.values }),
  );
  const headers = Object.keys(values).length === 0 ? {} : { headers: values };
  return { ok: true, document: { url: launch.url, ...headers }, secrets };
}

function movedProgram(upstream: string, launch: Extract<Launch, { via: 'stdio' }>, env: Environment): Move {
  const filled = filledIn(launch.env, env);
  if (!filled.ok) return filled;
  const words = filledArguments(launch, env);
  if (!words.ok) return words;
  const whole: Launch = { ...launch, args: words.args, env: filled.values };
  const args: ArgumentMove = moveArguments(launch.command, words.args, credentialsOf(whole));
  if (!args.ok) return args;
  const added = Object.fromEntries(args.sealed.map(({ variable, value }) => [variable, value]));
  const all = { ...filled.values, ...args.plain(filled.values), ...added };
  const named = new Set([...credentialsOf(whole).flatMap(nameOf), ...Object.keys(added)]);
  const { values, secrets } = sealedApart(
    upstream,
    all,
    [...named].map((name) => ({ place: { is: 'env', name }, value: all[name] ?? '' })),
  );
  const stray = Object.keys(values).find((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name));
  if (stray !== undefined) return refused(`\`${stray}\` is no name of a variable`);
  return {
    ok: true,
    document: {
      command: launch.command,
      ...(args.args.length === 0 ? {} : { args: args.args }),
      ...(Object.keys(values).length === 0 ? {} : { env: values }),
      ...(launch.cwd !== null && isAbsolute(launch.cwd) ? { cwd: launch.cwd } : {}),
    },
    secrets,
  };
}

function nameOf({ place }: Credential): readonly string[] {
  return place.is === 'arg' ? [] : [place.name];
}

type Filled =
  { readonly ok: true; readonly values: Record<string, string> } | { readonly ok: false; readonly why: string };

/** Values that the client takes from its own environment are taken from this one. */
function filledIn(values: Readonly<Record<string, string>>, env: Environment): Filled {
  const filled: Record<string, string> = {};
  for (const [name, text] of Object.entries(values)) {
    const value = isFilledIn(text)
      ? text.replace(/\$\{(?:env:)?(\w+)\}|^\$(\w+)$/g, (all, braced, bare) => {
          return env[String(braced ?? bare)] ?? all;
        })
      : text;
    if (isFilledIn(value)) return { ok: false, why: `the client fills in \`${name}\`, and here it is not set` };
    filled[name] = value;
  }
  return { ok: true, values: filled };
}

type FilledArguments =
  { readonly ok: true; readonly args: readonly string[] } | Extract<Filled, { readonly ok: false }>;

/** The same for arguments; what names a variable of the entry itself, the program fills in. */
function filledArguments(launch: Extract<Launch, { via: 'stdio' }>, env: Environment): FilledArguments {
  const isOwn = (text: string): boolean =>
    [...text.matchAll(/\$\{([^}]+)\}/g)].every(([, name = '']) => Object.hasOwn(launch.env, name));
  const foreign = launch.args.flatMap((arg, index) => (isOwn(arg) ? [] : [[`argument ${index + 1}`, arg] as const]));
  const filled = filledIn(Object.fromEntries(foreign), env);
  if (!filled.ok) return filled;
  return { ok: true, args: launch.args.map((arg, index) => filled.values[`argument ${index + 1}`] ?? arg) };
}

function sealedApart(upstream: string, values: Readonly<Record<string, string>>, credentials: readonly Credential[]) {
  const secrets = new Map(
    credentials.flatMap(({ place, value }) =>
      place.is === 'arg' ? [] : [[place.name, { name: secretName(upstream, place.name), value }] as const],
    ),
  );
  const written = Object.entries(values).map(([name, text]): [string, Plain] => {
    const secret = secrets.get(name);
    return [name, secret === undefined ? text : { secret: secret.name }];
  });
  return { values: Object.fromEntries(written), secrets: [...secrets.values()] };
}

/** `stripe-secret-key` for `STRIPE_SECRET_KEY` of `stripe`: lower case, and the upstream's name once. */
function secretName(upstream: string, variable: string): string {
  const words = variable
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const name = words === upstream || words.startsWith(`${upstream}-`) ? words : `${upstream}-${words}`;
  return name.slice(0, 64);
}
