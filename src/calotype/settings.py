"""What an operator can set of the all-in-one alone; each service adds its own."""

from dataclasses import dataclass
from pathlib import Path

from calotype_core.settings import PATH, setting


@dataclass(frozen=True, kw_only=True, slots=True)
class StandaloneSettings:
    """Where the all-in-one keeps everything."""

    data_dir: Path = setting(
        Path("data"), PATH, "The folder that holds everything: images, events, records."
    )
    inbox_dir: Path | None = setting(
        None,
        PATH,
        "The watched folder: each file in it is taken in, and away, as an image; unset: uploads in"
        " the data folder.",
    )
