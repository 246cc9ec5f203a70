"""What is read out of strings: authors, repositories, dates, waits, JSON fields; and decompression."""

import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceChanged, SourceRefused, SourceUnavailable
from digest.model import Author
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.creators import decode_tex, parse_creators
from digest.sources.formats.dates import parse_day, parse_instant
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Headers, may_retry, say_wait, user_agent
from digest.sources.http.inflation import Damaged, Inflater, TooLarge, UnknownEncoding, inflate, inflate_start
from digest.sources.http.retry_after import parse_wait

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("Plato", ("Plato",)),
        ("Ada Lovelace, Furu Wei", ("Ada Lovelace", "Furu Wei")),
        ("Ada Lovelace,\n  Furu Wei, ", ("Ada Lovelace", "Furu Wei")),
        ("Martin L. King, Jr., Ada Lovelace", ("Martin L. King, Jr.", "Ada Lovelace")),
        ("ATLAS Collaboration: G. Aad, B. Abbott", ("ATLAS Collaboration", "G. Aad", "B. Abbott")),
        ("T. Montaruli for the IceCube Collaboration", ("T. Montaruli for the IceCube Collaboration",)),
        ("A (CERN, B, C", ("A", "B", "C")),
        ("A), B", ("A", "B")),
        ('<a href="http://arxiv.org/find/x">Ada L</a>, <a href="y">B&#233;la C</a>', ("Ada L", "Béla C")),
        ("李 明, Đặng Thị", ("李 明", "Đặng Thị")),
    ],
)
def test_authors_are_told_apart(text: str, names: tuple[str, ...]) -> None:
    assert tuple(author.name for author in parse_creators(text)) == names


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("A. B. Smith (CERN, MIT), C", (Author("A. B. Smith", ("CERN, MIT",)), Author("C"))),
        ("A (X), B (Y) (Z)", (Author("A", ("X",)), Author("B", ("Y", "Z")))),
        ("A (Dept. (Sub), Town)", (Author("A", ("Dept. (Sub), Town",)),)),
        ("A (1,2), B (1)", (Author("A"), Author("B"))),
        (r"A (Universit\'e de Li\`ege)", (Author("A", ("Université de Liège",)),)),
    ],
)
def test_affiliations_stand_in_parentheses(text: str, authors: tuple[Author, ...]) -> None:
    assert parse_creators(text) == authors


def test_three_thousand_authors_are_kept_in_order() -> None:
    names = [f"Author {number}" for number in range(3000)]

    assert [author.name for author in parse_creators(", ".join(names))] == names


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Paulo Andr\'e Lima", "Paulo André Lima"),
        (r"Mart\'{\i}n", "Martín"),
        (r"{\L}ukasz", "Łukasz"),
        (r"Erd\H{o}s", "Erdős"),
        (r"\c{C}a\u{g}lar", "Çağlar"),
        (r"Bj{\o}rn \AA ngstr\"om", "Bjørn Ångström"),
        (r"Ji\v r\'i Dvo\v{r}\'ak", "Jiří Dvořák"),
        (r"M\"{u}ller~Schmidt", "Müller Schmidt"),
        ("Ren\u00e9 O'Neil", "Ren\u00e9 O'Neil"),
        (r"\input{/etc/passwd}", r"\input{/etc/passwd}"),
        ("{" * 400, "{" * 400),
    ],
)
def test_tex_accents_become_letters(tex: str, text: str) -> None:
    assert decode_tex(tex) == text


@given(st.text(alphabet=st.sampled_from("ab ,;()\\{}$%'\"^~é<>&"), max_size=80))
def test_any_author_string_is_read(text: str) -> None:
    assert all(author.name for author in parse_creators(text))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("Code: https://github.com/a-b/c_d.e.", "https://github.com/a-b/c_d.e"),
        ("(github.com/a/b), more", "https://github.com/a/b"),
        ("http://www.github.com/a/b.git", "https://github.com/a/b"),
        (r"\url{https://github.com/a/b}{GitHub}", "https://github.com/a/b"),
        (r"https://github.com/yan/Reading\_ET\_System", "https://github.com/yan/Reading_ET_System"),
        ("https://github.com/a/b/tree/main/x?y=1", "https://github.com/a/b"),
        ("at https://gitlab.com/group/project", "https://gitlab.com/group/project"),
        ("https://huggingface.co/org/model. Code: https://github.com/a/b", "https://github.com/a/b"),
        ("weights: huggingface.co/org/model-7b", "https://huggingface.co/org/model-7b"),
        ("https://huggingface.co/datasets/org/name", None),
        ("https://huggingface.co/papers/2611.00001", None),
        ("https://github.com/topics/diffusion", None),
        ("https://github.com/owner", None),
        ("https://owner.github.io/project", None),
        ("https://evil.example/github.com/a/b", None),
        ("https://notgithub.com/a/b", None),
        ("https://github.com.evil.example/a/b", None),
        ("https://x@github.com/a/b", None),
        ("https://github.com/../b", None),
        ("", None),
    ],
)
def test_only_a_repository_is_a_code_link(text: str, url: str | None) -> None:
    assert find_code_url(text) == url


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T00:00:00.000Z", datetime(2026, 11, 20, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 00:00:00 -0500", datetime(2026, 11, 20, 5, tzinfo=UTC)),
        ("2026-11-20T01:00:00+01:00", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T01:00:00", datetime(2026, 11, 20, 1, tzinfo=UTC)),
        ("Fri, 20 Nov 2026 00:00:00 -0000", datetime(2026, 11, 20, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-13-45", None),
        ("soon", None),
        ("", None),
    ],
)
def test_instants_are_aware_or_absent(text: str, instant: datetime | None) -> None:
    assert parse_instant(text) == instant


def test_a_day_is_the_writers_day() -> None:
    assert parse_day("Fri, 20 Nov 2026 23:59:00 +1400") == date(2026, 11, 20)
    assert parse_day("2026-11-20T00:00:00-05:00") == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "124"}, 124),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after": "Fri, 20 Nov 2026 12:01:00 GMT"}, 60),
        ({"Retry-After": "Fri, 20 Nov 2026 11:59:00 GMT"}, None),
        ({"Retry-After": "999999999"}, 86400),
        ({"Retry-After": "9" * 5000}, None),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "after lunch"}, None),
        ({"RateLimit": '"api";r=0;t=42'}, 42),
        ({"RateLimit": '"api";r=0;t=42, "pages";r=0;t=60, "resolvers";r=5;t=300'}, 60),
        ({"RateLimit": '"api";r=499;t=42'}, None),
        ({"RateLimit": "nonsense"}, None),
        ({"Retry-After": "7", "RateLimit": '"api";r=0;t=42'}, 7),
        ({}, None),
    ],
)
def test_waits_are_understood_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert parse_wait(Headers(headers), NOW) == (None if seconds is None else timedelta(seconds=seconds))


def test_only_trouble_is_retried_and_only_short_waits_are_sat_out() -> None:
    assert may_retry(SourceUnavailable("x", "y")) is True
    assert may_retry(SourceUnavailable("x", "y", retry_after=timedelta(seconds=7))) == timedelta(seconds=7)
    assert may_retry(SourceUnavailable("x", "y", retry_after=timedelta(minutes=7))) is False
    assert may_retry(SourceRefused("x", "y", retry_after=timedelta(seconds=1))) is False
    assert may_retry(ValueError()) is False


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 second"), (42, "42 seconds"), (119, "119 seconds"), (900, "15 minutes"), (9000, "2 hours")],
)
def test_waits_are_said_in_words(seconds: float, said: str) -> None:
    assert say_wait(timedelta(seconds=seconds)) == said


def test_a_contact_cannot_add_headers() -> None:
    assert user_agent("Ünï (x)\r\nA: b\\").endswith(" (+n xA: b)")
    assert "(" not in user_agent("\n")


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
@given(body=st.binary(max_size=3000), size=st.integers(1, 500))
def test_chunks_of_any_size_unpack_to_the_same(
    encoding: str, pack: Callable[[bytes], bytes], body: bytes, size: int
) -> None:
    inflater, packed = Inflater(encoding, 10_000), pack(body)

    read = b"".join(inflater.feed(packed[at : at + size]) for at in range(0, len(packed), size))
    inflater.finish()

    assert read == body


def test_gzip_members_follow_one_another_and_padding_is_ignored() -> None:
    assert inflate(gzip.compress(b"a", mtime=0) + gzip.compress(b"b") + bytes(20), 100) == b"ab"


@pytest.mark.parametrize("body", [b"", b"x" * 1000])
def test_plain_bytes_pass_up_to_the_limit(body: bytes) -> None:
    assert Inflater("", 1000).feed(body) == body
    with pytest.raises(TooLarge):
        Inflater("identity", 1000).feed(b"x" * 1001)


def test_bombs_are_defused() -> None:
    with pytest.raises(TooLarge):
        inflate(gzip.compress(bytes(50_000)), 40_000)
    with pytest.raises(TooLarge, match="200 to 1"):
        inflate(gzip.compress(bytes(5_000_000)), 100_000_000)
    assert len(inflate_start(gzip.compress(bytes(5_000_000)), 64)) == 64


@pytest.mark.parametrize(
    "body", [b"no gzip", gzip.compress(b"x" * 99, mtime=0)[:-9], gzip.compress(b"x", mtime=0) + b"trailing"]
)
def test_damage_is_noticed(body: bytes) -> None:
    with pytest.raises(Damaged):
        inflate(body, 1000)
    assert inflate_start(b"no gzip", 10) == b""


@pytest.mark.parametrize("body", [b"\xff\xff\xff", zlib.compress(b"x" * 99)[:20] + b"\xff" * 9])
def test_damage_to_deflate_is_noticed(body: bytes) -> None:
    with pytest.raises(Damaged):
        inflate(body, 1000, "deflate")


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(UnknownEncoding):
        Inflater("br", 10)


RECORD = Record(
    {
        "text": " a\u202e \n b ",
        "count": 3,
        "list": ["x", None, 3, " "],
        "links": ["https://a.example/x", "javascript:x", 5],
        "nested": {"text": "in"},
        "nothing": None,
    }
)


def test_fields_of_the_right_type_are_read() -> None:
    assert (RECORD.text("text"), RECORD.count("count"), RECORD.texts("list")) == ("a b", 3, ("x",))
    assert RECORD.links("links") == ("https://a.example/x",)
    assert RECORD.record("nested").text("text") == "in"
    assert ("count" in RECORD, "nothing" in RECORD, "missing" in RECORD) == (True, False, False)


@pytest.mark.parametrize("value", [None, True, -1, 1.5, 2**31, "3", [], {}])
def test_anything_else_is_no_count(value: object) -> None:
    assert Record({"x": value}).count("x") is None


@pytest.mark.parametrize("value", [None, True, 5, [1], {"a": 1}, ["x", {}]])
def test_fields_of_another_type_are_absent(value: object) -> None:
    record = Record({"x": value})

    assert (record.text("x"), record.link("x"), record.instant("x"), record.flag("y")) == ("", None, None, False)
    assert Record(value).text("b") == ""
    assert [nested.text("b") for nested in record.records("x")] in ([], [""])


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"9" * 5000, b"\xff\xfe\x00", b"<rss/>", b'{"a": "\xff"}'])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        read_json(body, "x")
