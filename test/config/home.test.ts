import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HomeError, locateHome, openHome } from '../../src/config/home.ts';

let root = '';
let home = '';

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'home-')));
  home = join(root, 'home');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function refusal(step: () => unknown): HomeError {
  try {
    step();
  } catch (error) {
    if (error instanceof HomeError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('where the home is', () => {
  it('is COUNTERSIGN_HOME, else a directory of the user', () => {
    expect(locateHome({ COUNTERSIGN_HOME: '/srv/c' })).toBe('/srv/c');
    expect(locateHome({ COUNTERSIGN_HOME: '' })).toBe(join(homedir(), '.countersign'));
    expect(locateHome({})).toBe(join(homedir(), '.countersign'));
  });

  it('does not depend on the working directory', () => {
    expect(refusal(() => locateHome({ COUNTERSIGN_HOME: 'c' })).code).toBe('relative');
    expect(refusal(() => openHome('c')).code).toBe('relative');
  });
});

describe('when a home is to be created', () => {
  it('makes it and its directories for the owner alone', () => {
    expect(openHome(home, { create: true })).toBe(home);
    expect([home, join(home, 'policies'), join(home, 'audit'), join(home, 'keys')].map(mode)).toEqual([
      0o700, 0o700, 0o700, 0o700,
    ]);
  });

  it('accepts what is there', () => {
    openHome(home, { create: true });
    writeFileSync(join(home, 'countersign.config.json'), '{}');
    expect(openHome(home, { create: true })).toBe(home);
  });

  it('does not tighten a home that is open to others: somebody else may have been there', () => {
    mkdirSync(home, { mode: 0o755 });
    expect(refusal(() => openHome(home, { create: true })).code).toBe('open_to_others');
  });
});

describe('when a home is to be opened', () => {
  it('makes nothing', () => {
    const error = refusal(() => openHome(home));
    expect(error.code).toBe('missing');
    expect(error.message).toBe(`there is no home \`${home}\`; set COUNTERSIGN_HOME, or run: mkdir -m 700 ${home}`);
  });

  it.each([0o750, 0o701, 0o770, 0o777, 0o704])('refuses the mode %o with the command that helps', (bits) => {
    mkdirSync(home);
    chmodSync(home, bits);
    const error = refusal(() => openHome(home));
    expect(error.code).toBe('open_to_others');
    expect(error.message).toBe(
      `\`${home}\` is open to other users (mode 0${bits.toString(8)}); run: chmod 700 ${home}`,
    );
  });

  it('quotes a path with spaces in that command', () => {
    const odd = join(root, "it's here");
    mkdirSync(odd);
    chmodSync(odd, 0o755);
    expect(refusal(() => openHome(odd)).message).toContain(`run: chmod 700 '${root}/it'\\''s here'`);
  });

  it('refuses a symbolic link in its place', () => {
    mkdirSync(join(root, 'real'), { mode: 0o700 });
    symlinkSync(join(root, 'real'), home);
    expect(refusal(() => openHome(home)).code).toBe('symlink');
    expect(refusal(() => openHome(home, { create: true })).code).toBe('symlink');
  });

  it.each(['countersign.config.json', 'audit', 'keys', 'state.db', 'anything'])(
    'refuses a symbolic link for %s',
    (name) => {
      mkdirSync(home, { mode: 0o700 });
      symlinkSync(join(root, 'elsewhere'), join(home, name));
      const error = refusal(() => openHome(home, { create: true }));
      expect(error.code).toBe('symlink');
      expect(error.message).toBe(`\`${join(home, name)}\` is a symbolic link; put the real thing in its place`);
    },
  );

  it('refuses a file', () => {
    writeFileSync(home, '', { mode: 0o600 });
    expect(refusal(() => openHome(home)).code).toBe('not_a_directory');
  });

  it('refuses a file in place of a directory inside', () => {
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(join(home, 'audit'), '');
    expect(refusal(() => openHome(home)).code).toBe('not_a_directory');
  });

  it('refuses the home of another user', () => {
    mkdirSync(home, { mode: 0o700 });
    const { uid } = statSync(home);
    vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    const error = refusal(() => openHome(home));
    expect(error.code).toBe('foreign_owner');
    expect(error.message).toBe(
      `\`${home}\` belongs to the user ${uid}, not to you (${uid + 1}); run: chown -R ${uid + 1} ${home}`,
    );
  });

  it('says why it cannot be made', () => {
    writeFileSync(join(root, 'file'), '');
    expect(refusal(() => openHome(join(root, 'file', 'home'), { create: true })).code).toBe('unusable');
  });
});

describe('the module', () => {
  it('imports nothing but the platform, because it is loaded in the first milliseconds', () => {
    const text = readFileSync(new URL('../../src/config/home.ts', import.meta.url), 'utf8');
    expect([...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name).sort()).toEqual([
      'node:fs',
      'node:fs',
      'node:os',
      'node:path',
    ]);
  });
});
