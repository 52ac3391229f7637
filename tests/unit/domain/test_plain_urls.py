import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype_core.domain import urls
from calotype_core.domain.urls import url_issue

schemes = st.sampled_from(["http://", "HTTPS://", "ftp://", "http:/", ""])
parts = st.lists(st.sampled_from([*"aZ.:/@[]?#%-\\ \0é1", "\u212a", "\u2100", "//"]), max_size=12)
addresses = st.tuples(schemes, parts.map("".join)).map("".join)


@given(addresses)
def test_a_glance_lets_through_what_a_close_look_does(url: str) -> None:
    """The short way for what nearly all URLs look like says the same as the long one."""
    with pytest.MonkeyPatch.context() as patch:
        at_a_glance = url_issue(url)
        patch.setattr(urls, "_PLAIN", re.compile("(?!)"))
        assert url_issue(url) == at_a_glance
