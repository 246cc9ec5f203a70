"""What is kept in memory about queries: much for readers, whose wishes every batch asks again, little for strangers.

Anybody may type anything into the sign-up form. Kept beside what readers wish, it would push that out, and fill memory
for nobody.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

FOR_READERS: Final = 20_000
FOR_STRANGERS: Final = 200  # what two visitors may type, as written and in canonical form

_is_passing: ContextVar[bool] = ContextVar("is_passing", default=False)


@contextmanager
def passing() -> Iterator[None]:
    """Keep next to nothing of what is asked in here: it is a stranger's."""
    token = _is_passing.set(True)
    try:
        yield
    finally:
        _is_passing.reset(token)


def remember(function: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function gave, apart for readers and for strangers."""
    of_readers = cast("Callable[P, T]", lru_cache(maxsize=FOR_READERS)(function))
    of_strangers = cast("Callable[P, T]", lru_cache(maxsize=FOR_STRANGERS)(function))

    @wraps(function)
    def recall(*args: P.args, **kwargs: P.kwargs) -> T:
        return (of_strangers if _is_passing.get() else of_readers)(*args, **kwargs)

    return recall
