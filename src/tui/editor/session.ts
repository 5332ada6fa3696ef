/** Runs the editor: keys go in one after the other, each once the one before it is done. */
import type { Outcome } from '../port.ts';
import type { Surface } from '../run.ts';
import { safeStart } from '../safe-text.ts';
import type { Notice } from '../state.ts';
import { cycled, filterKey, formKey, moved } from './keys.ts';
import type { EditorDesk } from './port.ts';
import {
  diffRows,
  type EditorState,
  initialState,
  listRows,
  type OpenForm,
  selectedName,
  shownNames,
  SMALLEST,
} from './state.ts';
import { editorScreen } from './view.ts';

export class EditorSession {
  readonly #desk: EditorDesk;
  readonly #surface: Surface & { readonly color: boolean };
  readonly #end: (error?: unknown) => void;
  #state: EditorState;
  #working: Promise<void> = Promise.resolve();
  #isDone = false;
  #wantsToSave = false;

  constructor(
    desk: EditorDesk,
    surface: Surface & { readonly color: boolean },
    notice: string | null,
    end: (error?: unknown) => void,
  ) {
    this.#desk = desk;
    this.#surface = surface;
    this.#end = end;
    this.#state = initialState(desk.view(), notice === null ? null : safeStart(notice).text);
  }

  /** True if the person left to save. */
  get wantsToSave(): boolean {
    return this.#wantsToSave;
  }

  /** Resolves once all keys so far are done. */
  settled(): Promise<void> {
    return this.#working;
  }

  start(): void {
    this.#after(() => this.#look());
  }

  key(key: string): void {
    this.#after(() => this.#press(key));
  }

  draw(): void {
    if (!this.#isDone) this.#surface.draw(editorScreen(this.#state, this.#surface));
  }

  #after(step: () => Promise<void> | void): void {
    this.#working = this.#working.then(async () => {
      if (this.#isDone) return;
      try {
        await step();
        this.draw();
      } catch (error) {
        this.#leave(error);
      }
    });
  }

  #leave(error?: unknown): void {
    this.#isDone = true;
    this.#end(error);
  }

  #is(change: Partial<EditorState>): void {
    this.#state = { ...this.#state, ...change };
  }

  #say(tone: Notice['tone'], words: string): void {
    this.#is({ notice: { tone, words: safeStart(words).text } });
  }

  /** Reads what the policy makes of the selected tool's calls. */
  async #look(): Promise<void> {
    const { list, view } = this.#state;
    const name = selectedName(this.#state);
    const tool = list === 'tools' ? name : view.tools.find(({ rules }) => rules.includes(name ?? ''))?.tool;
    this.#is({ samples: tool === null || tool === undefined ? [] : await this.#desk.samples(tool) });
  }

  async #press(key: string): Promise<void> {
    const { columns, rows } = this.#surface;
    const state = this.#state;
    if (key === '<ctrl-c>') {
      this.#leave();
      return;
    }
    if (columns < SMALLEST.columns || rows < SMALLEST.rows) return;
    this.#is({ notice: null });
    if (state.help) {
      this.#is({ help: false });
      return;
    }
    if (state.asks !== null) return this.#answer(state.asks, key);
    if (state.diff !== null) {
      this.#diffKey(state.diff, key);
      return;
    }
    if (state.form !== null) return this.#formKey(state.form, key);
    if (state.isFiltering) {
      this.#is(filterKey(state, key));
      return this.#look();
    }
    return this.#listKey(key);
  }

  async #listKey(key: string): Promise<void> {
    const state = this.#state;
    const cursors = moved(state, key, listRows(this.#surface.rows));
    if (cursors !== null) {
      this.#is({ cursors });
      return this.#look();
    }
    const name = selectedName(state);
    switch (key) {
      case '<tab>':
      case '<backtab>':
        this.#is({ list: state.list === 'tools' ? 'rules' : 'tools', filter: '' });
        return this.#look();
      case '/':
        this.#is({ isFiltering: true });
        return;
      case '?':
        this.#is({ help: true });
        return;
      case 'u':
        return this.#did(Promise.resolve(this.#desk.undo()));
      case 's':
        return this.#toSave();
      case 'n':
        return this.#open(null, state.list === 'tools' ? name : null);
      case 'q':
        if (state.view.isChanged) this.#is({ asks: 'leave' });
        else this.#leave();
        return;
    }
    if (name === null) return;
    return state.list === 'tools' ? this.#toolKey(name, key) : this.#ruleKey(name, key);
  }

  async #toolKey(tool: string, key: string): Promise<void> {
    const target = ({ a: 'allow', d: 'deny', x: 'hide' } as const)[key];
    if (target !== undefined) return this.#did(this.#desk.setState(tool, target));
    // Its rules, of which there may be many others.
    if (key === '<enter>')
      this.#is({ list: 'rules', filter: '', cursors: { ...this.#state.cursors, rules: this.#firstRuleOf(tool) } });
    return key === '<enter>' ? this.#look() : undefined;
  }

  #firstRuleOf(tool: string): number {
    const { tools, rules } = this.#state.view;
    const about = tools.find((one) => one.tool === tool)?.rules ?? [];
    return Math.max(
      0,
      rules.findIndex(({ id }) => about.includes(id)),
    );
  }

  async #ruleKey(rule: string, key: string): Promise<void> {
    if (key === '<enter>' || key === 'e') return this.#open(rule, null);
    if (key === '<backspace>' || key === 'D') {
      this.#is({ asks: 'remove' });
      return;
    }
    const by = key === '+' ? 1 : key === '-' ? -1 : null;
    if (by === null) return;
    await this.#did(this.#desk.move(rule, by));
    const at = Math.max(0, shownNames(this.#state).indexOf(rule));
    this.#is({ cursors: { ...this.#state.cursors, rules: at } });
    await this.#look();
  }

  async #open(rule: string | null, tool: string | null): Promise<void> {
    const { view } = this.#state;
    const about = tool ?? view.tools.find(({ rules }) => rules.includes(rule ?? ''))?.tool ?? null;
    const values = this.#desk.form(rule, about);
    await this.#show({ rule, tool: about, values, fields: [], at: 0, fault: null });
  }

  /** The form as it is now, and what its rule would do. */
  async #show(form: OpenForm): Promise<void> {
    const fields = this.#desk.fields(form.values, form.tool);
    const { fault, samples } = await this.#desk.preview(form.rule, form.values, form.tool);
    const at = Math.max(0, Math.min(form.at, fields.length - 1));
    this.#is({ form: { ...form, fields, at, fault: fault === null ? null : safeStart(fault).text }, samples });
  }

  async #formKey(form: OpenForm, key: string): Promise<void> {
    if (key === '<escape>') {
      this.#is({ form: null });
      this.#say('plain', 'nothing was changed');
      return this.#look();
    }
    if (key === '<enter>') {
      const { ok, words } = await this.#desk.apply(form.rule, form.values);
      if (!ok) {
        this.#say('bad', words);
        return;
      }
      this.#is({ form: null, view: this.#desk.view() });
      this.#say('good', words);
      return this.#look();
    }
    const at = form.fields[form.at];
    const change = key === '<left>' ? -1 : key === '<right>' || (key === ' ' && at?.choices !== null) ? 1 : 0;
    await this.#show(change === 0 || at === undefined ? formKey(form, key) : cycled(form, at, change));
  }

  async #answer(asks: NonNullable<EditorState['asks']>, key: string): Promise<void> {
    this.#is({ asks: null });
    if (key !== 'y') {
      this.#say('plain', 'nothing was done');
      return;
    }
    if (asks === 'leave') {
      this.#leave();
      return;
    }
    const rule = selectedName(this.#state);
    if (rule !== null) await this.#did(this.#desk.remove(rule));
  }

  async #did(outcome: Promise<Outcome>): Promise<void> {
    const { ok, words } = await outcome;
    this.#is({ view: this.#desk.view() });
    this.#say(ok ? 'good' : 'bad', words);
    await this.#look();
  }

  async #toSave(): Promise<void> {
    if (!this.#state.view.isChanged) {
      this.#say('plain', 'nothing was changed');
      return;
    }
    this.#say('plain', 'comparing the decisions of both …');
    this.draw();
    const lines = (await this.#desk.diff()).map(indented);
    this.#is({ diff: { lines, top: 0 }, notice: null });
  }

  #diffKey(diff: NonNullable<EditorState['diff']>, key: string): void {
    if (key === '<escape>' || key === 'q' || key === 'n') {
      this.#is({ diff: null });
      this.#say('plain', 'nothing was saved yet');
      return;
    }
    if (key === 'y') {
      this.#wantsToSave = true;
      this.#leave();
      return;
    }
    const page = diffRows(this.#surface.rows);
    const by = { '<down>': 1, j: 1, '<up>': -1, k: -1, '<pagedown>': page, ' ': page, '<pageup>': -page, b: -page }[
      key
    ];
    const last = Math.max(0, diff.lines.length - page);
    this.#is({ diff: { ...diff, top: Math.max(0, Math.min(last, diff.top + (by ?? 0))) } });
  }
}

/** Safe to draw; blanks within a line are told apart from what looks like them, those before it are ours. */
function indented(line: string): string {
  const words = line.trimStart();
  return line.slice(0, line.length - words.length) + safeStart(words.replace(/ {2,}/g, ' ')).text;
}
