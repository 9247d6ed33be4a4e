-- Named queries of SqliteJournal: `-- name: X` begins one, and `Queries` in queries.py lists every name.

-- name: find_stream
SELECT number, version, key FROM streams WHERE stream = :stream;

-- name: find_whole_stream
SELECT number, version, key, wake_at, owes, service, state, marks, due_at FROM streams WHERE stream = :stream;

-- name: stream_version
SELECT version FROM streams WHERE stream = :stream;

-- name: last_number
SELECT coalesce(max(number), 0) FROM streams;

-- name: add_streams
-- {rows} are as many as are written at once (rows.py), here and below.
INSERT INTO streams (number, stream, version, key, wake_at, owes, service, state, marks, line, last_error, due_at)
VALUES {rows};

-- name: move_streams
-- {changes} is put together in rows.py from the names of columns.
UPDATE streams SET {changes} FROM (VALUES {rows}) AS new WHERE number = new.column1;

-- name: erase_stream
UPDATE streams SET key = NULL, wake_at = NULL, owes = 0, last_error = NULL, due_at = NULL WHERE number = :number;

-- name: erase_step_keys
UPDATE step_keys SET wrapped = NULL WHERE stream = :number;

-- name: erase_claims
DELETE FROM claims WHERE stream = :number;

-- name: erase_documents
DELETE FROM documents WHERE stream = :number;

-- name: step_keys_of_stream
SELECT step, wrapped FROM step_keys WHERE stream = :number;

-- name: add_step_keys
INSERT INTO step_keys (stream, step, wrapped, commitment) VALUES {rows};

-- name: last_sequence
SELECT coalesce(max(sequence), 0) FROM events;

-- name: add_events
INSERT INTO events (sequence, stream, version, step, header, nonce, ciphertext) VALUES {rows};

-- name: events_of_stream
SELECT version, sequence, header, nonce, ciphertext, step FROM events
WHERE stream = :number AND version > :after
ORDER BY version;

-- name: events_of_all
SELECT event.version, event.sequence, event.header, event.nonce, event.ciphertext, event.step,
       stream.stream, stream.key, step_key.wrapped
FROM events AS event
JOIN streams AS stream ON stream.number = event.stream
JOIN step_keys AS step_key ON step_key.stream = event.stream AND step_key.step = event.step
WHERE event.sequence > :after AND stream.key IS NOT NULL
ORDER BY event.sequence
LIMIT :limit;

-- name: find_claim
SELECT stream.stream, stream.key, claim.sealed
FROM claims AS claim JOIN streams AS stream ON stream.number = claim.stream
WHERE claim.id = :id;

-- name: add_claims
INSERT INTO claims (id, stream, made_at, sealed) VALUES {rows};

-- name: purge_claims
DELETE FROM claims WHERE made_at < :before;

-- name: due
SELECT stream FROM streams WHERE wake_at <= :now ORDER BY wake_at, number LIMIT :limit;

-- name: next_wake
SELECT wake_at FROM streams WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1;

-- name: weigh_drafts
SELECT count(DISTINCT stream.number), coalesce(sum(length(document.ciphertext)), 0)
FROM streams AS stream LEFT JOIN documents AS document ON document.stream = stream.number
WHERE stream.wake_at IS NOT NULL AND stream.service IS NULL;

-- name: owing
SELECT stream FROM streams WHERE owes ORDER BY number;

-- name: list_cases
-- {index} and {conditions} are put together in reading.py from fixed texts, so that each filter uses its index.
SELECT number, stream, key, line, last_error FROM streams {index}
WHERE service IS NOT NULL {conditions}
ORDER BY number DESC
LIMIT :limit;

-- name: waited
SELECT number, stream, key, line, last_error, due_at FROM streams
WHERE due_at IS NOT NULL AND (due_at, number) > (:due_at, :number)
ORDER BY due_at, number
LIMIT :limit;

-- name: find_document
SELECT nonce, ciphertext FROM documents WHERE stream = :number AND name = :name;

-- name: add_document
INSERT INTO documents (stream, name, nonce, ciphertext) VALUES (:number, :name, :nonce, :ciphertext)
ON CONFLICT (stream, name) DO NOTHING;

-- name: read_counter
SELECT next FROM counters WHERE name = :name;

-- name: move_counter
INSERT INTO counters (name, next) VALUES (:name, :next) ON CONFLICT (name) DO UPDATE SET next = excluded.next;

-- name: keep_sign
INSERT INTO signs_of_life (only, at) VALUES (1, :at) ON CONFLICT (only) DO UPDATE SET at = excluded.at;

-- name: last_sign
SELECT at FROM signs_of_life;
