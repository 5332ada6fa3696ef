/** Markdown within a line, for a terminal: what is between marks, and where a link leads. */
import { posix } from 'node:path';
import { topicOf } from './topics.ts';

/** How marked words look. Lines are broken between words, so a style must not span two. */
export interface Styles {
  readonly code: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly heading: (text: string) => string;
}

const MARKED = /(``?)(?! )(.+?)\1|\*\*(.+?)\*\*|\[((?:`[^`]*`|[^\]])+)\]\(([^)\s]+)\)|(?<![\w*])_(.+?)_(?!\w)/g;

/** `text` with its marks replaced. `page` is where it stands, so that links between pages become topics. */
export function inline(text: string, page: string, styles: Styles): string {
  return text.replace(MARKED, (all, ...found: (string | undefined)[]) => {
    const [, code, strong, label, target, emphasis] = found;
    if (code !== undefined) return styles.code(code.trim());
    if (strong !== undefined) return styles.strong(inline(strong, page, PLAIN));
    if (label !== undefined && target !== undefined) return link(inline(label, page, PLAIN), target, page);
    return emphasis ?? all;
  });
}

/** On what is no terminal, code keeps its marks. */
export const PLAIN: Styles = { code: (text) => `\`${text}\``, strong: (text) => text, heading: (text) => text };

/** A style of one word, for each word of a text. */
export function eachWord(style: (word: string) => string): (text: string) => string {
  return (text) => text.split(' ').map(style).join(' ');
}

function link(label: string, target: string, page: string): string {
  if (/^[a-z]+:/.test(target)) return label === target ? label : `${label} (${target})`;
  const [file = ''] = target.split('#');
  if (file === '') return label;
  const topic = topicOf(posix.join(posix.dirname(page), file));
  if (topic === undefined) return label;
  const command = `countersign help ${topic}`;
  return label.endsWith('.md') ? `\`${command}\`` : `${label} (${command})`;
}
