from collections.abc import Iterator

import pyvips

from calotype_processor.plan import Leaf
from calotype_processor.steps.develop import shown
from calotype_processor.steps.operate import Decided, perform
from calotype_processor.work import Work


def animate(work: Work) -> None:
    """Make the prints that stay animations: one decoding pass, every step frame by frame.

    A step knows nothing of it. Frames are looked at one at a time, so that no more is held of the
    original than one of them.
    """
    made: dict[str, list[pyvips.Image]] = {name: [] for name in work.moving}
    decided: dict[str, Decided] = {
        name: [{} for _ in work.recipes[name].steps] for name in work.moving
    }
    for frame in _frames(work) if made else ():
        for name, frames in made.items():
            steps = work.recipes[name].steps
            frames.append(perform(steps, frame, work.scene, decided[name]).copy_memory())
    for name, frames in made.items():
        leaf = Leaf(name=name, output=work.recipes[name].output)
        work.images.append((leaf, _joined(frames)))


def _frames(work: Work) -> Iterator[pyvips.Image]:
    """Yield each frame, upright and in sRGB; they stand below one another in what is decoded."""
    size = work.header.size
    reel = pyvips.Image.new_from_buffer(
        work.data, "", access="sequential", fail_on="error", n=work.header.pages
    )
    for top in range(0, size.height * work.header.pages, size.height):
        # The copy is ours to change, and can be gone through as often as there are prints.
        frame = reel.crop(0, top, size.width, size.height).copy_memory()
        frame.remove("page-height")  # or a step might take it for several pages
        yield shown(frame)


def _joined(frames: list[pyvips.Image]) -> pyvips.Image:
    # Delays and the number of rounds come along from the first frame.
    reel = pyvips.Image.arrayjoin(frames, across=1).copy()
    reel.set_type(pyvips.GValue.gint_type, "page-height", reel.height // len(frames))
    return reel
