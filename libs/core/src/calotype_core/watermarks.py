"""Stored watermarks: which there are, and what instructions mean that name one.

A name stands for bytes at a time: below watermarks/, an object of that name tells which, and an
object of that name and the beginning of their SHA-256 holds them. Instructions are made to name the
bytes when they come in, so that a logo that is replaced makes other renditions, and whatever is on
its way is made with the logo that it was promised.
"""

import difflib
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from calotype_core.domain.instructions import Instructions
from calotype_core.domain.operations import Operation, Watermark
from calotype_core.domain.problems import Problem, ProblemsError, quote
from calotype_core.domain.watermarks import (
    PREFIX,
    current_key,
    image_of,
    is_pinned,
    key_of,
    pin,
)
from calotype_core.ports.object_store import ObjectMissingError, ObjectStore

MOST_STORED = 1_000
MOST_NAMED = 16  # different ones in one set of instructions: each is opened before it is laid
_MOST_TOLD = 20
_LISTED = 100_000  # keys looked through for names: every version of a watermark has one


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredWatermark:
    """What a name stands for now."""

    name: str
    format: str
    size_bytes: int
    sha256: str
    updated_at: datetime

    @property
    def key(self) -> str:
        """Where its bytes are."""
        return key_of(pin(self.name, self.sha256))


async def find_watermark(objects: ObjectStore, name: str) -> StoredWatermark | None:
    """Return what the name stands for now; None where nothing is stored under it."""
    # A store may not tell of a missing object by its key (403, not 404), but it lists what it has.
    if not await _any(objects, current_key(name)):
        return None
    try:
        told = b"".join([chunk async for chunk in objects.get(current_key(name))])
    except ObjectMissingError:  # it was removed meanwhile
        return None
    return msgspec.json.decode(told, type=StoredWatermark)


async def watermark_names(objects: ObjectStore) -> list[str]:
    """Return the names of what is stored, in their order."""
    names, seen = list[str](), 0
    async for key in objects.list(PREFIX):
        seen += 1
        if not is_pinned(key):
            names.append(key.removeprefix(PREFIX))
        if seen >= _LISTED or len(names) >= MOST_STORED:
            break
    return sorted(names)


async def resolve_watermarks(instructions: Instructions, *, objects: ObjectStore) -> Instructions:
    """Return the instructions with every watermark's very bytes named; raises ProblemsError.

    Such instructions stay as they are for ever, and what is resolved already stays as it is.
    """
    return await WatermarkResolver(objects).resolve(instructions)


@dataclass(slots=True)
class WatermarkResolver:
    """Resolves the instructions of one request, which may name the same ones often."""

    objects: ObjectStore
    _known: dict[str, str | None] = field(default_factory=dict)
    _names: list[str] | None = None

    async def resolve(self, instructions: Instructions) -> Instructions:
        """See resolve_watermarks."""
        asked = list(dict.fromkeys(watermark_images(instructions)))
        if not asked:
            return instructions
        if len(asked) > MOST_NAMED:
            expected = f"at most {MOST_NAMED} different watermarks"
            raise ProblemsError([Problem(path="", expected=expected, got=str(len(asked)))])
        pinned = {one: await self._pinned(one) for one in asked}
        problems = [
            Problem(path=path, expected=await self._expected(image), got=quote(image))
            for path, image in _named(instructions)
            if pinned[image] is None
        ]
        if problems:
            raise ProblemsError(problems)
        renditions = {
            name: replace(recipe, steps=tuple(_with(step, pinned) for step in recipe.steps))
            for name, recipe in instructions.renditions.items()
        }
        return Instructions(renditions=renditions)

    async def _pinned(self, image: str) -> str | None:
        if image not in self._known:
            self._known[image] = await self._look(image)
        return self._known[image]

    async def _look(self, image: str) -> str | None:
        image_id = image_of(image)
        if is_pinned(image):
            return image if await _any(self.objects, key_of(image)) else None
        if image_id is not None:
            return await self._original(image_id)
        stored = await find_watermark(self.objects, image)
        return pin(stored.name, stored.sha256) if stored else None

    async def _original(self, image_id: str) -> str | None:
        """Return what an image's original is called: that of a fetched one has its bytes' SHA."""
        key = key_of(image_id)
        keys = sorted([one async for one in self.objects.list(key)])
        if not keys:
            return None
        sha = keys[0].removeprefix(key).removeprefix("/")
        return pin(image_id, sha) if sha else image_id

    async def _expected(self, image: str) -> str:
        if self._names is None:
            self._names = await watermark_names(self.objects)
        if not self._names:
            return "the name of a stored watermark (none is stored: PUT /watermarks/{name})"
        close = difflib.get_close_matches(image, self._names, _MOST_TOLD, cutoff=0)
        told = sorted(close[:_MOST_TOLD])
        more = len(self._names) - len(told)
        return f"one of {', '.join(told)}{f' and {more} more' if more else ''}"


def watermark_images(instructions: Instructions) -> list[str]:
    """Return what is named as a watermark's image, as often as it is."""
    return [image for _, image in _named(instructions)]


def _named(instructions: Instructions) -> list[tuple[str, str]]:
    """Return each with its path in the canonical form."""
    return [
        (f"renditions[{index}].steps[{at}].watermark.image", step.image)
        for index, recipe in enumerate(instructions.renditions.values())
        for at, step in enumerate(recipe.steps)
        if isinstance(step, Watermark) and step.image is not None
    ]


def _with(step: Operation, pinned: dict[str, str | None]) -> Operation:
    if isinstance(step, Watermark) and step.image is not None:
        return replace(step, image=pinned[step.image])
    return step


async def _any(objects: ObjectStore, key: str) -> bool:
    """Tell whether the object is there, by the list of what is."""
    async for one in objects.list(key):
        if one == key:
            return True
    return False
