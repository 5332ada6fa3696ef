import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../src/config/json-schema.ts';

const schemas = jsonSchemas();

describe('the shipped JSON Schemas', () => {
  it.each(['config.schema.json', 'policy.schema.json', 'policy-test.schema.json'] as const)(
    '%s is what the product checks by',
    (name) => {
      const shipped: unknown = JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8'));
      // If this fails: node scripts/schema.mjs
      expect(shipped).toEqual(JSON.parse(JSON.stringify(schemas[name])));
    },
  );

  it('are closed, and describe every key of a configuration', () => {
    const definitions = schemas['config.schema.json']['definitions'] as Record<
      string,
      { additionalProperties?: unknown; properties?: Record<string, { description?: string }> }
    >;
    const config = definitions['Config']!;
    expect(config.additionalProperties).toBe(false);
    expect(Object.keys(config.properties ?? {})).toEqual([
      '$schema',
      'version',
      'upstreams',
      'policies',
      'grants',
      'approvals',
      'audit',
      'telemetry',
      'state',
      'trust',
    ]);
    for (const name of ['Config', 'StdioUpstream', 'HttpUpstream', 'Grant', 'Limit', 'Condition', 'Test']) {
      for (const [key, property] of Object.entries(definitions[name]?.properties ?? {})) {
        expect(property.description, `${name}.${key}`).toMatch(/\S/);
      }
    }
  });
});
