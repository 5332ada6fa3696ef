/** How a client starts the gateway that runs this command. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GatewayLaunch } from '../../clients/index.ts';
import type { Environment } from '../compose.ts';
import { VERSION } from '../version.ts';

interface LaunchParts {
  readonly tokenFile: string;
  /** `--config`. */
  readonly configFile: string | undefined;
  readonly env: Environment;
  /** The script that runs. */
  readonly script?: string | undefined;
  readonly platform?: NodeJS.Platform;
}

/** What of the environment decides which home and which keys are used; a client hands over none of it by itself. */
const HANDED_OVER = ['COUNTERSIGN_HOME', 'COUNTERSIGN_CONFIG', 'COUNTERSIGN_KEYRING'] as const;

/**
 * An installed package is started by its absolute path: clients that come from a desktop have a short `PATH`, and `npx`
 * would run beside the gateway for as long as the client does. What `npx` itself fetched is gone some day, so there it is
 * named by its version.
 */
export function gatewayLaunch(parts: LaunchParts): GatewayLaunch {
  const { tokenFile, configFile, env, script = process.argv[1] ?? '', platform = process.platform } = parts;
  const path = realpathOf(script);
  const config = configFile === undefined ? [] : ['--config', resolve(configFile)];
  const given = HANDED_OVER.flatMap((name) => {
    const value = env[name] ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  const values = { ...Object.fromEntries(given), COUNTERSIGN_TOKEN_FILE: tokenFile };
  if (!/[\\/]_npx[\\/]/.test(path)) return { command: process.execPath, args: [path, ...config], env: values };
  const npx = ['npx', '-y', `countersign@${VERSION}`, ...config];
  // On Windows `npx` is a script, which no client starts directly.
  const [command = '', ...args] = platform === 'win32' ? ['cmd', '/c', ...npx] : npx;
  return { command, args, env: values };
}

function realpathOf(script: string): string {
  try {
    return realpathSync(script);
  } catch {
    return resolve(script);
  }
}
