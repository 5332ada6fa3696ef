/** What the editor's screen shows and asks for. Whoever is behind it knows policies; the screen knows none. */
import type { Outcome } from '../port.ts';

/** How the policy stands to a tool, whatever a call says. */
export type ToolState = 'allow' | 'deny' | 'hide' | 'custom';

export interface EditorTool {
  readonly tool: string;
  readonly state: ToolState;
  /** What it does: `refund`. */
  readonly kinds: string;
  /** Where its money stands. */
  readonly money: string;
  /** Ids of the rules that are about it. */
  readonly rules: readonly string[];
}

export interface EditorRule {
  readonly id: string;
  readonly effect: string;
  readonly tools: string;
  /** What it asks, in one line. */
  readonly words: string;
}

/** A call and what becomes of it. */
export interface EditorSample {
  readonly words: string;
  readonly decision: 'allow' | 'deny' | 'approve';
  readonly rule: string;
  readonly says: readonly string[];
}

export interface EditorView {
  readonly policy: string;
  readonly file: string;
  readonly isChanged: boolean;
  readonly canUndo: boolean;
  readonly tools: readonly EditorTool[];
  readonly rules: readonly EditorRule[];
}

/** One line of a form. */
export interface FormField {
  readonly key: string;
  readonly label: string;
  /** What is typed there. */
  readonly hint: string;
  /** Null: a text. */
  readonly choices: readonly string[] | null;
}

export type FormValues = Readonly<Record<string, string>>;

/** What a rule as it stands in a form would do. */
export interface Preview {
  /** Why there can be no such rule; null if there can. */
  readonly fault: string | null;
  readonly samples: readonly EditorSample[];
}

export interface EditorDesk {
  view(): EditorView;
  samples(tool: string): Promise<readonly EditorSample[]>;
  setState(tool: string, state: Exclude<ToolState, 'custom'>): Promise<Outcome>;
  /** The values of a rule, or of a new one about a tool. */
  form(rule: string | null, tool: string | null): FormValues;
  fields(values: FormValues, tool: string | null): readonly FormField[];
  /** Changes nothing. */
  preview(rule: string | null, values: FormValues, tool: string | null): Promise<Preview>;
  /** Puts the rule into the policy, as a new one or in the place of `rule`. */
  apply(rule: string | null, values: FormValues): Promise<Outcome>;
  remove(rule: string): Promise<Outcome>;
  /** One place towards the first or the last rule. */
  move(rule: string, by: -1 | 1): Promise<Outcome>;
  undo(): Outcome;
  /** What decisions change by all that was done, in lines. */
  diff(): Promise<readonly string[]>;
}
