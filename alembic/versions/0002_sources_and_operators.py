"""sources and operators.

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complete_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_complete_days")),
    )
    op.create_table(
        "distinct_papers",
        sa.Column("first", sa.String(length=520), nullable=False),
        sa.Column("second", sa.String(length=520), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_distinct_papers")),
    )
    op.create_table(
        "feeds",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
    )
    op.create_table(
        "lanes",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lanes")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=340), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sent", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("target", "key", name=op.f("uq_notices_target_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_next_attempt_at"), ["next_attempt_at"], unique=False)

    op.create_table(
        "source_alarms",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_alarms")),
    )
    op.create_table(
        "code_checks",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_code_checks_paper_id_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("paper_id", "url", name=op.f("pk_code_checks")),
    )
    op.create_table(
        "paper_merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("absorbed_id", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("joined_ids", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("joined", sa.JSON(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("split_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["absorbed_id"], ["papers.id"], name=op.f("fk_paper_merges_absorbed_id_papers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_paper_merges_paper_id_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_merges")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("paper_merges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_merges_paper_id"), ["paper_id"], unique=False)

    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changes", sa.String(length=100), server_default=sa.text("''"), nullable=False))

    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wait_until", sa.Time(), nullable=True))

    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("merged_into", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_papers_merged_into"), ["merged_into"], unique=False)

    with op.batch_alter_table("source_cursors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_empty", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("complete_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("position", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("history", sa.JSON(), nullable=True))

    with op.batch_alter_table("source_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))

    _shorten_merge_keys()


def _shorten_merge_keys() -> None:
    """Keep the title of a merge key; the first author behind the bar is compared by itself from now on."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    title = "substr(merge_key, 1, instr(merge_key, '|') - 1)" if is_sqlite else "split_part(merge_key, '|', 1)"
    op.execute(f"UPDATE papers SET merge_key = {title} WHERE merge_key LIKE '%|%'")  # noqa: S608 -- both are ours


def downgrade() -> None:
    with op.batch_alter_table("source_runs", schema=None) as batch_op:
        batch_op.drop_column("due_at")

    with op.batch_alter_table("source_cursors", schema=None) as batch_op:
        batch_op.drop_column("history")
        batch_op.drop_column("position")
        batch_op.drop_column("complete_on")
        batch_op.drop_column("is_empty")

    with op.batch_alter_table("papers", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_index(batch_op.f("ix_papers_merged_into"))
        batch_op.drop_column("merged_into")
        batch_op.drop_column("is_withdrawn")

    with op.batch_alter_table("channels", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("wait_until")

    with op.batch_alter_table("announcements", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_column("changes")

    with op.batch_alter_table("paper_merges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_merges_paper_id"))

    op.drop_table("paper_merges")
    op.drop_table("code_checks")
    op.drop_table("source_alarms")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notices_next_attempt_at"))

    op.drop_table("notices")
    op.drop_table("lanes")
    op.drop_table("feeds")
    op.drop_table("distinct_papers")
    op.drop_table("complete_days")
