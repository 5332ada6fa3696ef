/** The token and the freezes that concern it, in one statement and so as of one instant. */
import type { Gate } from '../port.ts';
import { type Database, onlyRow } from './database.ts';
import { freezeOf } from './freezes.ts';
import { rowOf, rowsOf } from './rows.ts';
import { tokenOf } from './tokens.ts';

const GATE = `SELECT
  (SELECT to_jsonb(t) FROM countersign_tokens AS t WHERE t.token_hash = $1) AS token,
  (SELECT coalesce(jsonb_agg(to_jsonb(f) ORDER BY f.at_ms, f.grant_name, f.scope), '[]') FROM countersign_freezes AS f
    WHERE f.grant_name = '' OR f.grant_name = (SELECT grant_name FROM countersign_tokens WHERE token_hash = $1)
  ) AS freezes`;

export async function readGate(database: Database, tokenHash: string): Promise<Gate> {
  const { token, freezes } = onlyRow(await database.run(GATE, [tokenHash], 'again'));
  return { token: token === null ? undefined : tokenOf(rowOf(token)), freezes: rowsOf(freezes).map(freezeOf) };
}
