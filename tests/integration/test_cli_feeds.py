"""`digest sources add` and `remove`: the feed behind an address is found, shown, kept once, and forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import open_database
from digest.cli import digest as command
from digest.cli.exits import Exit
from digest.storage import feeds
from digest.storage.feeds import StoredFeed
from subscribers.db import Database
from tests.factories import NOON
from tests.servers.web import Asked, Reply, WebServer

RSS = b"""<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Journal of Tides</title>
<item><title>Old tides</title><guid>10.1234/a</guid><dc:creator>Ada Lovelace</dc:creator>
<pubDate>Wed, 18 Nov 2026 10:00:00 GMT</pubDate><description>We count tides in harbours.</description></item>
<item><title>New tides</title><guid>10.1234/b</guid><pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
BLOG = b"""<rss><channel><title>Our comments</title><item><title>Nice</title><guid>1</guid></item></channel></rss>"""
EMPTY = b"<rss><channel><title>Journal of Tides</title></channel></rss>"
PAGE = b"""<html><head><title>Tides</title>
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments.xml">
<link rel="alternate" type="application/rss+xml" title="Papers" href="feed.xml">
<link rel="alternate" type="application/atom+xml" href="/gone.xml"></head></html>"""
PLAIN = b"<html><body>No feed is named here.</body></html>"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_HTTP__ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("DIGEST_HTTP__ATTEMPTS", "1")
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


def serve(server: WebServer, **pages: bytes) -> None:
    bodies = {f"/{name.replace('_', '.').removesuffix('.')}": body for name, body in pages.items()}

    def answer(asked: Asked) -> Reply:
        return Reply(body=bodies[asked.path]) if asked.path in bodies else Reply(404)

    server.answer = answer


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["sources", *arguments], standalone_mode=False, catch_exceptions=True)


def refusal(*arguments: str) -> str:
    refused = CliRunner().invoke(command, ["sources", *arguments])
    assert refused.exit_code == Exit.USAGE
    return " ".join(refused.stderr.split())


def stored() -> list[tuple[str, str, str]]:
    with open_database("sqlite:///digest.db") as database, database.reading() as session:
        return [(feed.name, feed.url, feed.title) for feed in feeds.list_feeds(session)]


def test_a_feed_is_read_once_shown_and_kept(server: WebServer) -> None:
    serve(server, feed_xml=RSS)

    added = run("add", f"{server.url}/feed.xml")

    assert added.return_value == Exit.OK
    assert added.stdout.splitlines() == [
        "Journal of Tides: 2 papers, 1 with authors, 1 with abstract, 2 with doi, 2 with date",
        "  2026-11-20  New tides",
        "  2026-11-18  Old tides",
        "Added as feed:journal-of-tides; `digest sources remove journal-of-tides` undoes it.",
    ]
    assert (added.stderr, stored()) == ("", [("journal-of-tides", f"{server.url}/feed.xml", "Journal of Tides")])
    assert len(server.asked) == 1


def test_a_page_with_several_feeds_asks_which(server: WebServer) -> None:
    serve(server, blog_=PAGE, feed_xml=RSS, comments_xml=BLOG)

    said = refusal("add", f"{server.url}/blog")

    assert "say which with --feed N" in said
    assert stored() == []
    assert run("add", f"{server.url}/blog", "--feed", "1", "--name", "tides").return_value == Exit.OK
    assert stored() == [("tides", f"{server.url}/feed.xml", "Journal of Tides")]


def test_feeds_of_comments_come_last_and_are_doubted(server: WebServer) -> None:
    serve(server, blog_=PAGE, feed_xml=RSS, comments_xml=BLOG)

    added = run("add", f"{server.url}/blog", "--feed", "2")

    assert "Added as feed:our-comments" in added.stdout
    assert "does not look like a feed of papers" in added.stderr
    assert "There is no feed 3; the page has 2" in refusal("add", f"{server.url}/blog", "--feed", "3")


def test_a_page_that_names_one_feed_is_enough(server: WebServer) -> None:
    page = b'<base href="/x/"><link rel="alternate" type="application/rss+xml" href="../feed.xml">'
    serve(server, blog_=b"<html>" + page, feed_xml=RSS)

    assert run("add", f"{server.url}/blog").return_value == Exit.OK
    assert stored()[0][1] == f"{server.url}/feed.xml"


def test_a_page_that_names_none_is_tried_at_the_usual_places(server: WebServer) -> None:
    serve(server, blog_=PLAIN, rss_xml=RSS)

    assert run("add", f"{server.url}/blog").return_value == Exit.OK
    assert [asked.path for asked in server.asked] == ["/blog", "/feed", "/rss.xml"]


def test_a_page_without_any_feed_is_told_after_four_tries(server: WebServer) -> None:
    serve(server, blog_=PLAIN)

    failed = run("add", f"{server.url}/blog")

    assert (failed.return_value, len(server.asked), stored()) == (Exit.FAILED, 5, [])
    assert failed.stderr.startswith("There is no feed at http://127.0.0.1")


def test_feeds_that_are_gone_are_told(server: WebServer) -> None:
    serve(server, blog_=PAGE)

    failed = run("add", f"{server.url}/blog")

    assert (failed.return_value, len(server.asked)) == (Exit.FAILED, 4)
    assert "names 3 feeds, but none of them can be read" in failed.stderr


def test_a_broken_feed_is_told_as_such(server: WebServer) -> None:
    serve(server, feed_xml=b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>')

    failed = run("add", f"{server.url}/feed.xml")

    assert (failed.return_value, len(server.asked)) == (Exit.FAILED, 1)
    assert "its own document type, which is refused" in failed.stderr


def test_an_empty_feed_is_kept_with_a_warning(server: WebServer) -> None:
    serve(server, feed_xml=EMPTY)

    assert "the feed is empty now" in run("add", f"{server.url}/feed.xml").stderr
    assert len(stored()) == 1


def test_no_feed_is_kept_twice(server: WebServer) -> None:
    serve(server, feed_xml=RSS, other_xml=RSS)
    run("add", f"{server.url}/feed.xml")
    asked = len(server.asked)

    assert "is read already, as feed:journal-of-tides" in refusal("add", f"{server.url}/feed.xml")
    assert "a feed called journal-of-tides already" in refusal(
        "add", f"{server.url}/other.xml", "--name", "journal-of-tides"
    )
    assert len(server.asked) == asked
    assert "Added as feed:journal-of-tides-2" in run("add", f"{server.url}/other.xml").stdout


def test_a_feed_of_the_settings_is_not_added_again(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(server, feed_xml=RSS)
    monkeypatch.setenv("DIGEST_SOURCES__FEEDS", f"tides={server.url}/feed.xml")

    assert "is read already, as feed:tides" in refusal("add", f"{server.url}/feed.xml")
    assert "take it out of DIGEST_SOURCES__FEEDS" in refusal("remove", "tides")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("file:///etc/passwd",), "is not a web address"),
        (("https://rss.arxiv.org/rss/cs.CL",), "add cs.CL to DIGEST_SOURCES__ARXIV instead"),
        (("https://huggingface.co/papers",), "DIGEST_SOURCES__HUGGINGFACE=true"),
        (("https://tides.org/feed", "--name", "My Feed"), "cannot be a feed's name"),
    ],
)
def test_what_cannot_be_added_is_refused_unasked(server: WebServer, arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal("add", *arguments)
    assert server.asked == []
    assert not Path("digest.db").exists()


def test_private_addresses_are_not_asked(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_HTTP__ALLOWED_HOSTS", "")
    serve(server, feed_xml=RSS)

    assert run("add", f"{server.url}/feed.xml").return_value == Exit.FAILED
    assert (server.asked, stored()) == ([], [])


def test_a_removed_feed_is_forgotten(server: WebServer) -> None:
    serve(server, feed_xml=RSS)
    run("add", f"{server.url}/feed.xml", "--name", "tides")

    removed = run("remove", "feed:tides")

    assert removed.stdout == "feed:tides is not read any more; its papers stay.\n"
    assert stored() == []
    assert "There is no feed “tides” added by command; there are: none" in refusal("remove", "tides")


def test_stored_feeds_have_one_name_and_one_address(database: Database) -> None:
    first = StoredFeed(name="b", url="https://x.org/1", title="T", added_at=NOON)
    second = StoredFeed(name="a", url="https://x.org/2", title="", added_at=NOON + timedelta(hours=1))
    with database.writing() as session:
        added = [feeds.add_feed(session, feed) for feed in (first, second)]
        again = StoredFeed(name="c", url="https://x.org/1", title="", added_at=NOON)
        assert (added, feeds.add_feed(session, again)) == ([True, True], False)

    with database.reading() as session:
        assert feeds.list_feeds(session) == (second, first)
    with database.writing() as session:
        assert (feeds.remove_feed(session, "a"), feeds.remove_feed(session, "a")) == (True, False)
