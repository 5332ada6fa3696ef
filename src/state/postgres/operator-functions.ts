/**
 * What operators do to counters, inside the server; `functions.ts` tells how it locks. Replacing, because databases of
 * the first schema have both, which let sums run past what can be counted and a counter wait for a clock that leapt.
 */
export const OPERATOR_FUNCTIONS = `
CREATE OR REPLACE FUNCTION countersign_enter(p_request text, p_currency text, p_amount bigint, p_clock_ms bigint)
RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_state text;
  now_ms      bigint;
BEGIN
  PERFORM countersign_begin(p_request);
  SELECT state INTO found_state FROM countersign_quota_requests WHERE request = p_request;
  IF found_state IS NULL THEN RETURN 'unknown'; END IF;
  PERFORM countersign_lock_uses(ARRAY[p_request]);
  now_ms := countersign_clock(p_clock_ms);
  IF found_state <> 'unbounded' OR NOT EXISTS (
    SELECT 1 FROM countersign_quota_uses AS u JOIN countersign_quota_counters AS c ON c.counter = u.counter
    WHERE u.request = p_request AND u.closes AND c.unit = p_currency
  ) THEN RETURN 'wrong_state'; END IF;
  -- Sums stop at what every driver can hold: nothing more is admitted there anyway.
  INSERT INTO countersign_quota_slots AS s (counter, slot, end_ms, used)
    SELECT u.counter,
      CASE WHEN u.span_ms IS NULL THEN u.slot ELSE countersign_slot(u.span_ms, greatest(now_ms, c.seen_ms)) END,
      CASE WHEN u.span_ms IS NULL THEN u.end_ms ELSE countersign_slot_end(u.span_ms, greatest(now_ms, c.seen_ms)) END,
      least(p_amount, greatest(0, 9007199254740991 - standing.total))
    FROM countersign_quota_uses AS u JOIN countersign_quota_counters AS c ON c.counter = u.counter
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(used + reserved + in_doubt), 0) AS total FROM countersign_quota_slots
      WHERE counter = u.counter
    ) AS standing
    WHERE u.request = p_request AND u.closes AND c.unit = p_currency
    ON CONFLICT (counter, slot) DO UPDATE SET used = s.used + excluded.used;
  -- The amount was in one currency: the windows of the others open as well.
  PERFORM countersign_take(p_request, 'unbounded', true);
  PERFORM countersign_drop(p_request);
  RETURN 'done';
END $$;
CREATE OR REPLACE FUNCTION countersign_reset(p_counter text, p_clock_ms bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  stands boolean;
BEGIN
  PERFORM countersign_begin(NULL);
  PERFORM countersign_lock_counters(ARRAY[p_counter]);
  stands := EXISTS (SELECT 1 FROM countersign_quota_slots WHERE counter = p_counter
                    AND (used > 0 OR reserved > 0 OR in_doubt > 0 OR closed > 0));
  DELETE FROM countersign_quota_slots WHERE counter = p_counter AND reserved = 0 AND in_doubt = 0 AND closed = 0;
  UPDATE countersign_quota_slots SET used = 0 WHERE counter = p_counter;
  -- A clock that had leapt ahead is believed again from where it was put.
  UPDATE countersign_quota_counters SET seen_ms = countersign_clock(p_clock_ms) WHERE counter = p_counter;
  RETURN stands;
END $$;
`;
