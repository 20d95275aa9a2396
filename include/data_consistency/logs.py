"""Log lines: one event each, and the watched database that it is about."""

import logging
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from data_consistency import sources

if TYPE_CHECKING:
    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter


class _OfSource(_Adapter):
    """Ends every line with the name of the source whose work this is."""

    def process(self, msg: object, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        """The line with the name behind it; a percent sign in it would be taken for a place of an argument."""
        return f"{msg} source={sources.current.get()}", kwargs


def logger_of(name: str) -> _Adapter:
    """The logger of a module of ours."""
    return _OfSource(logging.getLogger(name))
