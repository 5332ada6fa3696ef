/** Questions in the last lines: what is typed, and what an answer leads to. */
import { findRow } from './document.ts';
import { isReading, isTooSmall } from './state.ts';
import type { Errand, Model, Notice, Prompt, Verdict } from './state.ts';
import { amountToType, isTyped, nextQuestion, obstacle } from './verdict.ts';

const LONGEST_ENTRY = 1_024;
const CLEAR = '<ctrl-u>';

/** A key while something is asked. */
export function promptKey(model: Model, prompt: Prompt, key: string): Model {
  if (key === '<escape>') return cancelled(model, prompt);
  if (key === '<enter>') return answered(model, prompt);
  const entry = edited(prompt.entry, key);
  return entry === prompt.entry ? model : typed({ ...model, prompt: { ...prompt, entry } });
}

function cancelled(model: Model, prompt: Prompt): Model {
  if (prompt.asks !== 'find') return said({ ...model, prompt: null }, 'plain', 'nothing was done');
  return { ...typed({ ...model, prompt: { asks: 'find', entry: '' } }), prompt: null };
}

function edited(entry: string, key: string): string {
  if (key === CLEAR) return '';
  if (key === '<backspace>') return Array.from(entry).slice(0, -1).join('');
  const isName = key.length > 1 && key.startsWith('<');
  return isName || entry.length + key.length > LONGEST_ENTRY ? entry : entry + key;
}

/** A list is filtered while the filter is typed. */
function typed(model: Model): Model {
  const { prompt, pane } = model;
  if (prompt?.asks !== 'find' || isReading(model)) return model;
  return { ...model, filters: { ...model.filters, [pane]: prompt.entry }, tops: { ...model.tops, [pane]: 0 } };
}

/** Asks what is needed before the verdict can go to the desk, or says why it cannot be given. */
export function ask(model: Model, verdict: Verdict): Model {
  const why = obstacle(model, verdict);
  if (why !== null) return said(model, 'bad', `cannot ${verdict}: ${why}`);
  return proceed(model, verdict, null, null);
}

function answered(model: Model, prompt: Prompt): Model {
  switch (prompt.asks) {
    case 'find':
      return isReading(model) ? find({ ...model, prompt: null }, prompt.entry, 0) : { ...model, prompt: null };
    case 'freeze':
      if (prompt.entry !== 'freeze') return again(model, prompt, 'type `freeze`, or press escape');
      // A stop is signed like everything else that an operator does.
      if (model.options.passphrase === 'never' || model.isUnlocked) return freeze(model, null);
      return { ...model, prompt: { asks: 'freeze-passphrase', entry: '' }, notice: null };
    case 'freeze-passphrase':
      return prompt.entry === '' ? again(model, prompt, 'type the passphrase') : freeze(model, prompt.entry);
    case 'amount':
    case 'yes':
    case 'passphrase':
      return verdictStep(model, prompt, prompt.verdict);
  }
}

function freeze(model: Model, passphrase: string | null): Model {
  return send({ ...model, prompt: null }, { is: 'freeze', passphrase });
}

function verdictStep(model: Model, prompt: Prompt, verdict: Verdict): Model {
  const why = obstacle(model, verdict);
  if (why !== null) return said({ ...model, prompt: null }, 'bad', `cannot ${verdict}: ${why}`);
  if (prompt.asks === 'yes' && prompt.entry !== 'yes') return again(model, prompt, 'type `yes`, or press escape');
  if (prompt.asks === 'passphrase' && prompt.entry === '') return again(model, prompt, 'type the passphrase');
  if (prompt.asks === 'amount') {
    const amount = amountToType(model, model.open?.body.request.content ?? null) ?? '';
    if (!isTyped(prompt.entry, amount)) return again(model, prompt, 'that is not the amount, exactly; type it again');
  }
  return proceed(model, verdict, prompt.asks, prompt.asks === 'passphrase' ? prompt.entry : null);
}

function proceed(model: Model, verdict: Verdict, asked: Prompt['asks'] | null, passphrase: string | null): Model {
  const prompt = nextQuestion(model, verdict, asked);
  if (prompt !== null) return { ...model, prompt, notice: null };
  const request = model.open?.body.request;
  if (request === undefined) return model;
  return send({ ...model, prompt: null }, { is: verdict, id: request.id, hash: request.hash, passphrase });
}

type NewErrand = Errand extends infer One ? (One extends Errand ? Omit<One, 'serial'> : never) : never;

function send(model: Model, errand: NewErrand): Model {
  const serial = model.serial + 1;
  const notice: Notice = { tone: 'plain', words: errand.is === 'freeze' ? 'freezing …' : 'signing …' };
  return { ...model, serial, errand: { ...errand, serial }, notice };
}

function again(model: Model, prompt: Prompt, words: string): Model {
  return said({ ...model, prompt: { ...prompt, entry: '' } }, 'bad', words);
}

export function said(model: Model, tone: Notice['tone'], words: string): Model {
  return { ...model, notice: words === '' ? null : { tone, words } };
}

/** Goes to the next place where the open request has the text. */
export function find(model: Model, wanted: string, offset: 0 | 1): Model {
  const { open } = model;
  if (open === null || wanted === '') return said(model, 'plain', '');
  const row = findRow(open.layout, wanted, open.top + offset);
  if (row === undefined) return said({ ...model, open: { ...open, found: wanted } }, 'plain', 'not found');
  return said({ ...model, open: { ...open, found: wanted, top: row } }, 'plain', '');
}

/** A question is dropped when what it is about is over, or when the terminal became too small to ask it. */
export function promptKept(model: Model): Model {
  const { prompt } = model;
  if (prompt === null || !('verdict' in prompt)) return model;
  const why = obstacle(model, prompt.verdict);
  if (why === null) return model;
  const words = `cannot ${prompt.verdict}: ${isTooSmall(model) ? 'the terminal became too small' : why}`;
  return said({ ...model, prompt: null }, 'bad', words);
}
