"""What a status code and the words of a mail server mean for the address. Pure.

Codes are those of RFC 3463 and its registry. An address is given up only for what is about the address: codes of
policy and security (x.7.x), of the sender and of the mail are about us. Words decide where a code says nothing.
"""

import re
from typing import Final

from digest.postbox.findings import Verdict

# No such mailbox or domain, bad syntax, moved, null MX; mailbox disabled; what Exchange Online says for “no such”; no
# such host (Postfix), no such domain (Exchange).
_HARD: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.1", "5.4.4", "5.4.310"})
# Bad sender; mail too large for the mailbox or the server.
_OURS: Final = frozenset({"5.1.7", "5.1.8", "5.2.3", "5.3.4"})
# Media and security: about the mail, and about us.
_OUR_SUBJECTS: Final = frozenset({"6", "7"})
# So general that the words are asked.
_GENERAL: Final = re.compile(r"5\.0\.\d+|5\.[135]\.0|5\.5\.\d+|5\.4\.0")

_FULL: Final = re.compile(
    r"quota|mailbox (?:is |storage )?full|full mailbox|insufficient (?:system |disk )?(?:storage|space)|"
    r"out of (?:storage|space)|too many messages in|(?:Postfach|Mailbox) (?:ist )?voll|bo[iî]te .{0,20}pleine|"
    r"satur[ée]e|buz[oó]n .{0,30}llen[oa]|переполнен|容量|いっぱい|已满",
    re.IGNORECASE,
)
_POLICY: Final = re.compile(
    r"spam|block|black|banned|denied|polic|reputation|relay(?!=)|rcpthosts|authenticat|too many|gr[ea]ylist|"
    r"reject(?:ed)? (?:by|due)|virus|content|\b(?:spf|dkim|dmarc|rbl|dnsbl|rate)\b|"
    # What is unknown or rejected here is us.
    r"sender (?:address|domain|verif|id\b)|client host|helo command|reverse (?:dns|lookup|host)|\bptr\b",
    re.IGNORECASE,
)
# So many mails come to the reader that Gmail waits (5.2.1), which elsewhere is the code of a mailbox switched off.
_BUSY: Final = re.compile(r"receiving mail (?:at a\b|too (?:quickly|fast))", re.IGNORECASE)
_NOBODY: Final = re.compile(
    r"(?:user|recipient|account|address|mailbox|host|domain)\b.{0,60}?\b(?:unknown|not (?:be )?(?:found|exist\w*|known|"
    r"valid|listed)|(?:doesn't|does not|didn't) (?:exist|have))|"
    r"(?:user|recipient|account|address|mailbox)\b.{0,60}?\b(?:unavailable|disabled|inactive|invalid|rejected|"
    r"no longer)|"
    r"(?:unknown|no such|invalid|bad|non-?existent|no valid) (?:local )?(?:user|recipient|account|address|mailbox|host|"
    r"domain|person)|no mailbox|couldn't find any host|wasn't found|"
    r"unbekannt|existiert nicht|n'existe pas|inconnu|no existe|desconocid|"
    r"не существует|не найден|存在しま|見つかりません|不存在",
    re.IGNORECASE,
)
# Where a code stands in running text: after a reply code, a `#` (qmail) or an opening bracket.
_IN_TEXT: Final = re.compile(r"(?:\b[245]\d\d[ -]|#|\(|\bstatus[:=] ?)([45]\.\d{1,3}\.\d{1,3})\b", re.IGNORECASE)
_REPLY: Final = re.compile(r"(?<![\d.#])([45])\d\d(?=[ -])")
_READ: Final = 2_000  # characters of what a server said


def judge(status: str, said: str) -> Verdict:
    """Decide about a delivery that failed, from its code and the words beside it; the milder one, if they differ."""
    said = said[:_READ]
    own = _judge_code(status, said) if status else None
    other = find_status(said)
    told = _judge_code(other, said) if other else None
    given = [verdict for verdict in (own, told) if verdict]
    if given:
        return min(given, key=list(Verdict).index)
    return judge_words(said)


def judge_words(said: str) -> Verdict:
    """Decide from words alone; what cannot be understood may have been a passing trouble."""
    if _FULL.search(said):
        return Verdict.SOFT
    if _POLICY.search(said):
        return Verdict.POLICY
    return Verdict.HARD if _NOBODY.search(said) and not _is_for_now(said) else Verdict.SOFT


def find_status(said: str) -> str:
    """Find the first enhanced status code in what a server said; empty if there is none."""
    found = _IN_TEXT.search(said[:_READ])
    return found[1] if found else ""


def _judge_code(status: str, said: str) -> Verdict | None:
    """Decide from the code; None if it says nothing by itself."""
    if not re.fullmatch(r"[45]\.\d{1,3}\.\d{1,3}", status) or _GENERAL.fullmatch(status):
        return None
    subject = status.split(".")[1]
    if subject in _OUR_SUBJECTS or status in _OURS:
        return Verdict.POLICY
    if status not in _HARD:  # also 4.x.x: tried for days, then given up
        return Verdict.POLICY if _is_ours_alone(said) else Verdict.SOFT
    if _FULL.search(said) or _BUSY.search(said):
        return Verdict.SOFT
    return Verdict.POLICY if _is_ours_alone(said) and not _NOBODY.search(said) else Verdict.HARD


def _is_for_now(said: str) -> bool:
    """Whether the first reply code in the text is one of those that may change (4xx)."""
    found = _REPLY.search(said)
    return found is not None and found[1] == "4"


def _is_ours_alone(said: str) -> bool:
    return _POLICY.search(said) is not None and _FULL.search(said) is None
