/** `approvals.notify`: tells people that somebody waits for them. Nothing of a call's arguments leaves the gateway this way. */
import type { NotifyConfig } from '../../config/types.ts';
import type { ApprovalNews } from '../../gateway/index.ts';
import { say } from '../report.ts';

/** A pager that hangs must not pile up. */
const MAX_MS = 10_000;

/** What is told. `text` is what a chat shows of it. */
interface News {
  readonly approval: string;
  readonly grant: string;
  readonly tool: string;
  readonly rule: string;
  readonly expiresAt: string;
  readonly text: string;
}

/** Tells everybody that the configuration names. Nobody is waited for; a failure is said on stderr. */
export function notifier({ command, webhook, desktop }: NotifyConfig): (news: ApprovalNews) => void {
  const ways: readonly (readonly [name: string, tell: (news: News) => Promise<void>])[] = [
    ...(command === null ? [] : [['command', (news: News) => run(command, JSON.stringify(news))] as const]),
    ...(webhook === null ? [] : [['webhook', (news: News) => post(webhook, news)] as const]),
    ...(desktop ? [['desktop', (news: News) => bubble(news)] as const] : []),
  ];
  return ({ approval, grant, tool, rule, expiresMs }) => {
    const expiresAt = new Date(expiresMs).toISOString();
    const text = `A call of ${tool} by ${grant} waits for approval ${approval} (rule ${rule}) until ${expiresAt}`;
    for (const [name, tell] of ways)
      void tell({ approval, grant, tool, rule, expiresAt, text }).catch((error: unknown) => {
        say(`\`approvals.notify.${name}\` failed: ${error instanceof Error ? error.message : 'unknown error'}`);
      });
  };
}

/** The address itself may be a secret: no error repeats it. */
async function post(webhook: string, news: News): Promise<void> {
  const response = await fetch(webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(news),
    redirect: 'error',
    signal: AbortSignal.timeout(MAX_MS),
  }).catch((error: unknown) => {
    const cause =
      error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : '';
    throw new Error(`it could not be reached ${String(cause)}`.trim());
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

const TITLE = 'Countersign';

/** The text is an argument of the program, and never part of a script. */
function bubble({ text }: News): Promise<void> {
  if (process.platform === 'darwin') {
    const script = ['on run argv', 'display notification (item 1 of argv) with title (item 2 of argv)', 'end run'];
    return run(['osascript', ...script.flatMap((line) => ['-e', line]), text, TITLE], '');
  }
  if (process.platform === 'win32') return Promise.reject(new Error('there is none on Windows; name a `command`'));
  return run(['notify-send', '--app-name', TITLE, '--', TITLE, text], '');
}

async function run([program = '', ...args]: readonly string[], input: string): Promise<void> {
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
  ...['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR'],
  ...['DISPLAY', 'WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
];

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(KEPT.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]])));
}
