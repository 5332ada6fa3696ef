/** `unmapped.countersign` as a JSON Schema. It is shipped as a file; nothing that runs loads this module or zod for it. */
import * as z from 'zod';
import { ADMIN_KINDS } from './schema/admin-kinds.ts';
import { CALL_KINDS } from './schema/call-kinds.ts';
import { DEFINITIONS } from './schema/describe.ts';
import { KEEPING_KINDS } from './schema/keeping-kinds.ts';

const OwnPart = z.discriminatedUnion('kind', [...CALL_KINDS, ...ADMIN_KINDS, ...KEEPING_KINDS]);

const TITLE = "Countersign's own part of a record of the audit log, `unmapped.countersign`";

/** The schema file by name, draft 2020-12: one closed definition for each kind. */
export function recordSchemas(): Readonly<Record<'audit-record.schema.json', Readonly<Record<string, unknown>>>> {
  const { $schema, ...schema } = z.toJSONSchema(OwnPart, { target: 'draft-2020-12', metadata: DEFINITIONS });
  return { 'audit-record.schema.json': { $schema, title: TITLE, ...schema } };
}
