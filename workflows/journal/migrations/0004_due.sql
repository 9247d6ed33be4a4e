-- When the earliest clock of a case is due: lists of what is overdue begin with what has been so for longest.
ALTER TABLE streams ADD COLUMN due_at INTEGER;  -- microseconds since 1970, UTC; 2^62: all stand still; NULL: none
CREATE INDEX streams_by_due ON streams (due_at, number) WHERE due_at IS NOT NULL;
