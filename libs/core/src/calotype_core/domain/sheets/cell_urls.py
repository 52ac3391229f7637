"""The URLs in a cell: parted by commas, |, ;, line breaks or blanks, and none torn apart.

A comma or a semicolon may be of the URL itself. It parts two where a URL follows, or a blank beside
it does; a | or a line break always does. Blanks alone part where a URL follows: else somebody's
file name has a space in it, and that is said of the whole.
"""

import re
from collections.abc import Sequence
from itertools import chain, zip_longest

_LAST_BLANK = 0x3000  # of Unicode's
_ENDS = "".join(one for one in map(chr, range(_LAST_BLANK + 1)) if one.isspace() or one in ",;|")
# Tried at the first of such characters only, and possessive: linear, whatever the cell. It begins
# with a plain set, which the search skips to; what depends on the first looks back at it.
_SEPARATOR = re.compile(
    r"""[\s,;|] (?<! [\s,;|][\s,;|] )
    (?: (?: (?<=[|\r\n]) | (?<=[,;])\s | (?<=\s)[,;] ) [\s,;|]*+
      | [\s,;]*? (?: [|\r\n] | [,;]\s | \s[,;] ) [\s,;|]*+
      | [\s,;]*+ (?= (?i: [a-z][a-z0-9+.-]{0,20}:// | data: | // | www\. ) )
    )""",
    re.VERBOSE,
)


def urls_in(cell: str) -> list[str]:
    """Return the URLs of the cell in their order; what is none is among them, to be told."""
    text = cell.strip(_ENDS)
    return _SEPARATOR.split(text) if text else []


def separators_in(cell: str) -> list[str]:
    """Return what stands between the URLs of the cell: one fewer than they are."""
    return _SEPARATOR.findall(cell.strip(_ENDS))


def joined(urls: Sequence[str], separators: Sequence[str]) -> str:
    """Return the cell again with other URLs, each at its place; an empty one leaves a gap."""
    if not all(urls):
        # Blanks alone would hide that there is a gap.
        separators = [one if one.strip(" \t") else "," for one in separators]
    return "".join(chain.from_iterable(zip_longest(urls, separators, fillvalue="")))
