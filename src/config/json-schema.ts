/** The JSON Schemas that editors complete by, made of the schemas that the product checks by. */
import * as z from 'zod';
import { CaseDocument } from './case-schema.ts';
import { ConfigDocument } from './config-schema.ts';
import { PolicyDocument } from './policy-schema.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema files by name, draft 7, which every editor reads. */
export function jsonSchemas(): Readonly<Record<SchemaFile, JsonSchema>> {
  return {
    'config.schema.json': draft7(ConfigDocument),
    'policy.schema.json': draft7(PolicyDocument),
    'policy-test.schema.json': draft7(CaseDocument),
  };
}

type SchemaFile = 'config.schema.json' | 'policy.schema.json' | 'policy-test.schema.json';

function draft7(schema: z.ZodType): JsonSchema {
  return { ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) };
}
