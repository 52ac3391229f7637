"""Record messages that are not recorded yet: python -m tests.contract.record. Never edits one."""

import json
import sys
from collections.abc import Iterator

from calotype_core import codec
from calotype_core.domain.dead_letters import DeadLetter
from calotype_core.domain.events import Event
from calotype_core.ports.event_log import Message
from tests.contract import cases, golden


def messages() -> Iterator[tuple[str, Message, Event | DeadLetter]]:
    """Yield each case's name, message and value."""
    for name, event in cases.CASES.items():
        yield name, codec.encode(event, now=cases.LATER), event
    yield "dead-letter.full", codec.encode_dead_letter(cases.LETTER), cases.LETTER


def main() -> None:
    """Write what is missing, and say so."""
    for name, message, value in messages():
        path = golden.FOLDER / f"{name}.bin"
        if path.exists():
            continue
        path.write_bytes(message.value)
        beside = {
            "topic": message.topic,
            "key": message.key,
            "headers": message.headers,
            "value": golden.described(value),
        }
        text = json.dumps(beside, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        path.with_suffix(".bin.json").write_text(text)
        sys.stdout.write(f"recorded {path.name}\n")


if __name__ == "__main__":
    main()
