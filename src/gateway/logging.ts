/** Log messages of servers: the level that the client asked for, and whose message it is. */
import { isObject, type Json } from '../core/json.ts';

/** Syslog severities (RFC 5424), as MCP names them, least severe first. */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
export type LogLevel = (typeof LEVELS)[number];

export function isLogLevel(value: Json | undefined): value is LogLevel {
  return LEVELS.some((level) => level === value);
}

/** The message under its server's name; null for one below the level, or without one. */
export function relabelled(params: Json | undefined, upstream: string, level: LogLevel | null): Json | null {
  if (!isObject(params)) return null;
  const own = params.get('level');
  if (!isLogLevel(own)) return null;
  if (level !== null && LEVELS.indexOf(own) < LEVELS.indexOf(level)) return null;
  const logger = params.get('logger');
  return new Map(params).set(
    'logger',
    typeof logger === 'string' && logger !== '' ? `${upstream}/${logger}` : upstream,
  );
}
