/** Events of the admin stream, and the first and last records of files, as OCSF events. */
import { policyPart } from './call-parts.ts';
import type { PlainObject } from './chain.ts';
import { ACTIVITY, by, entity, name } from './entity.ts';
import type { AdminEvent } from './events.ts';
import { ACTION, DISPOSITION, LIFECYCLE, OTHER, SEVERITY, STATUS, type Shape } from './ocsf.ts';
import type { ChainHead } from './ports.ts';
import { operatorShape } from './record-operators.ts';
import { quotaShape } from './record-quota.ts';
import { bounded, UNKNOWN } from './text.ts';

/** What only the writers themselves record. */
export type FrameEvent =
  | {
      readonly kind: 'segment_open';
      readonly install: string;
      readonly pid: number;
      readonly processStart: string;
      /** The registry's line for this segment. */
      readonly registry: { readonly seq: number; readonly hash: string };
      readonly durability: 'money' | 'all';
      readonly revealed: readonly string[];
      /** Public key that signs the checkpoints of this segment, base64. */
      readonly key: string;
    }
  | { readonly kind: 'segment_close'; readonly count: number }
  | {
      readonly kind: 'stream_opened';
      readonly install: string;
      readonly continues: ChainHead;
      /** The installation's public key, base64. */
      readonly authority: string;
      /** The one that signs the next checkpoint; null where only the installation's can. */
      readonly key: string | null;
    }
  | {
      /** How far the chain goes, signed. */
      readonly kind: 'checkpoint';
      readonly note: string;
    };

type Of<K extends AdminEvent['kind']> = Extract<AdminEvent, { readonly kind: K }>;
type Secret = Extract<AdminEvent, { readonly secret: string }>;
type SegmentEnd = Of<'segment_closed' | 'segment_abandoned'>;
type Grant = Extract<AdminEvent, { readonly tokens: number }>;
type Freeze = Of<'grants_frozen' | 'grants_unfrozen'>;

/** What an event of the admin stream contributes to its record. */
export function adminShape(event: AdminEvent): Shape {
  switch (event.kind) {
    case 'segment_opened':
      return lifecycle(event.kind, LIFECYCLE.start, {
        entry: { segment: event.segment, file: event.file, key: event.key },
      });
    case 'segment_closed':
    case 'segment_abandoned':
      return segmentEnd(event);
    case 'segment_pruned':
      return segmentPruned(event);
    case 'secret_sealed':
    case 'secret_removed':
      return secret(event);
    case 'grant_issued':
    case 'grant_revoked':
      return grant(event);
    case 'auth_failed':
      return authFailed(event);
    case 'upstream_added':
      return upstreamAdded(event);
    case 'upstream_accepted':
      return upstreamAccepted(event);
    case 'policy_edited':
      return policyEdited(event);
    case 'config_signed':
      return configSigned(event);
    case 'policy_refused':
      return policyRefused(event);
    case 'grant_rotated':
      return rotated(event);
    case 'grants_frozen':
    case 'grants_unfrozen':
      return freeze(event);
    case 'quota_reset':
    case 'quota_resolved':
    case 'quota_settled':
      return quotaShape(event);
    case 'operator_added':
    case 'operator_revoked':
    case 'approval_signed':
    case 'approval_refused':
      return operatorShape(event);
    case 'config_reloaded':
      return { ...configuration(event.kind), own: reloaded(event) };
    case 'config_refused':
      return { ...refused(configuration(event.kind)), own: { faults: event.faults } };
    case 'client_installed':
    case 'client_uninstalled':
      return clientChanged(event);
    case 'log_read':
      return logRead(event);
  }
}

/** What a writer's own record contributes. */
export function frameShape(event: FrameEvent): Shape {
  switch (event.kind) {
    case 'segment_open': {
      const { kind, revealed, ...rest } = event;
      return lifecycle(kind, LIFECYCLE.start, { ...rest, node: process.version, revealed: revealed.map(name) });
    }
    case 'segment_close':
      return lifecycle(event.kind, LIFECYCLE.stop, { count: event.count });
    case 'stream_opened': {
      const { file, bytes, count, hash } = event.continues;
      const continues = { file, bytes, count, hash };
      const { install, authority, key } = event;
      return lifecycle(event.kind, LIFECYCLE.start, { install, node: process.version, continues, authority, key });
    }
    case 'checkpoint':
      return checkpoint(event);
  }
}

function lifecycle(kind: string, activity: number, own: PlainObject): Shape {
  return {
    kind,
    class: 'applicationLifecycle',
    activity,
    severity: SEVERITY.informational,
    status: STATUS.success,
    message: kind.replaceAll('_', ' '),
    attributes: { app: { name: 'countersign' } },
    own,
  };
}

function checkpoint({ kind, note }: Extract<FrameEvent, { readonly kind: 'checkpoint' }>): Shape {
  const shape = lifecycle(kind, OTHER, { note });
  return { ...shape, attributes: { ...shape.attributes, activity_name: 'Checkpoint' } };
}

function segmentEnd({ kind, segment, file, count, head }: SegmentEnd): Shape {
  const shape = lifecycle(kind, LIFECYCLE.stop, { entry: { segment, file, count, head } });
  return kind === 'segment_closed' ? shape : { ...shape, severity: SEVERITY.medium, status: STATUS.failure };
}

function segmentPruned({ kind, actor, segment, file, count, head, retainDays }: Of<'segment_pruned'>): Shape {
  const shape = entity(kind, ACTIVITY.delete, { name: name(file), type: 'Log file' });
  const { own, attribute } = by(actor);
  const attributes = { ...shape.attributes, ...attribute };
  return { ...shape, attributes, own: { ...own, entry: { segment, file, count, head }, retainDays } };
}

function secret(event: Secret): Shape {
  const activity = event.kind === 'secret_sealed' ? ACTIVITY.create : ACTIVITY.delete;
  const managed = { name: name(event.secret), type: 'Secret', version: String(event.version) };
  const shape = entity(event.kind, activity, managed);
  const { own, attribute } = by(event.actor);
  const attributes = { ...shape.attributes, ...attribute };
  return { ...shape, attributes, own: { ...own, secret: managed.name, version: event.version } };
}

function grant(event: Grant): Shape {
  const activity = event.kind === 'grant_issued' ? ACTIVITY.create : ACTIVITY.disable;
  const shape = entity(event.kind, activity, { name: name(event.grant), type: 'Grant' });
  const { own, attribute } = by(event.actor);
  const attributes = { ...shape.attributes, ...attribute };
  return { ...shape, attributes, own: { ...own, grant: name(event.grant), tokens: event.tokens } };
}

function upstreamAdded(event: Of<'upstream_added'>): Shape {
  const shape = entity(event.kind, ACTIVITY.create, { name: name(event.upstream), type: 'Upstream' });
  const { own, attribute } = by(event.actor);
  const attributes = { ...shape.attributes, ...attribute };
  return { ...shape, attributes, own: { ...own, upstream: name(event.upstream), pairing: name(event.pairing) } };
}

function upstreamAccepted(event: Of<'upstream_accepted'>): Shape {
  const shape = entity(event.kind, ACTIVITY.update, { name: name(event.upstream), type: 'Upstream' });
  const { own, attribute } = by(event.actor);
  const attributes = { ...shape.attributes, ...attribute };
  const { pairing, pins } = event;
  return { ...shape, attributes, own: { ...own, upstream: name(event.upstream), pairing: name(pairing), pins } };
}

function authFailed(event: Of<'auth_failed'>): Shape {
  const code = bounded(event.code, 64);
  const grantName = event.grant === null ? null : name(event.grant);
  const user = { name: grantName === null ? UNKNOWN : `grant:${grantName}` };
  return {
    kind: event.kind,
    class: 'authentication',
    activity: 1,
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code,
    message: `token refused: ${code}`,
    attributes: {
      user,
      service: { name: 'countersign' },
      src_endpoint: { name: 'stdio' },
      is_remote: false,
      action_id: ACTION.denied,
      disposition_id: DISPOSITION.unauthorized,
    },
    own: { grant: grantName },
  };
}

function policyEdited(event: Of<'policy_edited'>): Shape {
  const policy = name(event.policy);
  const shape = entity(event.kind, ACTIVITY.update, { name: policy, type: 'Policy', uid: name(event.policyHash) });
  const { own, attribute } = by(event.actor);
  const { policyHash, replacedHash, changes, looser } = event;
  return {
    ...shape,
    severity: looser > 0 ? SEVERITY.medium : shape.severity,
    attributes: { ...shape.attributes, ...attribute },
    own: { ...own, policy, policyHash: name(policyHash), replacedHash: name(replacedHash), changes, looser },
  };
}

function configSigned(event: Of<'config_signed'>): Shape {
  const shape = entity(event.kind, ACTIVITY.update, { name: 'configuration', type: 'Configuration' });
  const { own, attribute } = by(event.actor);
  const { part, partHash, inForce } = event;
  return {
    ...shape,
    severity: SEVERITY.medium,
    attributes: { ...shape.attributes, ...attribute },
    own: { ...own, part, partHash: name(partHash), inForce },
  };
}

function policyRefused(event: Of<'policy_refused'>): Shape {
  const policy = name(event.policy);
  const shape = refused(entity(event.kind, ACTIVITY.update, { name: policy, type: 'Policy' }));
  return { ...shape, own: { policy, faults: event.faults } };
}

function refused(shape: Omit<Shape, 'own'>): Omit<Shape, 'own'> {
  return { ...shape, severity: SEVERITY.medium, status: STATUS.failure };
}

function configuration(kind: 'config_reloaded' | 'config_refused'): Omit<Shape, 'own'> {
  return entity(kind, ACTIVITY.update, { name: 'configuration', type: 'Configuration' });
}

function reloaded({ digest, policies, revealed }: Of<'config_reloaded'>): PlainObject {
  return { digest: name(digest), ...policyPart(policies), revealed: revealed.map(name) };
}

const MOST_NAMES = 32;
const NAME_OF_SERVER_BYTES = 64;

/** Servers that come back past the gateway are worth an alert: their keys stand in a plain file again. */
function clientChanged(event: Of<'client_installed' | 'client_uninstalled'>): Shape {
  const { kind, does, mcpClient, scope, file, entries, moved } = event;
  const shape = entity(kind, ACTIVITY.update, { name: name(mcpClient), type: 'MCP client' });
  const { own, attribute } = by(event.actor);
  const names = (all: readonly string[]): string[] =>
    all.slice(0, MOST_NAMES).map((one) => bounded(one, NAME_OF_SERVER_BYTES));
  const said = { mcpClient: name(mcpClient), scope, file: bounded(file, NAME_OF_SERVER_BYTES) };
  return {
    ...shape,
    severity: kind === 'client_uninstalled' && moved.length > 0 ? SEVERITY.medium : shape.severity,
    attributes: { ...shape.attributes, ...attribute },
    own: { ...own, does, ...said, entries: names(entries), moved: names(moved), movedCount: moved.length },
  };
}

const MOST_OPTIONS = 16;

/** Access to the log is itself part of it (PCI DSS 4.0.1, 10.2.1.3). */
function logRead({ kind, actor, does, records, options }: Of<'log_read'>): Shape {
  const shape = entity(kind, ACTIVITY.read, { name: 'audit log', type: 'Log' });
  const { own, attribute } = by(actor);
  const attributes = { ...shape.attributes, ...attribute };
  return { ...shape, attributes, own: { ...own, does, records, options: options.slice(0, MOST_OPTIONS).map(name) } };
}

function rotated({ kind, actor, grant: granted, retired, overlapUntilMs }: Of<'grant_rotated'>): Shape {
  const shape = entity(kind, ACTIVITY.update, { name: name(granted), type: 'Grant' });
  const { own, attribute } = by(actor);
  const attributes = { ...shape.attributes, ...attribute };
  return { ...shape, attributes, own: { ...own, grant: name(granted), retired, overlapUntilMs } };
}

/** A freeze stops payments at once, and lifting one lets them go on: both are worth an alert. */
function freeze({ kind, actor, grant: frozen, scope }: Freeze): Shape {
  const activity = kind === 'grants_frozen' ? ACTIVITY.suspend : ACTIVITY.resume;
  const shape = entity(kind, activity, { name: frozen === null ? 'every grant' : name(frozen), type: 'Grant' });
  const { own, attribute } = by(actor);
  const attributes = { ...shape.attributes, ...attribute };
  const grantName = frozen === null ? null : name(frozen);
  return { ...shape, severity: SEVERITY.medium, attributes, own: { ...own, grant: grantName, scope } };
}
