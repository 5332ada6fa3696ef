/** What the tools of an upstream are, and whether they are the accepted ones. */
import type { UpstreamPart } from '../../gateway/index.ts';
import { type ListedTool, standingOfTool } from '../../upstream/index.ts';
import { classified } from '../upstream-probe.ts';
import { counted, failed, type Finding, passed, type ToolFinding, warned } from './finding.ts';

type Pins = ReadonlyMap<string, string>;

/** Checks the tools that an upstream listed. */
export function toolFindings(part: UpstreamPart, listed: readonly ListedTool[], pins: Pins): readonly Finding[] {
  const standings = new Map(
    listed.map((tool) => [tool.name, standingOfTool(tool, pins, part.classify(tool.definition).paths)]),
  );
  const tools = classified(part, listed).map((one) => ({ ...one, standing: standings.get(one.tool) ?? 'new' }));
  const gone = [...pins.keys()].filter((name) => !standings.has(name));
  return [kindsFinding(part, tools), pinsFinding(part.config.name, tools, gone)];
}

/** What is unclassified is denied until a rule names it; agents then lack a tool, and nobody knows why. */
export function kindsFinding({ config }: UpstreamPart, tools: readonly ToolFinding[]): Finding {
  const { name, provider } = config;
  const id = `upstream.${name}.tools`;
  const message = `\`${name}\` has ${counted(tools.length, 'tool')}${kindsOf(tools)}`;
  if (tools.every(({ why }) => why === null)) return passed(id, message, { tools });
  const noProvider = provider === null && config.tools.size === 0;
  if (noProvider)
    return warned(
      id,
      `${message}; it states no \`provider\``,
      'write whose tools these are, like "provider": "stripe"',
      { tools },
    );
  return warned(
    id,
    `${message}; an unclassified tool is denied until a rule names it`,
    `countersign upstream test ${name}`,
    { tools },
  );
}

/** `: 14 read, 5 refund`, the most first. */
function kindsOf(tools: readonly ToolFinding[]): string {
  const counts = new Map<string, number>();
  for (const tool of tools) counts.set(labelOf(tool), (counts.get(labelOf(tool)) ?? 0) + 1);
  const words = [...counts].sort(([, a], [, b]) => b - a).map(([label, count]) => `${count} ${label}`);
  return words.length === 0 ? '' : `: ${words.join(', ')}`;
}

function labelOf({ kinds, why }: ToolFinding): string {
  if (why !== null) return 'unclassified';
  return kinds.length > 1 ? 'by their arguments' : (kinds[0] ?? 'unclassified');
}

function pinsFinding(name: string, tools: readonly ToolFinding[], gone: readonly string[]): Finding {
  const id = `upstream.${name}.pins`;
  const of = (standing: ToolFinding['standing']): readonly string[] =>
    tools.filter((one) => one.standing === standing).map(({ tool }) => tool);
  const parts = [
    { names: of('changed'), what: 'changed since it was accepted' },
    { names: of('unacceptable'), what: 'cannot be accepted' },
    { names: of('new'), what: 'new' },
    { names: gone, what: 'gone' },
  ].filter(({ names }) => names.length > 0);
  if (parts.length === 0) return passed(id, `every tool of \`${name}\` is as it was accepted`);
  const shown = parts.map(
    ({ names, what }) =>
      `${what}: ${names
        .slice(0, 5)
        .map((tool) => `\`${tool}\``)
        .join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`,
  );
  const isKept = of('changed').length + of('unacceptable').length > 0;
  const message = `tools of \`${name}\` are kept from agents or not there, ${shown.join('; ')}`;
  return (isKept ? failed : warned)(id, message, `countersign upstream review ${name}`);
}
