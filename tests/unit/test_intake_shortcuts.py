"""The short ways through the last gate lead to the same place as the long ones."""

from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from digest.intake import _POISON, _SPACE, admit, clean_text, clean_url
from digest.model import Author, ExternalId, IdScheme, Paper

CHARS = st.one_of(
    st.characters(), st.sampled_from("\x00\x1c\x1f\x85\xa0\u2028\u202e\u200e\ufeff\ufffe\ud800 \t\n\u3000\u200b\xad")
)


@given(st.text(alphabet=CHARS, max_size=60), st.integers(1, 80))
def test_text_is_cleaned_as_by_the_two_patterns(text: str, limit: int) -> None:
    long_way = _SPACE.sub(" ", _POISON.sub("", text[: limit * 4])).strip()

    assert clean_text(text, limit) == (long_way if len(long_way) <= limit else long_way[: limit - 1].rstrip() + "…")


@given(st.from_regex(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w./+-]*", fullmatch=True))
def test_a_usual_address_has_a_host(url: str) -> None:
    if url.isascii():
        assert clean_url(url) == url
        assert urlsplit(url).hostname


TEXT = st.text(alphabet=st.one_of(CHARS, st.sampled_from("ab ")), max_size=8)
URL = st.one_of(st.none(), TEXT, st.sampled_from(["https://example.org/a", " https://example.org/a", "javascript:x"]))
AUTHORS = st.lists(st.builds(Author, TEXT, st.lists(TEXT, max_size=2).map(tuple), st.none() | TEXT, st.none() | TEXT))
PAPERS = st.builds(
    Paper,
    ids=st.just((ExternalId(IdScheme.ARXIV, "2611.00001"),)),
    title=TEXT,
    authors=AUTHORS.map(tuple),
    categories=st.lists(TEXT, max_size=3).map(tuple),
    code_url=URL,
    media_urls=st.lists(URL.filter(lambda url: url is not None), max_size=2).map(tuple),
    comment=st.none() | TEXT,
)


@given(PAPERS)
def test_what_was_let_in_once_comes_back_as_it_is(paper: Paper) -> None:
    admitted = admit(paper)

    assert admit(admitted) is admitted
    assert admitted.title == clean_text(paper.title, 1_000)
    assert admitted.code_url == clean_url(paper.code_url)
    assert [author.name for author in admitted.authors] == [
        name for author in paper.authors if (name := clean_text(author.name, 200))
    ]
