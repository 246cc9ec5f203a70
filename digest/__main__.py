"""Lets `python -m digest` stand for the `digest` command."""

from digest.start import main

main()
