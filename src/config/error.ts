/** The configuration could not be taken. */
import type { Fault } from './fault.ts';
import { faultLine } from './fault.ts';

export class ConfigError extends Error {
  /**
   * `not_found`: no such file; `unreadable`: not a file that is read; `invalid`: the faults say what is wrong in it;
   * `not_signed`: operators have to sign it first.
   */
  readonly code: 'not_found' | 'unreadable' | 'invalid' | 'not_signed';
  readonly faults: readonly Fault[];

  constructor(code: ConfigError['code'], message: string, options?: { cause?: unknown; faults?: readonly Fault[] }) {
    super(message, options);
    this.name = 'ConfigError';
    this.code = code;
    this.faults = options?.faults ?? [];
  }
}

/** The error for a file with faults; its message has one line for each. */
export function invalidConfig(file: string, faults: readonly Fault[]): ConfigError {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  const lines = faults.map((fault) => `  ${faultLine(fault)}`);
  return new ConfigError('invalid', [`the configuration \`${file}\` has ${count}`, ...lines].join('\n'), { faults });
}

/** The code of a failed system call, `ENOENT` and the like; empty for anything else. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
