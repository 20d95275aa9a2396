"""Where the client may connect to, and in which version it asks."""

import pytest

from data_consistency.calendar.calcom.connection import HOSTED, HOSTED_URL, SELF_HOSTED, Connection, load_connection
from data_consistency.errors import ConfigurationError

_KEY = "cal_live_secret"


def test_each_operation_has_the_version_of_its_endpoint() -> None:
    """A header that a route does not know is answered by another API without a word."""
    assert ("2026-05-01", "cursor") == (HOSTED.list_bookings, HOSTED.style)
    assert {"2026-02-25"} == {
        HOSTED.get_booking,
        HOSTED.create_booking,
        HOSTED.cancel_booking,
        HOSTED.reschedule_booking,
    }
    assert ("2024-08-13", "offset") == (SELF_HOSTED.list_bookings, SELF_HOSTED.style)
    assert {"2024-08-13"} == {
        SELF_HOSTED.get_booking,
        SELF_HOSTED.create_booking,
        SELF_HOSTED.cancel_booking,
        SELF_HOSTED.reschedule_booking,
    }


def test_the_environment_says_where_and_with_which_key() -> None:
    """Hosted, unless told otherwise; the key shows nowhere."""
    hosted = load_connection({"CONSISTENCY_CALCOM_KEY": _KEY, "HTTPS_PROXY": "http://user:pw@proxy:3128"})
    own = load_connection(
        {
            "CONSISTENCY_CALCOM_KEY": _KEY,
            "CONSISTENCY_CALCOM_URL": "http://127.0.0.1:3000/",
            "CONSISTENCY_CALCOM_API_VERSION": "2024-08-13",
            "HTTPS_PROXY": "http://proxy:3128",
        }
    )

    assert (HOSTED_URL, HOSTED, "http://user:pw@proxy:3128") == (hosted.base_url, hosted.versions, hosted.proxy)
    assert ("http://127.0.0.1:3000", SELF_HOSTED, None) == (own.base_url, own.versions, own.proxy)
    assert _KEY not in repr(hosted)
    assert "pw@" not in repr(hosted)


@pytest.mark.parametrize("key", ["", "abc", "with space", "line\nbreak", "ümlaut", "x" * 501])
def test_it_does_not_start_without_a_key(key: str) -> None:
    """Some operations would answer without one, so that nobody would notice."""
    with pytest.raises(ConfigurationError, match="CONSISTENCY_CALCOM_KEY") as raised:
        Connection(key=key)

    assert not key or key not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.cal.com",
        "http://10.0.0.1",
        "ftp://localhost",
        "https://user:pw@api.cal.com",
        "https://api.cal.com?x=1",
        "https://api.cal.com/v2",
        "api.cal.com",
        "",
    ],
)
def test_the_key_goes_over_https_only(url: str) -> None:
    """Plain HTTP is for this machine."""
    with pytest.raises(ConfigurationError, match="CONSISTENCY_CALCOM_URL"):
        Connection(key=_KEY, base_url=url)


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.0.0.9", "http://[::1]:80", "https://cal.example.org/api"]
)
def test_loopback_and_https_are_fine(url: str) -> None:
    """A server of one's own may have a path."""
    assert url == Connection(key=_KEY, base_url=url).base_url


def test_an_unknown_version_is_refused() -> None:
    """A made-up version would be answered by the oldest API."""
    with pytest.raises(ConfigurationError, match="CONSISTENCY_CALCOM_API_VERSION"):
        load_connection({"CONSISTENCY_CALCOM_KEY": _KEY, "CONSISTENCY_CALCOM_API_VERSION": "2025-01-01"})
