/** The validators of the two drafts that MCP servers write, made at the first call. */
import { createContext, Script } from 'node:vm';
import { Ajv, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';

/** One validator for each draft. */
export interface Validators {
  readonly draft07: () => Ajv;
  readonly draft2020: () => Ajv2020;
  readonly bounded: <T>(work: () => T) => T;
}

interface Linear {
  readonly test: (text: string) => boolean;
  /** The validator keeps compiled patterns by this text. */
  readonly toString: () => string;
}

/** A pattern of a server's that a linear-time engine does not know is left to the server itself. */
function linear(source: string): Linear {
  const toString = (): string => `linear ${source}`;
  try {
    const pattern = RE2JS.compile(source);
    return { test: (text) => pattern.matcher(text).find(), toString };
  } catch {
    return { test: () => true, toString };
  }
}
linear.code = 'linear';

const OPTIONS: Options = {
  strict: false,
  validateFormats: false,
  addUsedSchema: false,
  logger: false,
  code: { regExp: linear },
};

/** A schema that a person wrote takes milliseconds. */
const BUDGET_MS = 2_000;

const stage = createContext({ work: (): void => undefined });
const perform = new Script('work()');

/** Runs work that the schema of a hostile server may make endless. Throws when it takes too long. */
export function bounded<T>(work: () => T): T {
  let done: { readonly result: T } | undefined;
  stage['work'] = () => (done = { result: work() });
  try {
    perform.runInContext(stage, { timeout: BUDGET_MS });
  } catch (error) {
    seven = undefined; // one of the two may have been stopped half-way
    twenty = undefined;
    throw error;
  }
  return (done as unknown as { readonly result: T }).result;
}

let seven: Ajv | undefined;
let twenty: Ajv2020 | undefined;

export function draft07(): Ajv {
  seven ??= new Ajv(OPTIONS);
  return seven;
}

export function draft2020(): Ajv2020 {
  twenty ??= new Ajv2020(OPTIONS);
  return twenty;
}
