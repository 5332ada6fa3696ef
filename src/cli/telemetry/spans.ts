/** One span a call, with a child for each step of it. The trace has the number of the request in the audit log. */
import type { CallEvent, CallFrame } from '../../audit/events.ts';
import type { Step } from '../../gateway/index.ts';

export interface Span {
  /** 32 hexadecimal digits: the request's id without its dashes. */
  readonly trace: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly name: Step; readonly startMs: number; readonly endMs: number }[];
}

/** What is known of a call before it ends. */
export interface Progress {
  readonly beganMs: number;
  readonly steps: { readonly name: Step; readonly startMs: number; readonly endMs: number }[];
}

type Ending = Extract<CallEvent, { kind: 'decision' | 'outcome' }>;

/** The span of a call that has ended. Nothing of its arguments is in it. */
export function spanOf(event: Ending, progress: Progress | undefined, nowMs: number): Span {
  const latencyMs = event.kind === 'outcome' ? event.latencyMs : 0;
  return {
    trace: event.request.replaceAll('-', ''),
    name: `tools/call ${event.tool ?? '(unknown)'}`,
    startMs: progress?.beganMs ?? nowMs - latencyMs,
    endMs: nowMs,
    isError: event.kind === 'outcome' && event.outcome !== 'ok',
    attributes: { ...attributesOf(event), ...endingOf(event) },
    steps: progress?.steps ?? [],
  };
}

function attributesOf({ session, tool, toolKind, rule, policy, approval, request }: CallFrame): Record<string, string> {
  return {
    'mcp.method.name': 'tools/call',
    'countersign.request': request,
    'countersign.grant': session.grant,
    'countersign.tool': tool ?? '(unknown)',
    'countersign.tool.kind': toolKind ?? 'unknown',
    'countersign.rule': rule,
    ...(policy === null ? {} : { 'countersign.policy': policy }),
    ...(approval === undefined ? {} : { 'countersign.approval': approval }),
  };
}

function endingOf(event: Ending): Record<string, string> {
  return event.kind === 'outcome'
    ? { 'countersign.decision': 'allow', 'countersign.outcome': event.outcome, 'countersign.code': event.code }
    : { 'countersign.decision': 'deny', 'countersign.code': event.code };
}
