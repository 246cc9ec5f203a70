"""JSON to rows: a list of objects, one for each subscriber: as we write them, or flat like a table. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from subscribers.addresses import shown
from subscribers.lists.columns import find_columns
from subscribers.lists.listed import LineFault, UnreadableList

_CONSENT: Final = ("by", "at", "network", "text", "version")

Row = Mapping[str, str]


def read_objects(text: str) -> Iterator[tuple[int, list[dict[str, Any]]] | LineFault]:
    """Give, for each object, its number (from 1) and a row for each of its channels. Raises UnreadableList."""
    for number, found in enumerate(_list_objects(text), start=1):
        if isinstance(found, dict):
            yield number, _read_object(found)
        else:
            yield LineFault(number, shown(json.dumps(found)[:80]), "This entry is not an object.")


def _list_objects(text: str) -> list[Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UnreadableList(f"The file is not valid JSON: {error}.") from None
    except RecursionError:
        raise UnreadableList("The JSON is nested too deeply.") from None
    listed = data.get("subscribers") if isinstance(data, dict) else data
    if not isinstance(listed, list):
        raise UnreadableList('The JSON holds no list; it looks like [{"email": "ada@example.org", …}].')
    return listed


def _read_object(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    shared = _name_keys(found)
    consent = found.get("consent")
    if isinstance(consent, dict):
        shared |= {f"consent_{key}": consent[key] for key in _CONSENT if consent.get(key) is not None}
    if found.get("kind") in {"person", "group"}:  # of the subscriber; in a table, the kind is the channel's
        shared["group"] = shared.pop("kind") == "group"
    channels = found.get("channels")
    if not isinstance(channels, list):
        return [shared]
    return [shared | _name_keys(each) for each in channels if isinstance(each, dict)] or [shared]


def _name_keys(found: Mapping[str, Any]) -> dict[str, Any]:
    named = zip(find_columns(found), found.values(), strict=True)
    return {column: value for column, value in named if column and value is not None}
