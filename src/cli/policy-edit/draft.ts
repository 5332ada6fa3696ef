/** A policy while it is edited: a text that loads at every step, and the policy that it comes to. */
import { EditError, editText } from '../../config/text-edit.ts';
import { faultLine, readPolicy, readSource } from '../../config/index.ts';
import type { PolicyName } from '../../core/ids.ts';
import type { Policy } from '../../core/policy.ts';
import { CommandError, Exit } from '../report.ts';
import { type RuleEdit, type RuleText, textEdits } from './edits.ts';

/** The document that is edited. */
export interface Document {
  readonly name: PolicyName;
  readonly file: string;
}

export class PolicyDraft {
  readonly document: Document;
  readonly text: string;
  readonly policy: Policy;
  readonly rules: readonly RuleText[];

  private constructor(document: Document, text: string, policy: Policy) {
    this.document = document;
    this.text = text;
    this.policy = policy;
    this.rules = (readSource(document.file, text).value as { readonly rules: readonly RuleText[] }).rules;
  }

  /** Throws `CommandError` with every fault of a text that does not load. */
  static async of(document: Document, text: string): Promise<PolicyDraft> {
    const read = await readPolicy(document.name, readSource(document.file, text));
    if (read.ok) return new PolicyDraft(document, text, read.policy);
    const lines = read.faults.map((fault) => `  ${faultLine(fault)}`);
    throw new CommandError(Exit.usage, [`the policy \`${document.name}\` does not load`, ...lines].join('\n'));
  }

  /** The policy after an edit. Throws `CommandError`, and then nothing has changed. */
  async edited(edit: RuleEdit): Promise<PolicyDraft> {
    const { document } = this;
    try {
      const text = editText(document.file, this.text, textEdits(this.rules, edit));
      return text === this.text ? this : await PolicyDraft.of(document, text);
    } catch (error) {
      if (error instanceof EditError) throw new CommandError(Exit.usage, error.message, undefined, { cause: error });
      throw error;
    }
  }

  async editedBy(edits: readonly RuleEdit[]): Promise<PolicyDraft> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- each edit is about what the one before it left
    let draft: PolicyDraft = this;
    for (const edit of edits) draft = await draft.edited(edit);
    return draft;
  }
}
