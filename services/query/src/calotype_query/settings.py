"""What an operator can set of query."""

from dataclasses import dataclass

from calotype_core.asking import AskingSettings
from calotype_core.settings import SWITCH, TEXT, seconds, setting, whole_number


@dataclass(frozen=True, kw_only=True, slots=True)
class QuerySettings(AskingSettings):
    """How reads behave, and how much may be asked for later."""

    public_url: str = setting(
        "", TEXT, "How clients reach Calotype (https://…); empty: as the request came."
    )
    young_seconds: float = setting(
        60.0,
        seconds(),
        "How old an id may be for a look-up to wait for its record, and to call it on its way.",
    )
    young_wait_seconds: float = setting(
        2.0, seconds(), "How long a look-up waits for the record of a young id."
    )
    image_max_renditions: int = setting(
        200,
        whole_number("renditions"),
        "How many renditions an image may come to have by POST /process.",
    )
    csv_keep_failed_links: bool = setting(
        True,
        SWITCH,
        "In a job's output CSV, show a failed image's own link in its place; false: nothing.",
    )
