"""What an operator can set of the all-in-one; each service adds its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from calotype_core.settings import PATH, TEXT, seconds, setting, whole_number, word


@dataclass(frozen=True, kw_only=True, slots=True)
class StandaloneSettings:
    """Where it listens, where it keeps everything, how it logs."""

    host: str = setting(
        "127.0.0.1",
        TEXT,
        "The address to listen on; the default is reached from this machine only.",
    )
    port: int = setting(
        8080, whole_number("port", least=0, most=65_535), "The port to listen on; 0: any free one."
    )
    data_dir: Path = setting(
        Path("data"), PATH, "The folder that holds everything: images, events, records."
    )
    inbox_dir: Path | None = setting(
        None,
        PATH,
        "The watched folder: each file in it is taken in, and away, as an image; unset: uploads in"
        " the data folder.",
    )
    max_connections: int = setting(
        2_000, whole_number("connections"), "How many connections may be open; others get a 503."
    )
    stop_seconds: float = setting(
        75.0, seconds(least=1), "How long a stop may take to finish what was begun."
    )
    log_format: Literal["auto", "json", "console"] = setting(
        "auto", word("auto", "json", "console"), "auto: readable on a terminal, JSON elsewhere."
    )
    log_level: str = setting(
        "info", word("debug", "info", "warning", "error"), "The least severe log lines to write."
    )
