/** The file of a policy, which lies in the directory of the configuration or below, and nowhere else. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { extname, isAbsolute, relative, resolve } from 'node:path';
import { systemCode } from './error.ts';
import { EXTENSIONS } from './find.ts';
import { MAX_BYTES } from './limits.ts';
import { show } from './tree.ts';

export type PolicyText =
  { readonly ok: true; readonly file: string; readonly text: string } | { readonly ok: false; readonly why: string };

/** Reads the policy file `written` in the configuration, whose directory is `directory`. Never throws. */
export async function readPolicyText(directory: string, written: string): Promise<PolicyText> {
  const file = resolve(directory, written);
  if (!isInside(directory, file)) return refused(written, 'lies outside the directory of the configuration');
  if (!EXTENSIONS.has(extname(file))) return refused(written, 'does not end in .json, .jsonc, .yaml or .yml');
  try {
    const real = await realpath(file);
    if (!isInside(await realpath(directory), real)) {
      return refused(written, 'is a symbolic link that leaves the directory of the configuration');
    }
    return await readRegular(real, file, written);
  } catch (error) {
    const code = systemCode(error);
    return refused(written, code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read (${code})`);
  }
}

function refused(written: string, why: string): PolicyText {
  return { ok: false, why: `the policy file ${show(written)} ${why}` };
}

function isInside(directory: string, file: string): boolean {
  const way = relative(directory, file);
  return way !== '' && !isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way);
}

/** Opened without blocking, so that a pipe in place of a file cannot hold the gateway up. */
async function readRegular(real: string, file: string, written: string): Promise<PolicyText> {
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return refused(written, 'is not a file');
    if (stats.size > MAX_BYTES) return refused(written, 'is over 1 MiB');
    return { ok: true, file, text: await handle.readFile('utf8') };
  } finally {
    await handle.close();
  }
}
