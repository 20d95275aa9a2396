"""Time zones in the server's own tables, which a private server comes without."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

# Fixed ones, one with a half hour, and three whose clocks change on different nights.
ZONES = ("+00:00", "+05:30", "-11:00", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
_FIRST, _LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def teach(engine: Engine) -> None:
    """Have the server know the named ones of ZONES, for the year of the tests."""
    with engine.begin() as connection:
        for number, name in enumerate((name for name in ZONES if "/" in name), 9001):
            if connection.execute(text("SELECT 1 FROM mysql.time_zone_name WHERE Name = :name"), {"name": name}).all():
                continue
            changes = _changes(ZoneInfo(name))
            types = sorted({change[1:] for change in changes})
            connection.execute(
                text("INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (:id, 'N')"), {"id": number}
            )
            connection.execute(
                text("INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES (:name, :id)"),
                {"name": name, "id": number},
            )
            connection.execute(
                text(
                    "INSERT INTO mysql.time_zone_transition_type"
                    " (Time_zone_id, Transition_type_id, `Offset`, Is_DST, Abbreviation)"
                    " VALUES (:id, :type, :offset, :dst, 'X')"
                ),
                [
                    {"id": number, "type": index, "offset": offset, "dst": dst}
                    for index, (offset, dst) in enumerate(types)
                ],
            )
            connection.execute(
                text(
                    "INSERT INTO mysql.time_zone_transition (Time_zone_id, Transition_time, Transition_type_id)"
                    " VALUES (:id, :at, :type)"
                ),
                [{"id": number, "at": at, "type": types.index((offset, dst))} for at, offset, dst in changes],
            )


def _changes(zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """When the clocks of a zone change within the year, to which offset, and whether that is summer time."""
    found: list[tuple[int, int, int]] = []
    moment = _FIRST
    while moment < _LAST:
        local = moment.astimezone(zone)
        offset, dst = local.utcoffset() or timedelta(), int(bool(local.dst()))
        if not found or found[-1][1:] != (int(offset.total_seconds()), dst):
            found.append((int(moment.timestamp()), int(offset.total_seconds()), dst))
        moment += timedelta(minutes=30)
    return found
