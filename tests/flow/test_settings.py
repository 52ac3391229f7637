"""Settings that change what users get, in the running product."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.photographs import photograph
from tests.running import Calotype


def test_default_renditions_are_a_setting(started: Callable[..., Calotype]) -> None:
    """CALOTYPE_DEFAULT_INSTRUCTIONS says what an image without instructions gets."""
    chosen = '{"renditions":{"card":"small","wide":{"resize":{"width":300}}}}'
    calotype = started(
        CALOTYPE_DEFAULT_INSTRUCTIONS=chosen,
        CALOTYPE_PRESETS='{"small":{"resize":{"width":50,"height":50,"fit":"cover"}}}',
        CALOTYPE_PUBLIC_URL="https://images.example",
    )
    with calotype.client() as client:
        body = upload(client)
        asked = upload(client, instructions='{"preset":"small"}')
    sizes = {one["name"]: (one["width"], one["height"]) for one in body["renditions"]}
    assert sizes == {"card": (50, 50), "wide": (300, 225)}
    assert body["url"] == f"https://images.example/image/{body['imageId']}"
    assert [one["width"] for one in asked["renditions"]] == [50]


def upload(client: httpx.Client, **params: str) -> dict[str, Any]:
    return client.post("/upload", content=photograph(800, 600), params=params).json()  # type: ignore[no-any-return]  # JSON
