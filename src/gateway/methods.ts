/** The methods beside `tools/call` that are served, and what a grant needs for each (MCP, revisions to 2025-11-25). */
import type { RelayedMethod } from '../audit/events.ts';
import type { Capability } from '../config/types.ts';

/** What the gate has to know of a method. */
interface MethodTerms {
  readonly from: 'client' | 'server';
  readonly capability: Capability;
  /**
   * True for what carries text of one side to the other: nobody can tell that it moves no money, so it stops with the
   * calls that may.
   */
  readonly stopsWithMoney: boolean;
}

export const METHODS: Readonly<Record<RelayedMethod, MethodTerms>> = {
  'tools/list': { from: 'client', capability: 'tools', stopsWithMoney: false },
  'resources/list': { from: 'client', capability: 'resources', stopsWithMoney: false },
  'resources/templates/list': { from: 'client', capability: 'resources', stopsWithMoney: false },
  'resources/read': { from: 'client', capability: 'resources', stopsWithMoney: true },
  'resources/subscribe': { from: 'client', capability: 'resources', stopsWithMoney: true },
  'resources/unsubscribe': { from: 'client', capability: 'resources', stopsWithMoney: false },
  'prompts/list': { from: 'client', capability: 'prompts', stopsWithMoney: false },
  'prompts/get': { from: 'client', capability: 'prompts', stopsWithMoney: true },
  'completion/complete': { from: 'client', capability: 'completion', stopsWithMoney: true },
  'logging/setLevel': { from: 'client', capability: 'logging', stopsWithMoney: false },
  'roots/list': { from: 'server', capability: 'roots', stopsWithMoney: false },
  'sampling/createMessage': { from: 'server', capability: 'sampling', stopsWithMoney: true },
  'elicitation/create': { from: 'server', capability: 'elicitation', stopsWithMoney: true },
};

/** The method of that name if `from` may send it. */
export function methodOf(name: string, from: 'client' | 'server'): RelayedMethod | null {
  if (!Object.hasOwn(METHODS, name)) return null;
  const method = name as RelayedMethod;
  return METHODS[method].from === from ? method : null;
}
