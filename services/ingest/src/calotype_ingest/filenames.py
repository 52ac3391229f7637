"""What files are called, for people to read."""

LONGEST_FILENAME = 255


def clean_filename(name: str | None) -> str | None:
    """Return the name without a path or anything unprintable; it is for people, never a path."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    if not last.isprintable():
        last = "".join(filter(str.isprintable, last))
    return last[:LONGEST_FILENAME] or None
