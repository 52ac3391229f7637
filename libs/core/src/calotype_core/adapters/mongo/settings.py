from dataclasses import dataclass

from calotype_core.settings import TEXT, seconds, setting


@dataclass(frozen=True, kw_only=True, slots=True)
class MongoSettings:
    """Where the records are, and how a service proves who it is."""

    mongo_url: str = setting(
        "mongodb://127.0.0.1:27017",
        TEXT,
        "The database's address, with name, password and TLS options if it wants them.",
    )
    mongo_database: str = setting("calotype", TEXT, "The database that holds the records.")
    mongo_timeout_seconds: float = setting(
        10.0,
        seconds(least=0.1),
        "How long one operation may take before the database counts as away.",
    )
