"""The collections by name, and the indexes that the adapters' questions need beside `_id`."""

from collections.abc import Mapping, Sequence

from pymongo import ASCENDING, DESCENDING, IndexModel

IMAGES = "images"
JOBS = "jobs"
JOB_SECTIONS = "job_sections"
JOB_PAGES = "job_pages"
ATTEMPTS = "attempts"
DELIVERIES = "deliveries"
DELIVERY_LINES = "delivery_lines"
WEBHOOKS = "webhooks"
SECRETS = "secrets"
EXPANSIONS = "expansions"
IDEMPOTENCY_KEYS = "idempotency_keys"
# Holds one document, which says that this database was prepared for Calotype: MongoDB would else
# take any name for a database that is merely empty.
MARKS = "marks"
PREPARED = {"_id": "prepared"}


def _ascending(*fields: str, name: str) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], name=name)


INDEXES: Mapping[str, Sequence[IndexModel]] = {
    IMAGES: [IndexModel([("filename", ASCENDING), ("_id", DESCENDING)], name="by_filename")],
    JOBS: [],
    JOB_SECTIONS: [],
    JOB_PAGES: [],
    ATTEMPTS: [],
    # What is looked for is looked for state by state, so that these serve with and without one.
    DELIVERIES: [
        _ascending("endpoint", "state", "next_attempt_at", "_id", name="due"),
        _ascending("state", "created_at", "_id", name="by_state"),
        _ascending("endpoint", "state", "created_at", "_id", name="by_endpoint"),
        _ascending("event_type", "state", "created_at", "_id", name="by_event_type"),
        _ascending(
            *("endpoint", "event_type", "state", "created_at", "_id"),
            name="by_endpoint_and_event_type",
        ),
        _ascending("subject_id", "state", "created_at", "_id", name="by_subject"),
    ],
    DELIVERY_LINES: [_ascending("due_at", "_id", name="due")],
    WEBHOOKS: [_ascending("event_types", "_id", name="told_of")],
    SECRETS: [],
    EXPANSIONS: [
        IndexModel(
            [("closed_at", ASCENDING), ("swapped_at", ASCENDING), ("_id", ASCENDING)], name="turns"
        ),
        IndexModel([("job_id", ASCENDING)], name="by_job"),
    ],
    IDEMPOTENCY_KEYS: [IndexModel([("claimed_at", ASCENDING)], name="by_age")],
}
