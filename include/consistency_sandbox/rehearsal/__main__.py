"""The rehearsal inside its own namespaces; `consistency rehearse` starts it there."""

import sys
from pathlib import Path

from consistency_sandbox.rehearsal import story
from data_consistency.errors import DataConsistencyError


def main(checkout: Path, var: Path) -> int:
    """Rehearse; status 1: something was not reached, 3: it could not go on."""
    try:
        lines = story.missed(story.run(checkout, var, lambda line: print(line, flush=True)))  # noqa: T201  # its voice
    except DataConsistencyError as error:
        print(f"rehearse: {error}", file=sys.stderr)  # noqa: T201
        return 3
    for line in lines:
        print(f"MISSED {line}")  # noqa: T201
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
