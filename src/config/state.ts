/** From `state` as written to where the state is kept. */
import * as z from 'zod';
import { brandAs, type SecretName as Sealed } from '../core/ids.ts';
import { closed, SecretName, text, written } from './primitives.ts';
import type { FaultList } from './scope.ts';
import { readStateAddress, STATE_WORDS, type StateAddress, stateSubject } from './state-address.ts';
import type { DocumentPath } from './tree.ts';
import type { StateConfig } from './types.ts';

const RemoteState = closed({
  url: text(2048).describe('`redis://…`, `rediss://…` or `postgres://…`, never with a password.'),
  username: written(/^[A-Za-z0-9._~@-]{1,128}$/, 'a user name out of `A-Z a-z 0-9 . _ ~ @ -`')
    .exactOptional()
    .describe('Who the gateways are to the store.'),
  password: closed({ secret: SecretName.describe('The name of a secret that was sealed with `--for-state`.') })
    .exactOptional()
    .describe('The password, sealed for this store.'),
}).meta({ id: 'RemoteState', description: 'A store that needs a password.' });

/** `state` as people write it. */
export const State = z
  .union([text(2048), RemoteState], { error: `expected ${STATE_WORDS}, or \`{ "url": "…", "username": "…" }\`` })
  .describe('Where tokens, freezes, pins and quota are kept: `sqlite`, or the address of a store for many machines.');

type StateDoc = z.output<typeof State>;

/** A configuration of which nothing else is looked at. */
export const StatePart = z.looseObject({ state: State.exactOptional() });

const SQLITE: StateConfig = { is: 'sqlite' };

/** Reads `state`. Faults go to `list`, which keep the configuration from being used. */
export function readState(doc: StateDoc | undefined, path: DocumentPath, list: FaultList): StateConfig {
  if (doc === undefined || doc === 'sqlite') return SQLITE;
  const remote = typeof doc === 'string' ? { url: doc } : doc;
  const place = typeof doc === 'string' ? path : [...path, 'url'];
  const read = readStateAddress(remote.url);
  if (!read.ok) {
    list.refuse(read.code, place, read.message);
    return SQLITE;
  }
  const { is, url } = read.address;
  const username = userOf(read.address, remote.username, place, list);
  const { password } = remote;
  return { is, url, username, password: password === undefined ? null : brandAs<Sealed>(password.secret) };
}

/** The user may stand before the host of the URL or beside it; he is no secret. */
function userOf(address: StateAddress, beside: string | undefined, path: DocumentPath, list: FaultList): string | null {
  const inUrl = address.username;
  if (inUrl !== '' && beside !== undefined && beside !== inUrl)
    list.refuse('wrong_value', path, 'the URL names another user than `username` does');
  const user = beside ?? inUrl;
  if (user === '' && address.is === 'postgres')
    list.refuse('wrong_value', path, 'PostgreSQL asks for a user: `postgres://USER@host/database`');
  return user === '' ? null : user;
}

type RemoteConfig = Exclude<StateConfig, { readonly is: 'sqlite' }>;

/** What the password of a store must be sealed for. */
export function subjectOf({ url, username }: RemoteConfig): string {
  const { target } = addressOf(url);
  return stateSubject({ target, username: username ?? '' });
}

/** How `--for-state` names the store of a configuration. */
export function stateUrl(config: RemoteConfig): string {
  return subjectOf(config).slice('state:'.length);
}

/** True if others on the way between this machine and the store can read what is sent. */
export function isExposed({ url }: RemoteConfig): boolean {
  const { isEncrypted, isLoopback } = addressOf(url);
  return !isEncrypted && !isLoopback;
}

function addressOf(url: string) {
  const read = readStateAddress(url);
  if (read.ok) return read.address;
  throw new Error('a configuration was taken whose store has no address');
}
