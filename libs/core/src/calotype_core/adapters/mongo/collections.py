"""The collections by name, and the indexes that the adapters' questions need beside `_id`."""

from collections.abc import Mapping, Sequence

from pymongo import ASCENDING, DESCENDING, IndexModel

IMAGES = "images"
JOBS = "jobs"
JOB_SECTIONS = "job_sections"
JOB_PAGES = "job_pages"
ATTEMPTS = "attempts"
DELIVERIES = "deliveries"
EXPANSIONS = "expansions"
IDEMPOTENCY_KEYS = "idempotency_keys"
# Holds one document, which says that this database was prepared for Calotype: MongoDB would else
# take any name for a database that is merely empty.
MARKS = "marks"
PREPARED = {"_id": "prepared"}

INDEXES: Mapping[str, Sequence[IndexModel]] = {
    IMAGES: [IndexModel([("filename", ASCENDING), ("_id", DESCENDING)], name="by_filename")],
    JOBS: [],
    JOB_SECTIONS: [],
    JOB_PAGES: [],
    ATTEMPTS: [],
    DELIVERIES: [
        IndexModel(
            [("state", ASCENDING), ("next_attempt_at", ASCENDING), ("_id", ASCENDING)], name="due"
        )
    ],
    EXPANSIONS: [
        IndexModel(
            [("closed_at", ASCENDING), ("swapped_at", ASCENDING), ("_id", ASCENDING)], name="turns"
        ),
        IndexModel([("job_id", ASCENDING)], name="by_job"),
    ],
    IDEMPOTENCY_KEYS: [IndexModel([("claimed_at", ASCENDING)], name="by_age")],
}
