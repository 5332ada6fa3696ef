/** The handshake with the client, MCP lifecycle, revisions 2024-11-05 to 2025-11-25. */
import type { Session } from '../audit/events.ts';
import { isObject, type Json, type JsonObject, stringify } from '../core/json.ts';
import type { ClientHello } from '../upstream/port.ts';
import { declaredFor, instructionsFor } from './capabilities.ts';
import type { Declared } from './parts.ts';

const REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;
const NEWEST = '2025-11-25';
const MAX_TEXT = 64;

/** The revision to speak: the client's own if it is one of ours, else the newest we have. */
export function negotiate(requested: Json | undefined): string {
  return REVISIONS.find((revision) => revision === requested) ?? NEWEST;
}

/** What the client said of itself: what servers hear of it, and what the log keeps. */
export interface Greeting {
  readonly hello: Omit<ClientHello, 'capabilities'>;
  readonly capabilities: JsonObject;
  readonly client: Session['client'];
}

/** Null if `initialize` has no usable params. */
export function readHello(params: Json | undefined): Greeting | null {
  if (!isObject(params)) return null;
  const info = params.get('clientInfo');
  if (!isObject(info)) return null;
  const hello = {
    protocol: negotiate(params.get('protocolVersion')),
    clientInfo: stringify(info),
  };
  const capabilities = params.get('capabilities');
  return {
    hello,
    capabilities: isObject(capabilities) ? capabilities : new Map(),
    client: { name: shortText(info.get('name')), version: shortText(info.get('version')) },
  };
}

/** JSON text of the answer to `initialize`. It waits for no server. */
export function initializeResult(
  protocol: string,
  version: string,
  { capabilities, guidance, remembered }: Declared,
): string {
  return JSON.stringify({
    protocolVersion: protocol,
    capabilities: declaredFor(capabilities, remembered),
    serverInfo: { name: 'countersign', title: 'Countersign', version },
    instructions: instructionsFor(guidance),
  });
}

/** Printable and short, for the log. Written by the client. */
function shortText(value: Json | undefined): string {
  return typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_TEXT) : '';
}
