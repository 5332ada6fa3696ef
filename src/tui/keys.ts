/** One entry holds all that is known of a key: what it does, where, and how the footer and the help name it. */

export type Intent =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'top'
  | 'bottom'
  | 'open'
  | 'back'
  | 'nextPane'
  | 'previousPane'
  | 'queue'
  | 'feed'
  | 'upstreams'
  | 'quotas'
  | 'grants'
  | 'approve'
  | 'reject'
  | 'freeze'
  | 'find'
  | 'findNext'
  | 'sort'
  | 'show'
  | 'hash'
  | 'lock'
  | 'help'
  | 'quit';

/** Where a key is pressed: in the queue, in an open request, or in one of the other lists. */
export type Place = 'queue' | 'request' | 'list';

interface Binding {
  /** A character as typed, or a name in angle brackets. */
  readonly keys: readonly string[];
  readonly intent: Intent;
  readonly places: readonly Place[];
  /** A line of the help: the keys as they are called, and what they do. Null if another line tells it. */
  readonly help: readonly [keys: string, words: string] | null;
  /** A word of the footer; null keeps it out of there. */
  readonly footer: string | null;
}

const ANYWHERE: readonly Place[] = ['queue', 'request', 'list'];

export const BINDINGS: readonly Binding[] = [
  binding('<enter>', 'open', ['queue'], ['enter', 'open the selected request'], 'enter open'),
  binding(
    'a',
    'approve',
    ['request'],
    ['a', 'approve the open request, once all of it was on the screen'],
    'a approve',
  ),
  binding('r', 'reject', ['request'], ['r', 'reject the open request'], 'r reject'),
  binding('<escape> <backspace>', 'back', ['request'], ['esc', 'back to the queue'], 'esc back'),
  binding('<pagedown> <space>', 'pageDown', ['queue', 'list'], ['space, b', 'one page down, one page up'], null),
  binding('<pagedown> <space>', 'pageDown', ['request'], null, 'space down'),
  binding('<pageup> b', 'pageUp', ANYWHERE, null, null),
  binding('<down> j', 'down', ANYWHERE, ['arrows, j, k', 'one line down, one line up'], null),
  binding('<up> k', 'up', ANYWHERE, null, null),
  binding('<home> g', 'top', ANYWHERE, ['g, G', 'to the top, to the bottom'], null),
  binding('<end> G', 'bottom', ANYWHERE, null, null),
  binding('1', 'queue', ANYWHERE, ['1 to 5, tab', 'the queue, the feed of calls, servers, quotas, grants'], null),
  binding('2', 'feed', ANYWHERE, null, null),
  binding('3', 'upstreams', ANYWHERE, null, null),
  binding('4', 'quotas', ANYWHERE, null, null),
  binding('5', 'grants', ANYWHERE, null, null),
  binding('<tab>', 'nextPane', ANYWHERE, null, null),
  binding('<backtab>', 'previousPane', ANYWHERE, null, null),
  binding(
    '/',
    'find',
    ['queue', 'list'],
    ['/', 'filter a list; find in an open request, n for the next place'],
    '/ filter',
  ),
  binding('/', 'find', ['request'], null, '/ find'),
  binding('n', 'findNext', ['request'], null, null),
  binding('s', 'sort', ['queue'], ['s', 'sort the queue by age, expiry or grant'], 's sort'),
  binding('e', 'show', ['queue'], ['e', 'show requests that have ended, too'], 'e ended'),
  binding('h', 'hash', ['request'], ['h', 'show all of the hash'], null),
  binding('L', 'lock', ANYWHERE, ['L', 'forget the passphrase now, if it was given for the session'], null),
  binding('F', 'freeze', ANYWHERE, ['F', 'stop all calls of every grant'], 'F freeze'),
  binding('?', 'help', ANYWHERE, ['?', 'this help'], '? help'),
  binding('q', 'quit', ANYWHERE, ['q', 'leave; requests go on waiting'], 'q quit'),
];

function binding(
  keys: string,
  intent: Intent,
  places: readonly Place[],
  help: Binding['help'],
  footer: string | null,
): Binding {
  return { keys: keys.split(' ').map((key) => (key === '<space>' ? ' ' : key)), intent, places, help, footer };
}

/** What a key means there; undefined if it means nothing. */
export function intentOf(key: string, place: Place): Intent | undefined {
  return BINDINGS.find(({ keys, places }) => keys.includes(key) && places.includes(place))?.intent;
}
