"""How an engine connects, without a server: what the driver is asked for."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event

from data_consistency.errors import ConfigurationError
from tests.worlds import make_engine, make_quick_engine

_SOCKET = "mysql+pymysql://root@/s?unix_socket=/s.sock"


class _Asked(Exception):
    """Nobody connects."""


@pytest.mark.parametrize("make", [make_engine, make_quick_engine])
@pytest.mark.parametrize(
    ("url", "is_off"),
    [
        (_SOCKET, True),
        (f"{_SOCKET}&ssl_check_hostname=1", None),
        ("mysql+pymysql://root@host/s", None),
    ],
)
def test_tls_is_left_out_on_a_socket_of_this_machine_alone(
    make: Callable[[str], Engine], url: str, is_off: object
) -> None:
    """Unless the URL speaks of it; to another machine the driver decides as ever."""
    engine = make(url)

    @event.listens_for(engine, "do_connect")
    def refuse(_dialect: object, _record: object, _args: object, options: dict[str, Any]) -> None:
        raise _Asked(options.get("ssl_disabled"))

    with pytest.raises(_Asked) as asked:
        engine.connect()

    assert (is_off,) == asked.value.args


@pytest.mark.parametrize("word", ["false", "0", "no"])
def test_tls_is_never_switched_off_by_a_word_that_asks_for_it(word: str) -> None:
    """The driver takes every word for a yes."""
    with pytest.raises(ConfigurationError, match=r"ssl_disabled: write true, or leave it out"):
        make_engine(f"mysql+pymysql://root@host/s?ssl_disabled={word}")
