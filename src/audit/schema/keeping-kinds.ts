/** The kinds by which the log keeps account of itself: its files, its checkpoints, and its own failures. */
import * as z from 'zod';
import { code, record } from './common.ts';
import { count, digest, field, text } from './describe.ts';
import { actor, ending, install, node, opening, padding } from './parts.ts';

export const KEEPING_KINDS = [
  record('stream_opened', 'The first record of an admin file.', {
    ...{ install, node },
    padding: padding.optional(),
    authority: field('The public key of the installation, base64.', text(64)),
    key: field('The public key that signs the next checkpoint, if one was named.', text(64).nullable()),
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
  }),
  record('segment_closed', 'A calls file ended.', { entry: ending }),
  record('segment_abandoned', 'The process of a calls file died; how far the file goes.', { entry: ending }),
  record('segment_pruned', 'A calls file is about to be deleted, because its time is over.', {
    ...{ actor, entry: ending },
    retainDays: field('For how many days files are kept.', count()),
  }),
  record('checkpoint', 'How far the chain goes, signed.', {
    note: field('A signed note in the form of C2SP.', text(4_000)),
  }),
  record('audit_stopped', 'The log could not be written.', { code }),
  record('audit_resumed', 'The log can be written again.', {
    code,
    refused: field('How many records were refused since the log could not be written.', count()),
    since: field('When that began.', z.iso.datetime()),
  }),
] as const;
