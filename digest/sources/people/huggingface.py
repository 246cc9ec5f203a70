"""Hugging Face: who a user is. Its API lists nobody's papers; those come with the daily papers, under the user's name.

https://huggingface.co/docs/hub/api; the shape is that of `User` in huggingface_hub.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digest.errors import SourceChanged
from digest.intake import MAX_NAME
from digest.model import PersonId, PersonScheme, Researcher
from digest.researchers.ids import read_person_id
from digest.settings import SourceSettings
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.sources.huggingface_papers import NAME
from digest.sources.json_api import Api, refuse_error
from digest.sources.people import PersonRecord, note_move
from digest.sources.people.asking import Question, ask

BASE_URL: Final = "https://huggingface.co"
API: Final = Api(source=NAME, title="Hugging Face")


@dataclass(frozen=True, slots=True)
class HuggingFacePeople:
    """People by their user name."""

    base_url: str = BASE_URL
    name: str = NAME
    schemes: tuple[PersonScheme, ...] = (PersonScheme.HF,)

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get a user. Of a renamed one, the new name answers; organisations are nobody."""
        token = settings.huggingface_token.get_secret_value().strip()
        url = f"{self.base_url}/api/users/{person.value}/overview"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        question = Question(url=url, about=str(person), headers=headers)
        return note_move(parse_user(await ask(question, API, http, now)), person)


def parse_user(body: bytes) -> PersonRecord:
    """Read a user's overview. Raises SourceChanged."""
    top = Record(read_json(body, NAME))
    refuse_error(top, "Hugging Face", NAME)
    user = read_person_id(PersonScheme.HF, top.text("user", 100) or top.text("name", 100))
    if user is None:
        raise SourceChanged(NAME, "The answer is JSON, but no user of Hugging Face")
    return PersonRecord(researcher=Researcher(name=top.text("fullname", MAX_NAME) or user.value, ids=(user,)))
