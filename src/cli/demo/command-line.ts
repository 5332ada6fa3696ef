/** Runs the product's own commands the way a person would: as processes, through the launcher. */
import { execa } from 'execa';
import { type DemoHome, launcher } from './home.ts';

/** One finished command. */
export interface Ran {
  readonly exitCode: number;
  readonly json: Record<string, unknown>;
}

/** Runs `countersign …args --json` on the demo's home. Throws if it printed no JSON. `onThree` stands on descriptor 3. */
export async function runCommand(home: DemoHome, args: readonly string[], input = '', onThree = ''): Promise<Ran> {
  const given = { stdin: Buffer.from(input), three: Buffer.from(onThree) };
  const stdio = [given.stdin, 'pipe', 'pipe', given.three] as const;
  const options = { env: home.env, reject: false, stdio, timeout: 20_000 };
  const { stdout, stderr, exitCode } = await execa(process.execPath, [launcher(), ...args, '--json'], options);
  const json: unknown = stdout === '' ? null : JSON.parse(stdout);
  if (typeof json !== 'object' || json === null)
    throw new Error(`\`countersign ${args.join(' ')}\` printed no data: ${stderr}`);
  return { exitCode: exitCode ?? 1, json: Object.fromEntries(Object.entries(json)) };
}
