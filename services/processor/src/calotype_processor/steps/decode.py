import pyvips

from calotype_processor.decoders import heic, svg
from calotype_processor.plan import Exposure
from calotype_processor.work import Work


def decode(work: Work, exposure: Exposure) -> pyvips.Image:
    """Return pixels that can be read once, from the top, as large as the exposure needs them.

    Any damage is an error when it is reached: half a picture is none.
    """
    if work.header.format == "heic":
        return heic.decode(work.data, work.lenders)
    if work.header.drawn:
        bases = exposure.bases
        return svg.decode(work.drawing, bases[0].size if bases else work.header.size)
    options: dict[str, object] = {"access": "sequential", "fail_on": "error"}
    if exposure.shrink > 1:
        shrinks_itself = work.header.format == "jpeg"
        options |= {"shrink": exposure.shrink} if shrinks_itself else {"scale": 1 / exposure.shrink}
    return pyvips.Image.new_from_buffer(work.data, "", **options)
