"""What the exit code of a command means."""

from enum import IntEnum


class Exit(IntEnum):
    """0 all went well; the others say what kind of thing went wrong. 2 is click's, for a misused command line."""

    OK = 0
    FAILED = 1  # the job ran, and part of it did not work: a source, a notifier, a delivery
    USAGE = 2
    CONFIGURATION = 3
    DATABASE = 4
