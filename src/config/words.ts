/** From what the schema library found to faults in our own words, each with its place. No value that may be a secret is repeated. */
import type * as z from 'zod';
import type { Fault } from './fault.ts';
import type { Source } from './source.ts';
import { show } from './tree.ts';
import type { DocumentPath } from './tree.ts';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** `a`, `b` or `c`. */
export function orList(words: readonly unknown[]): string {
  const quoted = words.map((word) => `\`${String(word)}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function found(input: unknown): string {
  if (input === undefined) return '';
  if (input === null) return ', found null';
  if (Array.isArray(input)) return ', found a list';
  return `, found ${TYPES[typeof input]?.replace(/^`true.*/, 'a boolean') ?? typeof input}`;
}

function foundWord(input: unknown): string {
  const short = (typeof input === 'string' && input.length <= 40) || typeof input === 'number';
  return short ? `, found ${show(String(input))}` : found(input);
}

const UNITS: Readonly<Record<string, string>> = {
  string: 'character',
  array: 'entry',
  object: 'entry',
  record: 'entry',
};

function amountOf(origin: string, count: unknown): string {
  const unit = UNITS[origin];
  if (unit === undefined) return String(count);
  const plural = unit === 'entry' ? 'entries' : `${unit}s`;
  return `${String(count)} ${Number(count) === 1 ? unit : plural}`;
}

/** The words for an issue whose schema brings none: what was expected, and what kind of thing was found. */
export function expectation(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}${found(issue.input)}`;
    case 'invalid_value':
      return `expected ${orList(issue.values)}${foundWord(issue.input)}`;
    case 'too_small':
      return `expected at least ${amountOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `expected at most ${amountOf(issue.origin, issue.maximum)}`;
    case 'invalid_union':
      return Array.isArray(issue['options']) ? `expected ${orList(issue['options'])}` : 'expected another value';
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'expected another value';
  }
  return issue satisfies never;
}

/** Every issue as faults of `source`, below `base`. */
export function issueFaults(source: Source, issues: readonly Issue[], base: DocumentPath = []): Fault[] {
  return issues.flatMap((issue) => faultsOf(source, issue, [...base, ...issue.path.map(step)]));
}

function step(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part;
}

function faultsOf(source: Source, issue: Issue, path: DocumentPath): Fault[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(source, [...path, key], issue.message));
    case 'invalid_key':
      return [source.fault('bad_name', path, issue.issues[0]?.message ?? issue.message, 'key')];
    case 'invalid_union':
      return unionFaults(source, issue, path);
    case 'invalid_type':
    case 'too_big':
    case 'too_small':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'invalid_value':
    case 'custom':
      return [valueFault(source, issue.code, path, issue.message)];
  }
  return issue satisfies never;
}

function unknownKey(source: Source, path: DocumentPath, expected: string): Fault {
  return source.fault('unrecognized_key', path, `unknown key ${show(String(path.at(-1)))}; ${expected}`, 'key');
}

function valueFault(source: Source, code: string, path: DocumentPath, message: string): Fault {
  if (path.length > 0 && !has(source.value, path)) {
    return source.fault('missing_key', path, `missing key ${show(String(path.at(-1)))}; ${message}`);
  }
  return source.fault(code === 'invalid_type' ? 'wrong_type' : 'wrong_value', path, message);
}

function has(value: unknown, path: DocumentPath): boolean {
  let here: unknown = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return false;
    here = Reflect.get(here, key);
  }
  return true;
}

/** Speaks for the alternative that the writer meant: the only one of his value's type and, of objects, of his keys. */
function unionFaults(source: Source, issue: Issue & { code: 'invalid_union' }, path: DocumentPath): Fault[] {
  const meant = issue.errors
    .filter((issues) => !issues.some(isOtherType))
    .map((issues) => ({ issues, strange: strangeKeys(source, issues, path) }))
    .sort((left, right) => left.strange - right.strange);
  const [first, second] = meant;
  if (first === undefined || first.strange === second?.strange)
    return [valueFault(source, issue.code, path, issue.message)];
  return issueFaults(source, first.issues, path);
}

/** How many keys of an object are missing or are not of this alternative. */
function strangeKeys(source: Source, issues: readonly Issue[], path: DocumentPath): number {
  return issues.reduce((sum, issue) => {
    if (issue.path.length === 0 && issue.code === 'unrecognized_keys') return sum + issue.keys.length;
    const missing = issue.path.length === 1 && !has(source.value, [...path, ...issue.path.map(step)]);
    return missing ? sum + 1 : sum;
  }, 0);
}

function isOtherType(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}
