/** The kinds by which the log keeps account of itself: its files, its checkpoints, and its own failures. */
import * as z from 'zod';
import { code, record } from './common.ts';
import { count, digest, field, shared, text } from './describe.ts';
import { ending, install, node, opening, padding } from './parts.ts';

const refused = shared('refused', 'How many calls were refused since the log could not be written.', count());

export const KEEPING_KINDS = [
  record('stream_opened', 'The first record of an admin file.', {
    ...{ install, node },
    padding: padding.optional(),
    continues: field(
      'The record that it follows.',
      z.strictObject({
        file: field('The file before; empty for the first.', text()),
        bytes: field('Its size in bytes.', count()),
        count: field('How many records stand in the chain up to there.', count()),
        hash: field('`hash` of the last of them.', digest()),
      }),
    ),
  }),
  record('segment_opened', 'A calls file is about to be made.', {
    entry: opening,
    key: field('The public key that its checkpoints are signed with.', text(512)).optional(),
  }),
  record('segment_closed', 'A calls file ended.', { entry: ending }),
  record('segment_abandoned', 'The process of a calls file died; how far the file goes.', { entry: ending }),
  record('segment_pruned', 'A calls file is removed, since it is older than the log is kept.', { entry: ending }),
  record('stream_pruned', 'An admin file is removed, since it is older than the log is kept.', { entry: ending }),
  record('checkpoint', 'Where a chain stood, signed.', {
    note: field('A signed note in the form of C2SP.', text(4_000)),
  }),
  record('audit_stopped', 'The log could not be written.', { code, refused: refused.optional() }),
  record('audit_resumed', 'The log can be written again.', { code: code.nullable(), refused: refused.optional() }),
] as const;
