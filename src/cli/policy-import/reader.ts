/** What both formats share while one document is read. */
import type { Source } from '../../config/index.ts';
import type { CompilePattern } from '../../config/pattern.ts';
import type { RuleDraft, WhenDoc } from './draft.ts';
import { NoteBook } from './notes.ts';
import type { Refusal, Way } from './notes.ts';
import { readPredicate, writtenPredicate } from './predicate.ts';
import { isList, textOf } from './value.ts';

const MAX_MESSAGE = 500;

/** The drafts and notes of one document. */
export class DocumentReader {
  readonly drafts: RuleDraft[] = [];
  readonly book: NoteBook;
  readonly upstream: string;
  readonly compile: CompilePattern;

  constructor(source: Source, upstream: string, compile: CompilePattern) {
    this.book = new NoteBook(source);
    this.upstream = upstream;
    this.compile = compile;
  }

  /** Every tool of the server. Not `*`: a grant may have other servers. */
  get everyTool(): string {
    return `${this.upstream}/*`;
  }

  /** The selector of a tool as the source names it; nothing for a name that no selector can be written for. */
  selector(tool: unknown): string | undefined {
    if (tool === '*') return this.everyTool;
    const plain = typeof tool === 'string' && /^[^\s*\p{C}]{1,160}$/u.test(tool);
    return plain ? `${this.upstream}/${tool}` : undefined;
  }

  add(draft: RuleDraft, construct: string): void {
    this.drafts.push(draft);
    this.book.became(draft.way, construct, draft.why ?? '');
  }

  refuse(refusal: Omit<Refusal, 'loosens'> & { readonly loosens?: boolean }): null {
    return this.book.refuse({ loosens: true, ...refusal });
  }

  /** `default: allow` is said of this server only. */
  allowByDefault(way: Way): void {
    const why = 'tools that the catalogue does not know need a rule that names them';
    const rule = { way, name: 'default-allow', tools: [this.everyTool], effect: 'allow' } as const;
    this.add({ ...rule, why }, `rule allowing \`${this.everyTool}\``);
  }

  /** `hide`: a list of names, or `*`. */
  hide(way: Way, value: unknown): void {
    if (value === undefined) return;
    if (!isList(value)) {
      this.refuse({ way, construct: 'hide', why: '`hide` is a list of tools', tools: [this.everyTool] });
      return;
    }
    value.forEach((tool, index) => this.#hideOne([...way, index], tool));
  }

  #hideOne(way: Way, tool: unknown): void {
    const selector = this.selector(tool);
    if (selector === undefined) {
      const why = `\`${textOf(tool)}\` is no tool name, and only whole names or \`*\` can be hidden`;
      this.refuse({ way, construct: 'hide', why, tools: [this.everyTool] });
      return;
    }
    this.add(
      { way, name: `hide-${tool === '*' ? 'all' : textOf(tool)}`, tools: [selector], effect: 'hide' },
      'rule hiding it',
    );
  }

  /** Predicates that must all hold, as one condition; nothing, and a refusal, if one of them cannot be read. */
  conditions(way: Way, list: readonly unknown[], tools: readonly string[], root: 'args.' | ''): Conditions | undefined {
    const read = list.map((one, index) => this.#predicate([...way, index], one, tools, root));
    const good = read.flatMap((one) => one ?? []);
    if (good.length < read.length) return undefined;
    return {
      when: combined(good.map(({ when }) => when)),
      why: [...new Set(good.flatMap(({ notes }) => notes))].join('; '),
    };
  }

  #predicate(way: Way, value: unknown, tools: readonly string[], root: 'args.' | '') {
    const written = writtenPredicate(value);
    const construct = written === undefined ? 'condition' : `condition on \`${textOf(written.path)}\``;
    if (written === undefined) return this.refuse({ way, construct, why: SHAPE, tools });
    const read = written.path.startsWith(root)
      ? readPredicate(written, this.compile)
      : ({ ok: false, why: `\`${textOf(written.path)}\` does not begin with \`${root}\`` } as const);
    if (!read.ok) return this.refuse({ way, construct, why: read.why, tools });
    return { when: { [read.fact]: read.test }, notes: read.notes };
  }

  /** What the agent is told; cut where ours is shorter. Nothing, and a refusal, for what is no text. */
  message(way: Way, value: unknown, tools: readonly string[]): { readonly message?: string } | null {
    if (value === undefined || value === null || value === '') return {};
    if (typeof value !== 'string') return this.refuse({ way, construct: 'message', why: 'it is no text', tools });
    return { message: Array.from(value).length > MAX_MESSAGE / 2 ? `${value.slice(0, MAX_MESSAGE - 1)}…` : value };
  }
}

const SHAPE = 'expected `{path, op, value}`';

export interface Conditions {
  readonly when: WhenDoc;
  readonly why: string;
}

/** One object where each condition is about a fact of its own, else `all`. */
function combined(parts: readonly Readonly<Record<string, object>>[]): WhenDoc {
  const facts = parts.flatMap((part) => Object.keys(part));
  if (new Set(facts).size === facts.length) return Object.assign({}, ...parts) as WhenDoc;
  return { all: parts as readonly WhenDoc[] };
}
