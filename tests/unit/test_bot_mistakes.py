"""The bot says every error in the language of its reader: no sentence that is raised is missing in its book."""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest

from digest.bot.mistakes import MISTAKES, say_mistake
from digest.bot.rating_words import say_refused
from digest.bot.wording import say_unchanged
from digest.errors import InvalidQuery, InvalidReference
from digest.languages import ENGLISH, LANGUAGES, speaking
from digest.matching import terms
from digest.matching.query import parse
from digest.model import ExternalId, IdScheme
from digest.pipeline.following import not_a_person
from digest.researchers.ids import (
    AuthorReference,
    parse_author_reference,
    parse_institution_id,
    parse_paper_id,
    parse_person_id,
)
from digest.sources.people.asking import unknown
from digest.sources.people.institutions import ROR
from subscribers.model import InvalidSchedule, InvalidWish
from subscribers.schedule import check_timezone, parse_schedule
from subscribers.validation import check_cap, check_text
from tests.factories import paper

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != ENGLISH]

# What the bot shows the words of, and where among the arguments these are.
SHOWN = {"InvalidQuery": 1, "InvalidReference": 1, "UnknownReference": 2, "InvalidWish": 0, "InvalidSchedule": 0}
CLASSES = {each.__name__: each for each in (InvalidWish, InvalidSchedule)}  # their docstring is a message too

# Modules that raise what the bot never comes to.
ELSEWHERE = {
    "digest/cli/follows.py": "a command of the operator",
    "digest/pipeline/choosing.py": "signing up on the web: whom strangers want to follow",
    "digest/pipeline/follow_text.py": "lists of subscribers",
    "digest/pipeline/signup.py": "whom forms on the web and lists name, and fields; the bot reads only topics by it",
    "digest/pipeline/signup_wishes.py": "the form of signing up on the web",
    "digest/researchers/imports/tables.py": "lists of people, imported by the operator or on the web",
    "digest/web/preferences/people.py": "a page",
    "subscribers/lists/rows.py": "lists of subscribers",
}
# Sentences, beginning with these words, that the bot never comes to.
UNREACHABLE = {
    "it is empty; write": "a command without words asks for some",
    "A subscriber needs an address": "the chat is the address",
    "“X1” is not a language tag": "only languages that are spoken are set",
    "“X1” is not how often a digest can come": "a cadence is chosen by a button",
    "“X1” is not a day of the week": "a weekly digest of a chat is on Mondays",
    "The hour must not carry a zone": "no hour that is typed does",
    "The digest of 08:00 cannot wait until 08:00": "an hour that is changed drops a wait that would end before it",
    "There is no day X1 in a week": "a weekly digest of a chat is on Mondays",
}


# ── reading what is raised ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Place:
    """A function, and the module whose constants it sees."""

    module: ModuleType
    function: ast.AST

    def list_values(self, name: str) -> Iterator[ast.expr]:
        """Give all that a local name may stand for."""
        for node in ast.walk(self.function):
            targets = node.targets if isinstance(node, ast.Assign) else ()
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                assert isinstance(node, ast.Assign)
                yield node.value
            if isinstance(node, ast.NamedExpr) and node.target.id == name:
                yield node.value


def read_sentences(node: ast.expr, place: Place) -> list[str]:
    """Give every sentence that an expression may be, with `X1` or digits for what is not known."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in product(*(read_sentences(each, place) for each in values))]
        case ast.FormattedValue():
            return _read_value(node, place)
        case ast.IfExp(body=one, orelse=other):
            return [*read_sentences(one, place), *read_sentences(other, place)]
        case ast.Name(id=name) if values := list(place.list_values(name)):
            return [each for value in values for each in read_sentences(value, place)]
        case ast.Call():
            return _read_call(node, place)
    raise AssertionError(f"{place.module.__name__}:{node.lineno}: the message cannot be read: {ast.unparse(node)}")


def _read_value(node: ast.FormattedValue, place: Place) -> list[str]:
    spec = "".join(read_sentences(node.format_spec, place)) if node.format_spec else ""
    if isinstance(node.value, ast.IfExp):
        return read_sentences(node.value, place)
    if isinstance(node.value, ast.Name):
        name = node.value.id
        if name == "what":
            return list(list_checked())
        if isinstance(known := getattr(place.module, name, None), str | int):
            return [format(known, spec)]
        if said := [value for value in place.list_values(name) if _is_text(value)]:
            return [each for value in said for each in read_sentences(value, place)]
    if "%" in spec:
        return ["08:00"]
    return ["34"] if spec or "count" in ast.unparse(node.value) else ["X1"]


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) and _is_text(node.orelse)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _read_call(node: ast.Call, place: Place) -> list[str]:
    match node.func:
        case ast.Name(id="tr"):
            return []  # in the language of the reader already
        case ast.Name(id="next"):
            return []  # of the tables of `terms`, which `read_terms` reads
        case ast.Attribute(attr="format"):
            return []
        case ast.Name(id=name):
            function = getattr(place.module, name)
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
            inside = Place(sys.modules[function.__module__], tree)
            returned = (each.value for each in ast.walk(tree) if isinstance(each, ast.Return))
            given = [each for each in returned if each is not None and ast.unparse(each) != "None"]
            return [each for value in given for each in read_sentences(value, inside)]
    raise AssertionError(f"{place.module.__name__}:{node.lineno}: who says {ast.unparse(node)}?")


def read_terms() -> Iterator[str]:
    for template in terms.COMPLAINTS.values():
        yield template.format("X1")
        yield template.format("")  # `""` is a phrase without words
    for _, template in terms._MISTAKES:
        yield template.format("X1")


@cache
def list_checked() -> frozenset[str]:
    """Give what texts that are checked are called: `The name is empty.`"""
    calls = (node for name, tree in list_modules() if name not in ELSEWHERE for node in ast.walk(tree))
    return frozenset(
        named.value
        for node in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check_text"
        if isinstance(named := node.args[0], ast.Constant) and isinstance(named.value, str)
    )


def list_modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("digest", "subscribers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def find_raised(name: str, tree: ast.Module) -> Iterator[str]:
    """Give the sentences of all errors that a module makes."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Name(id=error), args=arguments) if error in SHOWN and arguments:
                    module = import_module(name.removesuffix(".py").replace("/", "."))
                    yield from read_sentences(arguments[SHOWN[error]], Place(module, function))
                case ast.Raise(exc=ast.Name(id=error)) if error in CLASSES:
                    yield str(CLASSES[error]())


def makes_some(tree: ast.Module) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Raise))
    made = (node.func if isinstance(node, ast.Call) else node.exc for node in calls)
    return any(isinstance(each, ast.Name) and each.id in SHOWN for each in made)


def list_raised() -> list[str]:
    """Give every sentence that may come to the bot."""
    around = (InvalidQuery("X1", "X1"), InvalidReference("X1", "X1"), InvalidReference("", "X1"))
    found = [each for name, tree in list_modules() if name not in ELSEWHERE for each in find_raised(name, tree)]
    return list(dict.fromkeys((*map(str, around), *found, *read_terms())))


# ── whether the book has it ──────────────────────────────────────────────────────────────────────────────────────────


def list_texts() -> Iterator[str]:
    for phrase in MISTAKES.phrases:
        yield from (phrase,) if isinstance(phrase, str) else phrase


def is_of(sentence: str, text: str) -> bool:
    pattern = re.sub(r"\\\{([a-z_]+)\\\}", lambda name: r"[\d,]+" if name[1] == "count" else ".*?", re.escape(text))
    return re.fullmatch(pattern, sentence) is not None


def test_every_sentence_that_is_raised_is_in_the_book() -> None:
    raised = list_raised()
    unknown_ones = [each for each in raised if not any(is_of(each, text) for text in list_texts())]

    assert len(raised) > 80
    assert [each for each in unknown_ones if not each.startswith(tuple(UNREACHABLE))] == []


def test_the_book_has_nothing_that_nobody_raises() -> None:
    raised = list_raised()
    stale = [text for text in list_texts() if not any(is_of(each, text) for each in raised)]

    assert stale == ["it has {count} character and may have 2,000; split it in several."]  # one is never too many


def test_what_is_listed_as_out_of_reach_is_raised_all_the_same() -> None:
    raised = list_raised()
    making = {name for name, tree in list_modules() if makes_some(tree)}

    assert [words for words in UNREACHABLE if not any(each.startswith(words) for each in raised)] == []
    assert ELSEWHERE.keys() - making == set()


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────────

QUERIES = (
    *("x " * 1_001, "(" * 21, "a)", '"a', "(a", "- a", "a ~ :b", "a AND", "(AND a)", "foo:bar", "ti:(abs:a)"),
    *("a or b", "a " * 101, "NOT a", "a NOT a", "!", '""', "au:a", 'au:""', "cat:!", 'cat:""', "diffus*", "a|b"),
    *("cs.CL", " OR ".join(f"ﷺ{number}" for number in range(99))),
)
PEOPLE = (
    *("0000-0002-1825", "orcid:1", "0000-0002-1825-0098", "openalex:a", "s2:a", "dblp:?", "arxiv.org/a/?"),
    *("openreview:a@b.org", "~a", "openreview.net/profile", "hf:-", "https://scholar.google.com/citations?user=x"),
    "https://dblp.org/pers/hd/l/Lovelace:Ada",
)
PAPERS = ("doi:10", "2313.01234", "2301.0123", "arxiv:1", "arxiv.org/abs/", "doi.org/10")
PLACES = ("ror:1", "ror:05dxps056", "openalex:I")
AUTHORS = ("author 1 of nothing", "author 0 of 2310.01234")
OF_A_PAPER = AuthorReference(ExternalId(IdScheme.ARXIV, "2310.01234"), 9)


def make_all() -> Iterator[Callable[[], object]]:
    for read, texts in (
        (parse, QUERIES),
        (parse_person_id, PEOPLE),
        (parse_paper_id, PAPERS),
        (parse_institution_id, PLACES),
        (parse_author_reference, AUTHORS),
    ):
        yield from (partial(read, text) for text in texts)
    yield from (partial(OF_A_PAPER.find_in, paper("2310.01234", authors=names)) for names in ([], ["Ada"], ["A", "B"]))
    for what in ("name", "name or id", "interest", "exclusion"):
        yield from (partial(check_text, what, text, 3) for text in ("", "abcd", "a\0"))
    yield from (partial(check_timezone, name) for name in ("Europe/Berln", "nowhere"))
    yield partial(parse_schedule, "UTC", "25")
    yield partial(check_cap, 0)


def list_errors() -> Iterator[Exception]:
    for act in make_all():
        try:
            act()
        except (InvalidQuery, InvalidReference, InvalidWish, InvalidSchedule) as error:
            yield error
    yield InvalidWish()
    yield InvalidWish(not_a_person("The “A” Team"))
    yield unknown("ror:05dxps055", ROR)


def test_english_stays_as_it_was_raised() -> None:
    errors = list(list_errors())
    texts = [str(error) for error in errors]

    assert len(errors) > 60
    assert [say_mistake(error) for error in errors] == texts
    with speaking("en-GB"):
        assert [say_mistake(error) for error in errors] == texts


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_of_it_is_left_in_english(language: str) -> None:
    with speaking(language):
        for error in list_errors():
            said, why = say_mistake(error), getattr(error, "why", None) or str(error)
            assert why not in said
            assert "cannot be" not in said


def test_what_the_reader_wrote_stays_as_they_wrote_it() -> None:
    error = InvalidQuery('name or "interest', "the quote at character 9 is never closed; add a closing one.")

    with speaking("de"):
        assert 'name or "interest' in say_mistake(error)
        assert "9" in say_mistake(error)
        assert say_mistake(InvalidWish("Nobody says that.")) == "Nobody says that."


def test_large_numbers_are_written_as_the_language_writes_them() -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse("x" * 2_345)

    with speaking("de"):
        said = say_mistake(caught.value)
    assert "2.345" in said
    assert "2.000" in said


def test_notices_and_messages_have_the_words_of_the_language() -> None:
    error = InvalidWish("There is no researcher 12.")

    assert say_unchanged(say_mistake(error)) == "There is no researcher 12. Nothing was changed."
    with speaking("de"):
        assert say_unchanged(say_mistake(error)) == "Es gibt niemanden mit der Nummer 12. Nichts wurde geändert."
        assert say_refused(say_mistake(error)) == "Es gibt niemanden mit der Nummer 12. Nichts wurde geändert."
