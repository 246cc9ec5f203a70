"""Where the `digest` command begins.

What a command imports is needed until it ends. To look for garbage among that finds none, and takes a fifth of the time
until a command begins; so it is looked for only in what comes later.
"""

import gc


def main() -> None:
    """Run the command line."""
    gc.disable()
    from digest.cli import main as run  # noqa: PLC0415 -- what takes long is this import

    gc.freeze()
    gc.enable()
    run()
