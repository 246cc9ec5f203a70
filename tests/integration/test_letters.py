"""Letters in a real database: queued, claimed once, rendered, sent over real SMTP, withdrawn, settled, erased."""

import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from digest.errors import NotifierError, NotifierUnusable
from digest.model import (
    Address,
    DeliveryState,
    LetterId,
    LetterKind,
    MailMessage,
    Message,
    MessageForm,
    Receipt,
    RetryPolicy,
)
from digest.notifiers.email import make_notifier
from digest.pipeline.deliver import Outbox
from digest.pipeline.letters import KEEP_FOR, LetterReport, deliver_letters
from digest.pipeline.presentation import Presenter
from digest.settings import BounceSettings, Settings, SmtpSettings
from digest.storage import letters
from digest.storage.letter_tables import LetterRow
from subscribers import service, store
from subscribers.db import Database
from subscribers.lifecycle_tables import RequestRow
from subscribers.model import ChannelStatus, RequestKind, RequestState, SubscriberKind, SubscriberView
from subscribers.tables import ChannelRow, SubscriberRow
from subscribers.tokens import Purpose, Tokens, TokenSubject
from subscribers.verp import read_return_path
from tests.factories import NOON
from tests.fakes import FixedClock, RecordingNotifier
from tests.people import channel_of, subscribe
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.anyio

KEY = "k" * 40
TOKENS = Tokens([KEY])
SETTINGS = Settings(
    secret_key=SecretStr(KEY),
    public_url="https://papers.example.org/",
    smtp=SmtpSettings(sender="Paper Digest <digest@lab.example.org>"),
    bounces=BounceSettings(address="bounces@lab.example.org"),
)
DAY = timedelta(days=1)


class Office:
    """A database, a clock, and a notifier that remembers."""

    def __init__(self, database: Database, settings: Settings = SETTINGS) -> None:
        self.database, self.clock = database, FixedClock(NOON)
        self.notifier = RecordingNotifier()
        self.notifier.form = MessageForm.MAIL
        self.presenter = Presenter(settings, TOKENS if settings.secret_key.get_secret_value() else None)
        self.policy = RetryPolicy(first_delay=timedelta(minutes=1), max_attempts=3)

    def request(self, address: str = "ada@example.org", kind: RequestKind = RequestKind.SIGNUP) -> int:
        row = RequestRow(
            kind=kind.value,
            address=address,
            state=RequestState.ASKED.value,
            created_at=NOON,
            expires_at=NOON + 2 * DAY,
        )
        with self.database.writing() as session:
            session.add(row)
            session.flush()
            return row.id

    def settle_request(self, number: int, state: RequestState) -> None:
        with self.database.writing() as session:
            session.execute(update(RequestRow).where(RequestRow.id == number).values(state=state.value))

    def queue(self, kind: LetterKind, address: str = "ada@example.org", **about: int) -> LetterId:
        subscriber_id = about.pop("subscriber", None)
        with self.database.writing() as session:
            return letters.add_letter(session, kind, address, self.clock(), subscriber_id=subscriber_id, about=about)

    def queue_for(self, view: SubscriberView, kind: LetterKind, address: str = "ada@example.org") -> LetterId:
        return self.queue(kind, address, subscriber=view.id, channel=channel_of(view))

    async def deliver(self, notifier: RecordingNotifier | None = None) -> LetterReport:
        outbox = Outbox(
            database=self.database,
            notifiers={"email": notifier or self.notifier},
            render=self.presenter.render,
            clock=self.clock,
            policy=self.policy,
        )
        return await deliver_letters(outbox, self.presenter.render_letter)

    def row(self) -> LetterRow:
        with self.database.reading() as session:
            return session.scalars(select(LetterRow)).one()

    @property
    def mails(self) -> list[MailMessage]:
        return [message for _, message in self.notifier.sent if isinstance(message, MailMessage)]


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def token_in(mail: MailMessage, page: str) -> str:
    """Give the token of the link to a page; it stands in both parts."""
    token = mail.text.partition(f"https://papers.example.org/{page}/")[2].partition("\n")[0]
    assert f'href="https://papers.example.org/{page}/{token}"' in mail.html
    return token


# ── what each kind holds ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_confirmation_leads_to_the_page_that_confirms_and_to_the_one_that_cancels(office: Office) -> None:
    request = office.request()
    number = office.queue(LetterKind.CONFIRM, request=request)
    report = await office.deliver()

    (mail,) = office.mails
    assert report.states == {DeliveryState.SENT: 1}
    assert TOKENS.read(Purpose.CONFIRM, token_in(mail, "confirm"), NOON) == TokenSubject(0, 0, (request,))
    cancel = token_in(mail, "cancel")
    assert TOKENS.read(Purpose.CANCEL, cancel, NOON + 900 * DAY) == TokenSubject(0, 0, (request,))
    assert mail.list_unsubscribe == (
        f"https://papers.example.org/cancel/{cancel}",
        f"mailto:bounces@lab.example.org?subject=cancel%20{cancel}",
    )
    assert mail.is_one_click
    assert "Sunday, 22 November 2026 at 12:00 (UTC)" in mail.text
    assert mail.message_id == f"letter.confirm.{number}@lab.example.org"
    assert mail.feedback_id == "confirm:letter:email:dailypaperdiges"
    path = read_return_path([KEY], mail.return_path)
    assert path is not None
    assert (path.kind, path.number) == ("l", number)


@pytest.mark.parametrize("kind", [LetterKind.ALREADY, LetterKind.MANAGE, LetterKind.WELCOME])
async def test_a_letter_to_a_reader_leads_to_their_preferences(kind: LetterKind, office: Office) -> None:
    ada = subscribe(office.database)
    office.queue_for(ada, kind)
    await office.deliver()

    (mail,) = office.mails
    subject = TOKENS.read(Purpose.MANAGE, token_in(mail, "manage"), NOON + 29 * DAY)
    assert subject == TokenSubject(channel_of(ada), ada.id)


async def test_who_may_be_losing_their_address_has_a_link_that_outlives_the_move(office: Office) -> None:
    ada = subscribe(office.database)
    office.queue(LetterKind.MOVING, "ada@example.org", subscriber=ada.id, channel=channel_of(ada), request=7)
    await office.deliver()

    (mail,) = office.mails
    subject = TOKENS.read(Purpose.MOVE_BACK, token_in(mail, "move-back"), NOON + 29 * DAY)
    assert subject == TokenSubject(channel_of(ada), ada.id, (7,))
    assert "/manage/" not in mail.text + mail.html


async def test_a_welcome_says_when_the_first_digest_comes_and_how_to_leave(office: Office) -> None:
    ada = subscribe(office.database, timezone="Europe/Berlin")
    office.queue_for(ada, LetterKind.WELCOME)
    await office.deliver()

    (mail,) = office.mails
    words = " ".join(mail.text.split())
    assert "every day at 08:00 (Europe/Berlin). The first one is due on Saturday, 21 November 2026 at 08:00" in words
    leave = TOKENS.read(Purpose.UNSUBSCRIBE, token_in(mail, "unsubscribe"), NOON)
    assert leave == TokenSubject(channel_of(ada), ada.id)


async def test_a_probe_can_be_left_but_an_answer_to_somebody_cannot(office: Office) -> None:
    ada = subscribe(office.database)
    for kind in (LetterKind.PROBE, LetterKind.ALREADY, LetterKind.MANAGE, LetterKind.MOVING):
        office.queue_for(ada, kind)
    await office.deliver()

    assert [bool(mail.list_unsubscribe) for mail in office.mails] == [True, False, False, False]


async def test_a_reader_who_wants_no_html_gets_none(office: Office) -> None:
    ada = subscribe(office.database)
    with office.database.writing() as session:
        session.execute(update(ChannelRow).values(is_plain=True))
    office.queue_for(ada, LetterKind.MANAGE)
    await office.deliver()

    assert office.mails[0].html == ""


async def test_a_letter_arrives_as_a_mail_that_is_no_list_mail(office: Office) -> None:
    office.queue(LetterKind.CONFIRM, request=office.request())
    with SmtpServer() as server:
        smtp = SETTINGS.smtp.model_copy(update={"host": server.host, "port": server.port, "security": "none"})
        notifier = make_notifier(SETTINGS.model_copy(update={"smtp": smtp}))
        await office.deliver(notifier)  # type: ignore[arg-type]

    (received,) = server.mails
    parsed = email.message_from_bytes(received.data, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert received.sender.startswith("bounces+l")
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (parsed["List-Id"], parsed["Precedence"]) == (None, None)
    assert "ada" not in parsed.get_body(("html",)).get_content()  # type: ignore[union-attr]


# ── what is not sent any more ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", [RequestState.CONFIRMED, RequestState.CANCELLED, RequestState.DROPPED])
async def test_a_confirmation_that_was_answered_is_withdrawn(state: RequestState, office: Office) -> None:
    request = office.request()
    office.queue(LetterKind.CONFIRM, request=request)
    office.settle_request(request, state)
    report = await office.deliver()

    assert (office.mails, report.states) == ([], {DeliveryState.CANCELLED: 1})


async def test_a_confirmation_that_ran_out_is_withdrawn(office: Office) -> None:
    office.queue(LetterKind.CONFIRM, request=office.request())
    office.clock.advance(2 * DAY)

    assert (await office.deliver()).states == {DeliveryState.CANCELLED: 1}
    assert office.mails == []


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (LetterKind.WELCOME, {DeliveryState.CANCELLED: 1}),
        (LetterKind.PROBE, {DeliveryState.CANCELLED: 1}),
        (LetterKind.MANAGE, {DeliveryState.SENT: 1}),
    ],
)
async def test_somebody_who_left_is_only_answered(
    kind: LetterKind, states: dict[DeliveryState, int], office: Office
) -> None:
    ada = subscribe(office.database)
    office.queue_for(ada, kind)
    with office.database.writing() as session:
        service.unsubscribe(session, NOON, ada.id)

    assert (await office.deliver()).states == states


async def test_a_letter_about_somebody_elses_channel_is_withdrawn(office: Office) -> None:
    ada, eve = subscribe(office.database), subscribe(office.database, "eve@example.org")
    office.queue(LetterKind.MANAGE, "eve@example.org", subscriber=eve.id, channel=channel_of(ada))

    assert (await office.deliver()).states == {DeliveryState.CANCELLED: 1}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (LetterKind.MANAGE, DeliveryState.CANCELLED),
        (LetterKind.ALREADY, DeliveryState.CANCELLED),
        (LetterKind.WELCOME, DeliveryState.CANCELLED),
        (LetterKind.PROBE, DeliveryState.CANCELLED),
        (LetterKind.MOVING, DeliveryState.SENT),  # a warning to whoever reads there
    ],
)
async def test_a_letter_does_not_go_to_an_address_that_its_channel_has_left(
    kind: LetterKind, state: DeliveryState, office: Office
) -> None:
    ada = subscribe(office.database)
    office.queue_for(ada, kind)
    with office.database.writing() as session:
        store.move_channel(session, channel_of(ada), "ada@new.example.org", NOON)

    assert (await office.deliver()).states == {state: 1}


async def test_a_letter_refused_at_the_old_address_leaves_the_moved_channel_open(office: Office) -> None:
    ada = subscribe(office.database)
    office.queue_for(ada, LetterKind.MOVING)
    office.notifier.outcomes = [NotifierError("550 5.1.1 no such user", permanent=True)]
    with office.database.writing() as session:
        store.move_channel(session, channel_of(ada), "ada@new.example.org", NOON)

    assert (await office.deliver()).states == {DeliveryState.FAILED: 1}
    with office.database.reading() as session:
        assert store.is_deliverable(session, channel_of(ada))


@pytest.mark.parametrize(
    "kind", [LetterKind.ALREADY, LetterKind.MANAGE, LetterKind.MOVING, LetterKind.WELCOME, LetterKind.PROBE]
)
async def test_a_letter_to_a_group_has_no_link_by_which_any_member_could_change_what_all_get(
    kind: LetterKind, office: Office
) -> None:
    group = subscribe(office.database)
    with office.database.writing() as session:
        session.execute(update(SubscriberRow).values(kind=SubscriberKind.GROUP.value))
    office.queue_for(group, kind)
    await office.deliver()

    (mail,) = office.mails
    assert "/manage/" not in mail.text + mail.html
    assert ("/unsubscribe/" in mail.text) == (kind in {LetterKind.WELCOME, LetterKind.PROBE})
    assert "open your preferences" not in mail.text.replace("\n", " ")


async def test_an_erasure_wins_over_a_letter_that_was_claimed_already(office: Office) -> None:
    class Erases(RecordingNotifier):
        """Sends, and meanwhile somebody erases themselves."""

        async def send(self, message: Message, address: Address) -> Receipt:
            with office.database.writing() as session:
                letters.erase_letters(session, "eve@example.org")
            return await super().send(message, address)

    for address in ("ada@example.org", "eve@example.org"):
        office.queue(LetterKind.CONFIRM, address, request=office.request(address))
    notifier = Erases()
    report = await office.deliver(notifier)

    assert [address for address, _ in notifier.sent] == ["ada@example.org"]
    assert (report.states, office.row().address) == ({DeliveryState.SENT: 1}, "ada@example.org")


# ── refusals, retries, workers ───────────────────────────────────────────────────────────────────────────────────────


async def test_two_workers_send_a_letter_once(office: Office) -> None:
    office.queue(LetterKind.CONFIRM, request=office.request())
    with office.database.writing() as session:
        first = letters.claim_letters(session, NOON, timedelta(minutes=10), 10)
        second = letters.claim_letters(session, NOON, timedelta(minutes=10), 10)
        taken_over = letters.claim_letters(session, NOON + timedelta(minutes=10), timedelta(minutes=10), 10)

    assert ([len(first), len(second)], taken_over[0].attempts) == ([1, 0], 1)
    with office.database.reading() as session:
        assert letters.find_circumstances(session, first[0], NOON) is None
        assert letters.find_circumstances(session, taken_over[0], NOON) is not None


async def test_a_refused_letter_is_tried_again_and_given_up(office: Office) -> None:
    office.queue(LetterKind.CONFIRM, request=office.request())
    office.notifier.outcomes = [NotifierError("451 later")] * 3
    reports = []
    for _ in range(3):
        reports.append(await office.deliver())
        office.clock.now = max(office.clock.now, office.row().next_attempt_at)

    assert [report.retried for report in reports] == [1, 1, 0]
    assert (office.row().state, office.row().detail) == ("failed", "given up after 3 attempts: 451 later")


@pytest.mark.parametrize("kind", [LetterKind.PROBE, LetterKind.MANAGE, LetterKind.WELCOME])
async def test_an_address_that_mail_cannot_reach_gets_no_digests_either(kind: LetterKind, office: Office) -> None:
    ada = subscribe(office.database)
    office.queue_for(ada, kind)
    office.notifier.outcomes = [NotifierError("550 5.1.1 no such user", permanent=True)]
    report = await office.deliver()

    assert report.states == {DeliveryState.FAILED: 1}
    with office.database.reading() as session:
        (channel,) = service.get_subscriber(session, str(ada.id)).channels
    assert (channel.status, channel.closed_reason) == (ChannelStatus.CLOSED, "550 5.1.1 no such user")


async def test_a_refused_confirmation_closes_nothing(office: Office) -> None:
    office.queue(LetterKind.CONFIRM, request=office.request())
    office.notifier.outcomes = [NotifierError("550 5.1.1 no such user", permanent=True)]

    assert (await office.deliver()).states == {DeliveryState.FAILED: 1}


async def test_a_server_that_does_not_work_is_not_knocked_at_for_each_letter(office: Office) -> None:
    for number in range(3):
        office.queue(LetterKind.CONFIRM, f"r{number}@example.org", request=office.request())
    office.notifier.outcomes = [NotifierUnusable("535 wrong password")]
    report = await office.deliver()

    assert (report.retried, report.unusable, report.flaw) == (3, {"email": "535 wrong password"}, "")
    assert office.notifier.sent == []


async def test_a_poison_letter_stops_no_other(office: Office) -> None:
    office.queue(LetterKind.CONFIRM)
    office.queue(LetterKind.CONFIRM, request=office.request())
    office.notifier.outcomes = [KeyError("poison")]
    office.queue(LetterKind.CONFIRM, "eve@example.org", request=office.request("eve@example.org"))
    report = await office.deliver()

    assert (report.retried, report.states) == (1, {DeliveryState.CANCELLED: 1, DeliveryState.SENT: 1})


async def test_without_a_public_address_letters_that_need_a_link_wait_and_say_why(database: Database) -> None:
    office = Office(database, SETTINGS.model_copy(update={"public_url": ""}))
    office.queue(LetterKind.CONFIRM, request=office.request())
    report = await office.deliver()

    assert (report.retried, report.unusable) == (1, {})
    assert report.flaw == "Confirming needs a link: set DIGEST_PUBLIC_URL and DIGEST_SECRET_KEY"


async def test_letters_are_forgotten_a_month_after_they_were_settled(office: Office) -> None:
    office.queue(LetterKind.CONFIRM, request=office.request())
    await office.deliver()
    office.clock.advance(KEEP_FOR)
    await office.deliver()
    assert office.row().state == "sent"
    office.clock.advance(timedelta(seconds=1))
    await office.deliver()

    with office.database.reading() as session:
        assert letters.count_letters(session) == {}


async def test_an_export_holds_the_letters_to_an_address(office: Office) -> None:
    request = office.request()
    office.queue(LetterKind.CONFIRM, request=request)
    with office.database.reading() as session:
        (dumped,) = letters.dump_letters(session, "ada@example.org")

    assert (dumped["kind"], dumped["about"]) == ("confirm", {"request": request})
    assert datetime.fromisoformat(dumped["created_at"]).astimezone(UTC) == NOON
