"""Settings: read once, validated, one clear error each."""

from pathlib import Path

import pytest

from data_consistency import project
from data_consistency.config import Settings, load_settings
from data_consistency.errors import ConfigurationError
from data_consistency.sources import Caps, Source, load_sources


def _read(environ: dict[str, str]) -> tuple[Settings, Source]:
    found = project.find(environ)
    (source,) = load_sources(found, environ).values()
    return load_settings(found, environ), source


def test_nothing_set_means_the_careful_defaults() -> None:
    """A new environment plans and changes nothing; the zone is that of the business."""
    settings, source = _read({})

    assert source.dry_run
    assert source.corrections_enabled
    assert Caps() == source.caps
    assert "Europe/Berlin" == settings.report_timezone.key == source.timezone.key
    assert ("default", None, "consistency_mysql") == (source.name, source.connection, source.pool)
    assert project.shipped().home / "var" == settings.var


def test_every_setting_can_be_said(tmp_path: Path) -> None:
    """The environment decides."""
    settings, source = _read(
        {
            "CONSISTENCY_DB_URL": "mysql+pymysql://u@h/s",
            "CONSISTENCY_VAR": str(tmp_path),
            "CONSISTENCY_SOURCE_TIMEZONE": "UTC",
            "CONSISTENCY_DRY_RUN": "no",
            "CONSISTENCY_CORRECTIONS_ENABLED": "Off",
            "CONSISTENCY_MAX_CORRECTIONS": "7",
            "CONSISTENCY_MAX_CORRECTION_RATIO": "0.5",
            "CONSISTENCY_MIN_AGE_MINUTES": "0",
            "CONSISTENCY_OPTED_OUT_COMPANIES": "3, 15,",
            "CONSISTENCY_ALERT_EMAILS": "a@example.org, b@example.org",
        }
    )

    assert (False, False) == (source.dry_run, source.corrections_enabled)
    assert (7, 0.5, 0) == (source.caps.max_corrections, source.caps.max_ratio, source.caps.min_age_minutes)
    assert frozenset({3, 15}) == source.opted_out_companies
    assert ("a@example.org", "b@example.org") == source.recipients
    assert "UTC" == source.timezone.key
    assert tmp_path == settings.var


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("CONSISTENCY_HOME", "/nowhere", "no folder expectations/"),
        ("CONSISTENCY_RULES", "/nowhere", "no folder expectations/ or sql/"),
        ("CONSISTENCY_CONFIG", "/nowhere/consistency.toml", "no such file"),
        ("CONSISTENCY_REPORT_TIMEZONE", "Europe/Atlantis", "not a time zone"),
        ("CONSISTENCY_SOURCE_TIMEZONE", "../etc/passwd", "not a time zone"),
        ("CONSISTENCY_DRY_RUN", "maybe", "use true or false"),
        ("CONSISTENCY_MAX_CORRECTIONS", "-1", "whole number"),
        ("CONSISTENCY_MAX_CORRECTIONS", "9" * 30, "at most 2147483647"),
        ("CONSISTENCY_CALCOM_DAYS_BACK", "0", "days from 1"),
        ("CONSISTENCY_CALCOM_DAYS_AHEAD", "3651", "to 3650"),
        ("CONSISTENCY_MAX_CORRECTIONS", "²", "whole number"),
        ("CONSISTENCY_MAX_CORRECTION_RATIO", "5 %", "share from 0 to 1"),
        ("CONSISTENCY_MAX_CORRECTION_RATIO", "1.5", "share from 0 to 1"),
        ("CONSISTENCY_MAX_CORRECTION_RATIO", "nan", "share from 0 to 1"),
        ("CONSISTENCY_OPTED_OUT_COMPANIES", "one", "company ids"),
        ("CONSISTENCY_OPTED_OUT_COMPANIES", "9" * 5000, "company ids"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str, hint: str) -> None:
    """The message says which variable, which value, and what to write instead."""
    with pytest.raises(ConfigurationError, match=hint) as error:
        _read({name: value})

    assert name in str(error.value)
