"""Labels beside the pixels: asked for once an image is rendered, and never in its way."""

from pathlib import Path

MODEL = Path(__file__).parent / "model"
