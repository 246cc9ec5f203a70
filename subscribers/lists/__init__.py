"""Lists of subscribers, as operators move them from one program to another: CSV, JSON, one address a line. Pure.

Our own exports, and those of listmonk, Mailman, Ghost, Buttondown, Substack and Mailchimp, recognised by their content.
A line that cannot be used becomes a fault with its reason; the others are read.
"""

from subscribers.lists.listed import Evidence, LineFault, Listed, ListedChannel, SubscriberList, UnreadableList
from subscribers.lists.reading import MAX_BYTES, read_subscribers
from subscribers.lists.rows import Defaults
from subscribers.lists.writing import write_csv, write_json

__all__ = [
    "MAX_BYTES",
    "Defaults",
    "Evidence",
    "LineFault",
    "Listed",
    "ListedChannel",
    "SubscriberList",
    "UnreadableList",
    "read_subscribers",
    "write_csv",
    "write_json",
]
