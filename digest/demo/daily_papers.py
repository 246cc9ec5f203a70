"""The day's Daily Papers list of the invented papers, in the layout of the Hugging Face API."""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from anyascii import anyascii

from digest.demo.papers import InventedPaper, Listing

THUMBNAILS = "https://cdn-thumbnails.huggingface.co/social-thumbnails/papers"
OUTER_LAG = timedelta(hours=4)  # The outer publishedAt lies this much before the paper's own, in every capture.
AI_SUMMARY_MODEL = "no_such_lab/summariser-0"

JsonObject = dict[str, object]


def render_daily_papers(papers: Iterable[InventedPaper], day: date) -> str:
    """Write the answer of `/api/daily_papers?date=…`: one compact JSON array, as sent."""
    entries = [_entry(paper, paper.hf, day) for paper in papers if paper.hf]
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"))


def _entry(paper: InventedPaper, listing: Listing, day: date) -> JsonObject:
    text = {"title": listing.title or _drop_dollars(paper.title), "summary": _drop_dollars(paper.abstract)}
    published_at = datetime.combine(paper.submitted_on, datetime.min.time())
    return {
        "paper": _paper(paper, listing, text, day),
        "publishedAt": _stamp(published_at - OUTER_LAG),
        **text,
        **_media(listing),
        "thumbnail": f"{THUMBNAILS}/{paper.id}.png",
        "numComments": listing.comments,
        "submittedBy": _submitter(listing),
        **_organization(listing),
        "isAuthorParticipating": listing.submitter in listing.users,
    }


def _paper(paper: InventedPaper, listing: Listing, text: dict[str, str], day: date) -> JsonObject:
    return {
        "id": paper.id,
        "authors": [_author(name, paper, listing, day) for name in paper.authors],
        **_media(listing),
        "publishedAt": _stamp(paper.submitted_on),
        "submittedOnDailyAt": _stamp(day),
        "title": text["title"],
        "submittedOnDailyBy": _user(listing.submitter, _login(listing.submitter, listing)),
        "summary": text["summary"],
        "upvotes": listing.upvotes,
        "discussionId": _object_id(f"discussion {paper.id}"),
        **_links(listing),
        **_machine_text(listing),
        **_organization(listing),
    }


def _author(name: str, paper: InventedPaper, listing: Listing, day: date) -> JsonObject:
    author: JsonObject = {"_id": _object_id(f"{paper.id} {name}")}
    login = listing.users.get(name)
    if login:
        author["user"] = _user(name, login)
    author["name"] = name
    if login:
        author |= {"status": "claimed_verified", "statusLastChangedAt": _stamp(day)}
    return author | {"hidden": name in listing.hidden}


def _user(fullname: str, login: str) -> JsonObject:
    return {
        "_id": _object_id(login),
        "avatarUrl": _avatar(login),
        "isPro": False,
        "fullname": fullname,
        "user": login,
        "type": "user",
        "name": login,
    }


def _submitter(listing: Listing) -> JsonObject:
    login = _login(listing.submitter, listing)
    return {
        "_id": _object_id(login),
        "avatarUrl": _avatar(login),
        "fullname": listing.submitter,
        "name": login,
        "type": "user",
        "isPro": False,
        "isHf": False,
        "isHfAdmin": False,
        "isMod": False,
        "followerCount": len(login),
        "isUserFollowing": False,
    }


def _links(listing: Listing) -> JsonObject:
    links: JsonObject = {}
    if listing.project:
        links["projectPage"] = listing.project
    if listing.code:
        links |= {"githubRepo": listing.code, "githubRepoAddedBy": "user", "githubStars": listing.stars}
    return links


def _machine_text(listing: Listing) -> JsonObject:
    text: JsonObject = {}
    if listing.ai_summary:
        text |= {"ai_summary": listing.ai_summary, "ai_summary_model": AI_SUMMARY_MODEL}
    if listing.ai_keywords:
        text["ai_keywords"] = listing.ai_keywords
    return text


def _media(listing: Listing) -> JsonObject:
    return {"mediaUrls": listing.media} if listing.media else {}


def _organization(listing: Listing) -> JsonObject:
    if not listing.organization:
        return {}
    name = "demo--" + _slug(listing.organization)
    avatar = f"https://example.org/avatars/{name}.png"
    identity = {"_id": _object_id(name), "name": name, "fullname": listing.organization, "avatar": avatar}
    return {"organization": identity}


def _login(name: str, listing: Listing) -> str:
    # Two hyphens in a row: no account can be opened with such a name, so the demo points at nobody.
    return listing.users.get(name) or "demo--" + _slug(name)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")


def _drop_dollars(text: str) -> str:
    # In every capture the dollar signs of mathematics are gone and the commands between them are still there.
    return text.replace("$", "")


def _stamp(moment: date) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _avatar(login: str) -> str:
    return f"/avatars/{_digest(login)[:32]}.svg"


def _object_id(label: str) -> str:
    return _digest(label)[:24]


def _digest(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()
