/** The parts that every event of OCSF 1.8.0 has, and those of the classes in use (schema.ocsf.io/1.8.0). */
import type { OcsfRecord, OwnPart, Plain, PlainObject } from './chain.ts';

/** Class ids with the category they belong to. */
export const CLASSES = {
  detectionFinding: { class_uid: 2004, category_uid: 2 },
  authentication: { class_uid: 3002, category_uid: 3 },
  entityManagement: { class_uid: 3004, category_uid: 3 },
  applicationLifecycle: { class_uid: 6002, category_uid: 6 },
  apiActivity: { class_uid: 6003, category_uid: 6 },
} as const;

export const SEVERITY = { informational: 1, low: 2, medium: 3, high: 4 } as const;
export const STATUS = { unknown: 0, success: 1, failure: 2 } as const;
/** Activities of Application Lifecycle. */
export const LIFECYCLE = { start: 3, stop: 4 } as const;
/** `status_id` of a finding says how far people are with it. */
export const FINDING_STATUS = { new: 1 } as const;
/** For ids that OCSF lacks: the attribute beside it says what it is. */
export const OTHER = 99;

/** Ids of the profile `security_control`. */
export const ACTION = { allowed: 1, denied: 2, observed: 3, modified: 4 } as const;
export const DISPOSITION = {
  allowed: 1,
  blocked: 2,
  quarantined: 3,
  approved: 8,
  delayed: 14,
  logged: 17,
  rejected: 25,
  unauthorized: 26,
  error: 27,
} as const;

/** What one event contributes to its record. */
export interface Shape {
  readonly kind: string;
  readonly class: keyof typeof CLASSES;
  readonly activity: number;
  readonly severity: number;
  readonly status?: number;
  /** A closed code; it becomes `status_code` and our `code`. */
  readonly code?: string;
  readonly message: string;
  /** Attributes of the class. */
  readonly attributes: PlainObject;
  /** Our own part, beyond what every record has. */
  readonly own: PlainObject;
}

/** Where and when a record stands. */
export interface Stamp {
  readonly timeMs: number;
  /** `calls` or `admin`. */
  readonly stream: string;
  /** The segment's id; `admin` for the admin stream. */
  readonly segment: string;
  /** Makes the record's id unique beyond this installation. */
  readonly scope: string;
  readonly seq: number;
  readonly prev: string;
  /** Of the product. */
  readonly version: string;
}

/** Every record has these, so that a query needs no test for presence. */
const BLANK: PlainObject = {
  request: null,
  grant: null,
  principal: null,
  tool: null,
  toolKind: null,
  decision: null,
  rule: null,
  pointer: null,
  policy: null,
  policyHash: null,
  approval: null,
  quota: [],
  args: [],
  latencyMs: null,
  outcome: null,
};

/** The record of an event. `time` comes first and the id second: shippers look only at the beginning of a line. */
export function assemble(shape: Shape, stamp: Stamp): OcsfRecord {
  const { class_uid, category_uid } = CLASSES[shape.class];
  return {
    time: stamp.timeMs,
    metadata: metadata(shape, stamp),
    class_uid,
    category_uid,
    activity_id: shape.activity,
    type_uid: class_uid * 100 + shape.activity,
    severity_id: shape.severity,
    ...(shape.status === undefined ? {} : { status_id: shape.status }),
    ...(shape.code === undefined ? {} : { status_code: shape.code }),
    message: shape.message,
    ...shape.attributes,
    unmapped: { countersign: ownPart(shape, stamp) },
  };
}

function metadata(shape: Shape, stamp: Stamp): Plain {
  return {
    uid: `${stamp.scope}:${stamp.seq}`,
    version: '1.8.0',
    product: { name: 'countersign', vendor_name: 'countersign', version: stamp.version },
    ...profilesOf(shape),
    log_name: stamp.stream,
    sequence: stamp.seq,
  };
}

/** Attributes that no class in use has of itself. */
const OF_SECURITY_CONTROL = ['action_id', 'disposition_id', 'policy'];
const WITHOUT_ACTOR: readonly (keyof typeof CLASSES)[] = ['applicationLifecycle', 'detectionFinding'];

/** A record names the profiles whose attributes it has, and no other. */
function profilesOf({ class: of, attributes }: Shape): { readonly profiles?: readonly string[] } {
  const isControl = OF_SECURITY_CONTROL.some((name) => name in attributes);
  const isHost = 'actor' in attributes && WITHOUT_ACTOR.includes(of);
  if (!isControl && !isHost) return {};
  return { profiles: [...(isHost ? ['host'] : []), ...(isControl ? ['security_control'] : [])] };
}

function ownPart(shape: Shape, stamp: Stamp): OwnPart {
  const { segment, seq, prev } = stamp;
  return { kind: shape.kind, segment, seq, prev, ...BLANK, code: shape.code ?? null, ...shape.own };
}
