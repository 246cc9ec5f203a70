"""Turns `papers/*.toml` into the files of `captured/`: `python -m digest.demo.build`.

The same papers give the same bytes; a test holds the committed files to it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from digest.demo import CAPTURED, DAY
from digest.demo.arxiv_feed import render_feed
from digest.demo.daily_papers import render_daily_papers
from digest.demo.papers import InventedPaper, read_papers

FEEDS = ("astro-ph.GA", "cs.AI", "cs.CL", "cs.CV", "cs.LG", "q-bio.NC", "stat.ML")


def render_day(papers: Sequence[InventedPaper]) -> dict[str, bytes]:
    """Give the files of the bundled day by name."""
    files = {f"arxiv_rss_{category}.xml": render_feed(category, papers, DAY) for category in FEEDS}
    files["hf_daily_papers.json"] = render_daily_papers(papers, DAY)
    return {name: text.encode() for name, text in files.items()}


def write_day(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder hold exactly these files."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, body in files.items():
        (folder / name).write_bytes(body)


def main() -> None:
    """Write the bundled day anew."""
    files = render_day(read_papers())
    write_day(CAPTURED, files)
    click.echo(f"Wrote {len(files)} files, {sum(map(len, files.values())):,} bytes, to {CAPTURED}")


if __name__ == "__main__":
    main()
