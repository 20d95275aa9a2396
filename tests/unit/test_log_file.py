"""The log file: full ones make room, and several processes agree about it."""

import logging
from pathlib import Path

from data_consistency.logs import LogFile


def _line(words: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.INFO, __file__, 1, words, None, None)


def _read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix != ".lock"}


def test_a_full_file_makes_room_and_the_oldest_goes(tmp_path: Path) -> None:
    """No more is kept than was said."""
    file = LogFile(tmp_path / "a.log", max_bytes=6, kept=2)

    for word in ("first", "second", "third", "fourth"):
        file.emit(_line(word))
    file.close()

    assert {"a.log": "fourth\n", "a.log.1": "third\n", "a.log.2": "second\n"} == _read(tmp_path)
    assert file.trouble is None


def test_two_writers_move_it_on_once_and_lose_no_line(tmp_path: Path) -> None:
    """Whoever is second follows to the new file, where the first has begun it."""
    one, other = (LogFile(tmp_path / "a.log", max_bytes=12, kept=3) for _ in range(2))

    for number in range(3):
        one.emit(_line(f"one {number}"))
        other.emit(_line(f"two {number}"))
    one.close()
    other.close()

    lines = sorted(line for text in _read(tmp_path).values() for line in text.splitlines())
    assert ["one 0", "one 1", "one 2", "two 0", "two 1", "two 2"] == lines
    assert {"a.log", "a.log.1", "a.log.2"} == _read(tmp_path).keys()


def test_a_file_that_somebody_else_moves_is_begun_anew(tmp_path: Path) -> None:
    """As the tools of a server do it."""
    file = LogFile(tmp_path / "a.log")
    file.emit(_line("before"))

    (tmp_path / "a.log").rename(tmp_path / "a.log-2026")
    file.emit(_line("after"))
    file.close()

    assert {"a.log": "after\n", "a.log-2026": "before\n"} == _read(tmp_path)
