-- Documents that agencies gave, whole and untouched, kept once per case.
CREATE TABLE documents (
    stream     INTEGER NOT NULL REFERENCES streams,
    name       BLOB    NOT NULL,          -- the content's digest, keyed by the stream's key: it cannot be guessed
    nonce      BLOB    NOT NULL,
    ciphertext BLOB    NOT NULL,          -- AES-256-GCM of the content under the stream's key, bound to its name
    PRIMARY KEY (stream, name)
);
