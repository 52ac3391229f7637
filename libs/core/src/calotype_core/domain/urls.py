"""URLs as people write them: which could be asked at all, and what to say else.

Whether one may be is decided when it is, at every connection: see the fetcher, and callbacks.
"""

import re
from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 2048
EXPECTED = f"an http(s) URL without credentials, at most {LONGEST_URL} characters"

# What nearly all of them look like, and nothing is wrong with: a job has very many.
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?:/[!-\[\]-~]*)?", re.ASCII | re.IGNORECASE)


def url_issue(url: str) -> str | None:
    """Return what is wrong with the URL, in words, or None where it could be fetched."""
    if len(url) > LONGEST_URL:
        return f"the URL has {len(url)} characters; at most {LONGEST_URL} are read"
    if _PLAIN.fullmatch(url):
        return None
    if not url.isprintable() or " " in url or "\\" in url:
        return "the URL has spaces, backslashes or control characters in it"
    try:
        parts = urlsplit(url)
        return _issue_of(parts, parts.port)  # a port over 65535 raises
    except ValueError:
        return "this is no URL: its host or its port cannot be understood"


def _issue_of(parts: SplitResult, port: int | None) -> str | None:
    if parts.scheme.lower() not in {"http", "https"}:
        return "this is no URL that can be fetched: expected http:// or https://"
    if "@" in parts.netloc:
        return "the URL has a user name or a password in it"
    if not parts.hostname or port == 0:
        return "the URL has no host, or the port 0"
    return None
