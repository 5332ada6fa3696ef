/** What `countersign help TOPIC` knows: a word, the page of the package, and what it is about. */

interface Topic {
  /** Its path in the package. */
  readonly page: string;
  readonly about: string;
}

export const TOPICS: Readonly<Record<string, Topic>> = {
  'quick-start': { page: 'docs/quick-start.md', about: 'from a key in plain text to a guarded one' },
  concepts: { page: 'docs/concepts.md', about: 'the parts, the words, and the way of a call' },
  clients: { page: 'docs/clients.md', about: 'where each MCP client keeps its servers, and how it differs' },
  policy: { page: 'docs/policy.md', about: 'writing, testing, explaining and changing what agents may do' },
  approvals: { page: 'docs/approvals.md', about: 'operators, and calls that a person has to sign' },
  configuration: { page: 'docs/configuration.md', about: 'every key of countersign.config.json' },
  upstreams: { page: 'docs/upstreams.md', about: 'how payment servers are kept running; remote servers' },
  providers: { page: 'docs/providers.md', about: "what is known of each provider's tools, and their traps" },
  audit: { page: 'docs/audit.md', about: 'the log: its records, its chain, and every finding' },
  'audit-reading': { page: 'docs/audit-reading.md', about: 'searching the log, and handing it to other programs' },
  'audit-verify': { page: 'docs/audit-verify.md', about: 'checking a log without any code of ours' },
  'audit-redaction': { page: 'docs/audit-redaction.md', about: 'what of arguments is in the log, and what is not' },
  'audit-report': { page: 'docs/audit-report.md', about: 'a period on one page, for an auditor' },
  siem: { page: 'docs/siem/README.md', about: 'shipping the log to a SIEM, and what to alert on' },
  fleet: { page: 'docs/fleet.md', about: 'many gateways, one store' },
  guarded: { page: 'docs/guarded.md', about: 'the gateway as a user of its own' },
  telemetry: { page: 'docs/telemetry.md', about: 'metrics and traces' },
  wire: { page: 'docs/wire.md', about: 'which of MCP is served, and how' },
  security: { page: 'SECURITY.md', about: 'what is promised, against whom, and what is not' },
  troubleshooting: { page: 'docs/troubleshooting.md', about: 'when something does not work, by client and by message' },
  changes: { page: 'CHANGELOG.md', about: 'what is new' },
};

/** The topic of a page, by its path in the package. */
export function topicOf(page: string): string | undefined {
  return Object.keys(TOPICS).find((topic) => TOPICS[topic]?.page === page);
}
