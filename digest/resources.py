"""Finds what lies outside the packages, `templates/` and `alembic/`, in a checkout or in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def find_resource(name: str) -> Path:
    """Give the folder `name` from the wheel, or from the checkout the package was imported from."""
    installed = _PACKAGE / "_resources" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
