/** What the server and its connection answer, in the port's words: the server, what happened, the next step. */
import { StateError } from '../port.ts';

interface Meaning {
  readonly code: StateError['code'];
  readonly step: string;
}

/** With the keys of the namespace, all that our scripts and the look at the server take. */
const PERMISSIONS = '`~{NAMESPACE}:* +@read +@write +@scripting +@connection +info +time +config|get`';

/** By the first word of an error reply (https://redis.io/docs/latest/develop/reference/protocol-spec/). */
const BY_WORD: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['LOADING', { code: 'busy', step: 'it is starting and reads its files; wait' }],
  ['BUSY', { code: 'busy', step: 'it runs a script of somebody for too long; wait, or end that with SCRIPT KILL' }],
  ['TRYAGAIN', { code: 'busy', step: 'the cluster moves its keys; wait' }],
  ['CLUSTERDOWN', { code: 'busy', step: 'the cluster has no owner for our keys; bring its nodes back' }],
  ['MASTERDOWN', { code: 'busy', step: 'it is a replica that lost its primary; name the primary in `state`' }],
  ['READONLY', { code: 'unavailable', step: 'it is a replica now; name the primary in `state`' }],
  ['OOM', { code: 'unavailable', step: 'its memory is used up; raise `maxmemory`, or remove it' }],
  ['MISCONF', { code: 'unavailable', step: 'it cannot write its files; see its log and the space on its disk' }],
  ['NOREPLICAS', { code: 'unavailable', step: 'too few replicas follow it; bring them back' }],
  ['NOAUTH', { code: 'unavailable', step: 'it wants a password; name one beside the URL in `state`' }],
  ['WRONGPASS', { code: 'unavailable', step: 'user name or password are wrong; correct them in `state`' }],
  ['NOPERM', { code: 'unavailable', step: `allow the user ${PERMISSIONS}` }],
  ['MOVED', { code: 'unavailable', step: 'another node of the cluster has our keys; calling again goes there' }],
  ['WRONGTYPE', { code: 'corrupt', step: 'another program wrote our keys; restore them, or choose another namespace' }],
  ['DAMAGED', { code: 'corrupt', step: 'restore the server from a backup, or remove what is named' }],
]);

const BY_CODE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there; start the server, or correct `state`'],
  ['ENOTFOUND', 'there is no host of that name; correct `state`'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up now; see to the network'],
]);

/** Not every fault of TLS has a code of its own; these words are OpenSSL's and Node's. */
const TLS = /certificate|self.signed|altname|SSL|TLS/i;

/** Errors of the port itself pass unchanged. */
export function toStateError(error: unknown, server: string): StateError {
  if (error instanceof StateError) return error;
  const detail = detailOf(error);
  const known = BY_WORD.get(wordOf(detail));
  const { code, step } = known ?? { code: 'unavailable' as const, step: stepFor(error, detail) };
  const damage = code === 'corrupt' ? 'what the state server' : 'the state server';
  const happened = code === 'corrupt' ? 'has kept is damaged' : 'cannot be used';
  return new StateError(code, `${damage} \`${server}\` ${happened} (${detail}); ${step}`, { cause: error });
}

/** What a user may not do is worded in another way inside a script. */
function wordOf(detail: string): string {
  if (detail.startsWith("ERR The user executing the script can't")) return 'NOPERM';
  return /^[A-Z]+/.exec(detail)?.[0] ?? '';
}

/** Where the server's error came from in our script helps nobody. */
function detailOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // The package's words for what it does to commands whose connection ends.
  if (message === 'Disconnects client' || message === 'Socket closed unexpectedly') return 'the connection was lost';
  return message.replace(/ script: [0-9a-f]{40}, on @user_script:\d+\.?$/, '');
}

function stepFor(error: unknown, detail: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = BY_CODE.get(code);
  if (known !== undefined) return known;
  if (/AUTH/.test(detail)) return 'it has no password for that user; correct them in `state`';
  if (TLS.test(code) || TLS.test(detail)) return 'see to its certificate, or to NODE_EXTRA_CA_CERTS of the gateway';
  return 'see to the server and the network; calls work again once it answers';
}

/** A value that no release of ours wrote. */
export function damaged(what: string): StateError {
  return new StateError('corrupt', `what the state server keeps of ${what} cannot be read; restore it from a backup`);
}
