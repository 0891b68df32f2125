"""The tables of the ledger as the code uses them; `migrations` makes them, and a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

work_packages = Table(
    "work_packages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),  # order of submission; times can tie
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("kind", String(40), nullable=False),
    Column("engine", String(10)),  # NULL in ledgers older than the choice: auto
    Column("status", String(20), nullable=False),
    Column("request", Text, nullable=False),  # JSON, the input as it came
    Column("warnings", Text, nullable=False),  # JSON list
    Column("taps", Text),  # JSON of `tap_settings`; NULL where the model's taps are used
    Column("created_at", DateTime, nullable=False),  # all times are UTC without a zone
    Column("created_by", Text),
    Column("updated_at", DateTime),
    Column("completed_at", DateTime),
    Column("is_deleted", Boolean, nullable=False, default=False),
)

tasks = Table(
    "tasks",
    metadata,
    Column("package_id", String(36), ForeignKey("work_packages.id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("feeder", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("started_at", DateTime),
    Column("finished_at", DateTime),
    Column("error_code", String(40)),
    Column("error_message", Text),
    Column("outcome", Text),  # JSON: tables, warnings, digests
    Column("settings", String(64)),  # digest; NULL before the first start, and in older ledgers
)
Index("tasks_by_state", tasks.c.state)
Index("tasks_by_settings", tasks.c.settings)

task_events = Table(
    "task_events",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # order of events of a task
    Column("package_id", String(36), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("event", String(20), nullable=False),  # `task_events.TaskEvent`
    Column("attempt", Integer, nullable=False),  # 0 before the first
    Column("why", Text),
    ForeignKeyConstraint(["package_id", "ordinal"], ["tasks.package_id", "tasks.ordinal"]),
)
Index("task_events_by_task", task_events.c.package_id, task_events.c.ordinal)
Index("task_events_by_package", task_events.c.package_id, task_events.c.id)

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("expires_at", DateTime, nullable=False),
)
