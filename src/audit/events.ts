/**
 * What the audit log can say, as closed unions. `record` turns an event into an OCSF line; nothing else writes lines.
 * No event carries an upstream's error text, a secret or a token, nor the value of an argument, but for the facts that the
 * configuration reveals.
 */
import type {
  ApprovalId,
  GrantName,
  PolicyHash,
  PolicyName,
  RequestId,
  SecretName,
  ToolName,
  UpstreamName,
} from '../core/ids.ts';
import type { FactName } from '../core/facts.ts';
import type { JsonType } from '../core/json.ts';
import type { Kind } from '../core/kinds.ts';
import type { LengthClass } from './lengths.ts';

/** Who acts through the gateway. */
export interface Session {
  readonly grant: GrantName;
  readonly principal: string;
  /** `clientInfo` of the MCP client, cut to 64 printable characters each. */
  readonly client: { readonly name: string; readonly version: string };
}

/** One argument, without its value. */
export interface ArgumentShape {
  /** From the accepted schema; null for a name that it lacks. */
  readonly name: string | null;
  readonly type: JsonType;
  readonly length: LengthClass;
  /** Keyed hash of the value, `<yyyymm>:<22 characters>`; none for booleans, null and a choice of few values. */
  readonly hmac?: string;
}

/** What the configuration lets into the log of a call's facts, as text. */
export type Revealed = Readonly<Partial<Record<FactName, string>>>;

/** How much of a cap is used with a call. */
export type QuotaShare = '<10%' | '<25%' | '<50%' | '<75%' | '<90%' | '<=100%' | '>100%';

/** One limit that counted a call, or would not. */
export interface QuotaPart {
  readonly rule: string;
  readonly policy: PolicyName | null;
  /** `calls` or a currency. */
  readonly unit: string;
  /** The window, as a policy writes it. */
  readonly per: string;
  readonly used: QuotaShare;
  /** Exact, with amounts revealed. */
  readonly figure?: string;
  readonly cap?: string;
}

/** What a record tells of a call beside its frame. */
export interface CallDetails {
  readonly args: readonly ArgumentShape[];
  /** Arguments beyond those that were described. */
  readonly argsMore?: number;
  readonly revealed?: Revealed;
}

/** A policy as a record names it; a broken one has no hash. */
export interface PolicyVersion {
  readonly name: PolicyName;
  readonly hash: PolicyHash | null;
}

/** What the shadow policies of the grant would have decided. It is recorded and never enforced. */
export interface ShadowDecision {
  readonly decision: 'allow' | 'deny' | 'approve';
  readonly rule: string;
  readonly policy: PolicyName | null;
}

/** What intent, decision and outcome share. */
export interface CallFrame {
  readonly session: Session;
  readonly request: RequestId;
  /** Null for a name that no upstream of the grant listed; such a name is never written. */
  readonly tool: ToolName | null;
  readonly toolKind: Kind | 'unclassified' | null;
  readonly rule: string;
  readonly pointer: string;
  readonly policy: PolicyName | null;
  readonly policyHash: PolicyHash | null;
  /** The request for approval that the call waits for, or is executed under. */
  readonly approval?: ApprovalId;
}

/** What becomes of a request for approval that is not executed. */
export type ApprovalEnding = 'rejected' | 'expired' | 'lapsed' | 'void';

/** Why the log could not be written. */
export type StopCode =
  | 'disk_full'
  | 'permission'
  | 'io_error'
  | 'too_many_files'
  | 'file_removed'
  | 'file_cut'
  | 'file_foreign'
  | 'directory_replaced'
  | 'unavailable';

/** The requests beside `tools/call` that the gateway passes on, or answers under its gate. */
export type RelayedMethod =
  | 'tools/list'
  | 'resources/list'
  | 'resources/templates/list'
  | 'resources/read'
  | 'resources/subscribe'
  | 'resources/unsubscribe'
  | 'prompts/list'
  | 'prompts/get'
  | 'completion/complete'
  | 'logging/setLevel'
  | 'roots/list'
  | 'sampling/createMessage'
  | 'elicitation/create';

/** What both records of such a request share. What it is about, an address or a name, is text of an outsider and left out. */
export interface RelayFrame {
  readonly session: Session;
  readonly request: RequestId;
  readonly method: RelayedMethod;
  /** Who asks: the agent's client, or the server. */
  readonly from: 'client' | 'server';
  /** Null where it goes to several servers or to none, and where that is not known yet. */
  readonly upstream: UpstreamName | null;
}

/** `ok`; `failed`: certain that nothing happened; `in-doubt`: everything else. */
export type Outcome = 'ok' | 'failed' | 'in-doubt';

export type CallEvent =
  | {
      readonly kind: 'session_opened';
      readonly session: Session;
      readonly protocol: string;
      /** In force for its grant. */
      readonly policies: readonly PolicyVersion[];
    }
  | { readonly kind: 'session_closed'; readonly session: Session; readonly why: string }
  | {
      readonly kind: 'protocol_rejected';
      readonly session: Session | null;
      /** A closed code: `parse_error`, `batch`, `oversize`, `duplicate_key`, `not_initialized`, … */
      readonly code: string;
      /** The method if it is one the gateway knows, else null. */
      readonly method: string | null;
      /** A flood of them is one record: how many, and when the first came. */
      readonly together?: { readonly count: number; readonly sinceMs: number };
    }
  | {
      readonly kind: 'upstream_started';
      readonly session: Session;
      readonly upstream: UpstreamName;
      readonly pid: number | null;
      readonly tools: number;
      /** How often it had to be started again in this session. */
      readonly restarts: number;
    }
  | {
      readonly kind: 'upstream_failed';
      readonly session: Session;
      readonly upstream: UpstreamName;
      /** A closed code: `secret_missing`, `spawn_failed`, `initialize_timeout`, `exited`, … */
      readonly code: string;
      readonly exitCode: number | null;
      /** How often it had been started again in this session. */
      readonly restarts: number;
    }
  | {
      readonly kind: 'tool_quarantined';
      readonly session: Session;
      readonly upstream: UpstreamName;
      /** Null for a tool that nobody accepted: its name is the server's own words. */
      readonly tool: ToolName | null;
      readonly code: 'new' | 'changed' | 'unacceptable';
    }
  | {
      /** The log could not be written; what ballast gave up let this record in. Calls are refused from here on. */
      readonly kind: 'audit_stopped';
      readonly code: StopCode;
    }
  | {
      /** The log can be written again. */
      readonly kind: 'audit_resumed';
      readonly code: StopCode;
      /** Records that were refused meanwhile, and with them their calls. */
      readonly refused: number;
      readonly sinceMs: number;
    }
  | (CallFrame &
      CallDetails & {
        readonly kind: 'decision';
        readonly decision: 'deny';
        readonly code: string;
        readonly quota?: readonly QuotaPart[];
        readonly shadow?: ShadowDecision;
      })
  | (CallFrame &
      CallDetails & {
        readonly kind: 'intent';
        readonly decision: 'allow';
        readonly quota?: readonly QuotaPart[];
        readonly shadow?: ShadowDecision;
      })
  | (CallFrame &
      CallDetails & {
        readonly kind: 'approval_requested';
        readonly approval: ApprovalId;
        /** What is signed: 64 hexadecimal digits. */
        readonly requestHash: string;
        readonly expiresMs: number;
      })
  | (CallFrame & {
      /** A verdict as this gateway met it. One that does not count is recorded with the reason. */
      readonly kind: 'approval_decided';
      readonly approval: ApprovalId;
      readonly requestHash: string;
      readonly accepted: boolean;
      /** `accepted`, or a closed code: `bad_signature`, `not_a_signer`, `expired`, … */
      readonly code: string;
      /** Who signed and what; nothing for a text that is no verdict. */
      readonly signed: {
        readonly verdict: 'approve' | 'reject';
        readonly operator: string;
        /** Of the key, as OpenSSH prints it. */
        readonly fingerprint: string;
        /** The verdict with its signature, so that whoever reads the log can check it. */
        readonly text: string;
      } | null;
    })
  | (CallFrame & {
      readonly kind: 'approval_ended';
      readonly approval: ApprovalId;
      readonly ending: ApprovalEnding;
      /** Why: `rejected`, `expired`, or what voided it. */
      readonly code: string;
    })
  | (CallFrame & {
      readonly kind: 'outcome';
      readonly outcome: Outcome;
      readonly code: string;
      readonly latencyMs: number;
    })
  | (RelayFrame & {
      /** A request beside `tools/call` came to the gate. It is passed on only when this is in the log. */
      readonly kind: 'request_decided';
      readonly decision: 'allow' | 'deny';
      /** Why it is denied, a closed code: `capability`, `frozen`, `limit`, …; null if it is not. */
      readonly code: string | null;
      readonly rule: string;
      readonly pointer: string;
      readonly policy: PolicyName | null;
      readonly policyHash: PolicyHash | null;
      readonly quota?: readonly QuotaPart[];
    })
  | (RelayFrame & {
      readonly kind: 'request_ended';
      readonly outcome: Outcome;
      /** A closed code: `result`, `rpc_error`, `not_found`, `timeout`, … */
      readonly code: string;
      readonly latencyMs: number;
    });

/** Who changes the installation; without operators it is the OS user, and marked so. */
export type Actor =
  | { readonly by: 'os-user'; readonly name: string }
  | {
      readonly by: 'operator';
      readonly name: string;
      /** Of the key, as OpenSSH prints it. */
      readonly fingerprint: string;
      /** The act with its signature, so that whoever reads the log can check it. */
      readonly signed: string;
    };

export type AdminEvent =
  | {
      readonly kind: 'segment_opened';
      readonly segment: string;
      readonly file: string;
      /** Public key that signs the segment's checkpoints, base64. */
      readonly key: string;
    }
  | {
      readonly kind: 'segment_closed' | 'segment_abandoned';
      readonly segment: string;
      readonly file: string;
      readonly count: number;
      readonly head: string;
    }
  | {
      /** A calls file whose time is over is about to be deleted. What it held is known by its last hash. */
      readonly kind: 'segment_pruned';
      readonly actor: Actor;
      readonly segment: string;
      readonly file: string;
      readonly count: number;
      readonly head: string;
      /** For how many days files are kept. */
      readonly retainDays: number;
    }
  | {
      readonly kind: 'secret_sealed' | 'secret_removed';
      readonly actor: Actor;
      readonly secret: SecretName;
      readonly version: number;
    }
  | {
      readonly kind: 'grant_issued' | 'grant_revoked';
      readonly actor: Actor;
      readonly grant: GrantName;
      readonly tokens: number;
    }
  | {
      readonly kind: 'auth_failed';
      /** `missing`, `malformed`, `unknown`, `revoked`, `expired`, `undeclared`. */
      readonly code: string;
      /** Known only when the token is. */
      readonly grant: GrantName | null;
    }
  | {
      /** `upstream add` wrote one more into the configuration. Nobody has accepted it yet. */
      readonly kind: 'upstream_added';
      readonly actor: Actor;
      readonly upstream: UpstreamName;
      /** Hash of how it would be started and given secrets. */
      readonly pairing: string;
    }
  | {
      readonly kind: 'upstream_accepted';
      readonly actor: Actor;
      readonly upstream: UpstreamName;
      /** Hash of how it is started and given secrets. */
      readonly pairing: string;
      readonly pins: number;
    }
  | { readonly kind: 'policy_refused'; readonly policy: PolicyName; readonly faults: number }
  | {
      readonly kind: 'grant_rotated';
      readonly actor: Actor;
      readonly grant: GrantName;
      /** Older tokens that end with the overlap, or ended before. */
      readonly retired: number;
      readonly overlapUntilMs: number;
    }
  | {
      readonly kind: 'grants_frozen' | 'grants_unfrozen';
      readonly actor: Actor;
      /** Null: every grant. */
      readonly grant: GrantName | null;
      readonly scope: 'all' | 'money';
    }
  | {
      readonly kind: 'quota_reset';
      readonly actor: Actor;
      readonly policy: PolicyName | null;
      readonly rule: string;
      /** `calls` or a currency. */
      readonly unit: string;
      readonly scope: string;
      readonly subject: string;
      /** The counter's digest. */
      readonly counter: string;
    }
  | {
      readonly kind: 'quota_resolved';
      readonly actor: Actor;
      readonly request: RequestId;
      readonly as: 'ok' | 'failed';
    }
  | {
      /** An operator entered what an unbounded use came to. The amount is no part of the log. */
      readonly kind: 'quota_settled';
      readonly actor: Actor;
      readonly request: RequestId;
      readonly currency: string;
    }
  | {
      /** A policy document was written by `policy edit`. Its text is no part of the log; the hashes say which it was. */
      readonly kind: 'policy_edited';
      readonly actor: Actor;
      readonly policy: string;
      readonly policyHash: string;
      readonly replacedHash: string;
      /** Decisions that change, as far as calls at the boundaries of both show, and how many of them permit more. */
      readonly changes: number;
      readonly looser: number;
    }
  | {
      /** An operator signed a part of an edited configuration. */
      readonly kind: 'config_signed';
      readonly actor: Actor;
      readonly part: 'policy' | 'admin';
      /** What was signed: SHA-256 of the part. */
      readonly partHash: string;
      /** True if that put it in force. */
      readonly inForce: boolean;
    }
  | {
      readonly kind: 'operator_added' | 'operator_revoked';
      readonly actor: Actor;
      readonly operator: string;
      readonly person: string;
      readonly roles: readonly string[];
      /** Of the operator's key, as OpenSSH prints it. */
      readonly fingerprint: string;
      readonly signedBy: string;
      /** The signed record itself, which proves who vouched. */
      readonly signed: string;
    }
  | {
      /** A person signed, on this machine. What comes of it is in the calls stream of the gateway that meets it. */
      readonly kind: 'approval_signed';
      readonly actor: Actor;
      readonly approval: ApprovalId;
      readonly requestHash: string;
      readonly verdict: 'approve' | 'reject';
      readonly operator: string;
      readonly fingerprint: string;
      readonly signed: string;
    }
  | {
      /** Somebody wanted to sign and may not. Nothing was signed. */
      readonly kind: 'approval_refused';
      readonly actor: Actor;
      readonly approval: ApprovalId;
      readonly verdict: 'approve' | 'reject';
      readonly operator: string;
      /** A closed code: `unknown_operator`, `not_a_signer`, `excluded`, `above_limit`, … */
      readonly code: string;
    }
  | {
      readonly kind: 'config_reloaded';
      /** SHA-256 of the configuration that is in force from now on, 64 hexadecimal digits. */
      readonly digest: string;
      /** Every policy of it. */
      readonly policies: readonly PolicyVersion[];
      /** Facts whose values the log holds from now on. */
      readonly revealed: readonly FactName[];
    }
  | { readonly kind: 'config_refused'; readonly faults: number }
  | {
      /** A client's file is about to be changed. What the file says, and where it is, is no part of the log. */
      readonly kind: 'client_installed' | 'client_uninstalled';
      readonly actor: Actor;
      readonly does: 'client install' | 'client uninstall' | 'init';
      /** One of the clients that are known. */
      readonly mcpClient: string;
      readonly scope: 'user' | 'project';
      /** The file's name, without its directory. */
      readonly file: string;
      /** The gateway's entries that come or go, by name. */
      readonly entries: readonly string[];
      /** The servers that go behind the gateway, or come back past it, by name. */
      readonly moved: readonly string[];
    }
  | {
      /** Somebody looked into the log with one of our commands. */
      readonly kind: 'log_read';
      readonly actor: Actor;
      readonly does: LogReading;
      /** How many records were given out; null for a reading that follows what comes. */
      readonly records: number | null;
      /** What the reading was narrowed to or written as, in words of ours: option names, formats, never values. */
      readonly options: readonly string[];
    };

/** The commands that read the log. */
export type LogReading = 'tail' | 'query' | 'export' | 'report' | 'verify' | 'hash' | 'checkpoint';

/** Where the gateway writes what it decides. A failure throws `AuditError`, and the call is refused. */
export interface CallLog {
  /** The record is in the file (not yet synced) when this returns. */
  write(event: CallEvent): void;
  /** The record is in the file when this resolves; what is written in one turn of the event loop shares a write. */
  writeSoon(event: CallEvent): Promise<unknown>;
  /** The record and all before it are on the disk when this resolves; concurrent callers share one sync. */
  writeDurable(event: CallEvent): Promise<void>;
  /** Ends the segment and enters its head in the registry. */
  close(): Promise<void>;
}

/** The admin stream: one chain for all processes of the home. */
export interface AdminLog {
  write(event: AdminEvent): Promise<void>;
}

/** The log could not be written or read. */
export class AuditError extends Error {
  readonly code: 'unwritable' | 'unreadable' | 'closed';
  constructor(code: AuditError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AuditError';
    this.code = code;
  }
}
