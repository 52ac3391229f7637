from calotype_core.domain.operations import Operation, Output
from calotype_processor.engine.limits import EngineLimits
from calotype_processor.errors import OutputTooLargeError
from calotype_processor.sizes import Size
from calotype_processor.steps.choose import FORMAT_LONGEST, choose
from calotype_processor.steps.registry import STEPS
from calotype_processor.work import Header


def within(
    name: str, operation: Operation, size: Size, limits: EngineLimits, *, frames: int = 1
) -> Size:
    """Return the size that an operation comes to; raises OutputTooLargeError, and what it raises.

    What is allowed of an original is allowed of all that becomes of it on the way, in as many
    frames as it has.
    """
    for one in STEPS[type(operation)].sizes(operation, size):
        too_many = frames * one.pixels > limits.max_pixels
        if too_many or max(one.width, one.height) > limits.max_side:
            frames_of = f"{frames} frames of " if frames > 1 else ""
            raise OutputTooLargeError(
                f"{name!r} would be {frames_of}{one} on the way; at most {limits.max_pixels} "
                f"pixels, {limits.max_side} a side, are allowed. Ask for a smaller size."
            )
        size = one
    return size


def fits(name: str, output: Output, size: Size, header: Header, *, alpha: bool) -> None:
    """Refuse, with OutputTooLargeError, what the format that is to be written cannot hold."""
    file_format = choose(output, header, size, alpha=alpha)
    longest = FORMAT_LONGEST.get(file_format)
    if longest and max(size.width, size.height) > longest:
        raise OutputTooLargeError(
            f"{name!r} would be {size}, and {file_format.upper()} holds at most {longest} "
            "pixels a side. Ask for a smaller size or another format."
        )
