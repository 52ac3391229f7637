"""The tables, as the steps that led to them; PRAGMA user_version counts the steps taken."""

import sqlite3
from pathlib import Path

from calotype_core.errors import CalotypeError


class SchemaTooNewError(CalotypeError):
    """The database was written by a newer version, whose tables this one would misread."""

    code = "schema_too_new"


_FIRST = """
-- AUTOINCREMENT: an offset is never given again, even after the newest records were dropped.
CREATE TABLE log_records (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    headers TEXT NOT NULL,
    appended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX log_records_by_topic ON log_records (topic, "offset");

CREATE TABLE log_groups (
    "group" TEXT NOT NULL,
    topic TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY ("group", topic)
) STRICT, WITHOUT ROWID;

CREATE TABLE images (
    image_id TEXT PRIMARY KEY,
    filename TEXT,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX images_by_filename ON images (filename, image_id) WHERE filename IS NOT NULL;

CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE job_items (
    job_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    event_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    code TEXT,
    message TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    delivery_id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, delivery_id) WHERE state = 'pending';

CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    answer TEXT
) STRICT;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);
"""

_JOBS_AGAIN = """
-- The code of a failed item, empty where it has none; NULL for all others.
ALTER TABLE job_items ADD COLUMN failure TEXT;
UPDATE job_items SET failure = coalesce(json_extract(document, '$.failure_code'), '')
    WHERE json_extract(document, '$.status') = 'failed';
CREATE INDEX job_items_failed ON job_items (job_id, position, failure) WHERE failure IS NOT NULL;

CREATE TABLE expansions (
    job_id TEXT NOT NULL,
    generation INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    held_until INTEGER,
    closed_at INTEGER,
    document TEXT NOT NULL,
    PRIMARY KEY (job_id, generation)
) STRICT;
CREATE INDEX expansions_open ON expansions (turn) WHERE closed_at IS NULL;
CREATE INDEX expansions_closed ON expansions (closed_at) WHERE closed_at IS NOT NULL;
"""

_TELLING = """
DROP TABLE deliveries;  -- it never had a user
CREATE TABLE deliveries (
    delivery_id TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    state TEXT NOT NULL,
    event_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (endpoint, next_attempt_at, delivery_id)
    WHERE state = 'pending';
-- What is looked for is looked for state by state, so that these serve with and without one.
CREATE INDEX deliveries_by_state ON deliveries (state, created_at, delivery_id);
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint, state, created_at, delivery_id);
CREATE INDEX deliveries_by_event_type ON deliveries (event_type, state, created_at, delivery_id);
CREATE INDEX deliveries_by_endpoint_and_event_type
    ON deliveries (endpoint, event_type, state, created_at, delivery_id);
CREATE INDEX deliveries_by_subject ON deliveries (subject_id, state, created_at, delivery_id);

-- due_at: from when on the line may be taken: of one that is held, when that is over; NULL where
-- nothing waits. woken: since it was taken.
CREATE TABLE delivery_lines (
    endpoint TEXT PRIMARY KEY,
    due_at INTEGER,
    holder TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    rests_until INTEGER,
    woken INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX delivery_lines_due ON delivery_lines (due_at, endpoint) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_lines_idle
    ON delivery_lines (max(coalesce(failing_since, 0), coalesce(rests_until, 0)))
    WHERE due_at IS NULL;

CREATE TABLE webhooks (
    webhook_id TEXT PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

-- Who is told of what; of webhooks that are off there is nothing here.
CREATE TABLE webhook_event_types (
    event_type TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    PRIMARY KEY (event_type, webhook_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_event_types_by_webhook ON webhook_event_types (webhook_id);
"""

# A released step is never edited; a change is a further step.
STEPS = (_FIRST, _JOBS_AGAIN, _TELLING)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps that this database has not taken; raises SchemaTooNewError."""
    (taken,) = connection.execute("PRAGMA user_version").fetchone()
    if taken > len(STEPS):
        raise SchemaTooNewError(
            f"The database {path} was written by a newer Calotype (schema {taken}; this one knows "
            f"{len(STEPS)}). Start that version, or give this one another data folder."
        )
    for number, step in enumerate(STEPS[taken:], start=taken + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step}; PRAGMA user_version = {number}; COMMIT")
