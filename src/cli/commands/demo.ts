/** The main job in a quarter of a minute: two agents, one payment server, every call decided, recorded, and only then forwarded. */
import { type Agent, connectAgent } from '../demo/agent.ts';
import { enrolPeople, playApprovals } from '../demo/approvals.ts';
import { playInteractive } from '../demo/interactive.ts';
import { runCommand } from '../demo/command-line.ts';
import { editOneByte, showBooks } from '../demo/books.ts';
import { type DemoHome, makeDemoHome } from '../demo/home.ts';
import { SCENES, type Scene } from '../demo/scenes.ts';
import { bad, chapter, good, line, remark, stopped } from '../demo/stage.ts';
import { CommandError, Exit, type ExitCode, print } from '../report.ts';

/** Counts what the story did not expect. */
interface Count {
  surprises: number;
}

/** Plays the demo. Exit code 1 if anything came out otherwise than told. */
export async function demo(options: { readonly keep?: boolean; readonly interactive?: boolean }): Promise<ExitCode> {
  const startedMs = performance.now();
  const isInteractive = options.interactive === true;
  if (isInteractive && !process.stdin.isTTY)
    throw new CommandError(
      Exit.usage,
      'there is no terminal to show the screen on',
      'run `countersign demo` without it',
    );
  const home = await makeDemoHome(isInteractive ? '10m' : '1s');
  const count: Count = { surprises: 0 };
  try {
    await (isInteractive ? playAlone(home) : play(home, count));
  } finally {
    if (options.keep === true) line(`the home is kept: COUNTERSIGN_HOME=${home.directory}`);
    else await home.remove();
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  print('');
  if (count.surprises === 0) good(`as it should be, in ${seconds} s`);
  else bad(`came out otherwise than told: ${count.surprises}, in ${seconds} s`);
  return count.surprises === 0 ? Exit.ok : Exit.found;
}

async function play(home: DemoHome, count: Count): Promise<void> {
  chapter('An operator seals the key and issues two grants');
  const { support, finance } = await prepare(home);
  chapter('Each agent sees the tools of its grant');
  const agents = {
    support: await connectAgent(home, 'support-agent', support),
    finance: await connectAgent(home, 'finance-agent', finance),
  };
  try {
    await playCalls(home, agents, count);
  } finally {
    // Also when a part of the story did not come: their gateways would go on without a home.
    await Promise.all([agents.support.close(), agents.finance.close()]);
  }
  chapter('What the payment server executed, beside the audit log');
  count.surprises += await showBooks(home);
  chapter('The log cannot be edited quietly');
  await proveLog(home, count);
}

async function playCalls(home: DemoHome, agents: Readonly<Record<Scene['who'], Agent>>, count: Count): Promise<void> {
  await showTools('support', agents.support, ['create_refund'], ['create_payout', 'get_ledger'], count);
  await showTools(
    'finance',
    agents.finance,
    ['create_charge', 'create_payout', 'get_ledger'],
    ['create_refund'],
    count,
  );
  chapter('Every call is decided before it reaches the payment server');
  for (const scene of SCENES) await act(scene, agents[scene.who], count);
  chapter('Above a threshold a person signs, and exactly what was signed runs');
  await enrolPeople(home);
  count.surprises += await playApprovals(home, agents.support);
}

/** Only the part that a person plays. */
async function playAlone(home: DemoHome): Promise<void> {
  chapter('An operator seals the key and issues two grants');
  const { support } = await prepare(home);
  await enrolPeople(home);
  const agent = await connectAgent(home, 'support-agent', support);
  await playInteractive(home, agent).finally(() => agent.close());
}

async function prepare(home: DemoHome): Promise<{ readonly support: string; readonly finance: string }> {
  const sealed = await runCommand(home, ['secret', 'set', 'sandbox-key'], 'sk_demo_never_shown');
  line(
    `countersign secret set sandbox-key      sealed, version ${String(sealed.json['version'])}; the agents never see it`,
  );
  const review = await runCommand(home, ['upstream', 'review', 'sandbox', '--accept']);
  const accepted: unknown = review.json['new'];
  line(
    `countersign upstream review sandbox     accepted, ${Array.isArray(accepted) ? accepted.length : 0} tools pinned`,
  );
  const tokens = await Promise.all(
    ['support-agent', 'finance-agent'].map((grant) => runCommand(home, ['grant', 'issue', grant])),
  );
  const [support, finance] = tokens.map(({ json }) => String(json['token']));
  line(`countersign grant issue support-agent   ${short(support)}`);
  line(`countersign grant issue finance-agent   ${short(finance)}`);
  return { support: support ?? '', finance: finance ?? '' };
}

function short(token: string | undefined): string {
  return `${(token ?? '').slice(0, 10)}…  (shown once)`;
}

async function showTools(
  who: string,
  agent: Agent,
  seen: readonly string[],
  unseen: readonly string[],
  count: Count,
): Promise<void> {
  const tools = await agent.tools();
  const asTold = seen.every((tool) => tools.includes(tool)) && !unseen.some((tool) => tools.includes(tool));
  if (!asTold) count.surprises += 1;
  (asTold ? good : bad)(`${who.padEnd(8)} ${tools.join(', ')}`);
}

async function act(scene: Scene, agent: Agent, count: Count): Promise<void> {
  const told = await agent.call(scene.tool, scene.args);
  const asTold = scene.deniedBy === null ? !told.denied : told.denied && told.rule === scene.deniedBy;
  if (!asTold) count.surprises += 1;
  const show = !asTold ? bad : told.denied ? stopped : good;
  show(`${scene.who.padEnd(8)} ${scene.title}`);
  remark(told.text.length > 150 ? `${told.text.slice(0, 150)}…` : told.text);
}

async function proveLog(home: DemoHome, count: Count): Promise<void> {
  const green = await runCommand(home, ['audit', 'verify']);
  if (green.exitCode !== 0) count.surprises += 1;
  (green.exitCode === 0 ? good : bad)(
    `countersign audit verify: ${String(green.json['records'])} records in ${String(green.json['files'])} files, nothing changed`,
  );
  const edited = await editOneByte(home);
  line(`somebody changes one byte: ${edited.file}, line ${edited.line}`);
  const red = await runCommand(home, ['audit', 'verify']);
  const faults: unknown = red.json['faults'];
  const first: unknown = Array.isArray(faults) ? faults[0] : undefined;
  const found = red.exitCode === 1 && JSON.stringify(first ?? null).includes(`"line":${edited.line}`);
  if (!found) count.surprises += 1;
  (found ? stopped : bad)(`countersign audit verify: exit ${red.exitCode}, ${describe(first)}`);
}

function describe(fault: unknown): string {
  if (typeof fault !== 'object' || fault === null) return 'no fault found';
  const { file, line: place, message } = Object.fromEntries(Object.entries(fault)) as Record<string, unknown>;
  return `${String(file)}:${String(place)} ${String(message)}`;
}
