/** Shorthand for the catalogue's tests. */
import { classifierFor } from '../../src/catalogue/index.ts';
import type { ClassifiedCall, ToolClassifier } from '../../src/catalogue/index.ts';
import type { CatalogueEntry } from '../../src/core/entry.ts';
import { fromPlain, isObject } from '../../src/core/json.ts';
import type { JsonObject } from '../../src/core/json.ts';

/** Arguments as the wire would hand them over. */
export function args(plain: Record<string, unknown>): JsonObject {
  const value = fromPlain(plain);
  if (!isObject(value)) throw new TypeError('arguments are an object');
  return value;
}

/** One tool of a provider, listed with the given schema. */
export async function toolOf(
  provider: string | null,
  name: string,
  inputSchema: unknown,
  options: { readonly own?: readonly CatalogueEntry[]; readonly assume?: string } = {},
): Promise<ToolClassifier> {
  const own = new Map(options.own === undefined ? [] : [[name, options.own]]);
  const classifier = await classifierFor(provider, own, options.assume ?? null);
  return classifier.tool(fromPlain({ name, inputSchema }));
}

/** Kind, or `unclassified`. */
export function kindOf(call: ClassifiedCall): string {
  return call.classification.kind;
}

/** Why a call is unclassified. */
export function whyOf({ classification }: ClassifiedCall): string {
  return classification.kind === 'unclassified' ? classification.why : '';
}
