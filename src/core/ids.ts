/**
 * Every id in the product is a string; brands keep them apart, so that a grant id can never be passed for a rule id.
 */
declare const brand: unique symbol;

/** A string that belongs to one namespace. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The key of a server in `upstreams`. */
export type UpstreamName = Branded<'UpstreamName'>;
/** The canonical name of a tool everywhere: `<upstream>/<tool>`. */
export type ToolName = Branded<'ToolName'>;
/** The key of an entitlement in `grants`. */
export type GrantName = Branded<'GrantName'>;
/** The key of a document in `policies`. */
export type PolicyName = Branded<'PolicyName'>;
/** The `id` of a rule, unique in its policy. */
export type RuleId = Branded<'RuleId'>;
/** The key under which a secret is sealed. */
export type SecretName = Branded<'SecretName'>;
/** Pairs the audit records of one request; unique across processes. */
export type RequestId = Branded<'RequestId'>;
/** Names an approval request; shown to people, typed by them. */
export type ApprovalId = Branded<'ApprovalId'>;
/** The key of a person who signs, unique in an installation. */
export type OperatorName = Branded<'OperatorName'>;
/** SHA-256 of a policy's canonical form, 64 lower-case hexadecimal digits. */
export type PolicyHash = Branded<'PolicyHash'>;

/** Names a value for one of the brands. The caller has checked its grammar. */
export function brandAs<T extends Branded<string>>(value: string): T {
  return value as T;
}

/** The canonical name of `tool` on `upstream`. */
export function toolName(upstream: UpstreamName, tool: string): ToolName {
  return `${upstream}/${tool}` as ToolName;
}

/** The two halves of a canonical tool name. An upstream's name holds no slash, a tool's may. */
export function splitToolName(name: ToolName): { readonly upstream: UpstreamName; readonly tool: string } {
  const slash = name.indexOf('/');
  return { upstream: name.slice(0, slash) as UpstreamName, tool: name.slice(slash + 1) };
}
