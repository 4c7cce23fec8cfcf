"""Who writes into SQLite at the same moment stands in a queue.

SQLite lets one connection write at a time. Who comes second looks again after 1, 2, 5, 10, 15 … 100 ms, and
meanwhile a third may have come: beside a busy thread a change of one millisecond took up to a quarter of a
second. Between processes it stays so.
"""

from __future__ import annotations

import threading
from typing import Any

import sqlalchemy as sa

PATIENCE_SECONDS = 1.0  # with others of this process: then SQLite itself is asked, which has more
WRITES = "writes"  # in what SQLAlchemy keeps with a connection: has it been its turn? Until it is given back


def queue_writers(engine: sa.Engine) -> None:
    """From now on whoever changes something through this engine waits for who is at it."""
    one_at_a_time = threading.Lock()

    def before_statement(
        connection: sa.Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        changes = context.isinsert or context.isupdate or context.isdelete
        if changes and WRITES not in connection.info:  # once: it may hold SQLite's own lock from now on
            connection.info[WRITES] = one_at_a_time.acquire(timeout=PATIENCE_SECONDS)

    def given_back(connection: object, record: Any) -> None:
        if record.info.pop(WRITES, False):
            one_at_a_time.release()

    sa.event.listen(engine, "before_cursor_execute", before_statement)
    sa.event.listen(engine, "checkin", given_back)
