"""Lets `python -m digest` stand for the `digest` command."""

from digest.cli import main

main()
