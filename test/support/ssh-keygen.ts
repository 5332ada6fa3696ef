/** OpenSSH's `ssh-keygen`, where it is installed. */
import { spawnSync } from 'node:child_process';

const IS_MISSING = spawnSync('ssh-keygen', ['-Y', 'check-novalidate']).error !== undefined;

/** For `describe.skipIf`, and what the title says then. */
export const NO_SSH_KEYGEN = {
  isMissing: IS_MISSING,
  why: IS_MISSING ? ' (skipped: ssh-keygen is not on the PATH)' : '',
} as const;
