"""What the parent and a decoding child say to each other, as length-prefixed JSON.

The child has opened a stranger's file, so its answer is believed in nothing that matters: it names
no paths, and it cannot grow without end.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from calotype_core.domain.image import FocalPoint, ImageMetadata
from calotype_core.domain.image_formats import EXTENSIONS
from calotype_core.domain.instructions import Recipe
from calotype_core.domain.operations import NAMES, OPERATIONS, Output
from calotype_processor.facts import NOTHING, Fact

MAX_FRAME_BYTES = 1024 * 1024
LENGTH_BYTES = 4

MessageT = TypeVar("MessageT")


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderTask:
    """An original's path, the prints wanted of it, and an existing folder to put them in.

    overlays are the files of the watermarks that recipes name; facts are what is to be found out
    about the original besides. One that is bulk is made when no other waits.
    """

    source: Path
    outputs: Path
    recipes: Mapping[str, Recipe]
    focal_point: FocalPoint | None = None
    overlays: Mapping[str, Path] = field(default_factory=dict)
    facts: frozenset[Fact] = NOTHING
    bulk: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """One file that was made; width and height in pixels, sha256 in hex."""

    name: str
    path: Path
    format: str
    width: int
    height: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewFile:
    """What a labeller looks at: its pixels, and nothing else, are in the file."""

    path: Path
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """What the original turned out to be, and its prints in the order they were asked for.

    There is a preview where labels were among the facts and it could be made.
    """

    metadata: ImageMetadata
    prints: tuple[Print, ...]
    preview: PreviewFile | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WireTask:
    """RenderTask as it travels; a recipe is its steps, each {name: fields}, and its output."""

    source: str
    outputs: str
    recipes: dict[str, tuple[list[dict[str, dict[str, Any]]], Output]]
    focal_point: FocalPoint | None = None
    overlays: dict[str, str] = field(default_factory=dict)
    facts: frozenset[Fact] = NOTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class WirePrint:
    """Print as it travels, without a path."""

    name: str
    format: str
    width: int
    height: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WirePreview:
    """PreviewFile as it travels, without a path."""

    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was made (metadata and prints, a preview), or an error. All empty: "I am ready"."""

    metadata: ImageMetadata | None = None
    prints: tuple[WirePrint, ...] = ()
    preview: WirePreview | None = None
    code: str = ""
    message: str = ""


def print_path(outputs: Path, name: str, file_format: str) -> Path:
    """Return where a print is put; both sides work it out for themselves."""
    return outputs / f"{name}.{EXTENSIONS[file_format]}"


def preview_path(outputs: Path) -> Path:
    """Return where the preview is put; no print's name ends so."""
    return outputs / "preview.rgb"


def to_wire(task: RenderTask) -> WireTask:
    """Return the task as it travels."""
    recipes = {
        name: ([{NAMES[type(step)]: asdict(step)} for step in recipe.steps], recipe.output)  # type: ignore[call-overload]  # every operation is a dataclass
        for name, recipe in task.recipes.items()
    }
    return WireTask(
        source=str(task.source),
        outputs=str(task.outputs),
        recipes=recipes,
        focal_point=task.focal_point,
        overlays={name: str(path) for name, path in task.overlays.items()},
        facts=task.facts,
    )


def from_wire(wire: WireTask) -> RenderTask:
    """Return the task that travelled."""
    recipes = {
        name: Recipe(
            steps=tuple(
                msgspec.convert(values, OPERATIONS[kind])
                for step in steps
                for kind, values in step.items()
            ),
            output=output,
        )
        for name, (steps, output) in wire.recipes.items()
    }
    return RenderTask(
        source=Path(wire.source),
        outputs=Path(wire.outputs),
        recipes=recipes,
        focal_point=wire.focal_point,
        overlays={name: Path(path) for name, path in wire.overlays.items()},
        facts=wire.facts,
    )


def pack(message: object) -> bytes:
    """Return a message with its length before it."""
    body = msgspec.json.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def unpack(body: bytes, kind: type[MessageT]) -> MessageT:
    """Return the message in a body; raises msgspec.MsgspecError."""
    return msgspec.json.decode(body, type=kind)
