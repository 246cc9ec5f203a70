"""Lists of people to follow, as readers have them. Pure.

Names on lines, tables, alerts of Google Scholar and Semantic Scholar, feeds of a reader (OPML), and libraries in
BibTeX, Zotero's JSON or CSL: recognised by their content. What is good is read; the rest is listed by line with the
reason.
"""

from digest.researchers.imports.reading import MAX_BYTES, MAX_LINES, MAX_PEOPLE, read_list
from digest.researchers.imports.wishes import Fault, PeopleList, PersonWish

__all__ = ["MAX_BYTES", "MAX_LINES", "MAX_PEOPLE", "Fault", "PeopleList", "PersonWish", "read_list"]
