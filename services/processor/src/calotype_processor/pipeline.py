"""From one original's bytes to all of its prints: named steps, in order, each a file in steps/."""

import hashlib
from collections.abc import Callable

from calotype_core.domain.image import ImageMetadata
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.engine.messages import Answer, RenderTask
from calotype_processor.steps.animate import animate
from calotype_processor.steps.check import check
from calotype_processor.steps.develop import develop
from calotype_processor.steps.draw import draw
from calotype_processor.steps.encode import encode
from calotype_processor.steps.know import know
from calotype_processor.steps.operate import operate
from calotype_processor.steps.overlay import overlay
from calotype_processor.steps.preview import preview
from calotype_processor.steps.probe import probe
from calotype_processor.steps.scene import Scene
from calotype_processor.work import Work

PIPELINE: tuple[Callable[[Work], None], ...] = (
    probe,  # read the header
    check,  # refuse what would cost too much
    draw,  # plan which print is made from which pixels
    overlay,  # open the watermarks
    develop,  # decode, scale, convert colours, put upright
    know,  # find out what else is asked about the original
    preview,  # leave a small copy for whoever labels it
    operate,  # crop, turn, whatever else was asked
    animate,  # all of that, frame by frame, where the print is an animation
    encode,  # write and describe
)


def render(task: RenderTask, limits: EngineLimits) -> Answer:
    """Make the prints; raises a BadImageError, pyvips.Error or whatever a decoder comes up with."""
    work = Work(
        data=task.source.read_bytes(),
        recipes=task.recipes,
        outputs=task.outputs,
        limits=limits,
        scene=Scene(limits=limits, focus=task.focal_point),
        overlays=task.overlays,
        facts=task.facts,
    )
    for step in PIPELINE:
        step(work)
    return Answer(
        metadata=_metadata(work),
        prints=tuple(work.prints[name] for name in task.recipes),
        preview=work.preview,
    )


def _metadata(work: Work) -> ImageMetadata:
    header = work.header
    return ImageMetadata(
        width=header.upright.width,
        height=header.upright.height,
        format=header.format,
        size_bytes=len(work.data),
        colour_mode=header.colour_mode,
        orientation=header.orientation,
        sha256=hashlib.sha256(work.data).hexdigest(),
        pages=header.pages,
        has_alpha=header.has_alpha,
        duration_ms=sum(header.delays) if header.moves else 0,
        **work.known,
    )
