/**
 * Requests for approval, their verdicts and the records of operators. Requests are opened one at a time, under a lock on a
 * name of their own; whatever happens to one after that holds its row.
 */
export const APPROVALS = `
CREATE TABLE countersign_approvals (
  id         text COLLATE "C" PRIMARY KEY,
  number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE, -- the order in which they were opened
  grant_name text COLLATE "C" NOT NULL,
  tool       text COLLATE "C" NOT NULL,
  match      text COLLATE "C" NOT NULL CHECK (length(match) = 64),
  hash       text COLLATE "C" NOT NULL CHECK (length(hash) = 64),
  created_ms bigint NOT NULL,
  expires_ms bigint NOT NULL,
  state      text COLLATE "C" NOT NULL
    CHECK (state IN ('open', 'claimed', 'executed', 'rejected', 'expired', 'lapsed', 'void')),
  outcome    text COLLATE "C" CHECK (outcome IN ('ok', 'failed', 'in-doubt')),
  ended_ms   bigint,
  sealed     text COLLATE "C",
  claimed_by text COLLATE "C", -- JSON
  approved   boolean NOT NULL DEFAULT false
);
CREATE INDEX countersign_approvals_of_call ON countersign_approvals (match, number);
CREATE UNIQUE INDEX countersign_approvals_under_way ON countersign_approvals (match) WHERE state IN ('open', 'claimed');
CREATE INDEX countersign_approvals_of_grant ON countersign_approvals (grant_name, ended_ms);
CREATE INDEX countersign_approvals_open ON countersign_approvals (expires_ms) WHERE state = 'open';
CREATE TABLE countersign_verdicts (
  id      text COLLATE "C" NOT NULL REFERENCES countersign_approvals ON DELETE CASCADE,
  number  bigint NOT NULL,
  verdict text COLLATE "C" NOT NULL,
  PRIMARY KEY (id, number)
);
CREATE TABLE countersign_operators (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were added
  digest text COLLATE "C" NOT NULL UNIQUE, -- SHA-256 of the record, which may be too long for an index
  record text COLLATE "C" NOT NULL
);
CREATE FUNCTION countersign_expire(p_clock_ms bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_ms bigint := countersign_clock(p_clock_ms);
BEGIN
  UPDATE countersign_approvals SET ended_ms = expires_ms, sealed = NULL,
    state = CASE WHEN approved THEN 'lapsed' ELSE 'expired' END
    WHERE state = 'open' AND expires_ms <= now_ms;
  RETURN now_ms;
END $$;
CREATE FUNCTION countersign_standing(p_match text, p_now_ms bigint, p_repeat_ms bigint) RETURNS text
LANGUAGE sql VOLATILE AS $$
  SELECT id FROM countersign_approvals WHERE match = p_match AND (state IN ('open', 'claimed')
    OR (state = 'rejected' AND expires_ms > p_now_ms)
    OR (state = 'executed' AND ended_ms > p_now_ms - p_repeat_ms)) ORDER BY number DESC LIMIT 1
$$;
-- Answers opened, taken, full with the number of open ones, or the state and the id of the same call's request.
CREATE FUNCTION countersign_open(p_id text, p_grant text, p_tool text, p_match text, p_hash text, p_created_ms bigint,
  p_expires_ms bigint, p_sealed text, p_pending bigint, p_repeat_ms bigint, p_clock_ms bigint)
RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_ms     bigint;
  found_id   text;
  found_state text;
  open_count bigint;
BEGIN
  PERFORM countersign_begin(NULL);
  PERFORM pg_advisory_xact_lock(hashtextextended('open', 'countersign_approvals'::regclass::oid::bigint));
  now_ms := countersign_expire(p_clock_ms);
  DELETE FROM countersign_approvals WHERE ended_ms <= now_ms - p_repeat_ms AND expires_ms <= now_ms;
  found_id := countersign_standing(p_match, now_ms, p_repeat_ms);
  SELECT state INTO found_state FROM countersign_approvals WHERE id = found_id;
  IF found_state IN ('open', 'claimed', 'rejected') THEN
    RETURN jsonb_build_object('is', CASE found_state WHEN 'rejected' THEN 'rejected' ELSE 'joined' END, 'id', found_id);
  END IF;
  SELECT count(*) INTO open_count FROM countersign_approvals WHERE grant_name = p_grant AND state = 'open';
  IF open_count >= p_pending THEN RETURN jsonb_build_object('is', 'full', 'open', open_count); END IF;
  INSERT INTO countersign_approvals (id, grant_name, tool, match, hash, created_ms, expires_ms, state, sealed)
    VALUES (p_id, p_grant, p_tool, p_match, p_hash, p_created_ms, p_expires_ms, 'open', p_sealed)
    ON CONFLICT (id) DO NOTHING;
  RETURN jsonb_build_object('is', CASE WHEN FOUND THEN 'opened' ELSE 'taken' END);
END $$;
CREATE FUNCTION countersign_add_verdict(p_id text, p_verdict text, p_approved boolean, p_clock_ms bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM countersign_begin(NULL);
  PERFORM countersign_expire(p_clock_ms);
  UPDATE countersign_approvals SET approved = approved OR p_approved WHERE id = p_id AND state = 'open';
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO countersign_verdicts (id, number, verdict)
    SELECT p_id, coalesce(max(number), 0) + 1, p_verdict FROM countersign_verdicts WHERE id = p_id;
  RETURN true;
END $$;
CREATE FUNCTION countersign_claim(p_id text, p_by text, p_clock_ms bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM countersign_begin(NULL);
  PERFORM countersign_expire(p_clock_ms);
  UPDATE countersign_approvals SET state = 'claimed', claimed_by = p_by WHERE id = p_id AND state = 'open';
  RETURN FOUND;
END $$;
CREATE FUNCTION countersign_end_approval(p_id text, p_state text, p_outcome text, p_clock_ms bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_ms bigint;
BEGIN
  PERFORM countersign_begin(NULL);
  now_ms := countersign_expire(p_clock_ms);
  UPDATE countersign_approvals SET state = p_state, outcome = p_outcome, ended_ms = now_ms, sealed = NULL
    WHERE id = p_id AND state IN ('open', 'claimed');
  RETURN FOUND;
END $$;
CREATE FUNCTION countersign_add_operator(p_record text, p_digest text, p_most bigint) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM countersign_begin(NULL);
  PERFORM pg_advisory_xact_lock(hashtextextended('add', 'countersign_operators'::regclass::oid::bigint));
  IF EXISTS (SELECT 1 FROM countersign_operators WHERE digest = p_digest) THEN RETURN 'there'; END IF;
  IF (SELECT count(*) FROM countersign_operators) >= p_most THEN RETURN 'full'; END IF;
  INSERT INTO countersign_operators (record, digest) VALUES (p_record, p_digest);
  RETURN 'added';
END $$;
`;

/** In the place of the one above: what is claimed cannot be rejected. */
export const END_APPROVAL = `
CREATE OR REPLACE FUNCTION countersign_end_approval(p_id text, p_state text, p_outcome text, p_clock_ms bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  now_ms bigint;
BEGIN
  PERFORM countersign_begin(NULL);
  now_ms := countersign_expire(p_clock_ms);
  UPDATE countersign_approvals SET state = p_state, outcome = p_outcome, ended_ms = now_ms, sealed = NULL
    WHERE id = p_id AND (state = 'open' OR (state = 'claimed' AND p_state <> 'rejected'));
  RETURN FOUND;
END $$;
`;
