from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from calotype_core.domain.operations import Equalize
from calotype_processor.steps.bands import FULL, colours_of
from calotype_processor.steps.scene import Scene
from calotype_processor.steps.step import Step, same

if TYPE_CHECKING:
    import pyvips


def _apply(_equalize: Equalize, image: "pyvips.Image", _scene: Scene) -> "pyvips.Image":
    import pyvips  # noqa: PLC0415 - in the child only, after its limits

    image = image.copy_memory()  # counted first, changed then: a decoder gives its rows once
    tables = [spread(_seen(image, colour)) for colour in range(colours_of(image))]
    if image.hasalpha():
        tables.append(bytes(range(FULL + 1)))
    pixels = bytes(tone for tones in zip(*tables, strict=True) for tone in tones)
    return image.maplut(pyvips.Image.new_from_memory(pixels, FULL + 1, 1, len(tables), "uchar"))


def _seen(image: "pyvips.Image", colour: int) -> list[float]:
    if not image.hasalpha():
        counts = image.hist_find(band=colour)
    else:
        counts = image[image.bands - 1].hist_find_indexed(image[colour])
    known = [float(one) for one in counts.tolist()[0]]
    return known + [0.0] * (FULL + 1 - len(known))


def spread(counts: Sequence[float]) -> bytes:
    """Return the new tone of each of the 256 tones that were seen so often."""
    darkest = next((one for one in counts if one), 0)
    others = sum(counts) - darkest
    if not others:
        return bytes(range(FULL + 1))
    return bytes(round(FULL * max(upto - darkest, 0) / others) for upto in accumulate(counts))


STEP = Step(sizes=same, apply=_apply)
