"""The small words of letters: numbers, sizes, times, names, and why images fail."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

_LONGEST_NAME = 40  # so that a subject has room for the numbers behind it
_KEPT_OF_ITS_END = 9  # which often tells files apart: -part-17.csv
_KIB, _MIB = 1024, 1024 * 1024

# Why an image has failed, by code, as the end of a sentence; docs/errors.md has them at length.
CAUSES: Mapping[str, str] = {
    "bad_image": "the image cannot be rendered",
    "cancelled": "the job was cancelled before its turn",
    "crop_outside_image": "the crop reaches outside the image",
    "empty_file": "the file is empty",
    "engine_died": "decoding it crashed every time",
    "engine_failed": "every attempt at it came to nothing",
    "engine_out_of_memory": "it needs more memory than an image may",
    "engine_timed_out": "it takes longer than an image may",
    "entry_compression_unsupported": "it is compressed in a way that is not read",
    "entry_damaged": "it is damaged in the ZIP",
    "entry_encrypted": "it is encrypted in the ZIP",
    "entry_inflates_too_far": "it unpacks to more than is allowed",
    "fetch_bad_certificate": "the host's certificate is not valid",
    "fetch_bad_response": "the host's answer cannot be understood",
    "fetch_bad_url": "the URL is none that is fetched from",
    "fetch_broken_off": "the host ended the transfer too early",
    "fetch_downgraded": "the URL leads from https to http",
    "fetch_empty": "the file behind the URL is empty",
    "fetch_failed": "the file could not be fetched",
    "fetch_forbidden_address": "the URL leads to a private address",
    "fetch_interrupted": "the file could not be fetched this time",
    "fetch_not_found": "there is nothing at the URL",
    "fetch_refused": "the host does not give us the file",
    "fetch_server_error": "the host answered with an error of its own",
    "fetch_throttled": "the host wants to be asked less often",
    "fetch_timeout": "the host was too slow",
    "fetch_too_large": "the file behind the URL is too large",
    "fetch_too_many_redirects": "the URL leads to too many others",
    "fetch_unreachable": "the host cannot be reached",
    "image_too_large": "the image is too large",
    "image_truncated": "the file ends before the image does",
    "image_undecodable": "the file is damaged",
    "invalid_instructions": "its instructions are not valid",
    "object_missing": "the original is missing from the store",
    "original_changed": "the original was changed in the store",
    "output_too_large": "the result is too large",
    "unsupported_format": "the file is not an image that can be read",
}


def cause(code: str) -> str:
    """Return why an image failed: in words, and by its code."""
    code = clean(code, 60)
    words = CAUSES.get(code)
    return f"{words} ({code})" if words else code.replace("_", " ")


def brief_cause(code: str) -> str:
    """Return the same without the code."""
    return CAUSES.get(code) or clean(code, 60).replace("_", " ")


def clean(text: str, most: int) -> str:
    """Return a stranger's text as one line that only says what it shows, and no longer than that.

    Line breaks, control characters and those that turn the direction of writing are gone, so that
    a file's name can neither begin a header nor look like another.
    """
    return _isolated(cut(_line(text), most))


def cut(text: str, most: int) -> str:
    """Return the text, or its beginning where it is longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def name(text: str) -> str:
    """Return a file's name, clean, and cut in the middle where it is long."""
    line = _line(text)
    if len(line) > _LONGEST_NAME:
        head = line[: _LONGEST_NAME - _KEPT_OF_ITS_END - 1]
        line = f"{head}…{line[-_KEPT_OF_ITS_END:]}"
    return _isolated(line)


def _line(text: str) -> str:
    return "".join(filter(str.isprintable, " ".join(text.split())))


def _isolated(line: str) -> str:
    """Mark what has letters that are written from right to left, so that it turns nothing else."""
    if any(unicodedata.bidirectional(one) in {"R", "AL", "AN"} for one in line):
        return f"\u2068{line}\u2069"
    return line


def number(count: int) -> str:
    """Return a number as it is read: 1,000."""
    return f"{count:,}"


def many(count: int, thing: str) -> str:
    """Return how many there are of a thing: 1 image, 1,000 images."""
    return f"{number(count)} {thing}{'' if count == 1 else 's'}"


def size(size_bytes: int) -> str:
    """Return a file's size as people say it."""
    if size_bytes < _KIB:
        return many(size_bytes, "byte")
    unit, word = (_KIB, "KiB") if size_bytes < _MIB else (_MIB, "MiB")
    return f"{size_bytes / unit:,.1f} {word}"


def moment(time: datetime) -> str:
    """Return a time as a letter has it, in UTC."""
    there = time.astimezone(UTC)
    return f"{there.day} {there:%B %Y, %H:%M} UTC"


def sentence(text: str) -> str:
    """Return a text with a capital letter and a full stop."""
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "?", "…")) else f"{begun}."
