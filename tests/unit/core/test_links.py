import pytest

from calotype_core.links import image_url, status_path


@pytest.mark.parametrize(
    ("rendition", "url"),
    [
        (None, "https://images.example/image/1"),
        ("640x480", "https://images.example/image/1/640x480"),
        ("a b?c#d", "https://images.example/image/1/a%20b%3Fc%23d"),
        ("é", "https://images.example/image/1/%C3%A9"),
    ],
)
def test_an_image_has_a_url(rendition: str | None, url: str) -> None:
    """An image's URL is stable, and a rendition's name cannot change what it means."""
    assert image_url("https://images.example", "1", rendition) == url


def test_a_status_has_a_path() -> None:
    """Images and jobs have their status under one path."""
    assert status_path("1") == "/status/1"
