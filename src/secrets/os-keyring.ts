/** The keyring of the operating system, through a package that is optional and a service that may be absent. */

const SERVICE = 'countersign';
/** A locked keyring may ask a person, who may not be there. */
const PATIENCE_MS = 5_000;

/** Passwords by account. Each call may fail or answer nothing although something is kept. */
export interface PasswordService {
  get(account: string): Promise<string | null>;
  set(account: string, password: string): Promise<void>;
  remove(account: string): Promise<void>;
}

/** The system's service; undefined where the package is not installed. */
export async function loadPasswordService(): Promise<PasswordService | undefined> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    // On Linux the package falls back to the kernel's keyring, which forgets everything at a restart.
    const entry = (account: string): InstanceType<typeof AsyncEntry> =>
      new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
    return {
      get: (account) => inTime(() => entry(account).getPassword()),
      set: (account, password) => inTime(() => entry(account).setPassword(password)),
      remove: async (account) => {
        await inTime(() => entry(account).deletePassword());
      },
    };
  } catch {
    return undefined;
  }
}

async function inTime<T>(work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `the keyring did not answer in ${PATIENCE_MS} ms`;
    timer = setTimeout(() => reject(new Error(message)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
