import pyvips

from calotype_processor.work import Work


def decode(work: Work, shrink: int) -> pyvips.Image:
    """Return pixels that can be read once, from the top, made a whole number of times smaller.

    Any damage is an error when it is reached: half a picture is none.
    """
    options: dict[str, object] = {"access": "sequential", "fail_on": "error"}
    if shrink > 1:
        by = {"shrink": shrink} if work.header.format == "jpeg" else {"scale": 1 / shrink}
        options |= by
    return pyvips.Image.new_from_buffer(work.data, "", **options)
