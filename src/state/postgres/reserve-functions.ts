/**
 * Reserving, which says what every counter stands at and not only those that refuse. It is read in the same statement as
 * before, and nothing is asked of the server that was not.
 */
export const RESERVE_FUNCTIONS = `
CREATE OR REPLACE FUNCTION countersign_standings(p_request text, p_uses jsonb, p_now_ms bigint) RETURNS jsonb
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
  ) AS answered);
END $$;
CREATE OR REPLACE FUNCTION countersign_reserve(
  p_request text, p_grant text, p_principal text, p_tool text, p_host text, p_pid bigint, p_process_start text,
  p_lease_ms bigint, p_uses jsonb, p_step_back_ms bigint, p_clock_ms bigint
) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  before   text;
  asked    text[] := ARRAY(SELECT u.counter FROM jsonb_to_recordset(p_uses) AS u(counter text));
  clock_ms bigint;
  seen     bigint;
  now_ms   bigint;
  found    jsonb;
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
  found := countersign_standings(p_request, p_uses, now_ms);
  IF jsonb_path_exists(found, '$[*] ? (@.why != null)') THEN
    RETURN jsonb_build_object('is', 'refused', 'nowMs', now_ms,
      'refusals', jsonb_path_query_array(found, '$[*] ? (@.why != null)'));
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
  RETURN jsonb_build_object('is', 'held', 'nowMs', now_ms, 'standings', coalesce(found, '[]'));
END $$;
DROP FUNCTION IF EXISTS countersign_refusals(text, jsonb, bigint);
`;
