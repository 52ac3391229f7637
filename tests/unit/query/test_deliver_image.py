from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.image import Failure, ImageRecord, Rendition
from calotype_core.domain.instructions_parser import parse_instructions
from calotype_core.domain.lifecycle import Status
from calotype_query.deliver_image import (
    ImageAnswer,
    alternatives,
    answer_for,
    choose_rendition,
)
from calotype_query.errors import (
    ImageHasFailedError,
    ImageNotReadyError,
    RangeNotSatisfiableError,
    UnknownRenditionError,
)

SHA = "a" * 64
ETAG = f'"{SHA}"'


def rendition(name: str = "main", size_bytes: int = 10) -> Rendition:
    return Rendition(
        name=name, key=name, format="webp", width=1, height=1, size_bytes=size_bytes, sha256=SHA
    )


def answer(size_bytes: int = 10, **headers: str) -> ImageAnswer:
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer_for(rendition(size_bytes=size_bytes), asked)


def record(status: Status, *renditions: Rendition) -> ImageRecord:
    failure = Failure(code="corrupt", message="It is damaged.")
    return ImageRecord(
        image_id="image",
        generation=1,
        status=status,
        renditions=renditions,
        failure=failure if status is Status.FAILED else None,
    )


def test_the_whole_is_sent_to_who_asks_for_nothing_else() -> None:
    """A plain request gets every byte, and headers that let caches keep them for ever."""
    told = answer()
    assert (told.status, told.start, told.stop) == (200, 0, 10)
    assert told.headers == {
        "ETag": ETAG,
        "Cache-Control": "public, max-age=31536000, immutable",
        "Accept-Ranges": "bytes",
        "Content-Type": "image/webp",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Length": "10",
    }


@pytest.mark.parametrize(
    "header", [ETAG, f"W/{ETAG}", "*", f'"other", {ETAG}', f'"other",W/{ETAG} ,"more"', " * "]
)
def test_a_client_that_has_it_gets_nothing(header: str) -> None:
    """A tag that matches, weakly too, is answered with 304, no bytes and the same headers."""
    told = answer(if_none_match=header, range="bytes=0-1")
    assert (told.status, told.start, told.stop) == (304, 0, 0)
    assert (told.headers["ETag"], "Content-Length" in told.headers) == (ETAG, False)
    assert "immutable" in told.headers["Cache-Control"]


@pytest.mark.parametrize("header", ["", '"other"', SHA, 'W/"other"', '"a", "b"'])
def test_a_client_that_has_another_gets_the_whole(header: str) -> None:
    """A tag that does not match is no reason to send less."""
    assert answer(if_none_match=header).status == 200


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-9", (0, 10)),
        ("bytes=0-10", (0, 10)),
        ("bytes=9-", (9, 10)),
        ("bytes=-1", (9, 10)),
        ("bytes=-10", (0, 10)),
        ("bytes=-11", (0, 10)),
        (" bytes=2-4 ", (2, 5)),
        ("bytes=2-" + "9" * 5000, (2, 10)),
        ("bytes=-" + "9" * 5000, (0, 10)),
    ],
)
def test_a_part_is_sent_to_who_asks_for_it(header: str, span: tuple[int, int]) -> None:
    """One range gets those bytes and says which they are."""
    told = answer(range=header)
    start, stop = span
    assert (told.status, told.start, told.stop) == (206, start, stop)
    assert told.headers["Content-Range"] == f"bytes {start}-{stop - 1}/10"
    assert told.headers["Content-Length"] == str(stop - start)


@pytest.mark.parametrize(
    "header",
    ["bytes=-", "bytes=4-2", "bytes=0-1,4-5", "items=0-1", "bytes 0-1", "bytes=a-b", "bytes=1.0-2"],
)
def test_other_ranges_get_the_whole(header: str) -> None:
    """A range that we do not serve, or that means nothing, is ignored."""
    assert answer(range=header).status == 200


@pytest.mark.parametrize(
    "header", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=" + "9" * 5000 + "-"]
)
def test_a_range_beyond_the_end_is_refused(header: str) -> None:
    """A range that has no byte of the image gets 416, and its size."""
    with pytest.raises(RangeNotSatisfiableError, match="10 bytes") as caught:
        answer(range=header)
    assert caught.value.status == 416


@pytest.mark.parametrize(
    ("condition", "status"),
    [(ETAG, 206), (f"W/{ETAG}", 200), ('"other"', 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)],
)
def test_a_range_of_what_it_had(condition: str, status: int) -> None:
    """If-Range gets the part only where the tag is the same, strongly; else the whole."""
    assert answer(range="bytes=0-1", if_range=condition).status == status


def test_a_range_of_what_it_had_is_never_refused() -> None:
    """A range of another version is ignored, even where it would be beyond the end."""
    assert answer(range="bytes=99-", if_range='"other"').status == 200


def sliced(positions: range, first: int | None, last: int | None) -> range | None:
    """Return what RFC 9110, 14.1.2 says of a range; None where it is none."""
    if first is None:
        return None if last is None else positions[max(0, len(positions) - last) :]
    if last is None:
        return positions[first:]
    return None if last < first else positions[first : last + 1]


@given(
    st.integers(1, 30),
    st.none() | st.integers(0, 40),
    st.none() | st.integers(0, 40),
)
def test_any_range_is_what_a_slice_would_be(size: int, first: int | None, last: int | None) -> None:
    """Every range sends the bytes that RFC 9110 says, and 416 where it says that there are none."""
    positions = range(size)
    if first is None:
        wanted = positions[max(0, size - (last or 0)) :]
    else:
        wanted = positions[first : size if last is None else last + 1]
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if (first is None and last is None) or (
        first is not None and last is not None and last < first
    ):
        assert answer(size, range=header).status == 200
    elif not wanted:
        with pytest.raises(RangeNotSatisfiableError):
            answer(size, range=header)
    else:
        told = answer(size, range=header)
        assert range(told.start, told.stop) == wanted


headers = st.dictionaries(
    st.sampled_from(["range", "if-range", "if-none-match"]), st.text(max_size=20)
)


@given(headers)
def test_any_headers(asked: Mapping[str, str]) -> None:
    """Whatever a client sends, it gets bytes that there are, none, or 416."""
    try:
        told = answer_for(rendition(), asked)
    except RangeNotSatisfiableError:
        return
    assert told.status in {200, 206, 304}
    assert 0 <= told.start <= told.stop <= 10


def test_the_first_rendition_is_the_images_own() -> None:
    """Without a name the first rendition is chosen, with one the one of that name."""
    image = record(Status.COMPLETED, rendition("a"), rendition("b"))
    assert choose_rendition(image, None).name == "a"
    assert choose_rendition(image, "b").name == "b"


SEVERAL = parse_instructions(
    """{"renditions": {
        "photo": {"resize": {"width": 9}, "format": "jpeg"},
        "photo.webp": {"resize": {"width": 9}, "format": "webp"},
        "photo.avif": {"resize": {"width": 9}, "format": "avif"},
        "rough": {"resize": {"width": 9}, "format": "webp", "quality": 1},
        "small": {"resize": {"width": 1}, "format": "avif"}}}""",
    {},
)
MADE = {"photo": 30, "photo.webp": 20, "photo.avif": 10, "rough": 2, "small": 1}


def negotiable(*, webp_bytes: int = 20) -> ImageRecord:
    sizes = {**MADE, "photo.webp": webp_bytes}
    renditions = [
        replace(rendition(name, sizes[name]), format=recipe.output.format)
        for name, recipe in SEVERAL.renditions.items()
    ]
    return replace(record(Status.COMPLETED, *renditions), instructions=SEVERAL.canonical())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "photo"),
        ("*/*", "photo"),
        ("image/*", "photo"),
        ("image/webp,*/*", "photo.webp"),
        ("image/avif,image/webp,*/*", "photo.avif"),
        ("image/avif;q=0,image/webp", "photo.webp"),
    ],
)
def test_a_client_gets_the_smallest_that_it_names(accept: str, expected: str) -> None:
    """Of renditions that differ in format alone, the smallest that the client shows is sent."""
    assert choose_rendition(negotiable(), None, accept).name == expected
    assert choose_rendition(negotiable(), "photo", accept).name == "photo"
    assert choose_rendition(negotiable(webp_bytes=40), None, "image/webp").name == "photo"


def test_caches_are_told_what_an_answer_depends_on() -> None:
    """Where another client may get another rendition, Vary says so, on a 304 too."""
    assert [one.name for one in alternatives(negotiable())] == ["photo.webp", "photo.avif"]
    assert not alternatives(record(Status.COMPLETED, rendition("a"), rendition("b")))
    for asked in ({}, {"if-none-match": "*"}, {"range": "bytes=0-1"}):
        assert answer_for(rendition(), asked, varies=True).headers["Vary"] == "Accept"
        assert "Vary" not in answer_for(rendition(), asked).headers


@pytest.mark.parametrize(
    ("image", "error", "told"),
    [
        (record(Status.PROCESSING), ImageNotReadyError, "again in a moment"),
        (record(Status.FAILED), ImageHasFailedError, "It is damaged"),
        (record(Status.COMPLETED, rendition("a")), UnknownRenditionError, "it has: a"),
    ],
)
def test_a_rendition_that_is_not_there(
    image: ImageRecord, error: type[Exception], told: str
) -> None:
    """What is not there is explained: not yet, never, or under another name."""
    with pytest.raises(error, match=told):
        choose_rendition(image, "none")


def test_an_earlier_rendition_is_served_whatever_the_status() -> None:
    """A rendition that is there is served also while the image is tried again."""
    assert choose_rendition(record(Status.PROCESSING, rendition("a")), "a").name == "a"
