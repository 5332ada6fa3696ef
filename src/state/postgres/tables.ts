/**
 * The tables. Texts are compared by their bytes (`COLLATE "C"`): every server sorts them alike, and no update of the
 * operating system's collations can damage an index. A fill factor below 100 leaves room on the page for the next
 * version of a row, because counters are updated again and again.
 */
export const TABLES = `
CREATE TABLE countersign_tokens (
  token_hash   text COLLATE "C" PRIMARY KEY CHECK (length(token_hash) = 64),
  grant_name   text COLLATE "C" NOT NULL,
  issued_ms    bigint NOT NULL,
  expires_ms   bigint,
  revoked_ms   bigint,
  last_used_ms bigint,
  uses         bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE TABLE countersign_freezes (
  grant_name text COLLATE "C" NOT NULL, -- empty: every grant
  scope      text COLLATE "C" NOT NULL CHECK (scope IN ('all', 'money')),
  at_ms      bigint NOT NULL,
  by_whom    text COLLATE "C" NOT NULL,
  PRIMARY KEY (grant_name, scope)
);
CREATE TABLE countersign_key_values (
  key        text COLLATE "C" PRIMARY KEY,
  value      text COLLATE "C" NOT NULL,
  expires_ms bigint
);
CREATE TABLE countersign_quota_counters (
  counter     text COLLATE "C" PRIMARY KEY CHECK (length(counter) = 64),
  policy      text COLLATE "C",
  rule        text COLLATE "C" NOT NULL,
  scope       text COLLATE "C" NOT NULL,
  subject     text COLLATE "C" NOT NULL,
  unit        text COLLATE "C" NOT NULL,
  keyed       boolean NOT NULL,
  window_text text COLLATE "C" NOT NULL, -- JSON
  cap         bigint NOT NULL CHECK (cap >= 0),
  seen_ms     bigint NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE countersign_quota_slots (
  counter  text COLLATE "C" NOT NULL,
  slot     bigint NOT NULL,
  end_ms   bigint NOT NULL,
  used     bigint NOT NULL DEFAULT 0 CHECK (used >= 0),
  reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  in_doubt bigint NOT NULL DEFAULT 0 CHECK (in_doubt >= 0),
  closed   bigint NOT NULL DEFAULT 0 CHECK (closed >= 0),
  PRIMARY KEY (counter, slot)
) WITH (fillfactor = 50);
CREATE INDEX countersign_quota_ended ON countersign_quota_slots (end_ms);
CREATE TABLE countersign_quota_requests (
  request       text COLLATE "C" PRIMARY KEY,
  grant_name    text COLLATE "C" NOT NULL,
  principal     text COLLATE "C" NOT NULL,
  tool          text COLLATE "C" NOT NULL,
  host          text COLLATE "C" NOT NULL,
  pid           bigint NOT NULL,
  process_start text COLLATE "C" NOT NULL,
  state         text COLLATE "C" NOT NULL CHECK (state IN ('reserved', 'in-doubt', 'unbounded')),
  at_ms         bigint NOT NULL,
  lease_end_ms  bigint NOT NULL
);
CREATE INDEX countersign_quota_owners ON countersign_quota_requests (host, pid, process_start) WHERE state = 'reserved';
CREATE INDEX countersign_quota_leases ON countersign_quota_requests (lease_end_ms) WHERE state = 'reserved';
CREATE TABLE countersign_quota_uses (
  request     text COLLATE "C" NOT NULL,
  counter     text COLLATE "C" NOT NULL,
  slot        bigint NOT NULL,
  end_ms      bigint NOT NULL,
  span_ms     bigint, -- null for a calendar window, whose slot never changes
  amount      bigint NOT NULL CHECK (amount >= 0),
  closes      boolean NOT NULL,
  window_text text COLLATE "C" NOT NULL, -- JSON, as it was when the use was reserved
  PRIMARY KEY (request, counter)
);
CREATE INDEX countersign_quota_uses_of_counter ON countersign_quota_uses (counter);
`;
