/** The credentials that stand in a client's file in plain text: where each is, and how it may be spoken of. */
import type { Launch } from '../../clients/index.ts';
import { looksLikeKey, prefixOf } from '../doctor/key-look.ts';

/** Where a value stands in an entry. */
export type CredentialPlace =
  | { readonly is: 'env'; readonly name: string }
  | { readonly is: 'header'; readonly name: string }
  /** `before` is what of the argument stands before the value, `--api-key=`; `option` is the word by which it is given. */
  | { readonly is: 'arg'; readonly index: number; readonly before: string; readonly option: string | null };

export interface Credential {
  readonly place: CredentialPlace;
  readonly value: string;
}

/** Every credential of an entry. Values that the client fills in itself, `${env:NAME}`, are none. */
export function credentialsOf(launch: Launch): readonly Credential[] {
  switch (launch.via) {
    case 'other':
      return [];
    case 'http':
      return valuesOf('header', launch.headers);
    case 'stdio':
      return [...valuesOf('env', launch.env), ...launch.args.flatMap((_, index) => inArgument(launch.args, index))];
  }
}

function valuesOf(is: 'env' | 'header', values: Readonly<Record<string, string>>): readonly Credential[] {
  return Object.entries(values)
    .filter(([name, text]) => isCredential(name, text))
    .map(([name, value]) => ({ place: { is, name }, value }));
}

const NAMED_SO =
  /(?:key|token|secret|passw|passphrase|pwd|credential|connection_?string|auth|bearer|cookie|session|private|mnemonic|seed)/i;
/** A path names a file that holds a key; a key may begin like one, so only what begins like most paths is taken for it. */
const PATH =
  /^(?:~|\.{1,2})?\/(?:home|Users|root|etc|opt|usr|var|run|tmp|srv|mnt|Volumes|Library|private|app|data|workspace)\/|^(?:~|\.{1,2})\//;

/** Named like one and long enough to be one; or of a form that keys have. */
function isCredential(name: string, text: string): boolean {
  if (isFilledIn(text) || name.startsWith('COUNTERSIGN_')) return false;
  if (isAddress(text)) return holdsKey(text);
  return looksLikeKey(name, text) || (NAMED_SO.test(name) && /^\S.{6,}\S$/.test(text) && !PATH.test(text));
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** True for an address with a password in it, or a part that is named like a key or looks like one. */
function holdsKey(address: string): boolean {
  if (looksLikeKey('', address) || /^nostr\+/i.test(address)) return true;
  if (!URL.canParse(address)) return /:\/\/[^/]*@/.test(address);
  const { password, searchParams, hash } = new URL(address);
  const parts = [...searchParams, ...new URLSearchParams(hash.slice(1))];
  return password !== '' || parts.some(([name, value]) => NAMED_SO.test(name) && value.length >= 8);
}

/** A value that the client takes from elsewhere. */
export function isFilledIn(text: string): boolean {
  return /\$\{[^}]+\}|^\$[A-Z_][A-Z0-9_]*$/.test(text);
}

function inArgument(args: readonly string[], index: number): readonly Credential[] {
  const [arg = '', previous = ''] = [args[index], args[index - 1]];
  const [, before = '', value = ''] = /^([\w.-]+=)(.*)$/s.exec(arg) ?? [];
  // `--api-key=VALUE`, and behind the `-e` of a container `NAME=VALUE`.
  if (before !== '' && isCredential(before.replace(/^-+|=$/g, ''), value)) {
    const option = arg.startsWith('-') ? before.slice(0, -1) : previous.startsWith('-') ? previous : null;
    return [{ place: { is: 'arg', index, before, option }, value }];
  }
  const option = previous.startsWith('-') && !previous.includes('=') ? previous : null;
  const isHeader = option === '--header' || option === '-H';
  const isOne = isHeader
    ? isHeaderValue(arg)
    : isCredential(option?.replace(/^-+/, '') ?? '', arg) && !arg.startsWith('-');
  return isOne ? [{ place: { is: 'arg', index, before: '', option }, value: arg }] : [];
}

function isHeaderValue(arg: string): boolean {
  const [, name = '', value = ''] = /^([\w-]+)\s*:\s*(.*)$/s.exec(arg) ?? [];
  return isCredential(name, value);
}

/** What a credential is called where it may be seen: its public prefix, and nothing else of it. */
export function classOf({ value }: Pick<Credential, 'value'>): string {
  return prefixOf(value) ?? 'a key';
}

/** The same in a sentence: `sk_live_…`. */
export function classWords(credential: Pick<Credential, 'value'>): string {
  const prefix = prefixOf(credential.value);
  return prefix === null ? 'a key' : `${prefix}…`;
}

/** Where it stands, in words. */
export function placeWords({ place }: Credential): string {
  switch (place.is) {
    case 'env':
      return `\`${place.name}\``;
    case 'header':
      return `the header \`${place.name}\``;
    case 'arg':
      return place.option === null ? `argument ${place.index + 1}` : `the argument of \`${place.option}\``;
  }
}

/** What must not be seen of an entry: credentials, and whatever else stands in its environment or headers. */
export function hiddenValuesOf(launch: Launch): readonly string[] {
  if (launch.via === 'other') return [];
  const values = Object.entries(launch.via === 'http' ? launch.headers : launch.env);
  const others = values.filter(([name, text]) => !name.startsWith('COUNTERSIGN_') && text.length >= 6);
  const query = launch.via === 'http' ? [/\?(.+)$/s.exec(launch.url)?.[1] ?? ''] : [];
  return [...credentialsOf(launch).map(({ value }) => value), ...others.map(([, text]) => text), ...query].filter(
    (text) => text !== '',
  );
}

/** A key of a known form, wherever it stands. */
const KEYS = /\b(?:sk|rk|pk)_(?:live|test)_\w+|\b(?:rzp|pdl)_(?:live|test|sdbx)_\w+|\b(?:whsec|creem)_\w{8,}/g;

/** Lines of a file with nothing in them that must not be seen. */
export function maskedLine(line: string, hidden: readonly string[]): string {
  const forms = hidden.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  const longest = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const masked = longest.reduce((text, value) => text.replaceAll(value, markOf(value)), line);
  return masked.replace(KEYS, (key) => markOf(key));
}

function markOf(value: string): string {
  return `${prefixOf(value) ?? ''}…`;
}

/** The lines of a text, from 1, that hold one of the values or a secret key of a known form, and its class. */
export function linesWithKeys(text: string, values: readonly string[]): readonly { line: number; key: string }[] {
  const forms = values
    .filter((value) => value.length >= 8)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  return text.split('\n').flatMap((words, index) => {
    const found = forms.find((value) => words.includes(value)) ?? SECRET_KEY.exec(words)?.[0];
    return found === undefined ? [] : [{ line: index + 1, key: classWords({ value: found }) }];
  });
}

const SECRET_KEY = /\b(?:sk|rk)_live_\w{8,}|\b(?:rzp|pdl)_live_\w{8,}|\bcreem_(?!test_)\w{8,}/;
