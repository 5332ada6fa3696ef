/** `countersign policy edit`: tools and rules by form in a terminal, or the same by options for scripts. */
import { readSource } from '../../config/index.ts';
import { Installation } from '../compose.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { diffJson } from '../policy-diff/diff-json.ts';
import { showDiff } from '../policy-diff/show.ts';
import { type EditedPolicy, openPolicy } from '../policy-edit/book.ts';
import type { PolicyDraft } from '../policy-edit/draft.ts';
import { idOf, type RuleEdit, type RuleText } from '../policy-edit/edits.ts';
import { changesBetween, save } from '../policy-edit/save.ts';
import { type Target, withState } from '../policy-edit/set-state.ts';
import { standingOf } from '../policy-edit/tool-state.ts';
import { moneyWords, shortened } from '../policy-edit/tool-words.ts';
import { contextIfAny } from '../policy/context.ts';
import { CommandError, Exit, type ExitCode, print, printJson, printTable, say } from '../report.ts';

export interface EditOptions extends ActingOptions {
  readonly config: string | undefined;
  readonly upstream?: readonly string[];
  readonly provider?: string;
  readonly list?: boolean;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly hide?: readonly string[];
  readonly addRule?: readonly string[];
  readonly setRule?: readonly string[];
  readonly removeRule?: readonly string[];
  readonly moveRule?: string;
  readonly before?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Edits a policy. Throws `CommandError` for a policy, tool or rule that there is not; then nothing is written. */
export async function edit(written: string, options: EditOptions): Promise<ExitCode> {
  const context = await contextIfAny(options.config);
  try {
    const edited = await openPolicy(written, context, options);
    checkOptions(options);
    if (options.list === true) return list(edited, options);
    if (!isScripted(options)) return await onScreen(edited, options);
    const after = await scripted(edited, options);
    return await finish(edited, after, options);
  } finally {
    await context?.close();
  }
}

function list({ draft, tools }: EditedPolicy, { json }: EditOptions): ExitCode {
  const rows = tools.map((tool) => {
    const { state, rules } = standingOf(tool.tool, tool.classifier.possible, draft.policy);
    const kinds = tool.classifier.possible.map(({ kind }) => kind);
    return { tool: tool.tool, state, kinds, money: moneyWords(tool.entries), rules: rules.map(({ id }) => id) };
  });
  if (json === true) printJson(rows);
  else
    printTable(
      ['TOOL', 'STATE', 'KIND', 'MONEY', 'RULES'],
      rows.map(({ tool, state, kinds, money, rules }) => [tool, state, shortened(kinds), money, rules.join(' ')]),
    );
  return Exit.ok;
}

/** What says nothing, or two things, is refused and not guessed. */
function checkOptions(options: EditOptions): void {
  const { allow = [], deny = [], hide = [], list: isList, dryRun, json, before } = options;
  const scripted = isScripted(options);
  if (isList === true && (scripted || dryRun === true))
    throw new CommandError(Exit.usage, '--list changes nothing, and takes no change beside it');
  if (!scripted && isList !== true && (dryRun === true || json === true || before !== undefined))
    throw new CommandError(Exit.usage, 'nothing is to be changed', '--help shows the options that change something');
  const named = [...allow, ...deny, ...hide];
  const twice = named.find((tool, index) => named.indexOf(tool) !== index);
  if (twice !== undefined) throw new CommandError(Exit.usage, `\`${twice}\` is named twice`);
}

function isScripted({ allow, deny, hide, addRule, setRule, removeRule, moveRule }: EditOptions): boolean {
  return [allow, deny, hide, addRule, setRule, removeRule, moveRule].some((option) => option !== undefined);
}

async function scripted(edited: EditedPolicy, options: EditOptions): Promise<PolicyDraft> {
  const { allow = [], deny = [], hide = [] } = options;
  let draft = await edited.draft.editedBy(ruleEdits(options));
  const states: readonly (readonly [Target, readonly string[]])[] = [
    ['allow', allow],
    ['deny', deny],
    ['hide', hide],
  ];
  for (const [state, names] of states)
    for (const name of names) {
      const { tool, classifier } = edited.tool(name);
      draft = await withState(draft, { tool, possible: classifier.possible }, state);
    }
  return draft;
}

function ruleEdits({
  addRule = [],
  setRule = [],
  removeRule = [],
  moveRule,
  before,
}: EditOptions): readonly RuleEdit[] {
  if (before !== undefined && addRule.length === 0 && moveRule === undefined)
    throw new CommandError(Exit.usage, '--before says where a rule goes that --add-rule or --move-rule names');
  return [
    ...removeRule.map((id): RuleEdit => ({ is: 'remove', id })),
    ...setRule.map((text): RuleEdit => {
      const rule = ruleOf(text, '--set-rule');
      return { is: 'change', id: idOf(rule), rule };
    }),
    ...addRule.map((text): RuleEdit => ({ is: 'add', rule: ruleOf(text, '--add-rule'), before: before ?? null })),
    ...(moveRule === undefined ? [] : [{ is: 'move', id: moveRule, before: before ?? null } as const]),
  ];
}

/** Read as strictly as a document: a key that stands there twice would say two things. */
function ruleOf(text: string, option: string): RuleText {
  const source = readSource('rule.json', text);
  const { value } = source;
  const isOne = source.isRead && typeof value === 'object' && value !== null && !Array.isArray(value);
  const [fault] = source.faults;
  if (isOne && fault === undefined && idOf(value as RuleText) !== '') return value as RuleText;
  const why = fault?.message ?? (isOne ? 'it has no `id`' : 'it is no object');
  throw new CommandError(
    Exit.usage,
    `what stands behind ${option} is no rule in JSON: ${why}`,
    `${option} '{"id": "no-payouts", "tools": ["kind:payout"], "effect": "deny"}'`,
  );
}

const WHEN: Readonly<Record<EditedPolicy['takesEffect'], string>> = {
  'at once': '; running gateways take it up with the next call',
  signed: '; it takes effect once it is signed: countersign activate',
  never: '; the configuration names no such file, so no gateway reads it',
};

async function finish(edited: EditedPolicy, after: PolicyDraft, options: EditOptions): Promise<ExitCode> {
  const before = edited.draft;
  const { file, name } = before.document;
  const diff = await changesBetween(before, after, edited.upstreams);
  const isSaved = after.text !== before.text && options.dryRun !== true;
  if (isSaved) {
    const installation = new Installation(process.env, { configFile: options.config, create: true });
    try {
      const { actor } = await acting(installation, { does: 'policy edit', to: name, role: 'policy' }, options);
      await save(installation, { before, after, diff, actor });
    } finally {
      await installation.close();
    }
  }
  if (options.json === true)
    print(
      `{"policy":${JSON.stringify(name)},"file":${JSON.stringify(file)},"saved":${isSaved},"diff":${diffJson(diff)}}`,
    );
  else {
    showDiff(diff);
    if (after.text === before.text) say(`\`${file}\` says that already`);
    else say(isSaved ? `saved \`${file}\`${WHEN[edited.takesEffect]}` : 'nothing was saved');
  }
  return Exit.ok;
}

/** The person edits until he leaves; what cannot be saved is shown to him again, with the reason. */
async function onScreen(edited: EditedPolicy, options: EditOptions): Promise<ExitCode> {
  const [{ PolicyDesk }, { runEditor, TerminalError }] = await Promise.all([
    import('../policy-edit/screen.ts'),
    import('../../tui/index.ts'),
  ]);
  let draft = edited.draft;
  let notice: string | null = null;
  for (;;) {
    const desk = new PolicyDesk(edited, draft);
    try {
      if (!(await runEditor(desk, notice, { mouse: false }))) return Exit.ok;
      draft = desk.draft;
      return await finish(edited, draft, options);
    } catch (error) {
      if (error instanceof TerminalError)
        throw new CommandError(Exit.usage, error.message, error.hint, { cause: error });
      if (!(error instanceof CommandError)) throw error;
      notice = `not saved: ${error.message}`;
    }
  }
}
