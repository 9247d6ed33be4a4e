-- When a gateway last said that it was here, every half a minute: how long nobody was is known after a kill too.
CREATE TABLE signs_of_life (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    at   INTEGER NOT NULL                 -- microseconds since 1970, UTC
);
