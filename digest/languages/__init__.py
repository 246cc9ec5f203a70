"""The languages the bot speaks: catalogues read through Babel, and dates and numbers as each language writes them.

The language is part of the context, as it is for gettext in other programs: whoever begins to speak says in which
(`speaking`), and whatever puts words together meanwhile says them through `tr` and `trn`. English stands in the code
and is what is said where a catalogue has nothing.
"""

from digest.languages.choice import ENGLISH, LANGUAGES, choose_language
from digest.languages.formats import say_date, say_day, say_list, say_number, say_time
from digest.languages.speech import mark, mark_plural, speaking, spoken, tr, trn

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "choose_language",
    "mark",
    "mark_plural",
    "say_date",
    "say_day",
    "say_list",
    "say_number",
    "say_time",
    "speaking",
    "spoken",
    "tr",
    "trn",
]
