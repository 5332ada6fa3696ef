/** From the configuration document to the configuration, with every fault of it at once. Reads no file. */
import { isAbsolute } from 'node:path';
import { brandAs } from '../core/ids.ts';
import type { PolicyName } from '../core/ids.ts';
import { ConfigShell, Grant, Upstream } from './config-schema.ts';
import type { ConfigDoc } from './config-schema.ts';
import type { Fault } from './fault.ts';
import { readGrant } from './grant.ts';
import { FaultList } from './scope.ts';
import { gathered } from './source.ts';
import type { Source } from './source.ts';
import { readState, State, StatePart } from './state.ts';
import type { ApprovalsConfig, LoadedConfig, NotifyConfig, StateConfig } from './types.ts';
import { parseDurationMs, parseSizeBytes } from './units.ts';
import { checkPrefixes, readUpstream } from './upstream.ts';
import { expectation, issueFaults } from './words.ts';

/** Where a policy is to be read from. */
export type PolicyPlace =
  { readonly is: 'file'; readonly path: string } | { readonly is: 'inline'; readonly source: Source };

/** A configuration whose policies are not read yet. */
export interface Draft {
  readonly config: Omit<LoadedConfig, 'files' | 'parts' | 'policies' | 'policyFaults' | 'brokenPolicies'>;
  readonly policies: ReadonlyMap<PolicyName, PolicyPlace>;
}

export type BuiltDraft =
  { readonly ok: true; readonly draft: Draft } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads the configuration document in `source`. Never throws because of what the document says. */
export function buildDraft(source: Source): BuiltDraft {
  if (!source.isRead) return { ok: false, faults: source.faults };
  const document = ConfigShell.safeParse(source.value, { error: expectation });
  const list = new FaultList(source);
  const upstreams = readUpstreams(source, list);
  const grants = readGrants(source, list);
  const state = stateOf(source, list);
  if (document.success) checkAvailable(document.data, list);
  const issues = document.success ? [] : issueFaults(source, document.error.issues);
  const faults = gathered(source, [...issues, ...list.faults]);
  if (!document.success || faults.length > 0) return { ok: false, faults };
  const config = { file: source.file, upstreams, grants, state, ...settings(document.data) };
  return { ok: true, draft: { config, policies: placesOf(document.data, source) } };
}

/** The members of a section, whatever the others are like. */
function section(source: Source, name: string): readonly (readonly [string, unknown])[] {
  const { value } = source.part([name]);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** Each upstream by itself, so that a fault in one does not keep back those of another. */
function readUpstreams(source: Source, list: FaultList): LoadedConfig['upstreams'] {
  const raw = section(source, 'upstreams');
  const read = raw.flatMap(([name, value]) => {
    const doc = Upstream.safeParse(value);
    return doc.success ? [readUpstream(name, doc.data, raw.length === 1, list)] : [];
  });
  checkPrefixes(read, list);
  return new Map(read.map((upstream) => [upstream.name, upstream]));
}

function readGrants(source: Source, list: FaultList): LoadedConfig['grants'] {
  const names = (name: string) => new Set(section(source, name).map(([key]) => key));
  const declared = { policies: names('policies'), upstreams: names('upstreams') };
  const read = section(source, 'grants').flatMap(([name, value]) => {
    const doc = Grant.safeParse(value);
    return doc.success ? [readGrant(name, doc.data, declared, list)] : [];
  });
  return new Map(read.map((grant) => [grant.name, grant]));
}

function stateOf(source: Source, list: FaultList): StateConfig {
  const doc = State.safeParse(source.part(['state']).value);
  return readState(doc.success ? doc.data : undefined, ['state'], list);
}

export type BuiltState =
  { readonly ok: true; readonly state: StateConfig } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads `state` and nothing else: an operator can stop agents though the rest of the document has a fault. */
export function buildState(source: Source): BuiltState {
  const text = source.faults.filter(({ path }) => path === '' || path.startsWith('/state'));
  if (!source.isRead || text.length > 0) return { ok: false, faults: source.isRead ? text : source.faults };
  const document = StatePart.safeParse(source.value, { error: expectation });
  if (!document.success) return { ok: false, faults: issueFaults(source, document.error.issues) };
  const list = new FaultList(source);
  const state = readState(document.data.state, ['state'], list);
  return list.faults.length === 0 ? { ok: true, state } : { ok: false, faults: list.faults };
}

/** What this build cannot do is refused: to ignore it would promise a protection that is not there. */
function checkAvailable(doc: ConfigDoc, list: FaultList): void {
  if (doc.trust?.root !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(doc.trust.root)) {
    const words = 'expected the fingerprint of the trust root, as `countersign operator list` shows it';
    list.refuse('wrong_value', ['trust', 'root'], words);
  }
  const webhook = doc.approvals?.notify?.webhook;
  if (webhook !== undefined && !isWebhook(webhook)) {
    const words = 'expected the address of a webhook, `https://…`; plain `http://` only on this machine';
    list.refuse('wrong_value', ['approvals', 'notify', 'webhook'], words);
  }
  const { otlp, prometheus, every } = doc.telemetry ?? {};
  if (otlp !== undefined && !isCollector(otlp)) {
    const words =
      'expected the address of a collector without a user, `https://…`; plain `http://` only on this machine';
    list.refuse('wrong_value', ['telemetry', 'otlp'], words);
  }
  if (prometheus !== undefined && !isAbsolute(prometheus)) {
    list.refuse('wrong_value', ['telemetry', 'prometheus'], 'expected the absolute path of a directory');
  }
  if ((parseDurationMs(every ?? '15s') ?? 0) < 1_000) {
    list.refuse('wrong_value', ['telemetry', 'every'], 'expected at least `1s`');
  }
  if ((parseDurationMs(doc.approvals?.wait ?? '') ?? 0) > 3_600_000) {
    list.refuse('wrong_value', ['approvals', 'wait'], 'expected at most `1h`');
  }
}

const HERE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && HERE.has(hostname));
}

/** Whatever stands in an address is no secret: the configuration holds none. */
function isCollector(text: string): boolean {
  if (!isWebhook(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}

function settings(doc: ConfigDoc): Pick<LoadedConfig, 'approvals' | 'audit' | 'telemetry' | 'trustRoot'> {
  const { durability = 'money', rotate = {}, reveal = [], retain } = doc.audit ?? {};
  const rotateBytes = parseSizeBytes(rotate.size ?? '64MiB') ?? 0;
  const retainDays = retain === undefined ? null : Number.parseInt(retain, 10);
  const audit = { durability, rotateBytes, reveal, retainDays };
  const { prometheus = null, otlp = null, every = '15s' } = doc.telemetry ?? {};
  const telemetry = { prometheus, otlp, everyMs: parseDurationMs(every) ?? 0 };
  return { audit, telemetry, approvals: approvalsOf(doc.approvals), trustRoot: doc.trust?.root ?? null };
}

function approvalsOf({
  wait = '45s',
  expire = '15m',
  pending = 10,
  notify,
}: ConfigDoc['approvals'] = {}): ApprovalsConfig {
  const [waitMs, expireMs] = [parseDurationMs(wait) ?? 0, parseDurationMs(expire) ?? 0];
  return { waitMs, expireMs, pending, notify: notifyOf(notify) };
}

function notifyOf({
  command,
  webhook,
  desktop,
}: NonNullable<ConfigDoc['approvals']>['notify'] & object = {}): NotifyConfig {
  return { command: command ?? null, webhook: webhook ?? null, desktop: desktop ?? false };
}

function placesOf(doc: ConfigDoc, source: Source): Draft['policies'] {
  return new Map(
    Object.entries(doc.policies ?? {}).map(([name, place]): [PolicyName, PolicyPlace] => {
      if (typeof place === 'string') return [brandAs(name), { is: 'file', path: place }];
      return [brandAs(name), { is: 'inline', source: source.part(['policies', name]) }];
    }),
  );
}
