"""What an image is asked about itself, besides what its header says. CALOTYPE_FACTS chooses."""

from enum import StrEnum

from calotype_core.settings import Takes


class Fact(StrEnum):
    """Something that can be known of an image; each can be switched off, and then costs nothing."""

    EXIF = "exif"
    PLACE = "place"  # where it was taken: nobody else's business, so only when it is asked for
    PHASH = "phash"
    BLURHASH = "blurhash"
    THUMBHASH = "thumbhash"
    COLOURS = "colours"
    LABELS = "labels"


NOTHING = frozenset[Fact]()
BY_DEFAULT = frozenset(Fact) - {Fact.PLACE, Fact.LABELS}
_NOTHING = "none"


def _parse(text: str) -> frozenset[Fact]:
    if text.strip() == _NOTHING:
        return NOTHING
    return frozenset(Fact(one.strip()) for one in text.split(","))


FACTS = Takes(f"{_NOTHING}, or any of {', '.join(Fact)} with commas between", _parse)
