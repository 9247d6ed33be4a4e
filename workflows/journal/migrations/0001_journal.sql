-- One row per stream: a case, or the register. What lists and timers need stands here, written with the events.
CREATE TABLE streams (
    number     INTEGER PRIMARY KEY,       -- grows with every stream: the cursor of lists
    stream     TEXT    NOT NULL UNIQUE,
    version    INTEGER NOT NULL,          -- of the newest event
    key        BLOB,                      -- wrapped by the master key; NULL: destroyed, the stream is erased
    wake_at    INTEGER,                   -- microseconds since 1970, UTC; NULL: time alone moves nothing
    owes       INTEGER NOT NULL DEFAULT 0,
    service    TEXT,                      -- NULL: not listed
    state      TEXT,
    marks      TEXT,                      -- ' held paused ', or empty
    line       TEXT,                      -- JSON of the list's line, without words that came from outside
    last_error BLOB                       -- those words, sealed under the stream's key
);
CREATE INDEX streams_to_wake   ON streams (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX streams_owing     ON streams (number)  WHERE owes;
CREATE INDEX streams_marked    ON streams (number)  WHERE marks <> '';
CREATE INDEX streams_by_state  ON streams (state);
CREATE INDEX streams_of_service ON streams (service);

-- The key of each step of a stream, wrapped by the stream's key. `step` is empty for events of the whole stream.
CREATE TABLE step_keys (
    stream     INTEGER NOT NULL REFERENCES streams,
    step       TEXT    NOT NULL,
    wrapped    BLOB,                      -- NULL: destroyed
    commitment BLOB    NOT NULL,          -- SHA-256 of the key, kept for ever: part of every proof
    PRIMARY KEY (stream, step)
) WITHOUT ROWID;

-- The events, in order of commit. A row is never changed and never removed.
CREATE TABLE events (
    sequence   INTEGER PRIMARY KEY,
    stream     INTEGER NOT NULL REFERENCES streams,
    version    INTEGER NOT NULL,
    step       TEXT    NOT NULL,          -- whose key seals it
    header     BLOB    NOT NULL,          -- JSON: event, at, step, item, round, attempt
    nonce      BLOB    NOT NULL,
    ciphertext BLOB    NOT NULL,          -- AES-256-GCM of the event, bound to stream, version and header
    UNIQUE (stream, version)
);

-- Idempotency-Keys, under a keyed name; what they stand for is sealed under the key of their stream.
CREATE TABLE claims (
    id         BLOB    PRIMARY KEY,
    stream     INTEGER NOT NULL REFERENCES streams,
    made_at    INTEGER NOT NULL,
    sealed     BLOB    NOT NULL
) WITHOUT ROWID;
CREATE INDEX claims_by_age    ON claims (made_at);
CREATE INDEX claims_of_stream ON claims (stream);

CREATE TABLE counters (
    name TEXT    PRIMARY KEY,
    next INTEGER NOT NULL
) WITHOUT ROWID;
