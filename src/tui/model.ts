/** The screen as a state machine: what is shown follows from what happened, and from nothing else. */
import { bodyOf, layoutOf } from './document.ts';
import { bodyHeight, LIST_TOP, listRows, queueRows } from './frame.ts';
import { intentOf } from './keys.ts';
import type { Intent, Place } from './keys.ts';
import { listLines } from './lists.ts';
import type { RequestContent, ShownRequest, Snapshot } from './port.ts';
import { ask, find, promptKept, promptKey, said } from './prompt.ts';
import { isWaiting, refocused, resettled, selectAt, visibleRequests } from './queue.ts';
import { safeText } from './safe-text.ts';
import { NOTHING_SEEN, withSeen } from './seen.ts';
import { isReading, isTooSmall, PANES, SETTLE_MS, SORTS } from './state.ts';
import type { Model, ModelEvent, ModelOptions, OpenRequest, Pane } from './state.ts';

/** Before the desk has told anything. */
export function initialModel(options: ModelOptions, columns: number, rows: number, localMs: number): Model {
  const each = <T>(value: T): Record<Pane, T> => ({
    queue: value,
    feed: value,
    upstreams: value,
    quotas: value,
    grants: value,
  });
  return {
    ...{ options, columns, rows, localMs, aheadMs: 0, snapshot: null, pane: 'queue', open: null },
    ...{ selected: null, cursor: 0, tops: each(0), filters: each(''), sort: 'age', showEnded: false },
    ...{ seen: new Map(), movedMs: -Infinity, focusMs: -Infinity, prompt: null, help: false },
    ...{ errand: null, serial: 0, isUnlocked: false, notice: null, arrivals: 0, isDone: false },
  };
}

export function update(model: Model, event: ModelEvent): Model {
  return marked(promptKept(happened(model, event)));
}

function happened(model: Model, event: ModelEvent): Model {
  switch (event.is) {
    case 'snapshot':
      return fed(model, event.snapshot, event.localMs);
    case 'tick':
      return refocused({ ...model, localMs: Math.max(model.localMs, event.localMs) });
    case 'resize':
      return resized(model, event.columns, event.rows);
    case 'key':
      return pressed(model, event.key);
    case 'wheel':
      return model.prompt === null ? moved(model, event.by * 3) : model;
    case 'click':
      return clicked(model, event.row);
    case 'outcome':
      return answered(model, event);
  }
}

function fed(model: Model, snapshot: Snapshot, localMs: number): Model {
  const known = new Set((model.snapshot?.requests ?? []).map(({ id }) => id));
  const arrived = snapshot.requests.filter((request) => isWaiting(request) && !known.has(request.id)).length;
  const after: Model = {
    ...model,
    snapshot,
    localMs: Math.max(model.localMs, localMs),
    aheadMs: snapshot.nowMs - localMs,
    arrivals: model.snapshot === null ? 0 : model.arrivals + arrived,
    seen: new Map([...model.seen].filter(([hash]) => snapshot.requests.some((request) => request.hash === hash))),
    open: model.open === null ? null : compared(model.open, snapshot),
  };
  return refocused(resettled(model, after));
}

/** One hash has one content. If the desk says otherwise, what was read is not what would be signed. */
function compared(open: OpenRequest, snapshot: Snapshot): OpenRequest {
  const { request } = open.body;
  const now = snapshot.requests.find(({ id }) => id === request.id);
  if (now === undefined || now.content === null || open.isChanged) return open;
  return { ...open, isChanged: now.hash !== request.hash || !isSame(request, now) };
}

function isSame(read: ShownRequest, now: ShownRequest): boolean {
  return read.grant === now.grant && read.tool === now.tool && boundText(read.content) === boundText(now.content);
}

/** What does not change while a request waits; signatures do. */
function boundText(content: RequestContent | null): string {
  if (content === null) return '';
  const { principal, shown, repeatOf, needs, arguments: text } = content;
  const bound = needs.map(({ count, roles, asked }) => [
    count,
    roles,
    asked.map((by) => [by.policy, by.rule, by.cause]),
  ]);
  const { kind, amount, currency, currencyAssumed, recipient, reason } = shown;
  const facts = [kind, amount, currency, currencyAssumed, recipient, reason, repeatOf?.id, repeatOf?.outcome];
  return `${JSON.stringify([principal, facts, bound])}${text}`;
}

function resized(model: Model, columns: number, rows: number): Model {
  const { open } = model;
  const after = { ...model, columns, rows };
  if (open === null || open.layout.columns === columns || isTooSmall(after)) return selectedShown(after);
  const layout = layoutOf(open.body, columns);
  return selectedShown({ ...after, open: { ...open, layout, top: 0 } });
}

/** The window has another height: the same request is selected, and still on the screen. */
function selectedShown(model: Model): Model {
  return resettled(model, scrolledTo(model, model.open?.top ?? 0));
}

function scrolledTo(model: Model, top: number): Model {
  const { open } = model;
  if (open === null) return model;
  const lowest = Math.max(0, open.layout.rows - Math.max(1, bodyHeight(model.rows)));
  return { ...model, open: { ...open, top: Math.max(0, Math.min(top, lowest)) } };
}

/** Every row of the open request that is on the screen now was seen. */
function marked(model: Model): Model {
  const { open, help } = model;
  if (open === null || help || isTooSmall(model) || !isReading(model)) return model;
  if (open.layout.columns !== model.columns) return model;
  const { hash } = open.body.request;
  const before = model.seen.get(hash) ?? NOTHING_SEEN;
  const to = Math.min(open.layout.rows, open.top + bodyHeight(model.rows));
  const seen = withSeen(before, open.layout.columns, open.top, to);
  return { ...model, seen: new Map(model.seen).set(hash, seen) };
}

/** Ctrl-C leaves from everywhere; nothing else may be done where nothing can be read. */
function pressed(model: Model, key: string): Model {
  if (key === '<ctrl-c>') return { ...model, isDone: true };
  if (model.help) return { ...model, help: false };
  if (model.prompt !== null) {
    const after = promptKey(model, model.prompt, key);
    return after.filters === model.filters ? after : refocused(resettled(model, after));
  }
  const intent = intentOf(key, placeOf(model));
  return intent === undefined ? model : intended(model, intent);
}

export function placeOf(model: Model): Place {
  if (isReading(model)) return 'request';
  return model.pane === 'queue' ? 'queue' : 'list';
}

function intended(model: Model, intent: Intent): Model {
  switch (intent) {
    case 'up':
      return moved(model, -1);
    case 'down':
      return moved(model, 1);
    case 'pageUp':
      return moved(model, -page(model));
    case 'pageDown':
      return moved(model, page(model));
    case 'top':
      return moved(model, -Infinity);
    case 'bottom':
      return moved(model, Infinity);
    case 'open':
      return opened(model);
    case 'back':
      return { ...model, open: null, notice: null, focusMs: model.localMs };
    case 'nextPane':
      return turned(model, 1);
    case 'previousPane':
      return turned(model, -1);
    case 'queue':
    case 'feed':
    case 'upstreams':
    case 'quotas':
    case 'grants':
      return shown(model, intent);
    case 'approve':
    case 'reject':
      return ask(model, intent);
    case 'freeze':
      return model.errand === null ? { ...model, prompt: { asks: 'freeze', entry: '' }, notice: null } : model;
    case 'find':
      return { ...model, prompt: { asks: 'find', entry: textSought(model) }, notice: null };
    case 'findNext':
      return find(model, model.open?.found ?? '', 1);
    case 'sort':
      return resettledAll(model, { ...model, sort: SORTS[(SORTS.indexOf(model.sort) + 1) % SORTS.length] ?? 'age' });
    case 'show':
      return resettledAll(model, { ...model, showEnded: !model.showEnded });
    case 'hash':
      return model.open === null ? model : { ...model, open: { ...model.open, fullHash: !model.open.fullHash } };
    case 'lock':
      return said({ ...model, isUnlocked: false }, 'plain', 'the passphrase will be asked for again');
    case 'help':
      return { ...model, help: true };
    case 'quit':
      return { ...model, isDone: true };
  }
}

function textSought(model: Model): string {
  return isReading(model) ? model.open.found : model.filters[model.pane];
}

function resettledAll(before: Model, after: Model): Model {
  return refocused(resettled(before, after));
}

function page(model: Model): number {
  if (placeOf(model) === 'request') return Math.max(1, bodyHeight(model.rows) - 1);
  return Math.max(1, placeOf(model) === 'queue' ? queueRows(model.rows) : listRows(model.rows));
}

function moved(model: Model, by: number): Model {
  switch (placeOf(model)) {
    case 'request':
      return scrolledTo(model, (model.open?.top ?? 0) + by);
    case 'queue':
      return selectAt({ ...model, notice: null }, model.cursor + by);
    case 'list': {
      const lowest = Math.max(0, listLines(model).length - listRows(model.rows));
      const top = Math.max(0, Math.min(model.tops[model.pane] + by, lowest));
      return { ...model, tops: { ...model.tops, [model.pane]: top } };
    }
  }
}

function opened(model: Model): Model {
  const request = visibleRequests(model).find(({ id }) => id === model.selected);
  if (request === undefined || isTooSmall(model)) return model;
  const body = bodyOf(request);
  const layout = layoutOf(body, model.columns);
  const open: OpenRequest = { body, layout, top: 0, fullHash: false, isChanged: false, found: '' };
  return { ...model, open, notice: null, focusMs: model.localMs };
}

/** A click counts only where the lines have stood still for a moment. */
function clicked(model: Model, row: number): Model {
  if (model.prompt !== null || model.help || placeOf(model) !== 'queue' || isTooSmall(model)) return model;
  const index = model.tops.queue + row - LIST_TOP;
  const request = visibleRequests(model)[index];
  if (row < LIST_TOP || row >= LIST_TOP + queueRows(model.rows) || request === undefined) return model;
  if (model.localMs - model.movedMs < SETTLE_MS) return said(model, 'plain', 'the lines just moved; click again');
  return request.id === model.selected ? opened(model) : selectAt(model, index);
}

function turned(model: Model, by: 1 | -1): Model {
  const index = (PANES.indexOf(model.pane) + by + PANES.length) % PANES.length;
  return shown(model, PANES[index] ?? 'queue');
}

/** Coming back to an open request is a change of focus like opening it. */
function shown(model: Model, pane: Pane): Model {
  if (pane === model.pane) return model;
  return { ...model, pane, notice: null, focusMs: model.localMs };
}

function answered(model: Model, { serial, ok, words }: Extract<ModelEvent, { is: 'outcome' }>): Model {
  if (model.errand?.serial !== serial) return model;
  const gavePassphrase = model.errand.passphrase !== null;
  const isUnlocked = model.isUnlocked || (ok && gavePassphrase && model.options.passphrase === 'once');
  return said({ ...model, errand: null, isUnlocked }, ok ? 'good' : 'bad', safeText(words).text);
}
