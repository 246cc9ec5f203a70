"""Alerts of Google Scholar and Semantic Scholar: whom they are about. Pure.

A Scholar alert is called `Furu Wei - new articles`, `2 new citations to articles by Furu Wei` or, for words,
`"graph learning" - new results`, in the language of the reader: English, German, French, Spanish and Chinese are read.
"""

import re
from typing import Final

from digest.researchers.imports.wishes import Unusable

FOR_WORDS: Final = "This is an alert for words, not for a person: make it an interest."
_FOR_A_PAPER: Final = "This is an alert for a paper, not for a person."

_LONGEST: Final = 200
_NEW = r"(?:new|neue[rs]?|nouve(?:aux|lles|l|lle)|nuev[oa]s?)"
_BY = r"(?:by|von|de|del|d['’])"
_RESULTS = r"(?:results?|ergebnisse?|treffer|résultats?|resultados?)"
_WORKS = (
    r"(?:(?:den|der|des|dem|la|las|los|les|the|l['’])\s*)?(?:artikeln?|arbeiten|forschung\w*|articles?|recherches?|"
    r"travaux|research|artículos?|investigaci\w+|trabajos?|papers?|publi\w+)"
)
# `Furu Wei - new related research`; `Furu Wei – citas nuevas`
_BEHIND = re.compile(
    rf"(?P<name>.+?)\s*[-–—:]\s+"
    rf"(?:{_NEW}\s\w.*|(?:artículos|citas) nuev[oa]s.*|recherches? (?:associées?|connexes?).*)",
    re.IGNORECASE,
)
# `New articles by Furu Wei`; `Nuevas citas de artículos de Furu Wei`
_IN_FRONT = re.compile(rf"(?:\d+\s+)?{_NEW}\s[^\"“„«]*?\b{_BY}(?:\s+|(?<=['’]))(?P<name>.+)", re.IGNORECASE)
_WORKS_OF = re.compile(rf"{_WORKS}\s+(?:\w+\s+)?{_BY}(?:\s+|(?<=['’]))", re.IGNORECASE)
_TRAILING_VERB = re.compile(r"\s+(?:in \w+ stehen|zusammenhängen|gefunden|were found|found)\.?$", re.IGNORECASE)
_CHINESE = re.compile(r"(?P<name>.+?)\s*(?:[-–—]\s*新|的文章新增)")
_S2 = re.compile(r"author alerts?\s*[:\-–—]?\s+(?P<name>\S.*)", re.IGNORECASE)
_S2_OTHER = re.compile(
    r"(?P<kind>paper|citation|topic|keyword|search|library|feed) alerts?\s*[:\-–—]\s*\S", re.IGNORECASE
)
_AUTHOR_SEARCH = re.compile(r"\[?\s*author:\s*[\"“]?(?P<name>[^\"”\]]+)[\"”]?\s*\]?(?:\s*[-–—]\s*.*)?", re.IGNORECASE)
_WORD_SEARCH = re.compile(
    rf".+[-–—:]\s*(?:{_NEW}\s+{_RESULTS}|{_RESULTS} nuevos|新结果)\b.*|\[[^\]]+\](?!\()", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“„«][^\"”“»]+[\"”“»](?:\s+[\"“„«(OR-].*)?", re.IGNORECASE)
_FURNITURE_WORDS: Final = """
    my alerts|alerts|alert|alert query|query|results|alert results|cancel|cancel alert|create alert|edit|delete|pause|
    email|emails|all results|update results|see all|manage alerts|turn off|follow|following|unfollow|sign in|settings|
    google scholar|semantic scholar|my profile|my library|meine benachrichtigungen|benachrichtigungen|benachrichtigung|
    abbrechen|löschen|bearbeiten|benachrichtigung erstellen|mes alertes|alertes|alerte|annuler|supprimer|modifier|
    créer une alerte|mis alertas|alertas|alerta|cancelar|eliminar|editar|crear alerta|快讯|我的快讯|取消|author alerts|
    paper alerts|topic alerts
"""
_FURNITURE: Final = frozenset(" ".join(words.split()) for words in _FURNITURE_WORDS.split("|"))


def find_alert(text: str) -> str | None:
    """Give the name of whom an alert is about; None if the text is worded like no alert.

    Raises Unusable for an alert that is about no person.
    """
    text = " ".join(text.partition("\t")[0].split())
    if len(text) > _LONGEST:
        return None
    if _S2_OTHER.match(text):
        raise Unusable(_FOR_A_PAPER if text.lower().startswith(("paper", "citation")) else FOR_WORDS)
    if found := _AUTHOR_SEARCH.fullmatch(text):
        return found["name"].strip()
    if _WORD_SEARCH.fullmatch(text):
        raise Unusable(FOR_WORDS)
    found = _S2.fullmatch(text) or _IN_FRONT.fullmatch(text) or _BEHIND.fullmatch(text) or _CHINESE.match(text)
    if found is None:
        return None
    if found["name"].lstrip().startswith(('"', "“", "„", "«", "[")):
        raise Unusable(FOR_WORDS)
    return _TRAILING_VERB.sub("", _WORKS_OF.sub("", found["name"], count=1)).strip()


def is_alert(text: str) -> bool:
    """Whether a text is worded like an alert, of whatever kind."""
    try:
        return find_alert(text) is not None
    except Unusable:
        return True


def is_furniture(text: str) -> bool:
    """Whether a text is a button or a heading of a page of alerts."""
    return " ".join(text.split()).strip(" .:|").casefold() in _FURNITURE


def is_quoted(text: str) -> bool:
    """Whether a text is words in quotation marks, as searches are."""
    return bool(_QUOTED.fullmatch(text.partition("\t")[0].strip()))
