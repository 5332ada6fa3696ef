/**
 * Paths into the arguments: `a.b[*].c[0]["odd.key"]`. Written by the operator or the catalogue, so a fault is reported
 * with its position rather than skipped.
 */
import type { Path, PathStep } from './policy.ts';

const MAX_LENGTH = 512;
const MAX_STEPS = 32;

/** A bare name holds everything but the marks of the grammar, white space and control characters. */
const NAME = /[^.[\]"\s\p{C}]+/uy;
const INDEX = /\[(0|[1-9][0-9]{0,8})\]/y;
const EACH = /\[\*\]/y;
const QUOTED = /\[("(?:[^"\\\p{Cc}]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*")\]/uy;

export type ParsedPath =
  | { readonly ok: true; readonly path: Path }
  | {
      readonly ok: false;
      readonly code: 'empty' | 'too_long' | 'malformed';
      /** Lower case, no final period. */
      readonly message: string;
    };

/** Reads a path. */
export function parsePath(text: string): ParsedPath {
  if (text === '') return { ok: false, code: 'empty', message: 'a path names one key at least' };
  if (text.length > MAX_LENGTH)
    return { ok: false, code: 'too_long', message: `a path has at most ${MAX_LENGTH} characters` };
  const path: PathStep[] = [];
  let at = 0;
  while (at < text.length) {
    const next = stepAt(text, at);
    if (next === undefined) return { ok: false, code: 'malformed', message: malformed(at) };
    path.push(next.step);
    at = next.end;
  }
  if (path.length > MAX_STEPS) return { ok: false, code: 'too_long', message: `a path has at most ${MAX_STEPS} steps` };
  return { ok: true, path };
}

function malformed(at: number): string {
  return `a path is written like \`a.b[*].c[0]["odd.key"]\`; it stops making sense at character ${at + 1}`;
}

interface Next {
  readonly step: PathStep;
  readonly end: number;
}

function stepAt(text: string, at: number): Next | undefined {
  if (text[at] === '[') return bracketAt(text, at);
  // A bare name follows a dot, except at the beginning.
  const start = at === 0 ? 0 : text[at] === '.' ? at + 1 : -1;
  const name = start < 0 ? undefined : exec(NAME, text, start)?.[0];
  return name === undefined ? undefined : { step: { step: 'key', key: name }, end: start + name.length };
}

function bracketAt(text: string, at: number): Next | undefined {
  if (exec(EACH, text, at) !== null) return { step: { step: 'each' }, end: at + 3 };
  const index = exec(INDEX, text, at);
  if (index !== null) return { step: { step: 'index', index: Number(index[1]) }, end: at + index[0].length };
  const quoted = exec(QUOTED, text, at);
  if (quoted === null) return undefined;
  return { step: { step: 'key', key: String(JSON.parse(quoted[1] ?? '""')) }, end: at + quoted[0].length };
}

function exec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The text of a path, with quotes only where a key needs them. Reads back as the same path. */
export function formatPath(path: Path): string {
  return path.map((step, position) => formatStep(step, position === 0)).join('');
}

function formatStep(step: PathStep, first: boolean): string {
  switch (step.step) {
    case 'each':
      return '[*]';
    case 'index':
      return `[${step.index}]`;
    case 'key':
      if (exec(NAME, step.key, 0)?.[0] !== step.key) return `[${JSON.stringify(step.key)}]`;
      return first ? step.key : `.${step.key}`;
  }
}
