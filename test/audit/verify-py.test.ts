/** docs/verify.py as an auditor runs it. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installName, originOf, signCheckpoint } from '../../src/audit/checkpoint.ts';
import { openAdminLog, openCallLog } from '../../src/audit/index.ts';
import { AuditKeys } from '../../src/audit/keys.ts';
import { verifierKey } from '../../src/audit/note.ts';
import { SigningKey } from '../../src/audit/signing.ts';
import { ADMIN_EVENTS, CALL_EVENTS, INSTALL, makeHome, type Home } from './support.ts';

const VERIFY_PY = fileURLToPath(new URL('../../docs/verify.py', import.meta.url));

let home: Home;
let held: string;
let own: SigningKey;

beforeAll(async () => {
  home = await makeHome();
  const calls = openCallLog(home.options());
  for (const event of CALL_EVENTS) await calls.writeDurable(event);
  await calls.close();
  for (const event of ADMIN_EVENTS) await openAdminLog(home.options()).write(event);
  own = new AuditKeys(home.keysDirectory).install();
  const { count, hash: head } = await home.store.heads.read('admin');
  held = join(home.folder, 'monday.note');
  const signer = { name: installName(INSTALL), key: own };
  fs.writeFileSync(held, signCheckpoint({ origin: originOf(INSTALL, 'admin'), count, head }, [signer]));
});
afterAll(() => home.dispose());

function run(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync('python3', [VERIFY_PY, ...args], { encoding: 'utf8' });
}

/** A copy of the log without its last record. */
function shortened(): string {
  const copy = join(home.folder, 'short');
  fs.cpSync(home.directory, copy, { recursive: true });
  const last = home.files('admin-').at(-1)!;
  fs.writeFileSync(
    join(copy, last),
    home
      .lines(last)
      .slice(0, -1)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return copy;
}

describe('when an auditor runs docs/verify.py', () => {
  it('reports a whole log in words and exits with 0', () => {
    const { status, stdout } = run(home.directory);
    expect(stdout).toMatch(/^note tail_unproven: admin-.*\nok: \d+ records in 2 files, 0 faults\n$/);
    expect(status).toBe(0);
  });

  it('prints an object a line for each directory, and exits with 1 if one of them has a fault', () => {
    const { status, stdout } = run('--json', '--checkpoint', held, home.directory, shortened());
    const [whole, short] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(whole).toMatchObject({ directory: home.directory, ok: true, files: 2, faults: [], omitted: 0 });
    expect(short).toMatchObject({
      ok: false,
      faults: [{ file: 'monday.note', line: 0, seq: null, code: 'checkpoint_mismatch' }],
    });
    expect(status).toBe(1);
  });

  it('takes the key that must have signed, and finds another', () => {
    const keyOf = (key: SigningKey): string => verifierKey({ name: installName(INSTALL), publicKey: key.publicKey });
    expect(run(home.directory, '--key', keyOf(own)).status).toBe(0);
    const { status, stdout } = run(home.directory, '--key', keyOf(SigningKey.generate()));
    expect(stdout).toContain('fault checkpoint_bad: admin-');
    expect(status).toBe(1);
  });

  it('says what it takes, and exits with 2 for what it cannot', () => {
    const help = run('--help');
    expect(help.stdout).toContain('exit codes: 0 no fault, 1 a fault was found, 2 wrong usage');
    expect(help.status).toBe(0);
    for (const args of [[], [join(home.folder, 'nowhere')], [home.directory, '--checkpoint', VERIFY_PY]])
      expect(run(...args)).toMatchObject({ status: 2, stdout: '' });
    expect(run(home.directory, '--key', 'x+y+z').stderr).toContain('`x+y+z` is not a verifier key');
  });
});
