import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from PIL import Image

from calotype_core.adapters.rekognition.errors import rekognition_errors
from calotype_core.adapters.rekognition.settings import RekognitionSettings
from calotype_core.domain.image import Label
from calotype_core.ports.labeller import LabelBounds, Labeller, Preview

_TRIES = 2  # of one image
_CONNECTIONS = 50  # what an account may ask a second, where it may ask most
_QUALITY = 90
_PER_CENT = 100


class RekognitionLabeller(Labeller):
    """Amazon Rekognition's DetectLabels, which is sent the preview and never the original."""

    def __init__(self, client: Any, settings: RekognitionSettings, bounds: LabelBounds) -> None:  # noqa: ANN401 - made at run time, from AWS's description of Rekognition
        self._client = client
        self._settings = settings
        self._bounds = bounds

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: RekognitionSettings, bounds: LabelBounds) -> AsyncIterator[Self]:
        """Open a client that signs as AWS's own tools would; it is first asked with an image.

        Raises RekognitionRefusedError where no region is known.
        """
        config = AioConfig(
            connect_timeout=bounds.seconds,
            read_timeout=bounds.seconds,
            max_pool_connections=_CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            warm_up_loader_caches=True,  # reads AWS's descriptions in a thread
        )
        client = get_session().create_client(
            "rekognition",
            region_name=settings.rekognition_region or None,
            endpoint_url=settings.rekognition_endpoint_url or None,
            config=config,
        )
        async with AsyncExitStack() as closing:
            with rekognition_errors(settings, bounds):
                opened = await closing.enter_async_context(client)
            yield cls(opened, settings, bounds)

    async def label(self, preview: Preview) -> tuple[Label, ...]:
        """See Labeller."""
        with rekognition_errors(self._settings, self._bounds):
            async with asyncio.timeout(self._bounds.seconds):
                answer = await self._client.detect_labels(
                    Image={"Bytes": await asyncio.to_thread(jpeg_of, preview)},
                    MaxLabels=self._bounds.most,
                    MinConfidence=self._bounds.least_confidence * _PER_CENT,
                )
            # Not every stand-in for AWS heeds the bounds.
            return self._bounds.applied(
                (one["Name"], one["Confidence"] / _PER_CENT) for one in answer["Labels"]
            )


def jpeg_of(preview: Preview) -> bytes:
    """Return the preview as a file: some 40 KB."""
    out = io.BytesIO()
    image = Image.frombytes("RGB", (preview.width, preview.height), preview.rgb)
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
