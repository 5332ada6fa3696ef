/** The JSON Schemas that editors complete by, made of the schemas that the product checks by. */
import * as z from 'zod';
import { ConfigDocument } from './config-schema.ts';
import { PolicyDocument } from './policy-schema.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema files by name, draft 7, which every editor reads. */
export function jsonSchemas(): Readonly<Record<'config.schema.json' | 'policy.schema.json', JsonSchema>> {
  return { 'config.schema.json': draft7(ConfigDocument), 'policy.schema.json': draft7(PolicyDocument) };
}

function draft7(schema: z.ZodType): JsonSchema {
  return { ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) };
}
