"""What a forked child must not share with its parent: locks, threads, connections, rows that the parent will write."""

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something with a state of the process's own."""

    def after_fork(self) -> None:
        """Begin anew, in the child."""
        ...


_known: "weakref.WeakSet[Forkable]" = weakref.WeakSet()


def begin_anew_in_children(thing: Forkable) -> None:
    """Call its `after_fork` in every child of this process, as long as it lives."""
    _known.add(thing)


def _in_child() -> None:
    for thing in list(_known):
        thing.after_fork()


os.register_at_fork(after_in_child=_in_child)
