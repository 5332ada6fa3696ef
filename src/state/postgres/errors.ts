/** What the failures of the server and of the way to it mean (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
import { StateError } from '../port.ts';

/** What a failure means, and what to do about it. */
interface Meaning {
  readonly code: StateError['code'];
  readonly what: string;
}

const DAMAGED: Meaning = { code: 'corrupt', what: 'is damaged or not ours; restore it from a backup' };
const REFUSED: Meaning = { code: 'conflict', what: 'refuses the entry' };
const BUSY: Meaning = { code: 'busy', what: 'did not get to it in time; try again' };
const DENIED: Meaning = {
  code: 'unavailable',
  what: 'does not let us in; check the user name and the password secret',
};
const CONNECT = 'cannot be reached; check that it runs and that the URL is right';
const UNREACHABLE: Meaning = { code: 'unavailable', what: CONNECT };
const CUT: Meaning = { code: 'unavailable', what: 'ended the connection; see its log if that goes on' };

const BY_STATE: ReadonlyMap<string, Meaning> = new Map([
  ['40001', BUSY],
  ['40P01', BUSY],
  ['55P03', BUSY],
  ['57014', BUSY],
  ['57P03', { code: 'busy', what: 'is starting or stopping; try again in a moment' }],
  ['53300', { code: 'busy', what: 'has no connection left; raise `max_connections` or end what holds them' }],
  ['28000', DENIED],
  ['28P01', DENIED],
  ['3D000', { code: 'unavailable', what: 'is missing; create the database' }],
  ['3F000', { code: 'unavailable', what: 'has no schema to use; name one that exists with `?schema=`' }],
  ['42501', { code: 'unavailable', what: 'denies the role a privilege; grant it what the message names' }],
  ['25006', { code: 'unavailable', what: 'is read-only; name the primary server' }],
  ['25000', { code: 'unavailable', what: 'is reached in a way that breaks counting; connect without the pooler' }],
  ['53100', { code: 'unavailable', what: 'has no disk space left; free some' }],
  ['42P01', DAMAGED],
  ['42703', DAMAGED],
  ['42804', DAMAGED],
  ['42883', DAMAGED],
  ['42P07', DAMAGED],
  ['42723', DAMAGED],
]);

const BY_CLASS: ReadonlyMap<string, Meaning> = new Map([
  ['08', CUT],
  ['22', REFUSED],
  ['23', REFUSED],
  ['57', CUT],
  ['XX', DAMAGED],
]);

/** The driver has no codes for these. */
const BY_TEXT: readonly (readonly [RegExp, Meaning])[] = [
  [/^SASL: .*password/, DENIED],
  [
    /does not support SSL/,
    { code: 'unavailable', what: 'has no TLS; set it up, or say `sslmode=disable` on a trusted network' },
  ],
  [
    /certificate|altname/i,
    { code: 'unavailable', what: 'is not proven to be the one named; check `sslrootcert` and the name' },
  ],
  [/^Connection terminated( unexpectedly)?$|not queryable|ECONNRESET|EPIPE/, CUT],
  [/^Query read timeout$/, { code: 'unavailable', what: 'does not answer; see whether it is overloaded or cut off' }],
];

/** The SQLSTATE of what the server itself answered. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True if the statement was undone as a whole, only because of others, and may be sent again. */
export function isRolledBack(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '40001' || state === '40P01';
}

/** True if the connection is of no more use, so that nobody knows whether the statement was carried out. */
export function isCut(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return !(error instanceof StateError);
  return state.startsWith('08') || state.startsWith('57P');
}

/** The failure in the port's words; errors of the port itself pass unchanged. */
export function toStateError(error: unknown, words: string): StateError {
  if (error instanceof StateError) return error;
  const { code, what } = meaningOf(error);
  return new StateError(code, `the state store \`${words}\` ${what} (${detailOf(error)})`, { cause: error });
}

function meaningOf(error: unknown): Meaning {
  const state = sqlStateOf(error);
  if (state !== undefined)
    return BY_STATE.get(state) ?? BY_CLASS.get(state.slice(0, 2)) ?? { code: 'unavailable', what: 'cannot be used' };
  const detail = detailOf(error);
  return BY_TEXT.find(([pattern]) => pattern.test(detail))?.[1] ?? UNREACHABLE;
}

/** Node gathers the attempts at several addresses in an error whose own message is empty. */
function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
