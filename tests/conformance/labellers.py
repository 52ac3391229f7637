"""A labeller, and one like it that is away; pictures to ask it about."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from PIL import Image

from calotype_core.adapters.labellers import labeller_by
from calotype_core.adapters.memory.labeller import MemoryLabeller
from calotype_core.adapters.rekognition.settings import RekognitionSettings
from calotype_core.ports.labeller import (
    PREVIEW_SHORTER,
    LabelBounds,
    Labeller,
    LabellerAwayError,
    Preview,
)
from calotype_processor.labelling import MODEL

IMAGES = Path(__file__).parents[1] / "images"
SECRET = "the-secret-of-aws"  # noqa: S105 - of no real account
REGION = "eu-west-1"
AT_ONCE = LabelBounds(seconds=1e-6)  # no labeller is so quick


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two labellers within the same bounds: one that answers, and one that is away."""

    answering: Labeller
    away: Labeller


# Within these bounds; whoever needs AWS is told where it is.
Open = Callable[[LabelBounds], AbstractAsyncContextManager[Pair]]
OpenAt = Callable[[Callable[[], str], LabelBounds], AbstractAsyncContextManager[Pair]]


def preview_of(name: str) -> Preview:
    """Return a photograph of tests/images, whose shorter side is a preview's already."""
    with Image.open(IMAGES / f"{name}.jpg") as image:
        assert min(image.size) == PREVIEW_SHORTER
        return Preview(width=image.width, height=image.height, rgb=image.convert("RGB").tobytes())


@contextmanager
def keys_of_aws() -> Iterator[pytest.MonkeyPatch]:
    """Have the only credentials that can be found be these."""
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("AWS_ACCESS_KEY_ID", "AKIATESTING")
        environ.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        environ.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            environ.setenv(name, "/nowhere")
        yield environ


@contextmanager
def stand_in_for_aws() -> Iterator[str]:
    """Yield the address of a server that answers as Rekognition does, the same to every image."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def nobody() -> str:
    """Return an address at which nobody is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def at(endpoint: str) -> RekognitionSettings:
    return RekognitionSettings(rekognition_region=REGION, rekognition_endpoint_url=endpoint)


@asynccontextmanager
async def memory_labeller(_: Callable[[], str], bounds: LabelBounds) -> AsyncIterator[Pair]:
    seen = {"spoon": 0.2, "espresso": 0.95, "cup": 0.5, "saucer": 0.05}
    away = LabellerAwayError("Nobody is there.")
    yield Pair(
        answering=MemoryLabeller(seen, bounds),
        away=MemoryLabeller(seen, bounds, failures=[away]),
    )


@asynccontextmanager
async def model(_: Callable[[], str], bounds: LabelBounds) -> AsyncIterator[Pair]:
    nowhere = RekognitionSettings()
    async with (
        labeller_by("model", bounds, model=MODEL, rekognition=nowhere) as answering,
        labeller_by("model", AT_ONCE, model=MODEL, rekognition=nowhere) as away,
    ):
        yield Pair(answering=answering, away=away)


@asynccontextmanager
async def rekognition(aws: Callable[[], str], bounds: LabelBounds) -> AsyncIterator[Pair]:
    nowhere = at(nobody())
    with keys_of_aws():
        async with (
            labeller_by("rekognition", bounds, model=MODEL, rekognition=at(aws())) as answering,
            labeller_by("rekognition", bounds, model=MODEL, rekognition=nowhere) as away,
        ):
            yield Pair(answering=answering, away=away)
