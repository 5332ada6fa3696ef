/**
 * A fault of our own in words that give nothing away: its message may hold what an agent or a server wrote, so only its
 * kind is told, and where in our code it is.
 */

const MOST_FRAMES = 10;

/** The kind of a fault and its frames, without its message. */
export function faultWords(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error';
  return [kindOf(error), ...framesOf(error)].join('\n');
}

/** Of a class in our code or in the engine's; a name that was set at run time may be anything. */
function kindOf(error: Error): string {
  const { name } = error.constructor;
  return /^[A-Za-z]{1,40}$/.test(name) ? name : 'Error';
}

const FRAME = /^ {4}at [\x20-\x7e]{1,300}$/;

/** What stands behind the message. Where that cannot be told from it, there are none. */
function framesOf({ stack = '', message }: Error): readonly string[] {
  const start = message === '' ? 0 : stack.indexOf(message);
  if (start < 0) return [];
  const lines = stack.slice(start + message.length).split('\n');
  return lines.filter((line) => FRAME.test(line)).slice(0, MOST_FRAMES);
}
