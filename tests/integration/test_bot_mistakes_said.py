"""The bot tells of mistakes in its reader's language, at every place that shows an error."""

import pytest

from subscribers.db import Database
from tests.bots import listening, make_app
from tests.integration.test_bot_languages import person
from tests.servers.telegram_chats import ChatServer
from tests.talks import Talk

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/add (sparse", "Das Thema „(sparse“ ist nicht zu verstehen: Die „(“ bei Zeichen 1 wird nirgends geschlossen"),
        ("/search a or b", "„or“ ist nur in Großbuchstaben ein Operator; schreib OR"),
        ("/follow 0000-0002-1825-0098", "Das letzte Zeichen dieser ORCID iD müsste 7 sein"),
        ("/follow https://openreview.net/profile", "Dem kann man nicht folgen: Ein Profil bei OpenReview"),
        ("/settings Europe/Berln", "„Europe/Berln“ ist keine Zeitzone; meinst du Europe/Berlin?"),
        ("/settings 25:00", "„25:00“ ist keine Uhrzeit; schreib sie wie 08:00."),
        ("/pause until 2020-01-01", "Dieser Tag hat schon begonnen; nenn einen späteren."),
        ("sparse (experts", "Das Thema „sparse (experts“ ist nicht zu verstehen"),
        ("/why 2313.01234", "Ein Paper namens „2313.01234“ ist hier nie angekommen."),
        ("/start follow_999", "Es gibt niemanden mit der Nummer 999. Nichts wurde geändert."),
    ],
)
async def test_a_mistake_is_told_in_the_language_of_the_reader(
    said: str, answer: str, database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server)):
        await talk.say("/start", 2, **person("de"))
        told = await talk.say(said, **person("de"))

    assert answer in told
