"""What a command imports before it does anything."""

import subprocess
import sys

_IMPORTED = (
    "import sys; from data_consistency.cli import main\ntry: main({words})\nexcept SystemExit: print(*sys.modules)"
)
# Of other commands alone: the parser of SQL, templates of the report, the sandbox.
_OF_OTHERS = {"sqlglot", "jinja2", "consistency_sandbox", "data_consistency.pipeline", "data_consistency.cli.check"}


def _imported_for(*words: str) -> set[str]:
    script = _IMPORTED.format(words=list(words))
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_the_booking_service_imports_no_other_command() -> None:
    """Callers wait for it; that a full help finds these shows that their names are right."""
    assert set() == _OF_OTHERS & _imported_for("booking", "serve", "--help")
    assert _OF_OTHERS == _OF_OTHERS & _imported_for("--help")


def test_who_mistypes_is_told_what_is_like_it() -> None:
    """Among all commands, of which this one was not asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "data_consistency", "doct"], capture_output=True, text=True, check=False
    )

    assert (64, True) == (done.returncode, "Did you mean 'doctor'?" in done.stderr)
