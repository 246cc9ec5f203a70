"""Says the errors whose words the bot shows, in the language of whoever reads them.

They are raised in English, below, by what knows of no readers: the language of interests, the ids of people and papers,
the checks of a subscription. `MISTAKES` has their texts word for word, grouped by where they are raised; a text that is
missing here is shown in English, and `tests/unit/test_bot_mistakes.py` finds it.
"""

from typing import Final

from digest.languages import mark, mark_plural
from digest.languages.retelling import Phrase, Phrasebook


def say_mistake(error: Exception) -> str:
    """Say what was wrong, as plain text; in English, as it was raised, where nobody has translated that."""
    return MISTAKES.retell(str(error))


# ── digest.errors: around what is said below ─────────────────────────────────────────────────────────────────────────

_AROUND: Final[tuple[Phrase, ...]] = (
    mark("The interest “{text}” cannot be understood: {why_said}"),
    mark("That cannot be followed: {why_said}"),  # an address with nothing behind it
    mark("“{text}” cannot be followed: {why_said}"),
)

# ── digest.matching.query: what is wrong with a query ────────────────────────────────────────────────────────────────

_QUERIES: Final[tuple[Phrase, ...]] = (
    mark_plural(
        "it has {count} character and may have 2,000; split it in several.",
        "it has {count} characters and may have 2,000; split it in several.",
    ),
    mark("parentheses may be nested {depth} deep and no deeper; make it simpler."),
    mark("the “)” at character {place} closes nothing; remove it or add a “(” before it."),
    mark("the quote at character {place} is never closed; add a closing one."),
    mark("the “(” at character {place} is never closed; add a “)”."),
    mark("the “-” at character {place} must touch the word it excludes, as in `-survey`."),
    mark("“{sign}” at character {place} means nothing here; put words with it in quotes."),
    mark("something is missing before “{word}” at character {place}; write a word or phrase there."),
    mark(
        "something is missing after its last word; write a word or phrase there, for example `diffusion AND “image "
        "generation”` or `cat:cs.CL`."
    ),
    mark(
        "there is no field “{name}:”; there are ti: (title), abs: (abstract), au: (author) and cat: (category). Put "
        "words with a colon in quotes."
    ),
    mark("“{inner}:” stands inside “{outer}:”, and nothing can be both; move it out of the parentheses."),
    mark("“{word}” is an operator only in capitals; write {capitals}, or put words in quotes."),
    mark("it has {number} terms and may have {most}; split it in several."),
    mark("spelled out it has more than 2,000 characters; split it in several."),
    mark("it, or one side of an OR, only says what you do not want; add what you do want: a word, name or category."),
    mark("nothing can match it: the same term is wanted and excluded; remove one of the two."),
)

# ── digest.matching.terms: what is wrong with one of its words ───────────────────────────────────────────────────────

_TERMS: Final[tuple[Phrase, ...]] = (
    mark("“{word}” has no letter or digit to look for; write a word or a “phrase in quotes”."),
    mark(
        "“{word}” is not a name to look for; write at least the family name, for example `au:Wei` or `au:Wei_F`.",
    ),
    mark("“{word}” is not a category; write `cat:cs.CL`, or `cat:cs` for all of cs."),
    mark("“{word}” has a wildcard, and there are none; write the words out, as in `diffusion OR diffusive`."),
    mark("the “|” in “{word}” is no operator; write OR between the two, or put words in quotes."),
    mark("“{word}” is a category; write `{query}`, or put it in quotes to look for the words."),
)

# ── digest.researchers.ids: what is wrong with an id or an address ───────────────────────────────────────────────────

_PAPERS: Final[tuple[Phrase, ...]] = (
    mark("this is no id of a paper; give it like 2310.01234, 10.1000/xyz or the page's address."),
    mark("a DOI is 10., digits, a slash and more, like 10.1000/xyz."),
    mark("an arXiv id begins with year and month, and there is no month {month}: is it mistyped?"),
    mark("arXiv ids have four digits behind the point until 2014, five since: is it mistyped?"),
    mark("an arXiv id is like 2310.01234 or hep-th/9901001."),
    mark("authors are counted from 1."),
    mark("“{title}” has no authors that we know of."),
    mark_plural("“{title}” has {count} author.", "“{title}” has {count} authors."),
)
_PEOPLE: Final[tuple[Phrase, ...]] = (
    mark("an ORCID iD has four groups of four digits, like 0000-0002-1825-0097; the last may be an X."),
    mark("the last character of this ORCID iD should be {right}: is it mistyped?"),
    mark("an author's id at OpenAlex is an A and digits, like A5034688833."),
    mark("an author's id at Semantic Scholar is the number at the end of the page's address, like 1741101."),
    mark("a person's id at dblp is what stands behind /pid/ in the address of the page, like 64/4311."),
    mark(
        "this is an old address of dblp, which goes by the name and not by the person; open it, and copy the "
        "“persistent URL” behind the share sign, like dblp.org/pid/64/4311."
    ),
    mark("an author's id at arXiv is family name, initial and number, like warner_s_1."),
    mark("addresses of people are not kept; give the profile's id, like ~First_Last1."),
    mark("a profile at OpenReview is ~, the names with _ between them, and a number, like ~First_Last1."),
    mark("a user name at Hugging Face is of letters, digits and hyphens, like huggingface.co/julien-c."),
    mark(
        "Google Scholar tells programs nothing; give the person's page at ORCID, OpenAlex, Semantic Scholar or dblp, "
        "or simply the name."
    ),
)
_INSTITUTIONS: Final[tuple[Phrase, ...]] = (
    mark("an id of ROR has nine characters, of which the first is a 0, like 05dxps055."),
    mark("the last two digits of this ROR id should be {right}: is it mistyped?"),
    mark("an institution's id at OpenAlex is an I and digits, like I122411786."),
)

# ── digest.pipeline.lookup and following, digest.sources.people: nobody, or nothing, is found ────────────────────────

_LOOKED_UP: Final[tuple[Phrase, ...]] = (
    mark("authors are counted from 1; give one like author 3 of 2310.01234."),
    mark("this paper is not stored here; only arXiv is asked for papers."),
    mark("arXiv knows no paper of this id."),
    mark("{paper} could not be stored."),
    mark("{service} has nothing under {id}; look the id up again on its page, or follow by name"),
)
_FOLLOWED: Final[tuple[Phrase, ...]] = (
    mark("“{name}” is not a person's name; teams and collaborations can be an interest: {query}."),
    mark("There is no researcher {number}."),
    mark("There is no paper {number}."),
)

# ── subscribers: what is not stored of a subscription ────────────────────────────────────────────────────────────────

_WISHES: Final[tuple[Phrase, ...]] = (
    mark("This cannot be asked for."),
    mark("A digest holds 1 to {most} papers, not {number}."),
    mark("The name is empty."),
    mark("The name or id is empty."),
    mark("The interest is empty."),
    mark("The exclusion is empty."),
    mark("The name is too long: {length} characters, at most {most}."),
    mark("The name or id is too long: {length} characters, at most {most}."),
    mark("The interest is too long: {length} characters, at most {most}."),
    mark("The exclusion is too long: {length} characters, at most {most}."),
    mark("The name contains a control character; type it by hand."),
    mark("The name or id contains a control character; type it by hand."),
    mark("The interest contains a control character; type it by hand."),
    mark("The exclusion contains a control character; type it by hand."),
)
_SCHEDULES: Final[tuple[Phrase, ...]] = (
    mark("“{name}” is not a time zone; did you mean {nearest}?"),
    mark("“{name}” is not a time zone; use an IANA name such as Europe/Berlin or UTC."),
    mark("“{typed}” is not a time of day; write it as 08:00."),
    mark("That day has begun already; name a later one."),
)

MISTAKES: Final = Phrasebook(
    (
        *(*_AROUND, *_QUERIES, *_TERMS),
        *(*_PAPERS, *_PEOPLE, *_INSTITUTIONS),
        *(*_LOOKED_UP, *_FOLLOWED),
        *(*_WISHES, *_SCHEDULES),
    )
)
