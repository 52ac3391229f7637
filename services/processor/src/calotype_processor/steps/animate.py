from collections.abc import Iterator

import pyvips

from calotype_processor.plan import Leaf
from calotype_processor.steps.develop import shown
from calotype_processor.steps.fitting import fits
from calotype_processor.steps.operate import Decided, perform, scene_of
from calotype_processor.steps.step import size_of
from calotype_processor.work import Work


def animate(work: Work) -> None:
    """Make the prints that stay animations: one decoding pass, every step frame by frame.

    A step knows nothing of it. Frames are looked at one at a time, so that no more is held of the
    original than one of them.
    """
    films = [_Film(work, name) for name in work.moving]
    for frame in _frames(work) if films else ():
        for film in films:
            film.take(frame)
    work.images += ((film.leaf, film.joined()) for film in films)


def _frames(work: Work) -> Iterator[pyvips.Image]:
    """Yield each frame as it is stored; they stand below one another in what is decoded."""
    size = work.header.size
    reel = pyvips.Image.new_from_buffer(
        work.data, "", access="sequential", fail_on="error", n=work.header.pages
    )
    for top in range(0, size.height * work.header.pages, size.height):
        # The copy is ours to change, and can be gone through as often as there are prints.
        frame = reel.crop(0, top, size.width, size.height).copy_memory()
        frame.remove("page-height")  # or a step might take it for several pages
        yield frame


class _Film:
    """One print on its way: what became of the frames so far."""

    def __init__(self, work: Work, name: str) -> None:
        recipe = work.recipes[name]
        self.leaf = Leaf(name=name, output=recipe.output, steps=recipe.steps)
        self._work = work
        self._scene = scene_of(self.leaf, work)
        self._decided: Decided = [{} for _ in recipe.steps]
        self._frames: list[pyvips.Image] = []

    def take(self, frame: pyvips.Image) -> None:
        """Do everything that was asked for to one more frame."""
        begun = shown(frame, upright=self.leaf.output.auto_orient)
        worked = perform(self.leaf, begun, self._scene, self._decided).copy_memory()
        fits(
            self.leaf.name,
            self.leaf.output,
            size_of(worked),
            self._work.header,
            alpha=worked.hasalpha(),
        )
        self._frames.append(worked)

    def joined(self) -> pyvips.Image:
        """Return all frames below one another, as libvips wants an animation."""
        # Delays and the number of rounds come along from the first frame.
        reel = pyvips.Image.arrayjoin(self._frames, across=1).copy()
        frame_height = reel.height // len(self._frames)
        reel.set_type(pyvips.GValue.gint_type, "page-height", frame_height)
        return reel
