"""What an operator can set of ingest."""

from dataclasses import dataclass

from calotype_core.asking import AskingSettings
from calotype_core.settings import JSON, MIB, SWITCH, TEXT, Takes, seconds, setting, whole_number
from calotype_ingest.zip_names import OF_OLD

DEFAULT_INSTRUCTIONS = (
    '{"renditions":{"optimised":{},'
    '"640x480":{"resize":{"width":640,"height":480}},'
    '"100x100":{"resize":{"width":100,"height":100}}}}'
)
CSV_INSTRUCTIONS = '{"renditions":{"recompression":{"quality":50}}}'


def _encoding(text: str) -> str:
    try:
        bytes(range(256)).decode(text, errors="replace")  # some codecs cannot, or give no text
    except LookupError:
        raise ValueError(text) from None
    return text


ENCODING = Takes("an encoding that Python knows, such as cp932", _encoding)


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestSettings(AskingSettings):
    """Bounds and defaults of the door."""

    upload_max_bytes: int = setting(
        100 * MIB, whole_number("bytes"), "The largest image that is accepted."
    )
    svg: bool = setting(
        False, SWITCH, "Whether SVGs are taken in; the processors must be told the same."
    )
    request_max_bytes: int = setting(
        1024 * MIB, whole_number("bytes"), "The largest request with several images."
    )
    request_max_files: int = setting(
        1_000, whole_number("files"), "The most images in one request."
    )
    zip_max_ratio: int = setting(
        100,
        whole_number("times"),
        "How many times its size in a ZIP an image may unpack to; up to 1 MiB it may anyway.",
    )
    job_max_images: int = setting(
        500_000, whole_number("images"), "The most images that a CSV, a ZIP or a list may have."
    )
    job_window: int = setting(
        64,
        whole_number("images"),
        "How many images of one job are handed to the processors at once; the smaller, the sooner"
        " another job has its turn.",
    )
    zip_encoding: str = setting(
        OF_OLD,
        ENCODING,
        "What names in a ZIP are in that are not UTF-8: what Windows uses in your country.",
    )
    upload_pause_seconds: float = setting(
        30.0, seconds(least=0.1), "How long a client may pause in the middle of its upload."
    )
    inbox_every_seconds: float = setting(
        60.0,
        seconds(least=1),
        "How often the bucket's uploads/ is listed for what no notification told of.",
    )
    presign_seconds: int = setting(
        3600,
        whole_number("seconds", most=7 * 24 * 3600),
        "How long a URL that POST /uploads gave may be used; stores allow seven days at most.",
    )
    default_instructions: str = setting(
        DEFAULT_INSTRUCTIONS, JSON, "What is made of an image that came without instructions."
    )
    csv_max_rows: int = setting(
        100_000, whole_number("rows"), "The most rows that a CSV may have, besides its header."
    )
    csv_columns: str = setting(
        "{}",
        JSON,
        "Further names of a CSV's columns, as a JSON object of serial, name, images or position and"
        " a list of names; they come before those that are understood anyway.",
    )
    csv_required: str = setting(
        "serial,name,images", TEXT, "The columns that a CSV must have, parted by commas."
    )
    csv_instructions: str = setting(
        CSV_INSTRUCTIONS, JSON, "What is made of a CSV's images that came without instructions."
    )
    watermark_max_bytes: int = setting(
        5 * MIB,
        whole_number("bytes", most=64 * MIB),
        "The largest watermark that may be stored.",
    )
    public_url: str = setting(
        "", TEXT, "How clients reach Calotype (https://…); empty: as the request came."
    )
