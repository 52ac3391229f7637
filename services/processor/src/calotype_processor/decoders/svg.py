import pyvips

from calotype_processor.decoders.drawing import Drawing
from calotype_processor.engine.loaders import svg_allowed
from calotype_processor.sizes import Size


def decode(drawing: Drawing, size: Size) -> pyvips.Image:
    """Return a drawing in pixels, as large as is asked: nothing is ever enlarged from pixels."""
    with svg_allowed():
        return pyvips.Image.svgload_buffer(
            drawing.at(size.width, size.height), access="sequential", fail_on="error"
        )
