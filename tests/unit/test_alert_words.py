"""The words of messages: both languages say the same, numbers and times read as their readers write them."""

import inspect
import re
from datetime import datetime, timedelta

import pytest

from data_consistency import errors
from data_consistency.alerts import explanations, words
from data_consistency.alerts.blocks import Reader

_ENGLISH = Reader(language="en", zone="Europe/Berlin")
_GERMAN = Reader(language="de", zone="Europe/Berlin")


@pytest.mark.parametrize("phrase", sorted(words._PHRASES))
def test_both_languages_know_the_same_places(phrase: str) -> None:
    """A number that stands in one stands in the other."""
    english, german = words._PHRASES[phrase]

    assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", german))
    assert english
    assert german


def test_every_error_of_ours_is_explained() -> None:
    """Who is called at night reads the cause and the remedy of the class, in both languages."""
    ours = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, errors.DataConsistencyError)
    }
    asked = explanations.known() | {"unknown"}

    assert ours - {"DataConsistencyError"} <= explanations.known()
    for name in asked:
        found = explanations.of(name)
        for said in (found.cause, found.remedy):
            assert said.en.endswith(".")
            assert said.de.endswith(".")
    assert explanations.of("data_consistency.errors.InvalidRule") == explanations.of("InvalidRule")


@pytest.mark.parametrize(
    ("ratio", "english", "german"),
    [
        (0.0, "0 %", "0 %"),
        (0.0001, "< 0.1 %", "< 0,1 %"),
        (0.031, "3.1 %", "3,1 %"),
        (0.974, "97 %", "97 %"),
        (0.9999, "99.9 %", "99,9 %"),
        (1.0, "100 %", "100 %"),
    ],
)
def test_a_share_is_nothing_or_all_only_if_it_is(ratio: float, english: str, german: str) -> None:
    """One row of a million is not 0 %, and one short of all is not 100 %."""
    assert (english, german) == (words.share(_ENGLISH, ratio), words.share(_GERMAN, ratio))


def test_numbers_and_nouns() -> None:
    """Grouped as people write them; one row is one row; a noun of somebody's own suite is left as it is."""
    assert ("10,000 calls", "10.000 Anrufe") == (
        words.rows(_ENGLISH, 10_000, "call"),
        words.rows(_GERMAN, 10_000, "call"),
    )
    assert ("1 customer", "1 Kunde") == (words.rows(_ENGLISH, 1, "customer"), words.rows(_GERMAN, 1, "customer"))
    assert "2 voucher" == words.rows(_ENGLISH, 2, "voucher")
    assert ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"] == [
        words.ordinal(_ENGLISH, n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)
    ]
    assert "2." == words.ordinal(_GERMAN, 2)


def test_times_are_those_of_the_reader() -> None:
    """In their zone, with its name, also on the day the clocks change."""
    before, after = datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)

    assert "25 Oct 2026, 02:30 CEST" == words.time(_ENGLISH, before)
    assert "25 Oct 2026, 02:30 CET" == words.time(_ENGLISH, after)
    assert "25.10.2026, 02:30 CET" == words.time(_GERMAN, after)


@pytest.mark.parametrize(
    ("took", "english", "german"),
    [
        (timedelta(seconds=59), "less than a minute", "weniger als eine Minute"),
        (timedelta(minutes=59), "59 min", "59 Min"),
        (timedelta(minutes=130), "2 h 10 min", "2 Std 10 Min"),
        (timedelta(days=3, hours=5), "3 d 5 h", "3 T 5 Std"),
    ],
)
def test_durations(took: timedelta, english: str, german: str) -> None:
    """To the minute, then to the hour."""
    assert (english, german) == (words.duration(_ENGLISH, took), words.duration(_GERMAN, took))
