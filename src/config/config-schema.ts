/** The configuration document as people write it. */
import * as z from 'zod';
import { Entries } from './entry-schema.ts';
import { Currency, Duration, Name, SecretName, Size, UpstreamName, closed, text, written } from './primitives.ts';
import { PolicyDocument } from './policy-schema.ts';
import { State } from './state.ts';

const NO_SECRET =
  'expected a string; a secret cannot be an argument, because every process of the machine can read arguments: put it into `env`';

const ENV_NAME = written(
  /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
  'the name of an environment variable, out of `A-Z a-z 0-9 _`',
);
const HEADER_NAME = written(/^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$/, 'the name of an HTTP header');

const Value = z
  .union([z.string().max(32_768), closed({ secret: SecretName.describe('The name of a sealed secret.') })], {
    error: 'expected a string or `{ "secret": "<name>" }`',
  })
  .meta({ id: 'Value', description: 'A plain value, or the name of a sealed secret.' });

const shared = {
  provider: written(/^[a-z0-9][a-z0-9-]{0,30}$/, 'the name of a provider, like `stripe`')
    .exactOptional()
    .describe('Whose tools these are in the catalogue. Without it every tool is unclassified.'),
  tools: z
    .record(text(200), Entries)
    .exactOptional()
    .describe("Your own catalogue entries by tool name. They replace the catalogue's."),
  currency: closed({ assume: Currency.describe('The only currency of the account.') })
    .exactOptional()
    .describe('For an account that has one currency; shown as ASSUMED wherever it counts.'),
  prefix: written(/^[A-Za-z0-9_-]{0,32}$/, 'a prefix of up to 32 characters out of `A-Z a-z 0-9 _ -`')
    .exactOptional()
    .describe('Put before each tool name. Left out: nothing if this is the only upstream, else `<name>_`.'),
  timeout: Duration.exactOptional().describe('How long a call may take. `60s` if left out, `24h` at most.'),
  elicitation: z
    .boolean()
    .exactOptional()
    .describe('True: this server may ask the user for something, for grants that carry `elicitation`.'),
  instructions: text(1000)
    .exactOptional()
    .describe('What the model is told about this server. What the server itself says is never passed on.'),
  start: z.enum(['eager', 'lazy']).exactOptional().describe('`eager`: with the gateway; `lazy`: on the first call.'),
};

/** A server started as a child process. */
const StdioUpstream = closed({
  command: text(4096).describe('The program to start.'),
  args: z
    .array(z.string({ error: NO_SECRET }).max(32_768))
    .exactOptional()
    .describe('Its arguments. Never a secret: every process can read them.'),
  env: z
    .record(ENV_NAME, Value)
    .exactOptional()
    .describe('Its environment, in addition to a short list of harmless variables.'),
  cwd: text(4096).exactOptional().describe('Its working directory, absolute. A directory of its own if left out.'),
  ...shared,
}).meta({ id: 'StdioUpstream', description: 'A server started as a child process.' });

/** A server reached over HTTP. */
const HttpUpstream = closed({
  url: text(2048).describe('The address of the MCP endpoint, `https://…`; `http://` only on this machine.'),
  headers: z.record(HEADER_NAME, Value).exactOptional().describe('Headers of every request.'),
  ...shared,
}).meta({ id: 'HttpUpstream', description: 'A server reached over HTTP.' });

const UPSTREAM = { error: 'expected an upstream with either `command` or `url`' };
export const Upstream = z.union([StdioUpstream, HttpUpstream], UPSTREAM);

const Capability = z.enum([
  'tools',
  'resources',
  'prompts',
  'completion',
  'logging',
  'roots',
  'sampling',
  'elicitation',
]);

/** What a token entitles to. */
export const Grant = closed({
  principal: text(200).describe('Who is accountable for the calls.'),
  owner: text(200)
    .exactOptional()
    .describe('The person who is accountable, if the principal is none. Nobody approves calls of their own agent.'),
  policies: z
    .array(Name)
    .exactOptional()
    .describe('Policies in force, in this order. Without one every call is denied.'),
  upstreams: z.array(UpstreamName).describe('The upstreams that may be called.'),
  capabilities: z.array(Capability).exactOptional().describe('What else of MCP may be used. `["tools"]` if left out.'),
  expires: text(40).exactOptional().describe('The last day, `2027-06-30`, or an instant, `2027-06-30T12:00:00Z`.'),
  labels: z.record(Name, text(200)).exactOptional().describe('Facts for policies: `grant.<label>`.'),
  shadow: z.array(Name).exactOptional().describe('Policies that are evaluated and recorded, and not enforced.'),
}).meta({ id: 'Grant', description: 'What a token entitles to.' });

/** How approvals are waited for. */
const Approvals = closed({
  wait: Duration.exactOptional().describe('How long a call waits for a person. `45s` if left out, `1h` at most.'),
  expire: Duration.exactOptional().describe('How long a request stays open. `15m` if left out.'),
  pending: z.int().min(1).max(1000).exactOptional().describe('The most open requests per grant. 10 if left out.'),
  notify: closed({
    command: z
      .array(text(4096))
      .min(1)
      .exactOptional()
      .describe('A program and its arguments. It gets the news as JSON on its standard input.'),
    webhook: text(2000)
      .exactOptional()
      .describe('An address to which the news is sent as JSON, `https://…`; plain `http://` only on this machine.'),
    desktop: z.boolean().exactOptional().describe('True: a notification on the desktop of this machine.'),
  })
    .exactOptional()
    .describe('Told about new requests.'),
});

/** How the audit log is kept. */
const Audit = closed({
  durability: z
    .enum(['money', 'all'])
    .exactOptional()
    .describe('Which intents are on the disk before a call goes on: those of money and unclassified calls, or all.'),
  rotate: closed({
    size: Size.exactOptional().describe('A new file after this size. `64MiB` if left out.'),
    every: z.enum(['day']).exactOptional().describe('A new file each UTC day, whatever its size.'),
  })
    .exactOptional()
    .describe('When a new file begins.'),
  retain: z
    .string()
    .regex(/^[1-9]\d{0,4}d$/, 'expected a number of days, like "400d"')
    .exactOptional()
    .describe('How long calls files are kept, in days like `400d`. For ever if left out.'),
  reveal: z
    .array(z.enum(['amount', 'currency', 'reason', 'recipient', 'reference', 'quantity']))
    .exactOptional()
    .describe('Facts whose values are written into the log. None if left out.'),
});

/** What others may watch of a gateway; nothing where all of it is left out. */
const Telemetry = closed({
  prometheus: text(4096)
    .exactOptional()
    .describe('A directory for metrics in Prometheus’ text format, as its textfile collector reads them.'),
  otlp: text(2000)
    .exactOptional()
    .describe('A collector that takes OTLP over HTTP, `https://…`; plain `http://` only on this machine.'),
  every: Duration.exactOptional().describe('How often they are written and sent. `15s` if left out.'),
});

function configDocument<Policy extends z.ZodType>(policy: Policy) {
  const place = z.union([text(4096), policy], { error: 'expected the path of a policy file, or a policy document' });
  return closed({
    $schema: z.string().exactOptional().describe('For editors.'),
    version: z.literal(1).describe('The version of the format.'),
    upstreams: z.record(UpstreamName, Upstream).exactOptional().describe('The servers behind the gateway.'),
    policies: z
      .record(Name, place)
      .exactOptional()
      .describe('Policies by name: a path relative to this file, or a document.'),
    grants: z.record(Name, Grant).exactOptional().describe('Grants by name.'),
    approvals: Approvals.exactOptional().describe('How approvals are waited for.'),
    audit: Audit.exactOptional().describe('How the audit log is kept.'),
    telemetry: Telemetry.exactOptional().describe('Metrics and traces, without any argument value. Off if left out.'),
    state: State.exactOptional(),
    trust: closed({
      root: text(200)
        .exactOptional()
        .describe('The fingerprint of the key that vouches for whoever signs the configuration.'),
    })
      .exactOptional()
      .describe('With a root, an edit takes effect once operators have signed it: countersign activate.'),
  });
}

/** The whole document, for editors. */
export const ConfigDocument = configDocument(PolicyDocument).meta({
  id: 'Config',
  description: 'The configuration of Countersign.',
});

/** The document without what is in its inline policies: like a policy file, a broken one breaks only itself. */
export const ConfigShell = configDocument(z.record(z.string(), z.unknown()));

export type ConfigDoc = z.output<typeof ConfigShell>;
export type UpstreamDoc = z.output<typeof Upstream>;
export type GrantDoc = z.output<typeof Grant>;
export type ValueDoc = z.output<typeof Value>;
