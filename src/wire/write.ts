/** Lines that we write. Raw parts come from a framed line or from `stringify`, so that none holds a newline. */
import { stringify } from '../core/json.ts';
import type { Json } from '../core/json.ts';

const PRE_ID = '{"jsonrpc":"2.0","id":';
/** A line in pieces, which are put together once, in what is written. */
export type LinePieces = readonly (Buffer | string)[];

/** An answer that passes an upstream's result on as the bytes it wrote. */
export function resultLine(idText: string, rawResult: Buffer | string): LinePieces {
  return [`${PRE_ID}${idText},"result":`, rawResult, '}\n'];
}

/** An answer that passes an error object on as the bytes it was written in. */
export function rawErrorLine(idText: string, rawError: Buffer | string): LinePieces {
  return [`${PRE_ID}${idText},"error":`, rawError, '}\n'];
}

/** An error of our own. Without an id that could be told it is null (JSON-RPC 2.0 section 5). */
export function errorLine(idText: string | null, code: number, message: string, data?: Json): string {
  const extra = data === undefined ? '' : `,"data":${stringify(data)}`;
  return `${PRE_ID}${idText ?? 'null'},"error":{"code":${code},"message":${JSON.stringify(message)}${extra}}}\n`;
}

/** A notification. */
export function notificationLine(method: string, params?: Json): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${paramsMember(params)}}\n`;
}

/** A request. */
export function requestLine(idText: string, method: string, params?: Json): string {
  return `${PRE_ID}${idText},"method":${JSON.stringify(method)}${paramsMember(params)}}\n`;
}

function paramsMember(params: Json | undefined): string {
  return params === undefined ? '' : `,"params":${stringify(params)}`;
}
