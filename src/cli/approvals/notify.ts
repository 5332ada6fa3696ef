/** `approvals.notify`: tells people that somebody waits for them. Nothing of a call's arguments leaves the gateway this way. */
import type { ApprovalNews } from '../../gateway/index.ts';
import { say } from '../report.ts';

/** A pager that hangs must not pile up. */
const MAX_MS = 10_000;

/**
 * Runs the program with the news as JSON on its standard input: `{approval, grant, tool, rule, expiresAt}`. It is not
 * waited for; a failure is said on stderr.
 */
export function notifier(command: readonly string[] | null): (news: ApprovalNews) => void {
  const [program, ...args] = command ?? [];
  if (program === undefined) return () => undefined;
  return ({ approval, grant, tool, rule, expiresMs }) => {
    const news = { approval, grant, tool, rule, expiresAt: new Date(expiresMs).toISOString() };
    void run(program, args, JSON.stringify(news)).catch((error: unknown) => {
      say(`\`approvals.notify\` failed: ${error instanceof Error ? error.message : 'unknown error'}`);
    });
  };
}

async function run(program: string, args: readonly string[], input: string): Promise<void> {
  const { execa } = await import('execa');
  const { failed, shortMessage } = await execa(program, args, {
    input: `${input}\n`,
    stdout: 'ignore',
    stderr: 'ignore',
    timeout: MAX_MS,
    reject: false,
    // The grant token is in this process's environment, and no business of a pager.
    extendEnv: false,
    env: ownEnvironment(),
  });
  if (failed) throw new Error(shortMessage);
}

const KEPT = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'TMPDIR',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
];

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(KEPT.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]])));
}
