"""What the exit status of a command says to scripts."""

from enum import IntEnum


class Status(IntEnum):
    """Every status that a command may end with."""

    CLEAN = 0
    VIOLATIONS = 1  # left; or what was asked about is not as it should be
    WARNINGS = 2  # only warnings are left
    NOT_EVALUATED = 3  # something could not be evaluated, done or delivered
    WRONG_USE = 64  # of the command, its options, a setting or a file; nothing was done
    CRASH = 70  # nobody foresaw it
    INTERRUPTED = 130  # by Ctrl-C
    BROKEN_PIPE = 141  # nobody reads the answer any more
