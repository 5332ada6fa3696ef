/**
 * What a server's process finds in its environment. The gateway's own holds the grant token and whatever the user
 * exported for other programs, and a payment server runs code of strangers: so nothing is handed down but this list,
 * and the operator's `env`. `NODE_OPTIONS`, `LD_PRELOAD`, `DYLD_*` and proxies are code or routes for credentials; they
 * reach a server only when its `env` names them.
 */

const POSIX_NAMES = [
  'PATH',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TERM',
  'USER',
  'LOGNAME',
  'SHELL',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

/** Without these, Windows programs find neither their libraries nor a temporary directory, and `.cmd` files do not start. */
const WINDOWS_NAMES = [
  'PATH',
  'PATHEXT',
  'COMSPEC',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'TEMP',
  'TMP',
  'USERNAME',
  'OS',
  'PROCESSOR_ARCHITECTURE',
  'NUMBER_OF_PROCESSORS',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMDATA',
  'LANG',
  'TZ',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

type Variables = Readonly<Record<string, string | undefined>>;

/** What the environment of one server is made of. */
export interface EnvironmentParts {
  /** The gateway's own environment. */
  readonly parent: Variables;
  /** The operator's `env` for this server, secrets resolved. It wins over everything else. */
  readonly configured: Readonly<Record<string, string>>;
  /** The server's own home directory: some servers keep wallets and credentials there, and must not share them. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/** The whole environment of a server's process. */
export function childEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { platform, parent, home, configured } = parts;
  const inherited = platform === 'win32' ? inherit(upperCased(parent), WINDOWS_NAMES) : inherit(parent, POSIX_NAMES);
  return { ...inherited, ...homes(home, platform), ...npmSettings(parent, platform), ...configured };
}

function inherit(parent: Variables, names: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of names) {
    const value = parent[name];
    // Bash exports functions as values that begin like this, and a shell below would define them.
    if (value !== undefined && !value.startsWith('()')) environment[name] = value;
  }
  return environment;
}

/** Names are not case-sensitive on Windows. */
function upperCased(parent: Variables): Variables {
  return Object.fromEntries(Object.entries(parent).map(([name, value]) => [name.toUpperCase(), value]));
}

function homes(home: string, platform: NodeJS.Platform): Record<string, string> {
  if (platform !== 'win32') return { HOME: home };
  return { HOME: home, USERPROFILE: home, APPDATA: home, LOCALAPPDATA: home };
}

/**
 * `npx` would look for its cache and for `.npmrc` below the server's own home, download every package again, and miss a
 * company's registry. Pointing it at the user's own gives a server nothing that it could not read as the same user.
 */
function npmSettings(parent: Variables, platform: NodeJS.Platform): Record<string, string> {
  const cache = parent['npm_config_cache'] ?? defaultCache(parent, platform);
  const userConfig = parent['npm_config_userconfig'] ?? below(homeOf(parent, platform), '.npmrc', platform);
  return {
    ...(cache === undefined ? {} : { npm_config_cache: cache }),
    ...(userConfig === undefined ? {} : { npm_config_userconfig: userConfig }),
  };
}

function defaultCache(parent: Variables, platform: NodeJS.Platform): string | undefined {
  if (platform === 'win32') return below(upperCased(parent)['LOCALAPPDATA'], 'npm-cache', platform);
  return below(parent['HOME'], '.npm', platform);
}

function homeOf(parent: Variables, platform: NodeJS.Platform): string | undefined {
  return platform === 'win32' ? upperCased(parent)['USERPROFILE'] : parent['HOME'];
}

function below(directory: string | undefined, name: string, platform: NodeJS.Platform): string | undefined {
  if (directory === undefined || directory === '') return undefined;
  return `${directory}${platform === 'win32' ? '\\' : '/'}${name}`;
}
