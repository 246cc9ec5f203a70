"""Mailboxes that bounces come to: a Maildir folder and an IMAP server; each mail is taken once and none is deleted."""

import os
import ssl
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from digest.errors import PostboxUnavailable
from digest.pipeline.collecting import Collector, empty
from digest.postbox.findings import Verdict
from digest.postbox.imap import MOST_AT_ONCE, ImapFolder, quote
from digest.postbox.maildir import Maildir
from digest.settings import BounceSettings
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable
from subscribers.model import ChannelStatus, SubscriberView
from subscribers.store import view_subscriber
from subscribers.store.bounces import find_standing
from tests.bouncing import mail, make_postbox
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import subscribe
from tests.servers.imap import ImapServer
from tests.servers.smtp import make_certificate_contexts


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    return tmp_path / "Maildir"


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return make_certificate_contexts(tmp_path)


@pytest.fixture
def server(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[ImapServer]:
    with ImapServer(contexts[0]) as running:
        yield running


def settings_for(server: ImapServer, **fields: object) -> BounceSettings:
    where = {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_username": "ada", "imap_password": "s3cret"}
    return BounceSettings.model_validate(where | fields)


def collect(database: Database, settings: BounceSettings, tls: ssl.SSLContext | None = None) -> Counter[Verdict]:
    return Collector(make_postbox(database, FixedClock(NOON)), settings, tls).collect()


def score_of(database: Database, ada: SubscriberView) -> float:
    with database.reading() as session:
        standing = find_standing(session, ada.channels[0].id)
    return 0.0 if standing is None else standing.score


def status_of(database: Database, ada: SubscriberView) -> ChannelStatus:
    with database.reading() as session:
        return view_subscriber(session, ada.id).channels[0].status


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ── Maildir ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_new_mails_of_a_folder_are_taken_and_put_away(database: Database, folder: Path, ada: SubscriberView) -> None:
    (folder / "new" / "1.a.host").write_bytes(mail("postfix_unknown_user", ada.channels[0].id))
    (folder / "new" / "2.b.host").write_bytes(mail("person_quoting_the_digest", ada.channels[0].id))
    (folder / "new" / ".hidden").write_bytes(b"")
    (folder / "cur" / "0.z.host:2,").write_bytes(mail("arf_yahoo", ada.channels[0].id))
    found = collect(database, BounceSettings(maildir=str(folder)))

    assert found == {Verdict.HARD: 1, Verdict.PERSON: 1}
    assert names(folder / "cur") == ["0.z.host:2,", "1.a.host:2,S", "2.b.host:2,FS"]
    assert names(folder / "new") == [".hidden"]
    assert score_of(database, ada) == 1.0


def test_a_crash_between_taking_and_putting_away_counts_nothing_twice(
    database: Database, folder: Path, ada: SubscriberView
) -> None:
    raw = mail("postfix_over_quota", ada.channels[0].id)
    for name in ("1.a.host", "1.a.host"):  # what was not put away is there again
        (folder / "new" / name).write_bytes(raw)
        collect(database, BounceSettings(maildir=str(folder)))

    assert score_of(database, ada) == 0.5


def test_a_mail_that_somebody_else_took_is_left_out(database: Database, folder: Path) -> None:
    tray = Maildir(folder)
    gone = folder / "new" / "1.a.host"
    gone.write_bytes(b"x")
    listed = tray.list_new()
    assert next(listed) == gone
    gone.unlink()

    assert tray.read(gone) is None
    tray.put_away(gone)
    assert empty(make_postbox(database, FixedClock(NOON)), tray) == {}


def test_while_the_database_is_away_mails_wait_where_they_are(
    database: Database, folder: Path, ada: SubscriberView, tmp_path: Path
) -> None:
    (folder / "new" / "1.a.host").write_bytes(mail("postfix_unknown_user", ada.channels[0].id))
    away = Database(f"sqlite:///{tmp_path / 'no' / 'folder' / 'x.db'}")

    with pytest.raises(DatabaseUnavailable):
        collect(away, BounceSettings(maildir=str(folder)))
    assert names(folder / "new") == ["1.a.host"]
    away.close()
    assert collect(database, BounceSettings(maildir=str(folder))) == {Verdict.HARD: 1}


def test_a_folder_that_is_none_is_said_once_and_again_after_it_was_mended(database: Database, tmp_path: Path) -> None:
    missing = tmp_path / "Maildir"
    collector = Collector(make_postbox(database, FixedClock(NOON)), BounceSettings(maildir=str(missing)))
    with capture_logs() as logs:
        collector.collect()
        collector.collect()
        (missing / "new").mkdir(parents=True)
        collector.collect()
        (missing / "new").rmdir()
        collector.collect()

    assert [log["event"] for log in logs] == ["postbox_unavailable"] * 2
    assert "DIGEST_BOUNCES__MAILDIR names a folder" in logs[0]["fault"]


def test_what_is_no_file_is_left_alone_and_the_mails_behind_it_are_taken(
    database: Database, folder: Path, tmp_path: Path, ada: SubscriberView
) -> None:
    (tmp_path / "elsewhere").write_bytes(mail("arf_yahoo", ada.channels[0].id))
    (folder / "new" / "1.a.host").mkdir()
    (folder / "new" / "2.a.host").symlink_to(tmp_path / "elsewhere")
    (folder / "new" / "3.a.host").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "new" / "4.a.host")
    (folder / "new" / "5.a.host").write_bytes(mail("postfix_unknown_user", ada.channels[0].id))
    with capture_logs() as logs:
        assert collect(database, BounceSettings(maildir=str(folder))) == {Verdict.HARD: 1}

    assert [log["place"] for log in logs if log["event"] == "mail_not_readable"] == [f"{n}.a.host" for n in range(1, 5)]
    assert status_of(database, ada) is ChannelStatus.OPEN
    assert names(folder / "new") == [f"{number}.a.host" for number in range(1, 5)]


def test_two_processes_that_look_into_one_folder_take_each_mail_once(
    database: Database, folder: Path, ada: SubscriberView
) -> None:
    for number in range(20):
        raw = mail("postfix_over_quota", ada.channels[0].id, message_id=f"m-{number}")
        (folder / "new" / f"{number:02}.a.host").write_bytes(raw)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: collect(database, BounceSettings(maildir=str(folder))), range(2)))

    assert len(names(folder / "cur")) == 20
    assert score_of(database, ada) == 0.5


def test_told_to_stop_it_leaves_the_rest_for_the_next_look(database: Database, folder: Path) -> None:
    for number in range(5):
        (folder / "new" / f"{number}.a.host").write_bytes(b"Subject: hello\n\nx")
    asked = iter([False, False, True])

    empty(make_postbox(database, FixedClock(NOON)), Maildir(folder), lambda: next(asked))
    assert len(names(folder / "new")) == 3


# ── IMAP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_unseen_mails_of_a_server_are_taken_and_marked(
    database: Database,
    server: ImapServer,
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    ada: SubscriberView,
) -> None:
    bounce = server.add(mail("gmail_unknown_user", ada.channels[0].id).replace(b"\n", b"\r\n"))
    person = server.add(mail("person_quoting_the_digest", ada.channels[0].id))
    seen = server.add(mail("arf_yahoo", ada.channels[0].id))
    server.mails[seen].flags.add("\\Seen")
    first = collect(database, settings_for(server), contexts[1])
    second = collect(database, settings_for(server), contexts[1])

    assert (first, second) == ({Verdict.HARD: 1, Verdict.PERSON: 1}, {})
    assert server.mails[bounce].flags == {"\\Seen"}
    assert server.mails[person].flags == {"\\Seen", "\\Flagged"}
    assert score_of(database, ada) == 1.0
    assert status_of(database, ada) is ChannelStatus.OPEN
    assert server.commands.count("LOGOUT") == 2


def test_a_mail_that_could_not_be_marked_is_read_again_and_counts_once(
    database: Database,
    server: ImapServer,
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
    ada: SubscriberView,
) -> None:
    server.add(mail("postfix_unknown_user", ada.channels[0].id))
    server.refused.add("STORE")
    with capture_logs() as logs:
        collect(database, settings_for(server), contexts[1])
    server.refused.clear()
    collect(database, settings_for(server), contexts[1])

    assert [log["way"] for log in logs if log["event"] == "postbox_unavailable"] == ["imap"]
    assert score_of(database, ada) == 1.0


def test_a_server_that_hangs_up_in_the_middle_leaves_the_rest_for_the_next_look(
    database: Database, server: ImapServer, contexts: tuple[ssl.SSLContext, ssl.SSLContext], ada: SubscriberView
) -> None:
    for number in range(3):
        server.add(mail("postfix_over_quota", ada.channels[0].id, message_id=f"m-{number}"))
    server.breaks_at = 7  # CAPABILITY, LOGIN, SELECT, SEARCH, FETCH, STORE, and now the second mail
    with capture_logs() as logs:
        assert collect(database, settings_for(server), contexts[1]) == {}
    server.breaks_at = None

    assert [log["event"] for log in logs] == ["mail_taken", "postbox_unavailable"]
    assert collect(database, settings_for(server), contexts[1]) == {Verdict.SOFT: 2}


def test_a_folder_with_more_than_one_look_takes_is_emptied_look_by_look(
    database: Database, server: ImapServer, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    for number in range(MOST_AT_ONCE + 20):
        server.add(f"Subject: hello {number}\r\n\r\nx".encode())
    found = [sum(collect(database, settings_for(server), contexts[1]).values()) for _ in range(3)]

    assert found == [MOST_AT_ONCE, 20, 0]


@pytest.mark.parametrize("permanent", [b"()", b"(\\Flagged \\Answered)"])
def test_a_folder_that_keeps_no_marks_is_not_read_again_and_again(
    permanent: bytes, server: ImapServer, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server.permanent = permanent
    with (
        pytest.raises(PostboxUnavailable, match=r"keeps no .Seen marks"),
        ImapFolder(settings_for(server), contexts[1]),
    ):
        pass


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"imap_password": "wrong-pass"}, 'said no: [AUTHENTICATIONFAILED] "…" is wrong'),
        ({"imap_folder": "Elsewhere"}, "said no: no such folder"),
        ({"imap_folder": "Unzustellbär"}, "ASCII letters only"),
        ({"imap_port": 1}, "cannot be reached: Connection refused"),
    ],
    ids=["password", "folder", "letters", "port"],
)
def test_what_is_wrong_with_a_server_is_one_sentence_without_the_password(
    fields: dict[str, object],
    said: str,
    server: ImapServer,
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    with pytest.raises(PostboxUnavailable) as raised, ImapFolder(settings_for(server, **fields), contexts[1]):
        pass

    assert said in str(raised.value)
    assert "wrong-pass" not in str(raised.value)


def test_a_certificate_that_is_not_trusted_is_refused(server: ImapServer) -> None:
    with pytest.raises(PostboxUnavailable, match=r"certificate of 127\.0\.0\.1"), ImapFolder(settings_for(server)):
        pass
    assert server.commands == []


def test_names_of_folders_are_quoted() -> None:
    assert quote('My "Bounces"\\x') == '"My \\"Bounces\\"\\\\x"'
