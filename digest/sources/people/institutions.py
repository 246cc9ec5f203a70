"""Institutions, from ROR and OpenAlex.

https://ror.readme.io/docs/ror-data-structure (schema 2) and https://developers.openalex.org/api-reference/institutions.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from digest.errors import InvalidReference, SourceChanged, SourceError, UnknownReference
from digest.intake import MAX_NAME, clean_domain
from digest.researchers.ids import InstitutionRef, InstitutionScheme, parse_institution_id, read_ror
from digest.settings import SourceSettings
from digest.sources.formats.record import Record, read_json
from digest.sources.http.client import Http
from digest.sources.json_api import Api, refuse_error
from digest.sources.people.asking import Question, ask
from digest.sources.people.openalex import API as OPENALEX
from digest.sources.people.openalex import BASE_URL as OPENALEX_URL
from digest.sources.people.openalex import read_key

ROR_URL: Final = "https://api.ror.org/v2/organizations"
ROR: Final = Api(source="ror", title="ROR")
MOST_NAMES: Final = 50
_SELECT: Final = "id,ror,display_name,display_name_alternatives,display_name_acronyms,homepage_url,country_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionRecord:
    """What is known of an institution. `names` are further ones: in other languages, former, informal.

    `ror` and `openalex` are bare ids, `country` an ISO 3166 code, `domains` those of its mail addresses.
    """

    name: str
    names: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    ror: str | None = None
    openalex: str | None = None
    homepage: str | None = None
    country: str | None = None
    domains: tuple[str, ...] = ()
    moved_to: InstitutionRef | None = None
    warnings: tuple[str, ...] = ()


async def look_up_institution(
    ref: InstitutionRef,
    http: Http,
    settings: SourceSettings,
    now: datetime,
    *,
    urls: tuple[str, str] = (ROR_URL, OPENALEX_URL),
) -> InstitutionRecord:
    """Get an institution from ROR, and from OpenAlex if there is a key for it. `urls` are those of the two, in order.

    Raises UnknownReference, or another SourceError if neither answered.
    """
    if ref.scheme is InstitutionScheme.OPENALEX:
        first = await _ask_openalex(ref, http, settings, now, urls[1])
        other = InstitutionRef(InstitutionScheme.ROR, first.ror) if first.ror else None
    else:
        first, other = await _ask_ror(ref, http, now, urls[0]), ref
    if other is None or (other == ref and not settings.openalex_key.get_secret_value()):
        return first
    try:
        second = await (
            _ask_openalex(other, http, settings, now, urls[1]) if other == ref else _ask_ror(other, http, now, urls[0])
        )
    except UnknownReference:
        return first
    except SourceError as error:
        return replace(first, warnings=(*first.warnings, str(error)))
    return join_institutions(first, second)


def parse_ror(body: bytes) -> InstitutionRecord:
    """Read an organisation of ROR. Raises SourceChanged."""
    top = Record(read_json(body, ROR.source))
    refuse_error(top, ROR.title, ROR.source)
    ror = read_ror(top.text("id", 100))
    stated = [(each.text("value", MAX_NAME), set(each.texts("types", 20))) for each in top.records("names")]
    names = [name for name, types in stated if name and "acronym" not in types]
    shown = next((name for name, types in stated if name and "ror_display" in types), names[0] if names else "")
    if ror is None or not shown:
        raise SourceChanged(ROR.source, "The answer is JSON, but no organisation of ROR")
    places = (place.record("geonames_details").text("country_code", 2) for place in top.records("locations"))
    sites = (link.link("value") for link in top.records("links") if link.text("type", 20) == "website")
    successor = (each for each in top.records("relationships") if each.text("type", 20).lower() == "successor")
    heirs = [ref for each in successor if (ref := _read_ref(each.text("id", 100)))]
    return InstitutionRecord(
        name=shown,
        names=tuple(dict.fromkeys(name for name in names if name != shown))[:MOST_NAMES],
        acronyms=tuple(dict.fromkeys(name for name, types in stated if name and "acronym" in types))[:MOST_NAMES],
        ror=ror,
        homepage=next(filter(None, sites), None),
        country=next(filter(None, places), None),
        domains=tuple(filter(None, map(clean_domain, top.texts("domains", MAX_NAME))))[:MOST_NAMES],
        moved_to=heirs[0] if len(heirs) == 1 and top.text("status", 20) == "withdrawn" else None,
    )


def parse_openalex(body: bytes) -> InstitutionRecord:
    """Read an institution of OpenAlex. Raises SourceChanged."""
    top = Record(read_json(body, OPENALEX.source))
    refuse_error(top, OPENALEX.title, OPENALEX.source)
    own, name = _read_ref(top.text("id", 100)), top.text("display_name", MAX_NAME)
    if own is None or own.scheme is not InstitutionScheme.OPENALEX or not name:
        raise SourceChanged(OPENALEX.source, "The answer is JSON, but no institution of OpenAlex")
    return InstitutionRecord(
        name=name,
        names=top.texts("display_name_alternatives", MAX_NAME)[:MOST_NAMES],
        acronyms=top.texts("display_name_acronyms", MAX_NAME)[:MOST_NAMES],
        ror=read_ror(top.text("ror", 100)),
        openalex=own.value,
        homepage=top.link("homepage_url"),
        country=top.text("country_code", 2) or None,
    )


def join_institutions(first: InstitutionRecord, second: InstitutionRecord) -> InstitutionRecord:
    """Add what the second service knows of the same institution; the first one's name stays. Pure."""
    names = dict.fromkeys((*first.names, second.name, *second.names))
    return InstitutionRecord(
        name=first.name,
        names=tuple(name for name in names if name != first.name)[:MOST_NAMES],
        acronyms=tuple(dict.fromkeys((*first.acronyms, *second.acronyms)))[:MOST_NAMES],
        ror=first.ror or second.ror,
        openalex=first.openalex or second.openalex,
        homepage=first.homepage or second.homepage,
        country=first.country or second.country,
        domains=first.domains or second.domains,
        moved_to=first.moved_to or second.moved_to,
        warnings=(*first.warnings, *second.warnings),
    )


async def _ask_ror(ref: InstitutionRef, http: Http, now: datetime, url: str) -> InstitutionRecord:
    record = parse_ror(await ask(Question(url=f"{url}/{ref.value}", about=str(ref)), ROR, http, now))
    is_moved = record.moved_to is None and record.ror not in {ref.value, None}
    return replace(record, moved_to=InstitutionRef(InstitutionScheme.ROR, str(record.ror))) if is_moved else record


async def _ask_openalex(
    ref: InstitutionRef, http: Http, settings: SourceSettings, now: datetime, url: str
) -> InstitutionRecord:
    value = str(ref) if ref.scheme is InstitutionScheme.ROR else ref.value
    params = {"select": _SELECT, "api_key": read_key(settings)}
    question = Question(url=f"{url}/institutions/{value}", about=str(ref), params=params)
    record = parse_openalex(await ask(question, OPENALEX, http, now))
    is_moved = ref.scheme is InstitutionScheme.OPENALEX and record.openalex != ref.value
    return replace(record, moved_to=_read_ref(f"openalex:{record.openalex}")) if is_moved else record


def _read_ref(text: str) -> InstitutionRef | None:
    try:
        return parse_institution_id(text)
    except InvalidReference:
        return None
