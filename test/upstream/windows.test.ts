/**
 * What is started on Windows, as planned there: the plan that execa takes, made here with the platform set to `win32`, and
 * read by a model of `cmd.exe`. Nothing of it runs.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argumentFault } from '../../src/upstream/windows.ts';

interface Plan {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: { readonly windowsVerbatimArguments?: boolean };
}
type Parse = (command: string, args: readonly string[], options: object) => Plan;

const platform = Object.getOwnPropertyDescriptor(process, 'platform');
let room: string;
let parse: Parse;

beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), 'countersign-windows-'));
  mkdirSync(join(room, 'node_modules', '.bin'), { recursive: true });
  for (const name of ['npx.CMD', 'own.EXE', join('node_modules', '.bin', 'tool.CMD')])
    writeFileSync(join(room, name), '@echo off\r\n');
  Object.defineProperty(process, 'platform', { value: 'win32' });
  const require = createRequire(createRequire(import.meta.url).resolve('execa'));
  parse = (require('cross-spawn') as { readonly _parse: Parse })._parse;
});
afterAll(() => {
  if (platform !== undefined) Object.defineProperty(process, 'platform', platform);
  rmSync(room, { recursive: true });
});

const plan = (command: string, args: readonly string[]): Plan => parse(command, args, { env: { PATH: room } });

/** One reading by `cmd.exe`: carets and quotes are taken as it takes them; a bare operator is a command of its own. */
function read(line: string): { readonly text: string; readonly operators: string } {
  let [text, operators, isQuoted] = ['', '', false];
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '^' && !isQuoted) {
      at += 1;
      text += line.charAt(at);
      continue;
    }
    if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && '&|<>()\r\n'.includes(char)) operators += char;
    text += char;
  }
  return { text, operators };
}

/** The arguments that a program makes of its command line (the rules of Microsoft's C runtime). */
function argumentsIn(line: string): string[] {
  const found: string[] = [];
  let [word, isWord, isQuoted] = ['', false, false];
  for (let at = 0; at < line.length; at += 1) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    if (slashes > 0) {
      const isBefore = line.charAt(at + slashes) === '"';
      word += '\\'.repeat(isBefore ? Math.floor(slashes / 2) : slashes);
      isWord = true;
      at += slashes - 1;
      if (isBefore && slashes % 2 === 1) {
        word += '"';
        at += 1;
      }
    } else if (line.charAt(at) === '"') [isQuoted, isWord] = [!isQuoted, true];
    else if (line.charAt(at) === ' ' && !isQuoted) {
      if (isWord) found.push(word);
      [word, isWord] = ['', false];
    } else [word, isWord] = [word + line.charAt(at), true];
  }
  return isWord ? [...found, word] : found;
}

/** What a batch file that hands its arguments on gives to its program, and the commands that came of them on the way. */
function handedOn(
  command: string,
  args: readonly string[],
): { readonly args: readonly string[]; readonly operators: string } {
  const { args: given } = plan(command, args);
  const line = given[3]?.slice(1, -1) ?? '';
  const first = read(line);
  const behind = first.text.slice(command.length + 1);
  const second = read(behind);
  return { args: argumentsIn(second.text), operators: first.operators + second.operators };
}

const ARGUMENT = fc.string({ unit: fc.constantFrom(...Array.from('ab &|<>()^%!,;*?`[]\\/\'$~={}"\n')), maxLength: 12 });
const isSafe = (arg: string): boolean => argumentFault('npx', [arg], 'win32') === null;

describe('when a server is started on Windows', () => {
  it('starts a program of its own without `cmd.exe`', () => {
    expect(plan('own', ['a & b', '"'])).toMatchObject({ command: 'own', args: ['a & b', '"'] });
  });

  it('starts a batch file by `cmd.exe`, with no more than one command', () => {
    const { command, args, options } = plan('npx', ['-y', 'a & calc']);
    expect(command).toMatch(/cmd(?:\.exe)?$/i);
    expect(args.slice(0, 3)).toEqual(['/d', '/s', '/c']);
    expect(options.windowsVerbatimArguments).toBe(true);
    expect(handedOn('npx', ['-y', 'a & calc'])).toEqual({ args: ['-y', 'a & calc'], operators: '' });
  });

  it('hands on whatever it does not refuse, as it is, and no command comes of it', () => {
    fc.assert(
      fc.property(fc.array(ARGUMENT.filter(isSafe), { minLength: 1, maxLength: 4 }), (args) => {
        expect(handedOn('npx', args)).toEqual({ args, operators: '' });
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(['a" & calc & "', '"&calc', 'a\n& calc', 'a\r& calc', 'a\0', 'C:\\\\'])(
    'refuses what a batch file would take for a command, and repeats nothing of it: %j',
    (arg) => {
      const fault = argumentFault('npx', ['-y', arg], 'win32');
      expect(fault).toBe(
        'argument 2 holds a quotation mark, a line end or backslashes at its end, which cannot be handed safely to a batch file such as `npx` may be; ' +
          'if it is a program, write its whole name, `npx.exe`',
      );
      expect(argumentFault('npx', ['-y', arg], 'linux')).toBeNull();
      expect(argumentFault('C:\\own\\node.EXE', ['-y', arg], 'win32')).toBeNull();
    },
  );

  it('would run it otherwise: the model finds the command', () => {
    expect(handedOn('npx', ['a" & calc & "']).operators).toContain('&');
  });
});
