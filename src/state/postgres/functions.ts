/**
 * Quota inside the server, so that each operation is one round trip and one transaction, which no gateway that dies in
 * the middle can leave open.
 *
 * Locks are advisory ones on names, because a request or a counter must be lockable before it has a row, and because a
 * refusal then writes nothing. They are taken before anything is read, the request's first, the counters' after it and
 * in order, so that no two operations can wait for each other; at READ COMMITTED every later statement of a function
 * sees what was committed before the lock was given. At any other level it would not: `countersign_begin` refuses.
 */

/** How many reservations one call moves into doubt. */
export const DOUBT_BATCH = 100;

const LOCKS = `
CREATE FUNCTION countersign_begin(p_request text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the transaction is %, and counting needs READ COMMITTED', current_setting('transaction_isolation')
      USING ERRCODE = 'invalid_transaction_state';
  END IF;
  IF p_request IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_request, 'countersign_quota_requests'::regclass::oid::bigint));
  END IF;
END $$;
CREATE FUNCTION countersign_lock_counters(p_counters text[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  one bigint;
BEGIN
  FOR one IN
    SELECT DISTINCT hashtextextended(counter, 'countersign_quota_counters'::regclass::oid::bigint) AS lock
    FROM unnest(p_counters) AS counter ORDER BY lock
  LOOP
    PERFORM pg_advisory_xact_lock(one);
  END LOOP;
END $$;
CREATE FUNCTION countersign_clock(p_clock_ms bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(p_clock_ms, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)
$$;
CREATE FUNCTION countersign_slot_length(p_span_ms bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT greatest(1, (p_span_ms + 999) / 1000)
$$;
CREATE FUNCTION countersign_slot(p_span_ms bigint, p_at_ms bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT p_at_ms / countersign_slot_length(p_span_ms) * countersign_slot_length(p_span_ms)
$$;
CREATE FUNCTION countersign_slot_end(p_span_ms bigint, p_at_ms bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT countersign_slot(p_span_ms, p_at_ms) + countersign_slot_length(p_span_ms) + p_span_ms
$$;
`;

/** A null clock is the server's own; `p_uses` is what `usesText` writes. */
const RESERVE = `
CREATE FUNCTION countersign_refusals(p_request text, p_uses jsonb, p_now_ms bigint) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT jsonb_agg(jsonb_build_object('use', place, 'why', why, 'used', least(used, 9007199254740991),
    'reserved', least(reserved, 9007199254740991), 'inDoubt', least(in_doubt, 9007199254740991),
    'closed', closed, 'resetsMs', resets_ms) ORDER BY place)
  FROM (
    SELECT place, used, reserved, in_doubt, closed, resets_ms, CASE
      WHEN used + reserved + in_doubt + amount > 9007199254740991 THEN 'too_large'
      WHEN admit THEN NULL
      WHEN closed > 0 THEN 'closed'
      WHEN used + reserved + in_doubt + amount > cap THEN 'over'
    END AS why
    FROM (
      SELECT asked.place - 1 AS place, u.amount, u.cap, u.admit, s.used, s.in_doubt,
        s.reserved - coalesce(own.amount, 0) AS reserved,
        s.closed - coalesce(own.closes::int, 0) AS closed,
        coalesce(u.end_ms, s.resets_ms) AS resets_ms
      FROM jsonb_array_elements(p_uses) WITH ORDINALITY AS asked(value, place)
      CROSS JOIN LATERAL jsonb_to_record(asked.value)
        AS u(counter text, amount bigint, cap bigint, admit boolean, end_ms bigint)
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(used), 0) AS used, coalesce(sum(reserved), 0) AS reserved,
          coalesce(sum(in_doubt), 0) AS in_doubt, coalesce(sum(closed), 0) AS closed,
          min(end_ms) FILTER (WHERE end_ms < 9007199254740991 AND used + reserved + in_doubt + closed > 0) AS resets_ms
        FROM countersign_quota_slots WHERE counter = u.counter AND end_ms > p_now_ms
      ) AS s
      -- What the request itself holds already does not count against it.
      LEFT JOIN countersign_quota_uses AS own
        ON own.request = p_request AND own.counter = u.counter AND own.end_ms > p_now_ms
    ) AS standing
  ) AS answered WHERE why IS NOT NULL);
END $$;
CREATE FUNCTION countersign_reserve(
  p_request text, p_grant text, p_principal text, p_tool text, p_host text, p_pid bigint, p_process_start text,
  p_lease_ms bigint, p_uses jsonb, p_step_back_ms bigint, p_clock_ms bigint
) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  before   text;
  asked    text[] := ARRAY(SELECT u.counter FROM jsonb_to_recordset(p_uses) AS u(counter text));
  clock_ms bigint;
  seen     bigint;
  now_ms   bigint;
  refusals jsonb;
BEGIN
  PERFORM countersign_begin(p_request);
  SELECT state INTO before FROM countersign_quota_requests WHERE request = p_request;
  IF before <> 'reserved' THEN RETURN jsonb_build_object('is', 'conflict', 'state', before); END IF;
  PERFORM countersign_lock_counters(
    asked || ARRAY(SELECT counter::text FROM countersign_quota_uses WHERE request = p_request));

  clock_ms := countersign_clock(p_clock_ms);
  SELECT coalesce(max(seen_ms), 0) INTO seen FROM countersign_quota_counters WHERE counter = ANY (asked);
  IF clock_ms < seen - p_step_back_ms THEN
    RETURN jsonb_build_object('is', 'clock_back', 'nowMs', seen, 'behindMs', seen - clock_ms);
  END IF;
  now_ms := greatest(clock_ms, seen);
  IF EXISTS (SELECT 1 FROM jsonb_to_recordset(p_uses) AS u(start_ms bigint, end_ms bigint)
             WHERE now_ms < u.start_ms OR now_ms >= u.end_ms) THEN
    RETURN jsonb_build_object('is', 'window_passed', 'nowMs', now_ms);
  END IF;
  refusals := countersign_refusals(p_request, p_uses, now_ms);
  IF refusals IS NOT NULL THEN
    RETURN jsonb_build_object('is', 'refused', 'nowMs', now_ms, 'refusals', refusals);
  END IF;

  -- An acknowledged reservation survives a power cut, whatever a pooler in between made of the session.
  IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  IF before IS NOT NULL THEN
    PERFORM countersign_take(p_request, 'reserved', true);
    DELETE FROM countersign_quota_uses WHERE request = p_request;
  END IF;
  INSERT INTO countersign_quota_counters AS c
      (counter, policy, rule, scope, subject, unit, keyed, window_text, cap, seen_ms)
    SELECT u.counter, u.policy, u.rule, u.scope, u.subject, u.unit, u.keyed, u.window_text, u.cap, now_ms
    FROM jsonb_to_recordset(p_uses) AS u(counter text, policy text, rule text, scope text, subject text, unit text,
      keyed boolean, window_text text, cap bigint)
    ON CONFLICT (counter) DO UPDATE
      SET window_text = excluded.window_text, cap = excluded.cap, seen_ms = excluded.seen_ms;
  DELETE FROM countersign_quota_slots
    WHERE counter = ANY (asked) AND end_ms <= now_ms AND reserved = 0 AND in_doubt = 0 AND closed = 0;
  INSERT INTO countersign_quota_requests AS r
      (request, grant_name, principal, tool, host, pid, process_start, state, at_ms, lease_end_ms)
    VALUES (p_request, p_grant, p_principal, p_tool, p_host, p_pid, p_process_start, 'reserved', now_ms,
      least(now_ms + p_lease_ms, 9007199254740991))
    ON CONFLICT (request) DO UPDATE SET grant_name = excluded.grant_name, principal = excluded.principal,
      tool = excluded.tool, host = excluded.host, pid = excluded.pid, process_start = excluded.process_start,
      at_ms = excluded.at_ms, lease_end_ms = excluded.lease_end_ms;
  -- A use of a rolling counter that is not forwarded has no instant yet: it stands in slot -1, which never ends.
  INSERT INTO countersign_quota_uses (request, counter, slot, end_ms, span_ms, amount, closes, window_text)
    SELECT p_request, u.counter, coalesce(u.start_ms, -1), coalesce(u.end_ms, 9007199254740991), u.span_ms, u.amount,
      u.closes, u.window_text
    FROM jsonb_to_recordset(p_uses) AS u(counter text, start_ms bigint, end_ms bigint, span_ms bigint, amount bigint,
      closes boolean, window_text text);
  INSERT INTO countersign_quota_slots AS s (counter, slot, end_ms, reserved, closed)
    SELECT counter, slot, end_ms, amount, closes::int FROM countersign_quota_uses WHERE request = p_request
    ON CONFLICT (counter, slot) DO UPDATE
      SET reserved = s.reserved + excluded.reserved, closed = s.closed + excluded.closed;
  RETURN jsonb_build_object('is', 'held', 'nowMs', now_ms);
END $$;
`;

/** The callers of these hold the locks. */
const ENDS = `
CREATE FUNCTION countersign_lock_uses(p_requests text[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM countersign_lock_counters(
    ARRAY(SELECT counter::text FROM countersign_quota_uses WHERE request = ANY (p_requests)));
END $$;
-- Takes what a request holds out of its slots. A slot that holds something else is kept after its end, so a late end of
-- a use credits no later window.
CREATE FUNCTION countersign_take(p_request text, p_state text, p_opens boolean) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE countersign_quota_slots AS s SET
    reserved = s.reserved - CASE WHEN p_state = 'reserved' THEN u.amount ELSE 0 END,
    in_doubt = s.in_doubt - CASE WHEN p_state = 'in-doubt' THEN u.amount ELSE 0 END,
    closed = s.closed - CASE WHEN p_opens THEN u.closes::int ELSE 0 END
    FROM countersign_quota_uses AS u WHERE u.request = p_request AND s.counter = u.counter AND s.slot = u.slot;
  DELETE FROM countersign_quota_slots AS s USING countersign_quota_uses AS u
    WHERE u.request = p_request AND s.counter = u.counter AND s.slot = u.slot
      AND s.used = 0 AND s.reserved = 0 AND s.in_doubt = 0 AND s.closed = 0;
END $$;
CREATE FUNCTION countersign_drop(p_request text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  DELETE FROM countersign_quota_uses WHERE request = p_request;
  DELETE FROM countersign_quota_requests WHERE request = p_request;
END $$;
-- The uses of a request that have an amount, with the slot of the instant they were forwarded at. One that nobody names
-- is now, but never before what the counter has seen: a clock that stepped back would give the use back too early.
CREATE FUNCTION countersign_placed(p_request text, p_forwarded_ms bigint, p_clock_ms bigint)
RETURNS TABLE (counter text, slot bigint, end_ms bigint, amount bigint) LANGUAGE sql STABLE AS $$
  SELECT u.counter,
    CASE WHEN u.span_ms IS NULL THEN u.slot ELSE countersign_slot(u.span_ms, instant.ms) END,
    CASE WHEN u.span_ms IS NULL THEN u.end_ms ELSE countersign_slot_end(u.span_ms, instant.ms) END,
    u.amount
  FROM countersign_quota_uses AS u
  LEFT JOIN countersign_quota_counters AS c ON c.counter = u.counter
  CROSS JOIN LATERAL (SELECT coalesce(p_forwarded_ms, greatest(p_clock_ms, c.seen_ms)) AS ms) AS instant
  WHERE u.request = p_request AND NOT u.closes
$$;
-- Moves a reservation into doubt; what was not forwarded as far as anybody knows counts from now on.
CREATE FUNCTION countersign_doubt(p_request text, p_forwarded_ms bigint, p_clock_ms bigint) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  INSERT INTO countersign_quota_slots AS s (counter, slot, end_ms, in_doubt)
    SELECT * FROM countersign_placed(p_request, p_forwarded_ms, p_clock_ms)
    ON CONFLICT (counter, slot) DO UPDATE SET in_doubt = s.in_doubt + excluded.in_doubt;
  PERFORM countersign_take(p_request, 'reserved', false);
  UPDATE countersign_quota_uses AS u SET slot = p.slot, end_ms = p.end_ms
    FROM countersign_placed(p_request, p_forwarded_ms, p_clock_ms) AS p
    WHERE u.request = p_request AND u.counter = p.counter;
  UPDATE countersign_quota_requests SET state = 'in-doubt' WHERE request = p_request;
END $$;
CREATE FUNCTION countersign_end(
  p_request text, p_state text, p_outcome text, p_forwarded_ms bigint, p_clock_ms bigint
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF p_outcome = 'ok' AND p_state = 'in-doubt' THEN
    -- What is in doubt stands in the window of its instant already.
    UPDATE countersign_quota_slots AS s SET used = s.used + u.amount FROM countersign_quota_uses AS u
      WHERE u.request = p_request AND NOT u.closes AND s.counter = u.counter AND s.slot = u.slot;
  ELSIF p_outcome = 'ok' THEN
    INSERT INTO countersign_quota_slots AS s (counter, slot, end_ms, used)
      SELECT * FROM countersign_placed(p_request, p_forwarded_ms, p_clock_ms)
      ON CONFLICT (counter, slot) DO UPDATE SET used = s.used + excluded.used;
  END IF;
  PERFORM countersign_take(p_request, p_state, p_outcome = 'failed');
  -- A use that happened keeps its counter closed until somebody enters the amount.
  IF p_outcome = 'ok' AND EXISTS (SELECT 1 FROM countersign_quota_uses WHERE request = p_request AND closes) THEN
    UPDATE countersign_quota_requests SET state = 'unbounded' WHERE request = p_request;
  ELSE
    PERFORM countersign_drop(p_request);
  END IF;
END $$;
`;

const OPERATIONS = `
CREATE FUNCTION countersign_settle(p_request text, p_outcome text, p_forwarded_ms bigint, p_clock_ms bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_state text;
BEGIN
  PERFORM countersign_begin(p_request);
  SELECT state INTO found_state FROM countersign_quota_requests WHERE request = p_request;
  IF found_state IS NULL OR found_state = 'unbounded' THEN RETURN false; END IF;
  PERFORM countersign_lock_uses(ARRAY[p_request]);
  -- An end that a power cut takes away leaves the reservation, which gives nothing back: it waits for no disk.
  PERFORM set_config('synchronous_commit', 'off', true);
  IF p_outcome <> 'in-doubt' THEN
    PERFORM countersign_end(p_request, found_state, p_outcome, p_forwarded_ms, countersign_clock(p_clock_ms));
  ELSIF found_state = 'reserved' THEN
    PERFORM countersign_doubt(p_request, p_forwarded_ms, countersign_clock(p_clock_ms));
  END IF;
  RETURN true;
END $$;
-- Moves reservations into doubt: those of an owner, or those whose lease has ended. A null owner is nobody.
CREATE FUNCTION countersign_doubt_many(
  p_host text, p_pid bigint, p_process_start text, p_lapsed boolean, p_limit int, p_clock_ms bigint
) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  candidates text[];
  moved      text[];
  one        text;
  now_ms     bigint := countersign_clock(p_clock_ms);
BEGIN
  candidates := ARRAY(
    SELECT request::text FROM countersign_quota_requests
    WHERE state = 'reserved'
      AND (p_lapsed AND lease_end_ms <= now_ms OR host = p_host AND pid = p_pid AND process_start = p_process_start)
    LIMIT p_limit);
  FOR one IN
    SELECT request FROM unnest(candidates) AS request
    ORDER BY hashtextextended(request, 'countersign_quota_requests'::regclass::oid::bigint)
  LOOP
    PERFORM countersign_begin(one);
  END LOOP;
  -- Read again under the locks: some have ended since, or were reserved anew.
  moved := ARRAY(
    SELECT request::text FROM countersign_quota_requests
    WHERE state = 'reserved' AND request = ANY (candidates)
      AND (p_lapsed AND lease_end_ms <= now_ms OR host = p_host AND pid = p_pid AND process_start = p_process_start)
    ORDER BY request);
  PERFORM countersign_lock_uses(moved);
  FOREACH one IN ARRAY moved LOOP
    PERFORM countersign_doubt(one, NULL, now_ms);
  END LOOP;
  RETURN jsonb_build_object('more', cardinality(candidates) = p_limit, 'moved', to_jsonb(moved));
END $$;
CREATE FUNCTION countersign_resolve(p_request text, p_as text, p_clock_ms bigint) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  found_state text;
  lease_end   bigint;
  now_ms      bigint;
BEGIN
  PERFORM countersign_begin(p_request);
  SELECT state, lease_end_ms INTO found_state, lease_end FROM countersign_quota_requests WHERE request = p_request;
  IF found_state IS NULL THEN RETURN 'unknown'; END IF;
  PERFORM countersign_lock_uses(ARRAY[p_request]);
  now_ms := countersign_clock(p_clock_ms);
  IF found_state = 'reserved' AND lease_end <= now_ms THEN
    PERFORM countersign_doubt(p_request, NULL, now_ms);
    found_state := 'in-doubt';
  END IF;
  IF found_state <> 'in-doubt' THEN RETURN 'wrong_state'; END IF;
  PERFORM countersign_end(p_request, 'in-doubt', p_as, NULL, now_ms);
  RETURN 'done';
END $$;
-- Forgets what ended before an instant, and the keyed counters that nobody has asked about since. It waits for nobody:
-- what somebody else is at is left for the next time.
CREATE FUNCTION countersign_sweep(p_kept_ms bigint, p_limit int, p_clock_ms bigint) RETURNS int
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  before_ms bigint := countersign_clock(p_clock_ms) - p_kept_ms;
  slots     int;
  counters  int;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('sweep', 'countersign_quota_slots'::regclass::oid::bigint)) THEN
    RETURN 0;
  END IF;
  DELETE FROM countersign_quota_slots WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM countersign_quota_slots
    WHERE end_ms <= before_ms AND reserved = 0 AND in_doubt = 0 AND closed = 0
    LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS slots = ROW_COUNT;
  DELETE FROM countersign_quota_counters WHERE ctid = ANY (ARRAY(
    SELECT c.ctid FROM countersign_quota_counters AS c
    WHERE c.keyed AND c.seen_ms < before_ms
      AND NOT EXISTS (SELECT 1 FROM countersign_quota_slots AS s WHERE s.counter = c.counter)
      AND NOT EXISTS (SELECT 1 FROM countersign_quota_uses AS u WHERE u.counter = c.counter)
    LIMIT p_limit FOR UPDATE OF c SKIP LOCKED));
  GET DIAGNOSTICS counters = ROW_COUNT;
  RETURN slots + counters;
END $$;
-- A power cut may take it away: what a token was last used for decides nothing.
CREATE FUNCTION countersign_touch(p_token_hash text, p_at_ms bigint, p_uses bigint) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE countersign_tokens SET last_used_ms = greatest(last_used_ms, p_at_ms), uses = uses + p_uses
    WHERE token_hash = p_token_hash;
END $$;
`;

export const FUNCTIONS = LOCKS + ENDS + RESERVE + OPERATIONS;
