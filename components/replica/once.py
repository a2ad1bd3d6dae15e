"""What there is one of in a program: made when it is first asked for, and never shared with the next program."""

import asyncio
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
T = TypeVar("T")


def once_per_program(make: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function returns, by its arguments, for the program that runs in the current event loop."""
    of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        found: T = of_loop.setdefault(asyncio.get_event_loop(), cache(make))(*args, **kwargs)
        return found

    return made
