/** The validators of the two drafts that MCP servers write, made at the first call. */
import { Ajv, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';

/** One validator for each draft. */
export interface Validators {
  readonly draft07: () => Ajv;
  readonly draft2020: () => Ajv2020;
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
