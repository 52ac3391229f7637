"""calotype topics ensure: have the brokers hold what topology.py wants of them."""

import asyncio
from collections.abc import Mapping

from calotype_core import logs
from calotype_core.adapters.kafka.settings import KafkaSettings
from calotype_core.adapters.kafka.topics import ensure_topics
from calotype_core.settings import load


def ensure(environ: Mapping[str, str]) -> int:
    """Create and grow the topics, and print a line for each change; return 0.

    Raises SettingsError, Unavailable.
    """
    settings = load(KafkaSettings, environ)
    logs.configure("auto", "critical")  # what goes wrong is in the error, and said once
    changes = asyncio.run(ensure_topics(settings))
    print(*(changes or ["nothing to change"]), sep="\n")
    return 0
