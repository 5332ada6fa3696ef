/** The queue as the person sees it: filtered, sorted, and with a selection that stays on its request. */
import { queueRows } from './frame.ts';
import type { ShownRequest } from './port.ts';
import { SETTLE_MS } from './state.ts';
import type { Model, Sort } from './state.ts';

type Order = (left: ShownRequest, right: ShownRequest) => number;

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
/** Stable: an id is never twice in the queue. */
const byAge: Order = (left, right) => left.createdMs - right.createdMs || byText(left.id, right.id);
const ORDERS: Readonly<Record<Sort, Order>> = {
  age: byAge,
  expiry: (left, right) => left.expiresMs - right.expiresMs || byAge(left, right),
  grant: (left, right) => byText(left.grant, right.grant) || byAge(left, right),
};

/** Requests that somebody may still do something about. */
export function isWaiting({ state }: ShownRequest): boolean {
  return state === 'open' || state === 'claimed';
}

/** The lines of the queue, in their order. */
export function visibleRequests(model: Model): readonly ShownRequest[] {
  const { snapshot, showEnded, sort, filters } = model;
  const wanted = (snapshot?.requests ?? []).filter(
    (request) => (showEnded || isWaiting(request)) && matches(request, filters.queue),
  );
  return wanted.sort(ORDERS[sort]);
}

/** A filter looks at the beginning of what an agent wrote; to find the rest there is the open request. */
const SEARCHED = 4_096;

function matches({ id, hash, grant, tool, content }: ShownRequest, filter: string): boolean {
  if (filter === '') return true;
  const { principal = '', shown } = content ?? {};
  const texts = [id, hash, grant, tool, principal, shown?.amount, shown?.recipient, shown?.reason];
  return texts.some((text) => text?.slice(0, SEARCHED).toLowerCase().includes(filter.toLowerCase()) === true);
}

/** After the snapshot, the filter or the sort changed: the selection keeps its request, and nothing takes its place at once. */
export function resettled(before: Model, after: Model): Model {
  const [old, now] = [visibleRequests(before), visibleRequests(after)];
  const isMoved = old.some(({ id }, index) => now[index]?.id !== id);
  const index = now.findIndex(({ id }) => id === after.selected);
  const movedMs = isMoved ? after.localMs : after.movedMs;
  const moved = { ...after, movedMs, selected: index === -1 ? null : after.selected };
  return scrolled(index === -1 ? moved : { ...moved, cursor: index });
}

/** Gives the focus to the nearest request when it was lost for long enough, or was never anywhere. */
export function refocused(model: Model): Model {
  const requests = visibleRequests(model);
  const isSettled = model.localMs - model.movedMs >= SETTLE_MS;
  if (model.selected !== null || requests.length === 0 || !isSettled) return model;
  return selectAt(model, model.cursor);
}

/** Selects the line nearest to `index`. */
export function selectAt(model: Model, index: number): Model {
  const requests = visibleRequests(model);
  const cursor = Math.max(0, Math.min(index, requests.length - 1));
  const selected = requests[cursor]?.id ?? null;
  return scrolled({ ...model, cursor, selected, focusMs: model.localMs });
}

/** The cursor's line is on the screen. */
function scrolled(model: Model): Model {
  const height = Math.max(1, queueRows(model.rows));
  const count = visibleRequests(model).length;
  const lowest = Math.max(0, Math.min(model.tops.queue, model.cursor, Math.max(0, count - height)));
  const queue = Math.max(lowest, model.cursor - height + 1);
  return queue === model.tops.queue ? model : { ...model, tops: { ...model.tops, queue } };
}
