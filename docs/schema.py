"""The API's description, as /schema/openapi.json serves it where no service stands behind all."""

import asyncio
import tempfile
from pathlib import Path

import msgspec

from calotype.standalone import AllSettings, standalone
from calotype_core.settings import load_parts


def document() -> str:
    """Return the OpenAPI document of the four services together, as JSON."""
    encoded = msgspec.json.encode(asyncio.run(_document()))
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


async def _document() -> object:
    settings = load_parts(AllSettings, {"CALOTYPE_PROCESSOR_CHILDREN": "1"})
    with tempfile.TemporaryDirectory() as folder:
        async with standalone(settings, Path(folder)) as parts:
            return parts.app.openapi_schema.to_schema()
