/** An installation with recording payment servers behind it, for tests that break it. */
import { execFileSync } from 'node:child_process';
import { type Home, makeHome, RECORDER, recorder, tool } from './home.ts';

/** Tools of one stem that differ only by number: one call of each tells the calls of a gateway apart in its log. */
export function numbered(stem: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${stem}_${number}`);
}

const ARGUMENTS = { reference: { type: 'string' } };
const KIND_OF: Readonly<Record<string, string>> = { pay: 'refund', hang: 'refund', look: 'read' };

/** An upstream that records its calls; `pay` and `hang` move money, `look` reads, anything else is unclassified. */
async function shop(
  room: string,
  name: string,
  tools: readonly string[],
  more: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const kinds = tools.map((one) => [one, KIND_OF[one.replace(/_\d+$/, '')]] as const);
  return recorder(
    room,
    name,
    tools.map((one) => tool(one, ARGUMENTS)),
    {
      // The room in its arguments tells its processes from those of other tests.
      args: [RECORDER, room],
      tools: Object.fromEntries(
        kinds.flatMap(([one, kind]) => (kind === undefined ? [] : [[one, { kind, reference: 'reference' }]])),
      ),
      ...more,
    },
  );
}

/** A home whose grant `agent` may call every tool of its upstreams: name → tools. */
export async function makeShops(shops: Readonly<Record<string, readonly string[]>>): Promise<Home> {
  const home = await makeHome({});
  await home.rewrite(await shopsConfig(home.room, shops));
  return home;
}

/** The configuration of such a home. */
export async function shopsConfig(
  room: string,
  shops: Readonly<Record<string, readonly string[]>>,
  more: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const upstreams = await Promise.all(
    Object.entries(shops).map(async ([name, tools]) => [name, await shop(room, name, tools, more)] as const),
  );
  const every = Object.entries(shops).flatMap(([name, tools]) => tools.map((one) => `${name}/${one}`));
  return {
    version: 1,
    upstreams: Object.fromEntries(upstreams),
    policies: { all: { version: 1, default: 'deny', rules: [{ id: 'all', tools: every, effect: 'allow' }] } },
    grants: { agent: { principal: 'a@acme.example', policies: ['all'], upstreams: Object.keys(shops) } },
  };
}

/** Process ids of the servers of a room that run. */
export function serversOf(room: string): number[] {
  const all = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' });
  return all
    .split('\n')
    .filter((line) => line.includes(RECORDER) && line.includes(room))
    .map((line) => Number.parseInt(line, 10));
}
