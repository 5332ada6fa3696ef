/** The configuration as the rest of the product takes it: every default filled in, every name checked. */
import type { CatalogueEntry } from '../core/entry.ts';
import type { FactName } from '../core/facts.ts';
import type { GrantName, PolicyName, SecretName, UpstreamName } from '../core/ids.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import type { Fault } from './fault.ts';

/** A value of `env` or `headers`: plain, or the name of a sealed secret. */
export type EnvValue =
  { readonly is: 'plain'; readonly text: string } | { readonly is: 'secret'; readonly secret: SecretName };

/** What an MCP request needs before a grant may send it. */
export type Capability =
  'tools' | 'resources' | 'prompts' | 'completion' | 'logging' | 'roots' | 'sampling' | 'elicitation';

interface UpstreamBase {
  readonly name: UpstreamName;
  /** The catalogue's provider; without it every tool is unclassified. */
  readonly provider: string | null;
  /** The operator's own entries by tool name. They replace the catalogue's. */
  readonly tools: ReadonlyMap<string, readonly CatalogueEntry[]>;
  /** The only currency of the account, shown as ASSUMED wherever it counts. */
  readonly assumeCurrency: string | null;
  /** Before each exposed tool name. */
  readonly prefix: string;
  readonly timeoutMs: number;
  /** It may ask the user for something, if the grant carries that. */
  readonly elicitation: boolean;
  /** What the model is told about it, in the operator's words. */
  readonly instructions: string | null;
  readonly start: 'eager' | 'lazy';
}

/** A server behind us. */
export type UpstreamConfig =
  | (UpstreamBase & {
      readonly via: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: ReadonlyMap<string, EnvValue>;
      /** Absolute; null means a directory of its own under the home. */
      readonly cwd: string | null;
    })
  | (UpstreamBase & { readonly via: 'http'; readonly url: string; readonly headers: ReadonlyMap<string, EnvValue> });

/** What a token entitles to. */
export interface GrantConfig {
  readonly name: GrantName;
  readonly principal: string;
  /** Who is accountable for it, if the principal is no person. Null: the principal. */
  readonly owner: string | null;
  readonly policies: readonly PolicyName[];
  readonly upstreams: readonly UpstreamName[];
  readonly capabilities: ReadonlySet<Capability>;
  /** Milliseconds since the epoch; a bare date ends with that day in UTC. Null: never. */
  readonly expiresMs: number | null;
  readonly labels: ReadonlyMap<string, string>;
  readonly shadow: readonly PolicyName[];
}

export interface AuditConfig {
  /** `money`: intents of money and unclassified calls are synced to the disk before forwarding; `all`: every intent. */
  readonly durability: 'money' | 'all';
  readonly rotateBytes: number;
  /** Days for which a calls file is kept; null: for ever. */
  readonly retainDays: number | null;
  /** Facts whose values are written into the log. */
  readonly reveal: readonly FactName[];
}

/** Where metrics and traces go; nowhere where both are null. */
export interface TelemetryConfig {
  /** A directory, absolute. */
  readonly prometheus: string | null;
  /** The base address of a collector. */
  readonly otlp: string | null;
  readonly everyMs: number;
}

/** Where tokens, freezes, pins and quota are kept. The log's own heads never leave the machine. */
export type StateConfig =
  | { readonly is: 'sqlite' }
  | {
      readonly is: 'redis' | 'postgres';
      /** Holds no user and no password. */
      readonly url: string;
      readonly username: string | null;
      /** Sealed for this store and user; null: the store asks for none. */
      readonly password: SecretName | null;
    };

export interface Config {
  /** The file it came from, absolute. */
  readonly file: string;
  readonly upstreams: ReadonlyMap<UpstreamName, UpstreamConfig>;
  /** Every policy of the configuration; a broken one stays in the map and denies the calls of its grants. */
  readonly policies: ReadonlyMap<PolicyName, LoadedPolicy>;
  readonly grants: ReadonlyMap<GrantName, GrantConfig>;
  readonly audit: AuditConfig;
  readonly telemetry: TelemetryConfig;
  readonly state: StateConfig;
}

/** Who is told that a call waits; nobody where all of it is null and false. */
export interface NotifyConfig {
  /** A program and its arguments. */
  readonly command: readonly string[] | null;
  readonly webhook: string | null;
  readonly desktop: boolean;
}

/** How approvals are waited for. */
export interface ApprovalsConfig {
  readonly waitMs: number;
  readonly expireMs: number;
  /** The most open requests per grant. */
  readonly pending: number;
  /** A program and its arguments, told about new requests. */
  readonly notify: NotifyConfig;
}

/** A configuration as it was loaded from a file. */
export interface LoadedConfig extends Config {
  /** Every file it was read from, absolute; a policy's also where it could not be read. */
  readonly files: readonly string[];
  readonly approvals: ApprovalsConfig;
  /** What is wrong with each policy that is `broken`, with the whole place, for the operator. */
  readonly brokenPolicies: ReadonlyMap<PolicyName, readonly Fault[]>;
  /** The same, of all policies together. */
  readonly policyFaults: readonly Fault[];
  /** Fingerprint of the key that vouches for whoever signs the configuration; null if nothing has to be signed. */
  readonly trustRoot: string | null;
  /** What is signed of it: SHA-256 over the canonical form of each part, 64 hexadecimal digits. */
  readonly parts: ConfigParts;
}

/** The two parts of a configuration, which people with different roles answer for. */
export interface ConfigParts {
  /** The policies, and which of them each grant has. */
  readonly policy: string;
  /** Everything else. */
  readonly admin: string;
}
