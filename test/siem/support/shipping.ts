/** The shipper with the configuration that docs/siem ships, and a receiver that stands in for the SIEM. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/redis-server.ts';
import { Rsyslogd } from './rsyslogd.ts';
import { shipped } from './shipped.ts';

/** The shipped configuration with its three places set. Throws if one of them is not in it exactly once. */
function shipperConfig(audit: string, work: string, port: number): string {
  return [
    ['"/home/countersign/.countersign/audit/*.jsonl"', `"${audit}/*.jsonl"`],
    ['"/var/lib/countersign-shipper"', `"${work}"`],
    ['target="siem.example.net"\n    port="2514"', `target="127.0.0.1"\n    port="${port}"`],
  ].reduce((text, [from = '', to = '']) => {
    if (text.split(from).length !== 2) throw new Error(`docs/siem/rsyslog.conf does not have ${from} exactly once`);
    return text.replace(from, () => to);
  }, shipped('rsyslog.conf'));
}

/** Writes `<MSGID> <message>` for each message; confirms one only when it is written. */
function receiverConfig(work: string, port: number, out: string): string {
  return `
global(workDirectory="${work}" maxMessageSize="16k")
module(load="imrelp")
template(name="kept" type="list") {
  property(name="msgid") constant(value=" ") property(name="msg") constant(value="\\n")
}
input(type="imrelp" address="127.0.0.1" port="${port}" ruleset="keep")
ruleset(name="keep" queue.type="Direct") { action(type="omfile" file="${out}" template="kept") }
`;
}

/** A message as the receiver kept it. */
export interface Received {
  /** What the shipper found in the record, having parsed it. */
  readonly kind: string;
  readonly line: string;
}

export interface Shipping {
  readonly shipper: Rsyslogd;
  readonly receiver: Rsyslogd;
  received(): readonly Received[];
  stop(): Promise<void>;
}

/** Starts a receiver and a shipper of the directory `audit`, with their files in `room`. */
export async function startShipping(audit: string, room: string): Promise<Shipping> {
  const at = (name: string): string => join(room, name);
  for (const name of ['shipper', 'receiver']) mkdirSync(at(name), { mode: 0o700 });
  const port = await freePort();
  writeFileSync(at('shipper.conf'), shipperConfig(audit, at('shipper'), port));
  writeFileSync(at('receiver.conf'), receiverConfig(at('receiver'), port, at('received')));
  const receiver = new Rsyslogd(at('receiver.conf'), at('receiver.pid'));
  const shipper = new Rsyslogd(at('shipper.conf'), at('shipper.pid'));
  const kept = new Kept(at('received'));
  await receiver.start();
  await shipper.start();
  return {
    ...{ shipper, receiver, received: () => kept.all() },
    stop: async () => {
      await shipper.end('SIGKILL');
      await receiver.end('SIGKILL');
    },
  };
}

/** What a growing file holds by now, read on from where it was read to. */
class Kept {
  readonly #file: string;
  readonly #received: Received[] = [];
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  all(): readonly Received[] {
    if (!existsSync(this.#file)) return [];
    const bytes = readFileSync(this.#file).subarray(this.#offset);
    // The last line may still be on its way to the disk.
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#offset += end;
    const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
    for (const text of lines) {
      const [, kind = '', line = ''] = /^(\S+) (.*)$/s.exec(text) ?? [];
      this.#received.push({ kind, line });
    }
    return this.#received;
  }
}
