"""What an operator can set about pixels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from calotype_core.ports.labeller import LabelBounds
from calotype_core.settings import (
    MIB,
    PATH,
    SHARE,
    SWITCH,
    seconds,
    setting,
    whole_number,
    word,
)
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.facts import BY_DEFAULT, FACTS, Fact


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessorSettings:
    """The processor's own variables."""

    processor_children: int = setting(
        0,
        whole_number("decoding children", least=0, most=1024),
        "Decoding child processes, which is how many images are decoded at once; 0: one a core.",
    )
    # More than a job's window: one whose host is slow must not be all that is in hand.
    bulk_in_flight: int = setting(
        96,
        whole_number("images"),
        "Images of jobs that one processor has in hand at once, most of them on their way here;"
        " single uploads come besides, and first. Above CALOTYPE_JOB_WINDOW, a job whose host is"
        " slow does not hold up the others.",
    )
    attempt_seconds: float = setting(
        60.0, seconds(least=0.1), "How long one attempt at an image may take before it is killed."
    )
    child_memory_bytes: int = setting(
        2048 * MIB,
        whole_number("bytes", least=512 * MIB),
        "Address space that one decoding child may have.",
    )
    output_max_bytes: int = setting(
        512 * MIB, whole_number("bytes"), "The largest file that may come out."
    )
    max_pixels: int = setting(
        100_000_000,
        whole_number("pixels"),
        "The most pixels that an image may have, in or out; an animation in all of its frames.",
    )
    max_side: int = setting(
        65_500, whole_number("pixels", most=65_500), "The longest side that an image may have."
    )
    max_pages: int = setting(
        1_000, whole_number("pages"), "The most pages or frames that an image may have."
    )
    max_interlaced_bytes: int = setting(
        256 * MIB,
        whole_number("bytes"),
        "The most memory that a progressive or interlaced image, or a HEIC, may need at once.",
    )
    svg: bool = setting(
        False,
        SWITCH,
        "Whether SVGs are read: sanitised, then drawn in pixels; ingest must be told the same.",
    )
    child_recycle_after: int = setting(
        1_000,
        whole_number("images"),
        "Images after which a decoding child is replaced by a new one.",
    )
    facts: frozenset[Fact] = setting(
        BY_DEFAULT,
        FACTS,
        "What is found out about each image besides its format, size and checksum. place is where"
        " it was taken, as its EXIF has it; labels cost a model's time.",
    )

    fonts_dir: Path | None = setting(
        None,
        PATH,
        "A folder of fonts (.ttf, .otf, .ttc) that text watermarks may use besides sans and"
        " sans-bold, each called as its file is.",
    )

    def engine_limits(self) -> EngineLimits:
        """Return the limits that decoding children live under."""
        return EngineLimits(
            time_seconds=self.attempt_seconds,
            memory_bytes=self.child_memory_bytes,
            output_bytes=self.output_max_bytes,
            max_pixels=self.max_pixels,
            max_side=self.max_side,
            max_pages=self.max_pages,
            max_interlaced_bytes=self.max_interlaced_bytes,
            svg=self.svg,
            fonts_dir=str(self.fonts_dir.absolute()) if self.fonts_dir else "",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelSettings:
    """Labels, where they are among CALOTYPE_FACTS."""

    labels_by: Literal["model", "rekognition"] = setting(
        "model",
        word("model", "rekognition"),
        "Who finds labels: the model that is shipped, on this machine, or Amazon Rekognition.",
    )
    labels_max: int = setting(
        10, whole_number("labels", most=100), "The most labels that an image has."
    )
    labels_min_confidence: float = setting(
        0.1, SHARE, "How sure a label has to be; what the number means differs by model."
    )
    labels_seconds: float = setting(
        5.0,
        seconds(least=0.1),
        "How long an image waits for its labels before it does without them.",
    )

    def bounds(self) -> LabelBounds:
        """Return what whoever finds labels is held to."""
        return LabelBounds(
            most=self.labels_max,
            least_confidence=self.labels_min_confidence,
            seconds=self.labels_seconds,
        )
