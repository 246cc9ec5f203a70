"""Renders letters: mails about a subscription itself. Sends nothing.

A letter is not a mail of the list: it goes to one person, because of something that was done in their name. So it has
no List-Id (RFC 2919 names lists, and readers file by it) and no `Precedence: bulk`, which is in no standard and makes
some servers set a mail aside for later. What keeps vacation notices away is `Auto-Submitted` (RFC 3834). One that can
be answered by leaving has List-Unsubscribe all the same: for a request, that cancels it.
"""

from datetime import datetime

from digest.model import MailMessage
from digest.rendering.environment import mail_environment
from digest.rendering.footer import Footer, Leaving, safe_mailto
from digest.rendering.language import WRITTEN
from digest.rendering.letter_words import LONGEST_TITLE, LetterView, Words, write_words
from digest.rendering.links import safe_url
from digest.rendering.text import clean, shorten


def render_letter(view: LetterView, *, message_id: str, sent_at: datetime) -> MailMessage:
    """Render a letter; one for a channel without HTML is text alone."""
    words = write_words(view)
    footer = _make_footer(view, words)
    shown = {
        "subject": words.subject,
        "preheader": words.before[0],
        "language": WRITTEN[0],
        "words": words,
        "button_url": safe_url(view.button_url),
        "footer": footer,
    }
    environment = mail_environment()
    return MailMessage(
        message_id=message_id,
        subject=words.subject,
        text=environment.get_template("email/letter/body.txt").render(shown),
        html="" if view.is_plain else environment.get_template("email/letter/body.html").render(shown),
        language=WRITTEN[0],
        sent_at=sent_at,
        list_unsubscribe=footer.leaving.values,
        is_one_click=footer.leaving.is_one_click,
        is_bulk=False,
    )


def _make_footer(view: LetterView, words: Words) -> Footer:
    url = safe_url(view.leave_url)
    return Footer(
        title=shorten(clean(view.title), LONGEST_TITLE),
        public_url=safe_url(view.public_url),
        why_you=words.why_you,
        leaving=Leaving(label=words.leave, url=url, mailto=safe_mailto(view.leave_mailto)),
        unsubscribe_url=url,
    )
