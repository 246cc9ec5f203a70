"""Runs the migrations: `digest db upgrade` sets the connection; the `alembic` command takes `-x url=…`."""

from alembic import context
from sqlalchemy import Connection

import digest.storage.bot_tables
import digest.storage.letter_tables
import digest.storage.people_tables
import digest.storage.tables  # noqa: F401 -- each of these registers its tables
import subscribers.lifecycle_tables
import subscribers.tables  # noqa: F401
from subscribers.db import Base, Database, UtcDateTime


def run(connection: Connection) -> None:
    """Migrate over one connection; SQLite needs its tables copied to change them."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our column type as the plain type it is, so that old migrations do not import new code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(context.get_x_argument(as_dictionary=True).get("url", "sqlite:///digest.db"))
    with database.engine.connect() as connection:
        run(connection)
        connection.commit()
