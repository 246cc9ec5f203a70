"""What commands print: tables and progress for people, JSON for scripts. Results go to stdout, the rest to stderr."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text


def print_json(value: object) -> None:
    """Print a value as JSON: dataclasses as objects, times in ISO 8601."""
    click.echo(json.dumps(value, default=_to_json, ensure_ascii=False, indent=2, sort_keys=False))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as wide as it needs to be. Cells are plain text, or styled: nothing in them is markup."""
    table = Table(title=Text(title, "bold"), title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(_to_text(cell)) for cell in row))
    console = Console(highlight=False)
    console.print(table)
    console.print()


def show_progress() -> Progress:
    """Give a progress display on stderr, silent where nobody watches."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def print_note(sentence: str) -> None:
    """Say something to the person that is no result."""
    click.echo(sentence, err=True)


def _to_text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return "" if cell is None else str(cell)


def _to_json(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        # asdict() would copy a Counter wrongly; what lies inside comes here by itself
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, set | frozenset):
        return sorted(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
