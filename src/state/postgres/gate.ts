/** The token and the freezes that concern it, in one statement and so as of one instant. */
import { REPEAT_MS } from '../approvals.ts';
import type { Gate } from '../port.ts';
import { type Database, onlyRow } from './database.ts';
import { freezeOf } from './freezes.ts';
import { booleanOf, rowOf, rowsOf } from './rows.ts';
import { tokenOf } from './tokens.ts';

const GATE = `SELECT
  (SELECT to_jsonb(t) FROM countersign_tokens AS t WHERE t.token_hash = $1) AS token,
  (SELECT coalesce(jsonb_agg(to_jsonb(f) ORDER BY f.at_ms, f.grant_name, f.scope), '[]') FROM countersign_freezes AS f
    WHERE f.grant_name = '' OR f.grant_name = (SELECT grant_name FROM countersign_tokens WHERE token_hash = $1)
  ) AS freezes,
  EXISTS (SELECT 1 FROM countersign_approvals AS a
    WHERE a.grant_name = (SELECT grant_name FROM countersign_tokens WHERE token_hash = $1) AND (a.ended_ms IS NULL
      OR a.ended_ms > countersign_clock($2::bigint) - ${REPEAT_MS}
      OR (a.state = 'rejected' AND a.expires_ms > countersign_clock($2::bigint)))
  ) AS has_approvals`;

/** With a clock that is null, time is the server's. */
export async function readGate(database: Database, tokenHash: string, clockMs: number | null): Promise<Gate> {
  const row = onlyRow(await database.run(GATE, [tokenHash, clockMs], 'again'));
  const { token, freezes } = row;
  return {
    token: token === null ? undefined : tokenOf(rowOf(token)),
    freezes: rowsOf(freezes).map(freezeOf),
    hasApprovals: booleanOf(row, 'has_approvals'),
  };
}
