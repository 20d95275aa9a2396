"""Watched databases as values: one from the environment, several from a file, never a wrong one by accident."""

from pathlib import Path

import pytest

from data_consistency import pools, project, runtime
from data_consistency.errors import ConfigurationError, WrongUse
from data_consistency.sources import Source, choose, load_sources

_TWO = """
[sources.shop]
url_env = "SHOP_URL"
timezone = "America/New_York"
pool = "shop_pool"
mapping = "s2"
recipients = ["shop@example.org"]
opted_out_companies = [7]
dry_run = false
caps = { max_corrections = 3, max_ratio = 0.5, min_age_minutes = 0 }

[sources.clinic]
connection = "clinic_mysql"
"""


def _load(tmp_path: Path, text: str, **environ: str) -> dict[str, Source]:
    path = tmp_path / "consistency.toml"
    path.write_text(text, encoding="utf-8")
    return load_sources(project.shipped(), {"CONSISTENCY_CONFIG": str(path), **environ})


def test_a_file_names_several_and_the_environment_says_the_rest(tmp_path: Path) -> None:
    """What an entry does not say is what the environment says."""
    found = _load(tmp_path, _TWO, CONSISTENCY_ALERT_EMAILS="all@example.org", CONSISTENCY_MAX_CORRECTIONS="9")
    shop, clinic = found["shop"], found["clinic"]

    assert ["shop", "clinic"] == list(found)
    assert ("SHOP_URL", None, "shop_pool", "s2") == (shop.url_env, shop.connection, shop.pool, shop.mapping)
    assert (None, "clinic_mysql", "consistency_mysql__clinic") == (clinic.url_env, clinic.connection, clinic.pool)
    assert (("shop@example.org",), ("all@example.org",)) == (shop.recipients, clinic.recipients)
    assert ("America/New_York", "Europe/Berlin") == (shop.timezone.key, clinic.timezone.key)
    assert (3, 9) == (shop.caps.max_corrections, clinic.caps.max_corrections)
    assert (frozenset({7}), frozenset()) == (shop.opted_out_companies, clinic.opted_out_companies)
    assert (False, True) == (shop.dry_run, clinic.dry_run)


def test_what_the_environment_forbids_no_entry_allows(tmp_path: Path) -> None:
    """The switches of a deployment hold for all its databases."""
    found = _load(tmp_path, _TWO, CONSISTENCY_DRY_RUN="true", CONSISTENCY_CORRECTIONS_ENABLED="false")

    assert [(True, False), (True, False)] == [(one.dry_run, one.corrections_enabled) for one in found.values()]


def test_names_of_one_database_are_no_other_s(tmp_path: Path) -> None:
    """DAGs, assets, runs and folders carry the name; the one that the environment makes keeps the plain ones."""
    shop = _load(tmp_path, _TWO)["shop"]
    (default,) = load_sources(project.shipped(), {}).values()

    assert ("check__shop", "check") == (shop.named("check"), default.named("check"))
    assert (Path("var/x/shop"), Path("var/x")) == (shop.folder(Path("var/x")), default.folder(Path("var/x")))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[sources", "cannot be read as TOML"),
        ("", "no source; add a table"),
        ("[source.a]\nconnection='a'", "unknown key 'source'; known are channels, sources"),
        ("[sources.A]\nconnection='a'", "source 'A': use up to 24 lower-case letters"),
        ("[sources.a]\n", "source 'a': exactly one of connection and url_env"),
        ("[sources.a]\nconnection='a'\nurl_env='B'", "source 'a': exactly one of connection and url_env"),
        ("[sources.a]\nurl_env='mysql://u:p@h/s'", "source 'a': url_env: not the name of a variable"),
        ("[sources.a]\nconnection=7", "source 'a': 'connection' must be a text"),
        ("[sources.a]\nconnection='a'\ntimezone='Mars'", "source 'a': timezone=Mars: not a time zone"),
        ("[sources.a]\nconnection='a'\ncolour='red'", "source 'a': unknown key 'colour'"),
        ("[sources.a]\nconnection='a'\nrecipients='x@y'", "source 'a': 'recipients' must be a list of texts"),
        ("[sources.a]\nconnection='a'\nrecipients=['x']", "source 'a': recipients: 'x' is no address"),
        ("[sources.a]\nconnection='a'\ndry_run='no'", "source 'a': 'dry_run' must be true or false"),
        ("[sources.a]\nconnection='a'\ncaps={max_ratio=2}", "source 'a': caps: 'max_ratio' must be a share"),
        ("[sources.a]\nconnection='a'\ncaps={max_rows=2}", "source 'a': caps: unknown key 'max_rows'"),
        ("[sources.a]\nconnection='a'\nopted_out_companies=[0]", "source 'a': 'opted_out_companies' must be a list"),
        ("[sources.a]\nurl_env='U'\n[sources.b]\nurl_env='U'", "sources 'a' and 'b' name the same database"),
    ],
)
def test_a_wrong_file_is_refused_by_source_and_field(tmp_path: Path, text: str, hint: str) -> None:
    """One line that names the file."""
    with pytest.raises(ConfigurationError) as error:
        _load(tmp_path, text)

    assert hint in str(error.value)
    assert "consistency.toml" in str(error.value)
    assert "u:p@h" not in str(error.value)


def test_file_and_variable_together_are_refused(tmp_path: Path) -> None:
    """Whichever were taken, somebody would think of the other."""
    with pytest.raises(ConfigurationError, match=r"CONSISTENCY_DB_URL is set and .*toml names databases too"):
        _load(tmp_path, _TWO, CONSISTENCY_DB_URL="mysql+pymysql://u@h/s")


def test_the_source_that_is_meant_is_named_or_the_only_one(tmp_path: Path) -> None:
    """No guess where several are watched."""
    found = _load(tmp_path, _TWO)

    assert "shop" == choose(found, "shop", {}).name
    assert "clinic" == choose(found, None, {"CONSISTENCY_SOURCE": "clinic"}).name
    with pytest.raises(WrongUse, match="name one with --source: shop, clinic"):
        choose(found, None, {})
    with pytest.raises(WrongUse, match="no source 'crm'; there are shop, clinic"):
        choose(found, "crm", {})


def test_a_named_connection_or_variable_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """Never another database in its place."""
    path = tmp_path / "consistency.toml"
    path.write_text(_TWO, encoding="utf-8")
    environ = {"CONSISTENCY_CONFIG": str(path), "AIRFLOW_CONN_CONSISTENCY_MYSQL": "mysql://u@h/other"}

    with pytest.raises(ConfigurationError, match="source 'shop': url_env: the variable SHOP_URL is not set"):
        runtime.build(environ, source="shop")
    with pytest.raises(ConfigurationError, match="connection 'clinic_mysql' is known to Airflow alone"):
        runtime.build(environ, source="clinic")

    named = {**environ, "AIRFLOW_CONN_CLINIC_MYSQL": "mysql://u@h/clinic"}
    assert "clinic" == runtime.build(named, source="clinic").engine.url.database
    assert "other" == runtime.build({**environ, "CONSISTENCY_CONFIG": ""}).engine.url.database


def test_every_pool_has_slots_and_a_shared_one_the_most(tmp_path: Path) -> None:
    """What `airflow pools import` is handed names each pool once."""
    text = """
[sources.shop]
url_env = "SHOP_URL"
pool = "both"
[sources.clinic]
url_env = "CLINIC_URL"
pool = "both"
pool_slots = 7
[sources.spa]
url_env = "SPA_URL"
"""
    wanted = pools.wanted(_load(tmp_path, text, CONSISTENCY_POOL_SLOTS="3").values())

    assert {"both": 7, "consistency_mysql__spa": 3} == {name: pool["slots"] for name, pool in wanted.items()}
    with pytest.raises(ConfigurationError, match="CONSISTENCY_POOL_SLOTS=0"):
        load_sources(project.shipped(), {"CONSISTENCY_POOL_SLOTS": "0"})
    with pytest.raises(ConfigurationError, match="'pool_slots' must be a whole number"):
        _load(tmp_path, text.replace("7", "0"))
