"""Captured public pages about researchers: the person, and the papers listed. Pure.

A page is the text of a browser window. Three layouts are read: a profile, an author's page, and a list of papers cut
out of one. Anything else is refused as a whole, since half a page would be half a person.
"""

from digest.researchers.pages.reading import is_page, read_page
from digest.researchers.pages.records import AuthorPage, PageLayout, PageRecord, to_paper

__all__ = ["AuthorPage", "PageLayout", "PageRecord", "is_page", "read_page", "to_paper"]
