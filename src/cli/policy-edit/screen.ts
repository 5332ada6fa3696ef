/** What the editor's screen is fed from: drafts, each of which loads, and what the engine makes of them. */
import type {
  EditorDesk,
  EditorRule,
  EditorSample,
  EditorTool,
  FormField,
  FormValues,
  Outcome,
} from '../../tui/index.ts';
import { CommandError } from '../report.ts';
import { changesBetween } from './save.ts';
import type { EditedPolicy, EditedTool } from './book.ts';
import { diffLines } from '../policy-diff/show.ts';
import type { PolicyDraft } from './draft.ts';
import { idOf, type RuleEdit, type RuleText } from './edits.ts';
import { fieldsOf, ruleOf, valuesOf } from './rule-form.ts';
import { ruleWords } from './rule-line.ts';
import { samplesOf } from './samples.ts';
import { freeId, type Target, withState } from './set-state.ts';
import { standingOf } from './tool-state.ts';
import { moneyWords, shortened } from './tool-words.ts';

/** So many calls fit below a list. */
const SAMPLES = 8;

export class PolicyDesk implements EditorDesk {
  readonly #edited: EditedPolicy;
  /** The last is what is on the screen. */
  #drafts: readonly PolicyDraft[];

  constructor(edited: EditedPolicy, draft: PolicyDraft) {
    this.#edited = edited;
    this.#drafts = [draft];
  }

  get draft(): PolicyDraft {
    return this.#drafts.at(-1) ?? this.#edited.draft;
  }

  view(): ReturnType<EditorDesk['view']> {
    const { document, policy, rules, text } = this.draft;
    return {
      ...{ policy: document.name, file: document.file },
      ...{ isChanged: text !== this.#edited.draft.text, canUndo: this.#drafts.length > 1 },
      tools: this.#edited.tools.map((tool) => this.#toolLine(tool)),
      rules: policy.rules.map((rule, index) => ruleLine(rule.effect, rules[index] ?? {})),
    };
  }

  #toolLine({ tool, classifier, entries }: EditedTool): EditorTool {
    const { state, rules } = standingOf(tool, classifier.possible, this.draft.policy);
    return {
      tool,
      state,
      kinds: shortened(classifier.possible.map(({ kind }) => kind)),
      money: moneyWords(entries),
      rules: rules.map(({ id }) => id),
    };
  }

  samples(tool: string): Promise<readonly EditorSample[]> {
    return this.#samples(tool, this.draft);
  }

  async #samples(tool: string | null, draft: PolicyDraft): Promise<readonly EditorSample[]> {
    const known = this.#tool(tool);
    return known === null ? [] : samplesOf(known, known.uses, draft, SAMPLES);
  }

  #tool(name: string | null): EditedTool | null {
    return this.#edited.tools.find(({ tool }) => tool === name) ?? null;
  }

  setState(name: string, state: Target): Promise<Outcome> {
    return this.#change(`\`${name}\`: ${state}`, (draft) => {
      const { tool, classifier } = this.#edited.tool(name);
      return withState(draft, { tool, possible: classifier.possible }, state);
    });
  }

  form(rule: string | null, tool: string | null): FormValues {
    const written = rule === null ? null : this.#rule(rule);
    const values = valuesOf(written, this.#tool(tool));
    return rule === null ? { ...values, id: freeId('new-rule', this.draft.rules) } : values;
  }

  fields(values: FormValues, tool: string | null): readonly FormField[] {
    return fieldsOf(values, this.#tool(tool));
  }

  async preview(rule: string | null, values: FormValues, tool: string | null) {
    try {
      const draft = await this.draft.edited(this.#editOf(rule, values));
      return { fault: null, samples: await this.#samples(tool, draft) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { fault: lastLine(error.message), samples: [] };
    }
  }

  apply(rule: string | null, values: FormValues): Promise<Outcome> {
    const id = values['id'] ?? '';
    return this.#change(rule === null ? `rule \`${id}\` is new` : `rule \`${id}\` is changed`, (draft) =>
      draft.edited(this.#editOf(rule, values)),
    );
  }

  #editOf(rule: string | null, values: FormValues): RuleEdit {
    if (rule === null) return { is: 'add', rule: ruleOf(values, null), before: null };
    return { is: 'change', id: rule, rule: ruleOf(values, this.#rule(rule)) };
  }

  #rule(id: string): RuleText {
    return this.draft.rules.find((rule) => rule['id'] === id) ?? {};
  }

  remove(id: string): Promise<Outcome> {
    return this.#change(`rule \`${id}\` is removed`, (draft) => draft.edited({ is: 'remove', id }));
  }

  move(id: string, by: -1 | 1): Promise<Outcome> {
    return this.#change(`rule \`${id}\` is moved`, (draft) => {
      const ids = draft.rules.map(idOf);
      const to = ids.indexOf(id) + (by === 1 ? 2 : -1);
      if (to < 0 || to > ids.length) return Promise.resolve(draft);
      return draft.edited({ is: 'move', id, before: ids[to] ?? null });
    });
  }

  undo(): Outcome {
    if (this.#drafts.length < 2) return { ok: false, words: 'there is nothing to undo' };
    this.#drafts = this.#drafts.slice(0, -1);
    return { ok: true, words: 'the last change is undone' };
  }

  async diff(): Promise<readonly string[]> {
    return diffLines(await changesBetween(this.#edited.draft, this.draft, this.#edited.upstreams));
  }

  async #change(words: string, step: (draft: PolicyDraft) => Promise<PolicyDraft>): Promise<Outcome> {
    try {
      const before = this.draft;
      const draft = await step(before);
      if (draft.text === before.text) return { ok: true, words: 'that is so already' };
      this.#drafts = [...this.#drafts, draft];
      return { ok: true, words };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { ok: false, words: lastLine(error.message) };
    }
  }
}

/** Faults of a document come one to a line, behind a line that says which document. */
function lastLine(message: string): string {
  const [first = '', second] = message.split('\n');
  return second === undefined ? first : second.trim().replace(/^\S+:\d+:\d+:?\s*/, '');
}

function ruleLine(effect: string, written: RuleText): EditorRule {
  const tools = Array.isArray(written['tools']) ? (written['tools'] as readonly string[]) : [];
  return { id: idOf(written), effect, tools: tools.join(', '), words: ruleWords(written) };
}
