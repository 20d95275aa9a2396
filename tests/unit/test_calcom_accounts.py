"""Which company has which key, and what is said when that is written wrongly."""

import json
from pathlib import Path

import pytest

from data_consistency.calendar.calcom.accounts import account_of, load_accounts
from data_consistency.errors import ConfigurationError


def _file(tmp_path: Path, content: object) -> dict[str, str]:
    path = tmp_path / "companies.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return {"CONSISTENCY_CALCOM_COMPANIES": str(path), "CALCOM_KEY_7": "cal_live_seven", "CALCOM_KEY_8": "cal_live_8"}


def test_nobody_connected_anything() -> None:
    """No account, no error."""
    assert () == load_accounts({})
    assert account_of((), 1) is None


def test_one_key_is_of_the_only_company_or_of_the_one_named() -> None:
    """An installation of one company needs two variables."""
    (any_company,) = load_accounts({"CONSISTENCY_CALCOM_KEY": "cal_live_x"})
    (seven,) = load_accounts({"CONSISTENCY_CALCOM_KEY": "cal_live_x", "CONSISTENCY_CALCOM_COMPANY": "7"})

    assert account_of((any_company,), 3) is any_company
    assert account_of((seven,), 7) is seven
    assert account_of((seven,), 3) is None
    assert "cal_live_x" not in repr(seven)


def test_a_file_names_a_key_for_each_company(tmp_path: Path) -> None:
    """And its event types; the keys stand in variables."""
    accounts = load_accounts(
        _file(
            tmp_path,
            [
                {"company": 7, "key_env": "CALCOM_KEY_7", "event_types": [100]},
                {"company": 8, "key_env": "CALCOM_KEY_8"},
            ],
        )
    )

    assert [(7, "cal_live_seven", (100,)), (8, "cal_live_8", ())] == [
        (account.company_id, account.connection.key, account.event_type_ids) for account in accounts
    ]
    assert account_of(accounts, 9) is None


def test_companies_with_one_key_have_equal_shares_of_its_pace(tmp_path: Path) -> None:
    """One with a key of its own has all of it."""
    accounts = load_accounts(
        _file(
            tmp_path,
            [
                {"company": 7, "key_env": "CALCOM_KEY_7", "event_types": [100]},
                {"company": 8, "key_env": "CALCOM_KEY_7", "event_types": [200]},
                {"company": 9, "key_env": "CALCOM_KEY_8"},
            ],
        )
    )

    shares = [account.connection.share for account in accounts]
    assert [("7", 2), ("8", 2), ("9", 1)] == [(share.name, share.of) for share in shares]
    assert [45, 45, 90] == [
        share.part(account.connection.limits.requests_per_minute)
        for share, account in zip(shares, accounts, strict=True)
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "not JSON"),
        ({}, "not a list"),
        ([], "not a list"),
        (["x"], "entry 1: not an object"),
        ([{"company": 7, "key_env": "CALCOM_KEY_7", "key": "secret"}], "entry 1: unknown field key"),
        ([{"company": 7, "key_env": "cal_live_secret"}], "entry 1: key_env: not the name of a variable"),
        ([{"company": 7, "key_env": "NOT_SET"}], "the variable NOT_SET is not set"),
        ([{"company": 7, "key_env": "CALCOM_KEY_7", "hint_key_env": "my-secret"}], "entry 1: hint_key_env: not the"),
        ([{"company": 7, "key_env": "CALCOM_KEY_7", "hint_key_env": "NOT_SET"}], "hint_key_env: the variable NOT_SET"),
        ([{"company": True, "key_env": "CALCOM_KEY_7"}], "entry 1: company"),
        ([{"company": 7, "key_env": "CALCOM_KEY_7", "event_types": ["a"]}], "entry 1: event_types"),
        ([{"company": 7, "key_env": "CALCOM_KEY_7", "event_types": 5}], "entry 1: event_types"),
        ([{"company": 7, "key_env": "CALCOM_KEY_7"}] * 2, "company 7 is named twice"),
    ],
)
def test_a_wrong_file_is_one_error_that_names_entry_and_field(tmp_path: Path, content: object, said: str) -> None:
    """And never a key."""
    with pytest.raises(ConfigurationError, match=said) as raised:
        load_accounts(_file(tmp_path, content))

    assert "companies.json" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the variable that names it."""
    with pytest.raises(ConfigurationError, match=r"CONSISTENCY_CALCOM_COMPANIES=.*nowhere\.json: cannot be read"):
        load_accounts({"CONSISTENCY_CALCOM_COMPANIES": str(tmp_path / "nowhere.json")})


@pytest.mark.parametrize("company", ["x", "0", "-1", "7.5", "9" * 30])
def test_a_company_is_an_id(company: str) -> None:
    """Whatever else is written there."""
    with pytest.raises(ConfigurationError, match="CONSISTENCY_CALCOM_COMPANY"):
        load_accounts({"CONSISTENCY_CALCOM_KEY": "cal_live_x", "CONSISTENCY_CALCOM_COMPANY": company})


@pytest.mark.parametrize(("first", "second"), [([], []), ([100], []), ([], [200]), ([100, 200], [200])])
def test_one_key_does_not_mix_two_companies(tmp_path: Path, first: list[int], second: list[int]) -> None:
    """It shows each the other's bookings, unless event types tell them apart."""
    entries = [
        {"company": 7, "key_env": "CALCOM_KEY_7", "event_types": first},
        {"company": 8, "key_env": "CALCOM_KEY_7", "event_types": second},
    ]

    with pytest.raises(ConfigurationError, match="entry 2: event_types: same key as entry 1"):
        load_accounts(_file(tmp_path, entries))


def test_one_key_serves_two_companies_of_different_event_types(tmp_path: Path) -> None:
    """An agency has one account for several customers."""
    entries = [
        {"company": 7, "key_env": "CALCOM_KEY_7", "event_types": [100]},
        {"company": 8, "key_env": "CALCOM_KEY_7", "event_types": [200]},
    ]

    assert 2 == len(load_accounts(_file(tmp_path, entries)))
