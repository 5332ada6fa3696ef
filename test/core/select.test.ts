import { describe, expect, it } from 'vitest';
import { brandAs, selects } from '../../src/core/index.ts';
import type { Effect, Kind } from '../../src/core/index.ts';
import { kind, selector, UNCLASSIFIED } from './build.ts';

const EFFECTS: readonly Effect[] = ['allow', 'deny', 'require', 'limit', 'approve', 'hide'];

function chosen(text: string, tool: string, classified: Kind | null): readonly Effect[] {
  const subject = { tool: brandAs<never>(tool), classification: classified === null ? UNCLASSIFIED : kind(classified) };
  return EFFECTS.filter((effect) => selects(selector(text), subject, effect));
}

describe('when a call is classified', () => {
  it.each<[string, string, Kind, boolean]>([
    ['*', 'stripe/create_refund', 'refund', true],
    ['stripe/create_refund', 'stripe/create_refund', 'refund', true],
    ['stripe/create_refund', 'stripe/create_refunds', 'refund', false],
    ['stripe/create_refund', 'paypal/create_refund', 'refund', false],
    ['stripe/*', 'stripe/create_refund', 'refund', true],
    ['stripe/*', 'stripes/create_refund', 'refund', false],
    ['*/create_refund', 'paypal/create_refund', 'refund', true],
    ['*/create_refund', 'paypal/a/create_refund', 'refund', false],
    ['kind:refund', 'paypal/x', 'refund', true],
    ['kind:refund', 'paypal/x', 'charge', false],
    ['kind:unclassified', 'paypal/x', 'charge', false],
    ['money', 'paypal/x', 'charge', true],
    ['money', 'paypal/x', 'mandate', true],
    ['money', 'paypal/x', 'read', false],
    ['money:out', 'paypal/x', 'refund', true],
    ['money:out', 'paypal/x', 'charge', false],
    ['money:in', 'paypal/x', 'charge', true],
    ['money:commit', 'paypal/x', 'mandate', true],
    ['money:commit', 'paypal/x', 'read', false],
  ])('%s selects %s of kind %s: %s, whatever the effect', (text, tool, classified, selected) => {
    expect(chosen(text, tool, classified)).toEqual(selected ? EFFECTS : []);
  });
});

describe('when a call is unclassified', () => {
  const RESTRICTING = ['deny', 'require', 'limit', 'approve'];

  it.each<[string, readonly string[]]>([
    ['stripe/x', EFFECTS],
    ['kind:unclassified', EFFECTS],
    ['*', [...RESTRICTING, 'hide']],
    ['stripe/*', [...RESTRICTING, 'hide']],
    ['*/x', [...RESTRICTING, 'hide']],
    ['kind:read', RESTRICTING],
    ['kind:refund', RESTRICTING],
    ['money', RESTRICTING],
    ['money:out', RESTRICTING],
    ['paypal/x', []],
    ['paypal/*', []],
    ['*/y', []],
  ])('%s selects it for %j', (text, effects) => {
    expect(chosen(text, 'stripe/x', null)).toEqual(effects);
  });
});
