import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.asking import InvalidCallbackError
from calotype_core.callbacks import CallbackSettings
from calotype_core.domain.focal_points import EXPECTED
from calotype_core.domain.image import FocalPoint
from calotype_core.domain.instructions import Instructions
from calotype_core.domain.instructions_parser import parse_instructions, parse_presets
from calotype_core.domain.manifest import Entry
from calotype_core.domain.urls import url_issue
from calotype_core.errors import Rejected
from calotype_core.http.json_body import MalformedJsonError
from calotype_ingest.errors import (
    InvalidUrlListError,
    NothingSentError,
    UploadTooLargeError,
)
from calotype_ingest.url_list import LONGEST_LIST_BYTES, MOST_PROBLEMS, UrlList, read_url_list
from tests import strategies

PRESETS = parse_presets('{"thumb": {"resize": {"width": 10}}}')
STRICT = CallbackSettings()
URL = "https://shop.example/shoes/red.jpg"
PNG = {"format": "png"}
PNG_CANONICAL = parse_instructions('{"format": "png"}', {}).canonical()
_URL_EXPECTED = "an http(s) URL without credentials, at most 2048 characters"

urls = st.from_regex(r"https?://[a-z]{1,9}\.example/[!-\[\]-~]{0,20}", fullmatch=True).filter(
    lambda url: url_issue(url) is None
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(URL),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["url", "urls", "instructions", "filename", "callbackUrl", "focalPoint"]
            )
            | st.text(),
            inner,
            max_size=4,
        )
    ),
)


def read(document: object, *, most: int = 1000) -> UrlList:
    return read_url_list(
        json.dumps(document).encode(), presets=PRESETS, most=most, callbacks=STRICT
    )


def problems(document: object) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidUrlListError) as refused:
        read(document)
    return [(one.path, one.expected, one.got) for one in refused.value.problems]


@pytest.mark.parametrize("focus", [{"x": 0.25, "y": 1}, "0.25,1"])
def test_a_single_url_has_a_focal_point(focus: object) -> None:
    """One image by its URL may say where the eye should rest."""
    assert read({"url": URL, "focalPoint": focus}).focal_point == FocalPoint(x=0.25, y=1)


@pytest.mark.parametrize(
    "focus", [{"x": 2, "y": 1}, {"x": 1}, [0, 1], 7, "here", {"x": "1", "y": 1}]
)
def test_no_focal_point(focus: object) -> None:
    """What is no focal point is said; and several images have none together."""
    [(path, expected, _)] = problems({"url": URL, "focalPoint": focus})
    assert (path, expected) == ("focalPoint", EXPECTED)
    assert problems({"urls": [URL], "focalPoint": "0,0"})[0][0] == "focalPoint"


def test_a_list_of_urls() -> None:
    """A list has an entry a URL, in its order, each named by the end of its URL."""
    assert read([URL, "http://x.example/a%20b.png?v=1"]) == UrlList(
        entries=[
            Entry(position=0, url=URL, filename="red.jpg"),
            Entry(position=1, url="http://x.example/a%20b.png?v=1", filename="a b.png"),
        ]
    )


def test_each_with_its_own_instructions() -> None:
    """An item may have instructions and a name of its own, beside others that are plain."""
    item = {"url": URL, "instructions": PNG, "filename": "../my shoe.jpg"}
    assert read([item, {"url": URL}, URL]).entries == [
        Entry(position=0, url=URL, filename="my shoe.jpg", instructions=PNG_CANONICAL),
        Entry(position=1, url=URL, filename="red.jpg"),
        Entry(position=2, url=URL, filename="red.jpg"),
    ]


def test_a_list_in_an_object() -> None:
    """What is asked of all images, and whom to tell, stands beside the list."""
    told = read(
        {"urls": [URL, {"url": URL}], "instructions": PNG, "callbackUrl": "https://me.example"}
    )
    assert [one.url for one in told.entries] == [URL, URL]
    assert told.instructions == parse_instructions(json.dumps(PNG), {})
    assert told.callback_url == "https://me.example"
    assert not told.single


def test_one_url_is_a_single_upload() -> None:
    """One URL in an object is no job, and its instructions are the image's own."""
    told = read({"url": URL, "instructions": PNG, "filename": "x.jpg", "callbackUrl": None})
    [entry] = told.entries
    assert told.single
    assert entry == Entry(position=0, url=URL, filename="x.jpg", instructions=PNG_CANONICAL)
    assert told.callback_url is None
    assert not read([URL]).single


def test_a_presets_name() -> None:
    """Instructions may be the name of a preset."""
    thumb = Instructions(renditions={"main": PRESETS["thumb"]})
    assert read({"urls": [URL], "instructions": "thumb"}).instructions == thumb


@given(st.lists(urls, min_size=1, max_size=20))
def test_any_urls_in_any_order(addresses: list[str]) -> None:
    """Every URL that could be fetched is taken as it is written, in the list's order."""
    assert [one.url for one in read(addresses).entries] == addresses


@given(strategies.instructions)
def test_any_instructions(instructions: Instructions) -> None:
    """Instructions are kept in their canonical form."""
    canonical = instructions.canonical()
    [entry] = read([{"url": URL, "instructions": json.loads(canonical)}]).entries
    assert entry.instructions == canonical


@pytest.mark.parametrize(
    ("url", "filename"),
    [
        ("https://x.example", None),
        ("https://x.example/a/", None),
        ("https://x.example/..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("https://x.example/%E2%80%AEgpj.exe", "gpj.exe"),
        ("https://x.example/a.jpg?name=b.png#c", "a.jpg"),
        ("https://x.example/%ff.jpg", "\N{REPLACEMENT CHARACTER}.jpg"),
    ],
)
def test_a_name_out_of_a_url(url: str, filename: str | None) -> None:
    """The end of a URL's path names the image, as far as it can be shown."""
    assert read([url]).entries[0].filename == filename


def test_all_problems_are_told_with_their_place() -> None:
    """Every problem is reported, each with its path, as it is written in the list."""
    wrong: list[Any] = [
        URL,
        1,
        None,
        "ftp://x",
        {"url": 3, "filename": 4},
        {"insructions": {}},
        {"url": URL, "instructions": {"resize": {"width": 0}}},
        [URL],
    ]
    assert [path for path, *_ in problems(wrong)] == [
        "[1]",
        "[2]",
        "[3]",
        "[4].url",
        "[4].filename",
        "[5].insructions",
        "[5].url",
        "[6].instructions.resize.width",
        "[7]",
    ]
    assert [path for path, *_ in problems({"urls": wrong})][2:4] == ["urls[3]", "urls[4].url"]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("x", ("", 'a list of URLs, or an object with "urls" or "url"', '"x"')),
        ({}, ("url", _URL_EXPECTED, "nothing")),
        ({"urls": URL}, ("urls", "a list of URLs", f'"{URL}"')),
        ({"urls": None}, ("urls", "a list of URLs", "null")),
        ({"urls": [URL], "url": URL}, ("url", "'urls'?", '"url"')),
        ({"url": URL, "callbackURL": URL}, ("callbackURL", "'callbackUrl'?", '"callbackURL"')),
        ({"url": URL, "filename": 1}, ("filename", "a file name", "1")),
        ([["x" * 500]], ("[0]", 'a URL, or an object with a "url"', '["' + "x" * 57 + "…")),
    ],
)
def test_a_problem_says_what_was_expected(document: object, problem: tuple[str, str, str]) -> None:
    """A problem says where, what was expected there, and what came, shortened."""
    assert problems(document) == [problem]


def test_a_url_says_what_is_wrong_with_it() -> None:
    """A URL that could never be fetched is quoted, with the reason."""
    [(path, expected, got)] = problems({"url": "file:///etc/passwd"})
    assert (path, expected) == ("url", _URL_EXPECTED)
    assert got.startswith('"file:///etc/passwd" (this is no URL that can be fetched')


@pytest.mark.parametrize("url", ["http://me.example/", "https://127.0.0.1/", "ftp://x", "", 7])
def test_a_callback_that_may_not_be_called(url: object) -> None:
    """A callback is refused as such where nothing else is wrong, and among the rest where it is."""
    with pytest.raises(InvalidCallbackError) as refused:
        read({"urls": [URL], "callbackUrl": url})
    [problem] = refused.value.problems
    assert (problem.path, problem.expected) == ("callbackUrl", STRICT.expected)
    assert [path for path, *_ in problems({"urls": [1], "callbackUrl": url})] == [
        "urls[0]",
        "callbackUrl",
    ]


def test_problems_of_instructions_keep_their_paths() -> None:
    """What is wrong in instructions is found where it is, in lists as in objects."""
    item = {"url": URL, "instructions": [{"resize": {"width": -1}}, 2]}
    assert [path for path, *_ in problems([item])] == [
        "[0].instructions[0].resize.width",
        "[0].instructions[1]",
    ]


def test_very_many_problems_are_counted() -> None:
    """The first problems are told, and how many there are in all."""
    with pytest.raises(InvalidUrlListError, match="has 1500 problems; the first:") as refused:
        read([1] * 1500, most=1500)
    assert len(refused.value.problems) == MOST_PROBLEMS


def test_instructions_are_not_searched_for_ever() -> None:
    """Once nobody is told of more problems, those within instructions are not looked for."""
    item = {"url": URL, "instructions": 5}
    with pytest.raises(InvalidUrlListError, match="at least 1000 problems") as refused:
        read([item] * 1001, most=2000)
    assert len(refused.value.problems) == MOST_PROBLEMS


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"[",
        b'["https://x.example"',
        b'["https://x.example",]',
        b'["https://x.example"] []',
        b"{'url': 1}",
        b'["\xff"]',
        b'{"url": "\xff"}',
        b"\xff\xfe[\0]\0",
        b"[" * 100_000,
        b'["\\ud800"]',
        b"NaN",
    ],
)
def test_what_is_no_json(body: bytes) -> None:
    """A body that is no JSON is malformed, not invalid."""
    with pytest.raises(MalformedJsonError, match="cannot be read as JSON"):
        read_url_list(body, presets={}, most=1000, callbacks=STRICT)


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf", b"[]", b'{"urls": []}'])
def test_nothing_in_it(body: bytes) -> None:
    """An empty body and an empty list have no image in them."""
    with pytest.raises(NothingSentError):
        read_url_list(body, presets={}, most=1000, callbacks=STRICT)


def test_a_byte_order_mark_does_no_harm() -> None:
    """What some editors put first is passed over."""
    body = b"\xef\xbb\xbf" + json.dumps([URL]).encode()
    assert len(read_url_list(body, presets={}, most=1, callbacks=STRICT).entries) == 1


def test_the_last_of_two_members_counts() -> None:
    """A name that stands twice in an object is no problem, as JSON has it."""
    body = f'[{{"url": "nonsense", "url": "{URL}"}}]'.encode()
    assert [
        one.url for one in read_url_list(body, presets={}, most=1, callbacks=STRICT).entries
    ] == [URL]


def test_as_many_as_a_job_may_have() -> None:
    """A list of exactly the limit is taken; one more is refused, and the setting is named."""
    assert len(read([URL] * 5, most=5).entries) == 5
    with pytest.raises(UploadTooLargeError, match=r"6 URLs.*CALOTYPE_JOB_MAX_IMAGES"):
        read([URL] * 6, most=5)


@pytest.mark.parametrize(
    "body", [b"[" + b" " * LONGEST_LIST_BYTES + b"]", b"[" + b"1," * 1_000_000 + b"1]"]
)
def test_a_list_is_not_held_whatever_its_size(body: bytes) -> None:
    """What is too long, or has too many values in it, is refused before it is read."""
    with pytest.raises(UploadTooLargeError, match="too long"):
        read_url_list(body, presets={}, most=1000, callbacks=STRICT)


@given(documents)
def test_any_document(document: object) -> None:
    """Any JSON is a list with something to fetch in each entry, or refused with a reason."""
    try:
        told = read(document)
    except Rejected:
        return
    assert all(one.url and url_issue(one.url) is None for one in told.entries)


@given(st.binary())
def test_any_bytes(body: bytes) -> None:
    """Any bytes are refused in words, never by crashing."""
    with pytest.raises(Rejected):  # no bytes that are drawn blindly hold a URL
        read_url_list(body, presets={}, most=1000, callbacks=STRICT)
