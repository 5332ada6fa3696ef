/**
 * The test cases of a starter policy: calls of the real tools, and what was promised of them. They are written from the
 * promise, not from the policy, so that running them checks it.
 */
import { loadProvider } from '../../catalogue/providers.ts';
import type { Plain } from '../../config/text-edit.ts';
import type { CatalogueEntry } from '../../core/entry.ts';
import type { Reading } from '../../core/extract.ts';
import { type JsonObject, stringify } from '../../core/json.ts';
import type { Kind } from '../../core/kinds.ts';
import type { Money } from '../../core/money.ts';
import { parseMoney } from '../../core/money-bound.ts';
import type { KnownTool, ToolBook } from '../policy/known-tools.ts';
import { selectingArgs, sentArgs, writeMoney } from '../policy-diff/entry-args.ts';
import { pathOf, put } from '../policy-diff/place.ts';
import type { KindsFound, MoneyChoices } from './policy.ts';

/** A use of a tool: of a generic one, one of many. */
interface Use {
  readonly tool: KnownTool;
  readonly entry: CatalogueEntry;
  readonly reading: Reading;
}

interface Expected {
  readonly decision: 'allow' | 'deny' | 'approve';
  readonly rule?: string;
  readonly code?: string;
}

/** The file of cases for a policy that lies beside it. */
export async function casesFor(
  policyFile: string,
  books: readonly ToolBook[],
  found: KindsFound,
  choices: MoneyChoices,
): Promise<Readonly<Record<string, Plain>>> {
  const uses = (await Promise.all(books.map(usesOf))).flat();
  const cases = [
    ...(found.reads ? plainCase(uses, 'read', 'looking is free', { decision: 'allow', rule: 'reads' }) : []),
    ...found.counted.flatMap((kind) => moneyCases(uses, kind, choices)),
    ...found.uncounted.flatMap((kind) => unseenCase(uses, kind, choices)),
    ...found.hidden.flatMap((kind) =>
      plainCase(uses, kind, `\`${kind}\` is out of sight`, { decision: 'deny', rule: 'out-of-sight', code: 'hidden' }),
    ),
    strangerCase(books),
  ];
  return {
    version: 1,
    description: `Made by countersign init. Run them: countersign policy test policies/${policyFile.replace(/\.json$/, '.test.json')}`,
    policy: policyFile,
    upstreams: Object.fromEntries(books.map(({ upstream }) => [upstream.name, upstreamOf(upstream)])),
    cases,
  };
}

function upstreamOf({ provider, assumeCurrency }: ToolBook['upstream']): Plain {
  return {
    ...(provider === null ? {} : { provider }),
    ...(assumeCurrency === null ? {} : { currency: { assume: assumeCurrency } }),
  };
}

async function usesOf({ upstream, tools }: ToolBook): Promise<readonly Use[]> {
  const { exponents = {} } = upstream.provider === null ? {} : await loadProvider(upstream.provider);
  const reading: Reading = { exponents: new Map(Object.entries(exponents)), assumeCurrency: upstream.assumeCurrency };
  return tools.flatMap((tool) => tool.entries.map((entry) => ({ tool, entry, reading })));
}

function caseOf(name: string, { tool }: Use, args: JsonObject, expect: Expected): Plain {
  const sent = JSON.parse(stringify(args)) as Plain;
  return { name, call: { tool: tool.tool, arguments: sent }, expect: { ...expect } };
}

/** The first use of a kind that can be written down. */
function plainCase(uses: readonly Use[], kind: Kind, name: string, expect: Expected): readonly Plain[] {
  for (const use of uses.filter(({ entry }) => entry.kind === kind)) {
    const args = sentArgs(selectingArgs({ entry: use.entry, siblings: use.tool.entries }), use.entry);
    if (isKind(use, args)) return [caseOf(name, use, args, expect)];
  }
  return [];
}

function isKind({ tool, entry }: Use, args: JsonObject): boolean {
  return tool.classifier.call(args).classification.kind === entry.kind;
}

function unseenCase(uses: readonly Use[], kind: Kind, { isSigned }: MoneyChoices): readonly Plain[] {
  return isSigned
    ? plainCase(uses, kind, `\`${kind}\` is signed, whatever it is about`, {
        decision: 'approve',
        rule: 'always-signed',
      })
    : plainCase(uses, kind, `\`${kind}\` is denied, since nobody could sign it`, { decision: 'deny' });
}

function moneyCases(
  uses: readonly Use[],
  kind: Kind,
  { currency, threshold, isSigned }: MoneyChoices,
): readonly Plain[] {
  const most = parseMoney(`${threshold} ${currency}`);
  if (!most.ok) return [];
  const above: Money = { currency, minor: most.value.minor + 1n };
  for (const use of uses.filter(({ entry }) => entry.kind === kind)) {
    const [small, large] = [argsSaying(use, most.value), argsSaying(use, above)];
    if (small === null || large === null) continue;
    const over: Expected = isSigned ? { decision: 'approve', rule: 'sign-off' } : { decision: 'deny', rule: 'ceiling' };
    const words = isSigned ? 'signed' : 'denied';
    return [
      caseOf(`\`${kind}\` of ${threshold} ${currency} is free`, use, small, { decision: 'allow', rule: 'money' }),
      caseOf(`\`${kind}\` of a little more is ${words}`, use, large, over),
    ];
  }
  return withoutMoney(uses, kind);
}

/** Where no call can say its money, as for an account whose currency nobody stated, every one is denied. */
function withoutMoney(uses: readonly Use[], kind: Kind): readonly Plain[] {
  return plainCase(uses, kind, `\`${kind}\` whose money is unknown is denied`, { decision: 'deny' });
}

/** Arguments from which exactly this money is read; null where they cannot be put together. */
function argsSaying(use: Use, money: Money): JsonObject | null {
  const { tool, entry, reading } = use;
  const { currency, reference } = entry;
  const selected = selectingArgs({ entry, siblings: tool.entries });
  const named = reference === undefined ? selected : put(selected, pathOf(reference), 'ref_1');
  const priced =
    currency !== undefined && 'path' in currency ? put(named, pathOf(currency.path), money.currency) : named;
  const args = writeMoney(priced, entry, money, reading);
  if (args === undefined) return null;
  const sent = sentArgs(args, entry);
  const { classification, facts } = tool.classifier.call(sent);
  const { amount, currency: read } = facts;
  const isRead = amount.state === 'known' && amount.value.minor === money.minor && read.state === 'known';
  return classification.kind === entry.kind && isRead && read.value === money.currency ? sent : null;
}

function strangerCase(books: readonly ToolBook[]): Plain {
  const [book] = books;
  return {
    name: 'a tool that nobody knows is denied',
    call: { tool: `${book?.upstream.name ?? 'none'}/never_seen_before`, arguments: {} },
    expect: { decision: 'deny' },
  };
}
