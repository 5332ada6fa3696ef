/**
 * A small shell that outlives the gateway for a second, and ends the servers a killed gateway could not end itself. It
 * reads a pipe whose other end only the gateway holds: the end of it is the gateway's death, however it came about. A shell,
 * since it costs a hundredth of what another Node would; Windows has none, and there a server has to see that its input ended.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/**
 * `+ g` and `- g` add and take away a process group; `+ x1` stands for a server that is being started and has no number
 * yet. On Linux whoever carries the mark of this gateway in its environment is ended too, for servers that left their group.
 */
const SCRIPT = `
groups=
while read -r what group; do
  case $what in
    +) groups="$groups $group" ;;
    -) left=
       for one in $groups; do [ "$one" = "$group" ] || left="$left $one"; done
       groups=$left ;;
  esac
done
[ -n "$groups" ] || exit 0
send() {
  for one in $groups; do
    case $one in *[!0-9]*) ;; *) kill -s "$1" -- "-$one" ;; esac
  done
  [ -d /proc/self ] || return 0
  for file in $(grep -lsF -e "$mark" /proc/[0-9]*/environ); do
    one=\${file#/proc/}
    kill -s "$1" "\${one%/environ}"
  done
}
mark=$1
send TERM
sleep 1
send KILL
`;

/** A watchdog that somebody kills is replaced, but not for ever. */
const MOST_SPAWNS = 4;

export class Watchdog {
  readonly #mark: string;
  readonly #groups = new Set<string>();
  #shell: ChildProcess | null = null;
  #spawns = 0;

  /** `mark` is text that the environment of every process of this gateway holds, and no other. */
  constructor(mark: string) {
    this.#mark = mark;
  }

  /** From here on the group, or the server that is being started, is ended with the gateway. */
  add(group: string): void {
    if (process.platform === 'win32') return;
    this.#groups.add(group);
    if (this.#shell === null) this.#spawn();
    else this.#tell(`+ ${group}`);
  }

  /** The group is gone; its number may soon be somebody else's. */
  remove(group: string): void {
    if (this.#groups.delete(group)) this.#tell(`- ${group}`);
  }

  /** Lets the shell end, which does nothing to groups that were taken away. */
  end(): void {
    const shell = this.#shell;
    this.#shell = null;
    shell?.stdin?.end();
  }

  #spawn(): void {
    if (this.#spawns === MOST_SPAWNS) return;
    this.#spawns += 1;
    // A session of its own: who kills the gateway's group must not kill this.
    const shell = spawn('/bin/sh', ['-c', SCRIPT, 'countersign-watchdog', this.#mark], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    });
    this.#shell = shell;
    shell.once('error', () => this.#lost(shell));
    shell.once('exit', () => this.#lost(shell));
    shell.stdin.on('error', () => undefined);
    shell.unref();
    for (const group of this.#groups) this.#tell(`+ ${group}`);
  }

  #lost(shell: ChildProcess): void {
    if (this.#shell !== shell) return;
    this.#shell = null;
    if (this.#groups.size > 0) this.#spawn();
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(`${line}\n`);
  }
}
