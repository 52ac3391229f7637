"""What somebody wants made of an image, and the one form that every way of asking is reduced to.

    {"resize": {"width": 800}, "format": "webp"}             one rendition, called "main"
    [{"crop": {...}}, {"resize": {...}}, {"format": "png"}]   the same, in the caller's own order
    "thumbnail"  or  {"preset": "thumbnail", "quality": 60}   named instructions
    {"renditions": {"small": …, "large": …}}                  several; the first is /image/{id}

The canonical form spells everything out (every field that has a value, defaults too but those of
fields that came later, sorted keys) and writes each value in one way (aliases, colours,
proportions), so that equal instructions give equal bytes, and so equal keys in the store.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache

from calotype_core.domain.operations import NAMES, Operation, Output

MAIN = "main"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """The steps from an original to one rendition, in order, and how the result is written."""

    steps: tuple[Operation, ...] = ()
    output: Output = field(default_factory=Output)

    def canonical(self) -> dict[str, object]:
        """Return the one way to write this recipe."""
        steps = [{NAMES[type(step)]: _values(step)} for step in self.steps]
        return {"steps": steps, **_values(self.output)}

    @property
    def digest(self) -> str:
        """16 hex digits that equal recipes share; part of a rendition's key."""
        return _digest(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instructions:
    """Named recipes, at least one; the first is what the image's own URL shows."""

    renditions: Mapping[str, Recipe]

    def canonical(self) -> str:
        """Return the canonical form, as JSON text."""
        return _canonical(tuple(self.renditions.items()))


# Most images are asked for alike: the last few forms are remembered.
@lru_cache(maxsize=256)
def _canonical(renditions: tuple[tuple[str, Recipe], ...]) -> str:
    named = [{"name": name, **recipe.canonical()} for name, recipe in renditions]
    return _dump({"renditions": named}).decode()


@lru_cache(maxsize=256)
def _digest(recipe: Recipe) -> str:
    return hashlib.sha256(_dump(recipe.canonical())).hexdigest()[:16]


def _values(described: object) -> dict[str, object]:
    values: dict[str, object] = {}
    for one in fields(described):  # type: ignore[arg-type]  # every operation is a dataclass
        value = getattr(described, one.name)
        if value is None or (value == one.default and not one.metadata.get("spelled", True)):
            continue
        values[camel(one.name)] = _values(value) if is_dataclass(value) else value
    return values


def camel(name: str) -> str:
    """Return a field's name as JSON has it: strip_metadata, stripMetadata."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _dump(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
