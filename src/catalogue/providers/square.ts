/**
 * Square's server: one generic tool in front of the whole API. The server folds the first letter of `service` and no
 * other, so that each entry names both spellings; the method is compared exactly.
 */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { ProviderCatalogue } from '../provider.ts';
import { squareOrders } from './square-orders.ts';
import { squareReads } from './square-reads.ts';
import { squareSettings } from './square-settings.ts';
import { squareWrites } from './square-writes.ts';
import type { SquareUse } from './square-writes.ts';

function entryOf({ service, method, takes, also, ...facts }: SquareUse): CatalogueEntry {
  const capital = service.charAt(0).toUpperCase() + service.slice(1);
  return {
    ...facts,
    when: { service: [service, capital], method: [method], ...also },
    accepts:
      takes === ''
        ? ['request']
        : takes
            .trim()
            .split(/\s+/)
            .map((name) => `request.${name}`),
  };
}

function readsOf(): SquareUse[] {
  return Object.entries(squareReads).flatMap(([service, methods]) =>
    Object.entries(methods).map(([method, takes]): SquareUse => ({ service, method, takes, kind: 'read' })),
  );
}

export const square = {
  provider: 'square',
  surfaces: [
    {
      version: '0.1.2',
      tools: {
        get_type_info: { kind: 'read' },
        get_service_info: { kind: 'read' },
        make_api_request: [...squareWrites, ...squareOrders, ...squareSettings, ...readsOf()].map(entryOf),
      },
    },
  ],
} satisfies ProviderCatalogue;
