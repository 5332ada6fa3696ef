/** The one entry that stands in a client's file in place of the payment servers. */
import type { Plain } from '../config/text-edit.ts';
import type { Client } from './clients.ts';

/** How a client starts the gateway. */
export interface GatewayLaunch {
  readonly command: string;
  readonly args: readonly string[];
  /** Names the file of the token; the token itself is in no client's file. */
  readonly env: Readonly<Record<string, string>>;
}

/** The entry, in the client's words. */
export function entryFor(client: Pick<Client, 'isTyped'>, { command, args, env }: GatewayLaunch): Plain {
  return { ...(client.isTyped ? { type: 'stdio' } : {}), command, args, env: { ...env } };
}
