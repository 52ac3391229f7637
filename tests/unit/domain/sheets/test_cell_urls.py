import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain.sheets.cell_urls import joined, separators_in, urls_in

A, B, C = "https://a.example/1.jpg", "http://b.example/2.png?x=1;y=2", "HTTPS://c.example/é.gif"


@pytest.mark.parametrize("separator", [",", ";", "|", "\n", "\r\n", " ", ", ", " ; ", ",\n", " | "])
def test_urls_are_parted_by_what_people_write(separator: str) -> None:
    """URLs in one cell may be parted by comma, semicolon, bar, line break or blank."""
    cell = separator.join([A, B, C])
    assert urls_in(cell) == [A, B, C]
    assert separators_in(cell) == [separator, separator]


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example/img,w_100,h_200/a.jpg",
        "https://cdn.example/a.jpg;v=1",
        "https://cdn.example/fetch,f_auto/https://origin.example/a.jpg",
        "https://cdn.example/a.jpg?ids=1,2,3",
        "https://cdn.example/a,",
    ],
)
def test_a_url_keeps_its_own_commas(url: str) -> None:
    """A comma or a semicolon that no URL follows is part of the URL."""
    assert urls_in(f"{url},{B}") == [url.rstrip(","), B]
    assert urls_in(f"{B},{url}") == [B, url.rstrip(",")]


@pytest.mark.parametrize(
    ("cell", "urls"),
    [
        ("", ()),
        (" ,; \n", ()),
        (f" {A} ", (A,)),
        (f",{A},,{B};", (A, B)),
        (f"{A},\n", (A,)),
        (f"{A}, not-a-url", (A, "not-a-url")),
        (f"{A},ftp://b.example/2", (A, "ftp://b.example/2")),
        (f"{A},//b.example/2", (A, "//b.example/2")),
        (f"{A},www.b.example/2", (A, "www.b.example/2")),
        (f"{A};data:image/png;base64,AA==", (A, "data:image/png;base64,AA==")),
        ("https://a.example/my photo.jpg", ("https://a.example/my photo.jpg",)),
        (f"{A}\u00a0{B}", (A, B)),
        ("a|b", ("a", "b")),
    ],
)
def test_what_is_no_url_is_found_too(cell: str, urls: tuple[str, ...]) -> None:
    """What stands at a URL's place is told as one, and what is nothing is no place."""
    assert urls_in(cell) == list(urls)


urls = st.from_regex(r"https?://[a-z]{1,5}\.example/[a-z,;]{0,5}[a-z]", fullmatch=True)
separators = st.from_regex(r"[ \n]{0,2}[,;|\n][ \n]{0,2}", fullmatch=True)


@given(st.lists(urls, min_size=1, max_size=5), st.data())
def test_other_urls_take_the_places_of_those_that_were_there(
    given_urls: list[str], data: st.DataObject
) -> None:
    """A cell put together again is the same cell."""
    count = len(given_urls) - 1
    between = data.draw(st.lists(separators, min_size=count, max_size=count))
    cell = joined(given_urls, between)
    assert urls_in(cell) == given_urls
    assert separators_in(cell) == between


@given(st.text(st.sampled_from("a:/, ;|\n\r"), max_size=30))
def test_nothing_of_a_cell_is_lost(cell: str) -> None:
    """URLs and separators together are the cell, but for the separators at its ends."""
    assert joined(urls_in(cell), separators_in(cell)) == cell.strip(" ,;|\r\n")


@pytest.mark.parametrize(
    ("separator", "cell"),
    [(",", "x,,z"), (" ", "x,,z"), ("\n", "x\n\nz"), (" | ", "x |  | z"), ("\t", "x,,z")],
)
def test_a_gap_can_be_seen(separator: str, cell: str) -> None:
    """Where a URL is missing, its place is there: blanks alone would hide it."""
    assert joined(["x", "", "z"], [separator, separator]) == cell
