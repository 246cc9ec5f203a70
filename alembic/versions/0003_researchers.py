"""researchers.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "institutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("ror", sa.String(length=20), nullable=False),
        sa.Column("openalex", sa.String(length=20), nullable=False),
        sa.Column("homepage", sa.Text(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("institutions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_institutions_openalex"), ["openalex"], unique=False)
        batch_op.create_index(batch_op.f("ix_institutions_refresh_at"), ["refresh_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_institutions_ror"), ["ror"], unique=False)

    op.create_table(
        "researchers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("variants", sa.JSON(), nullable=False),
        sa.Column("affiliations", sa.JSON(), nullable=False),
        sa.Column("homepage", sa.Text(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("claim", sa.String(length=10), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("profile", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_failures", sa.Integer(), nullable=False),
        sa.Column("refresh_detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_researchers")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("researchers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_researchers_merged_into"), ["merged_into"], unique=False)
        batch_op.create_index(batch_op.f("ix_researchers_refresh_at"), ["refresh_at"], unique=False)

    op.create_table(
        "stream_marks",
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("stage", name=op.f("pk_stream_marks")),
    )
    op.create_table(
        "authorships",
        sa.Column("researcher_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_authorships_paper_id_papers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["researcher_id"],
            ["researchers.id"],
            name=op.f("fk_authorships_researcher_id_researchers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("researcher_id", "paper_id", name=op.f("pk_authorships")),
    )
    with op.batch_alter_table("authorships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_authorships_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("researcher_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("moved_to", sa.Integer(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["moved_to"], ["researchers.id"], name=op.f("fk_corrections_moved_to_researchers"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_corrections_paper_id_papers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["researcher_id"],
            ["researchers.id"],
            name=op.f("fk_corrections_researcher_id_researchers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_corrections_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.UniqueConstraint(
            "subscriber_id",
            "researcher_id",
            "paper_id",
            name=op.f("uq_corrections_subscriber_id_researcher_id_paper_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "distinct_researchers",
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("second", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["first"], ["researchers.id"], name=op.f("fk_distinct_researchers_first_researchers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second"], ["researchers.id"], name=op.f("fk_distinct_researchers_second_researchers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_distinct_researchers")),
    )
    op.create_table(
        "identity_answers",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("researcher_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_theirs", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_identity_answers_paper_id_papers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["researcher_id"],
            ["researchers.id"],
            name=op.f("fk_identity_answers_researcher_id_researchers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_identity_answers_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "researcher_id", "paper_id", name=op.f("pk_identity_answers")),
    )
    with op.batch_alter_table("identity_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_answers_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "researcher_ids",
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("researcher_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["researcher_id"],
            ["researchers.id"],
            name=op.f("fk_researcher_ids_researcher_id_researchers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scheme", "value", name=op.f("pk_researcher_ids")),
    )
    with op.batch_alter_table("researcher_ids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_researcher_ids_researcher_id"), ["researcher_id"], unique=False)

    op.create_table(
        "researcher_keys",
        sa.Column("key", sa.String(length=220), nullable=False),
        sa.Column("researcher_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["researcher_id"],
            ["researchers.id"],
            name=op.f("fk_researcher_keys_researcher_id_researchers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "researcher_id", name=op.f("pk_researcher_keys")),
    )
    with op.batch_alter_table("researcher_keys", schema=None) as batch_op:
        batch_op.create_index("ix_researcher_keys_researcher_id", ["researcher_id"], unique=False)

    op.create_table(
        "researcher_merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("researcher_id", sa.Integer(), nullable=False),
        sa.Column("absorbed_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("split_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["absorbed_id"],
            ["researchers.id"],
            name=op.f("fk_researcher_merges_absorbed_id_researchers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["researcher_id"],
            ["researchers.id"],
            name=op.f("fk_researcher_merges_researcher_id_researchers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_researcher_merges")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("researcher_merges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_researcher_merges_absorbed_id"), ["absorbed_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_researcher_merges_researcher_id"), ["researcher_id"], unique=False)

    op.create_table(
        "corrections_told",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_corrections_told_channel_id_channels"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["corrections.id"],
            name=op.f("fk_corrections_told_correction_id_corrections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("correction_id", "channel_id", name=op.f("pk_corrections_told")),
    )
    op.create_table(
        "unjudged_papers",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_unjudged_papers_paper_id_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_unjudged_papers")),
    )
    turn_names_into_researchers()
    start_marks()

    with op.batch_alter_table("paper_authors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("block_key", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("ids", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("institutions", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("email_domain", sa.String(length=255), nullable=True))
        batch_op.create_index(batch_op.f("ix_paper_authors_block_key"), ["block_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("paper_authors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_authors_block_key"))
        batch_op.drop_column("email_domain")
        batch_op.drop_column("institutions")
        batch_op.drop_column("ids")
        batch_op.drop_column("block_key")

    turn_researchers_into_names()

    op.drop_table("unjudged_papers")
    op.drop_table("corrections_told")
    with op.batch_alter_table("researcher_merges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_researcher_merges_researcher_id"))
        batch_op.drop_index(batch_op.f("ix_researcher_merges_absorbed_id"))

    op.drop_table("researcher_merges")
    with op.batch_alter_table("researcher_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_researcher_keys_researcher_id")

    op.drop_table("researcher_keys")
    with op.batch_alter_table("researcher_ids", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_researcher_ids_researcher_id"))

    op.drop_table("researcher_ids")
    with op.batch_alter_table("identity_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_answers_paper_id"))

    op.drop_table("identity_answers")
    op.drop_table("distinct_researchers")
    op.drop_table("corrections")
    with op.batch_alter_table("authorships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_authorships_paper_id"))

    op.drop_table("authorships")
    op.drop_table("stream_marks")
    with op.batch_alter_table("researchers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_researchers_refresh_at"))
        batch_op.drop_index(batch_op.f("ix_researchers_merged_into"))

    op.drop_table("researchers")
    with op.batch_alter_table("institutions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_institutions_ror"))
        batch_op.drop_index(batch_op.f("ix_institutions_refresh_at"))
        batch_op.drop_index(batch_op.f("ix_institutions_openalex"))

    op.drop_table("institutions")


def turn_names_into_researchers() -> None:
    """Make a record of each person that is followed, and let the follows name its row."""
    connection = op.get_bind()
    old = sa.table(
        "follows",
        *map(sa.column, ("id", "subscriber_id", "name", "hf_user", "orcid")),
        sa.column("fields", sa.JSON()),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    rows = connection.execute(sa.select(old).order_by(old.c.id)).mappings().all()
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follows_subscriber_id"))
    op.drop_table("follows")
    new = create_follows(
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("timing", sa.String(length=8), nullable=False),
        sa.Column("position", sa.String(length=14), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.UniqueConstraint("subscriber_id", "kind", "target_id", name=op.f("uq_follows_subscriber_id_kind_target_id")),
    )
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.create_index("ix_follows_target", ["kind", "target_id"], unique=False)
    known: dict[object, int] = {}
    taken: set[tuple[int, int]] = set()
    for row in rows:
        target = find_or_add_researcher(connection, row, known)
        if (row["subscriber_id"], target) in taken:
            continue
        taken.add((row["subscriber_id"], target))
        kept = {name: row[name] for name in ("id", "subscriber_id", "name", "created_at")}
        wish = {"kind": "researcher", "target_id": target, "timing": "digest", "position": "any", "events": []}
        connection.execute(sa.insert(new).values(kept | wish))
    set_sequence(connection)


def find_or_add_researcher(connection: sa.Connection, row: sa.RowMapping, known: dict[object, int]) -> int:
    """Give the record of a person: of who has the same id, else of the same name in the same fields."""
    ids = [("hf", row["hf_user"].lower()), ("orcid", row["orcid"])]
    ids = [each for each in ids if each[1]]
    keys: list[object] = [*ids] or [(row["name"].casefold(), tuple(row["fields"]))]
    found = next((known[key] for key in keys if key in known), None)
    if found is None:
        lists = [sa.column(name, sa.JSON()) for name in ("variants", "affiliations", "fields", "topics", "metrics")]
        plain = ("name", "claim", "claimed_by", "refresh_failures", "refresh_detail")
        times = [sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "changed_at", "refresh_at")]
        table = sa.table("researchers", sa.column("id", sa.Integer()), *map(sa.column, plain), *lists, *times)
        values = {"name": row["name"], "claim": "unclaimed", "claimed_by": ""}
        values |= {"refresh_failures": 0, "refresh_detail": ""}
        values |= {"variants": [], "affiliations": [], "fields": row["fields"], "topics": [], "metrics": []}
        values |= dict.fromkeys(("created_at", "changed_at", "refresh_at"), row["created_at"])
        found = connection.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one()
    table = sa.table("researcher_ids", *map(sa.column, ("scheme", "value", "researcher_id")))
    for key in keys:
        if key in ids and key not in known:
            connection.execute(sa.insert(table).values(scheme=key[0], value=key[1], researcher_id=found))
        known[key] = found
    return found


def turn_researchers_into_names() -> None:
    """Give the follows of people their names and ids back; those of institutions and papers go."""
    connection = op.get_bind()
    follows = sa.table(
        "follows",
        *map(sa.column, ("id", "subscriber_id", "kind", "target_id", "name")),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    people = sa.table("researchers", sa.column("id"), sa.column("fields", sa.JSON()))
    known = sa.table("researcher_ids", *map(sa.column, ("scheme", "value", "researcher_id")))
    query = sa.select(follows, people.c.fields).join(people, people.c.id == follows.c.target_id)
    rows = connection.execute(query.where(follows.c.kind == "researcher").order_by(follows.c.id)).mappings().all()
    ids: dict[tuple[int, str], str] = {}
    for scheme, value, target in connection.execute(sa.select(known)):
        ids.setdefault((target, scheme), value)
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.drop_index("ix_follows_target")
    op.drop_table("follows")
    old = create_follows(
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("hf_user", sa.String(length=100), nullable=False),
        sa.Column("orcid", sa.String(length=19), nullable=False),
        sa.UniqueConstraint(
            "subscriber_id", "name", "hf_user", "orcid", name=op.f("uq_follows_subscriber_id_name_hf_user_orcid")
        ),
    )
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follows_subscriber_id"), ["subscriber_id"], unique=False)
    taken: set[object] = set()
    for row in rows:
        target = row["target_id"]
        values = {name: row[name] for name in ("id", "subscriber_id", "created_at", "fields")}
        values |= {"name": row["name"][:200], "hf_user": ids.get((target, "hf"), "")}
        values |= {"orcid": ids.get((target, "orcid"), "")}
        key = (row["subscriber_id"], values["name"], values["hf_user"], values["orcid"])
        if key not in taken:
            connection.execute(sa.insert(old).values(values))
        taken.add(key)
    set_sequence(connection)


def create_follows(*columns: sa.schema.SchemaItem) -> sa.Table:
    return op.create_table(
        "follows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_follows_subscriber_id_subscribers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sqlite_autoincrement=True,
    )


def set_sequence(connection: sa.Connection) -> None:
    """Go on after the largest id that was given: PostgreSQL does not count rows that come with their own."""
    if connection.dialect.name == "postgresql":
        text = "SELECT setval(pg_get_serial_sequence('follows', 'id'), coalesce(max(id), 0) + 1, false) FROM follows"
        connection.execute(sa.text(text))


def start_marks() -> None:
    """Start at the end of the stream: nobody is alerted of what came before."""
    connection = op.get_bind()
    end = connection.execute(sa.text("SELECT max(id) FROM announcements")).scalar()
    marks = sa.table("stream_marks", sa.column("stage"), sa.column("announcement_id"))
    for stage in ("attribute", "alert"):
        connection.execute(sa.insert(marks).values(stage=stage, announcement_id=end or 0))
