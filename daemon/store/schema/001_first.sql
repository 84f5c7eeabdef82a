-- Times are nanoseconds since 1970 in UTC, 0 for none. Columns of message beside body repeat
-- what is searched for; one function writes both.
CREATE TABLE message (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  version      INTEGER NOT NULL,
  state        TEXT    NOT NULL CHECK (state IN ('drafted','approved','scheduled','sending','sent','uncertain','failed','expired','cancelled')),
  hold         TEXT    NOT NULL,
  manager      TEXT    NOT NULL,
  note         TEXT    NOT NULL,
  message_id   TEXT    NOT NULL,
  token        TEXT    NOT NULL,
  draft_folder TEXT    NOT NULL,
  draft_validity TEXT  NOT NULL,
  draft_uid    TEXT    NOT NULL,
  content      TEXT    NOT NULL,
  wake         INTEGER NOT NULL,
  replan       INTEGER NOT NULL,
  gated        INTEGER NOT NULL,
  changed      INTEGER NOT NULL,
  body         TEXT    NOT NULL CHECK (json_valid(body)),
  body_sum     TEXT    NOT NULL -- SHA-256 of body: SQLite has no checksums of its own
) STRICT;
CREATE UNIQUE INDEX message_by_message_id ON message(message_id);
CREATE UNIQUE INDEX message_by_token ON message(token) WHERE token <> '';
CREATE INDEX message_by_wake ON message(state, wake);
CREATE INDEX message_by_draft ON message(draft_uid, draft_folder, draft_validity) WHERE draft_uid <> '';
CREATE INDEX message_by_note ON message(note) WHERE note <> '';
CREATE INDEX message_by_content ON message(content);

CREATE TABLE content (
  message INTEGER NOT NULL REFERENCES message(id),
  copy    TEXT    NOT NULL CHECK (copy IN ('drafted','approved','wire')),
  sha256  TEXT    NOT NULL,
  raw     BLOB    NOT NULL,
  PRIMARY KEY (message, copy)
) STRICT;

-- The primary key is the promise: one message, one gate.
CREATE TABLE gate (
  message     INTEGER PRIMARY KEY REFERENCES message(id),
  attempt     INTEGER NOT NULL,
  message_id  TEXT    NOT NULL,
  wire_sha256 TEXT    NOT NULL,
  rcpt_sha256 TEXT    NOT NULL,
  wall        INTEGER NOT NULL,
  boot        INTEGER NOT NULL
) STRICT;
CREATE TABLE released_gate (
  message     INTEGER NOT NULL REFERENCES message(id),
  attempt     INTEGER NOT NULL,
  wire_sha256 TEXT    NOT NULL,
  wall        INTEGER NOT NULL,
  released    INTEGER NOT NULL,
  why         TEXT    NOT NULL
) STRICT;
-- Gates that only the journal knew: this database is older than the journal.
CREATE TABLE foreign_gate (
  message_id TEXT PRIMARY KEY,
  content    TEXT NOT NULL,
  note       TEXT NOT NULL,
  wall       INTEGER NOT NULL,
  result     TEXT NOT NULL
) STRICT;
CREATE INDEX foreign_gate_by_content ON foreign_gate(content);
CREATE INDEX foreign_gate_by_note ON foreign_gate(note) WHERE note <> '';

CREATE TABLE attempt (
  message INTEGER NOT NULL REFERENCES message(id),
  n       INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended   INTEGER NOT NULL,
  body    TEXT    NOT NULL CHECK (json_valid(body)),
  PRIMARY KEY (message, n)
) STRICT;
CREATE TABLE receipt (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL REFERENCES message(id),
  kind    TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  body    TEXT    NOT NULL CHECK (json_valid(body)),
  UNIQUE (message, kind, at)
) STRICT;

-- The chain is over the sum of each text, so that a text can be erased and the chain still holds.
CREATE TABLE trail (
  seq      INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  message  INTEGER NOT NULL,
  note     TEXT    NOT NULL,
  actor    TEXT    NOT NULL,
  event    TEXT    NOT NULL,
  text     TEXT    NOT NULL,
  text_sum TEXT    NOT NULL,
  erased   INTEGER NOT NULL DEFAULT 0,
  hash     TEXT    NOT NULL
) STRICT;
CREATE INDEX trail_by_message ON trail(message, seq) WHERE message <> 0;
CREATE INDEX trail_by_time ON trail(at);
CREATE VIRTUAL TABLE trail_words USING fts5(actor, event, text, content='trail', content_rowid='seq', tokenize='unicode61 remove_diacritics 2');

CREATE TABLE note (
  hash    TEXT PRIMARY KEY,
  path    TEXT    NOT NULL,
  state   TEXT    NOT NULL CHECK (state IN ('seen','drafted','skipped','asks')),
  why     TEXT    NOT NULL,
  message INTEGER NOT NULL,
  bytes   BLOB    NOT NULL,
  size    INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  seen    INTEGER NOT NULL,
  gone    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX note_by_state ON note(state, seen);
CREATE INDEX note_by_path ON note(path);

CREATE TABLE sighting (
  manager TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  offset_minutes INTEGER NOT NULL,
  delay   INTEGER NOT NULL,
  ref     TEXT    NOT NULL,
  PRIMARY KEY (manager, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_by_time ON sighting(manager, at);

CREATE TABLE task (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL,
  kind    TEXT    NOT NULL CHECK (kind IN ('file','remove','tell')),
  cause   TEXT    NOT NULL,
  text    TEXT    NOT NULL,
  due     INTEGER NOT NULL,
  tries   INTEGER NOT NULL DEFAULT 0,
  done    INTEGER NOT NULL DEFAULT 0,
  err     TEXT    NOT NULL DEFAULT '',
  UNIQUE (message, kind, cause)
) STRICT;
CREATE INDEX task_by_due ON task(due) WHERE done = 0;

-- Settings, cursors, snapshots and learned state: a value for a kind and a key.
CREATE TABLE value (
  kind TEXT NOT NULL,
  key  TEXT NOT NULL,
  at   INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
