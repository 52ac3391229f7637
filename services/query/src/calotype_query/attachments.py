"""Files as they are sent: what they are called (RFC 6266, 8187), and what they are."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from calotype_core.domain.job import JobRecord
from calotype_core.domain.sheets import Sheet

INPUTS: Mapping[str, tuple[str, str]] = {  # by a job's kind: extension and content type
    "csv": ("csv", "text/csv"),
    "zip": ("zip", "application/zip"),
    "urls": ("json", "application/json"),
}
_LONGEST_STEM = 80  # characters
_FOLDERS = re.compile(r".*[\\/]", re.DOTALL)
_NO_NAME = re.compile(r'[:*?"<>|%]+')  # what some system takes for more than a letter
_REGISTERED = (  # Python's names of charsets, and the ones that browsers know
    (re.compile(r"utf-16-([lb]e)"), r"utf-16\1"),
    (re.compile(r"cp(125\d|874)"), r"windows-\1"),
    (re.compile(r"cp932"), "shift_jis"),
    (re.compile(r"iso8859-(\d+)"), r"iso-8859-\1"),
    (re.compile(r"mac-roman"), "macintosh"),
    (re.compile(r"euc_(jp|kr)"), r"euc-\1"),
)


def attachment(job: JobRecord, what: str, extension: str) -> str:
    """Return the Content-Disposition of a file about the job, named after what came in."""
    last = "".join(filter(str.isprintable, _FOLDERS.sub("", job.name or "")))
    stem, dot, ending = last.rpartition(".")
    stem = _NO_NAME.sub("_", stem if dot else ending).strip(" .")
    stem = stem[:_LONGEST_STEM] or job.job_id
    name = f"{stem}-{what}.{extension}" if what else f"{stem}.{extension}"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    told = f'attachment; filename="{plain}"'
    return told if plain == name else f"{told}; filename*=UTF-8''{quote(name, safe='')}"


def csv_type(sheet: Sheet | None) -> str:
    """Return the Content-Type of a sheet's CSV, or of a list of ours."""
    if sheet is None:
        return "text/csv; charset=utf-8"
    charset = sheet.encoding.name
    if sheet.encoding.bom and charset.startswith("utf-16"):
        return "text/csv; charset=utf-16"  # the mark says which
    for ours, registered in _REGISTERED:
        if ours.fullmatch(charset):
            return f"text/csv; charset={ours.sub(registered, charset)}"
    return f"text/csv; charset={charset}"
