"""Classifiers of people's own: their four lines, their rounds, what they decided, the pictures they keep."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import sqlalchemy as sa

from dlcore.classifier.project import Action, Decision, Iteration, Picture, Plan, plan_of
from dlcore.errors import StoreError
from dlcore.runs.storage.database import APPS, DECISIONS, ITERATIONS, PICTURES, PLANS, TRAILS, replace_rows
from dlcore.runs.storage.disk import folder_bytes, limit_bytes, write_whole
from dlcore.runs.storage.folder import DataFolder
from dlcore.runs.storage.private import make_run_folder
from dlcore.runs.storage.reading import ODD, parse_json

# Of all owners together: some MB each. An app takes 20 kB and more.
MOST = {PLANS: 5_000, ITERATIONS: 50_000, DECISIONS: 200_000, APPS: 1_000}
APPS_PER_OWNER = 10
ROUNDS = 100  # of one project are shown


class Projects(DataFolder):
    """Everything is one short transaction. Who wrote longest ago is forgotten first."""

    def plan_of(self, owner: str, which: str) -> Plan | None:
        query = sa.select(PLANS.c.plan).where((PLANS.c.owner == owner) & (PLANS.c.which == which))
        with self._transaction() as connection:
            text = connection.execute(query).scalar_one_or_none()
        try:
            return None if text is None else plan_of(dict(parse_json(text)))
        except ODD:  # a damaged row says nothing
            return None

    def keep_plan(self, owner: str, which: str, plan: Plan) -> None:
        text = json.dumps(plan.as_plain())
        self._put(PLANS, {"owner": owner, "which": which, "plan": text, "at": time.time()})

    def iterations_of(self, owner: str, which: str) -> tuple[Iteration, ...]:
        """The latest rounds, the oldest first."""
        these = (ITERATIONS.c.owner == owner) & (ITERATIONS.c.which == which)
        query = ITERATIONS.select().where(these).order_by(ITERATIONS.c.at.desc()).limit(ROUNDS)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Iteration(float(row.at), str(row.words), int(row.correct), int(row.total))
            for row in reversed(rows)
            if 0 <= row.correct <= row.total and row.total > 0
        )

    def add_iteration(self, owner: str, which: str, round_: Iteration) -> None:
        row = {"owner": owner, "which": which, "at": round_.at, "words": round_.words}
        self._put(ITERATIONS, row | {"correct": round_.right, "total": round_.total})

    def decisions_of(self, owner: str) -> dict[str, Decision]:
        """By the digest of the picture."""
        query = DECISIONS.select().where(DECISIONS.c.owner == owner)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        return {
            str(row.digest): Decision(row.action, str(row.label))
            for row in rows
            if row.action in get_args(Action)
        }

    def decide(self, owner: str, digest: str, decision: Decision | None) -> None:
        """None takes back what was decided."""
        if decision is None:
            same = (DECISIONS.c.owner == owner) & (DECISIONS.c.digest == digest)
            self._write([DECISIONS.delete().where(same)])
            return
        row = {"owner": owner, "digest": digest, "action": decision.action, "label": decision.label}
        self._put(DECISIONS, row | {"at": time.time()})

    def forget_decisions(self, owner: str) -> None:
        self._write([DECISIONS.delete().where(DECISIONS.c.owner == owner)])

    def _put(self, table: sa.Table, row: dict[str, object]) -> None:
        too_many = sa.select(table.c.at).order_by(table.c.at.desc()).offset(MOST[table]).limit(1)
        with self._transaction() as connection:
            replace_rows(connection, table, [row])
            connection.execute(table.delete().where(table.c.at <= too_many.scalar_subquery()))

    # --- Classifiers at work ----------------------------------------------------------------------

    def publish(self, owner: str, app: str) -> str:
        """An app as JSON, for whoever has its id. An owner's oldest beyond a few goes."""
        app_id = secrets.token_urlsafe(9)
        mine = sa.select(APPS.c.at).where(APPS.c.owner == owner).order_by(APPS.c.at.desc())
        self._put(APPS, {"id": app_id, "owner": owner, "app": app, "at": time.time()})
        old = mine.offset(APPS_PER_OWNER).limit(1).scalar_subquery()
        self._write([APPS.delete().where((APPS.c.owner == owner) & (APPS.c.at <= old))])
        return app_id

    def app(self, app_id: str) -> str | None:
        """As JSON; None if there is none of that id."""
        with self._transaction() as connection:
            text: str | None = connection.execute(
                sa.select(APPS.c.app).where(APPS.c.id == app_id)
            ).scalar_one_or_none()
        return text

    # --- Pictures that are to stay ----------------------------------------------------------------

    def pictures_of(self, owner: str) -> tuple[Picture, ...]:
        """Those that are there, in the order they were kept."""
        query = PICTURES.select().where(PICTURES.c.owner == owner).order_by(PICTURES.c.at, PICTURES.c.name)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        found = []
        for row in rows:
            try:
                content = self._picture(owner, str(row.digest)).read_bytes()
            except OSError:  # it has gone: the others are there all the same
                continue
            size = (int(row.wide), int(row.high))
            found.append(
                Picture(str(row.name), str(row.label), str(row.digest), content, size, bool(row.turned))
            )
        return tuple(found)

    def keeps_pictures(self, owner: str) -> bool:
        query = sa.select(PICTURES.c.digest).where(PICTURES.c.owner == owner).limit(1)
        with self._transaction() as connection:
            return connection.execute(query).first() is not None

    def keep_pictures(self, owner: str, pictures: Sequence[Picture]) -> None:
        """These and no others stay for their owner. Raises StoreError if the lab's folder is full."""
        if folder_bytes(self.folder) > limit_bytes():
            raise StoreError("The lab has no room for pictures: delete runs that you do not need.")
        now, rows = time.time(), []
        try:
            make_run_folder(self._pictures(owner))
            for picture in pictures:
                if not self._picture(owner, picture.digest).exists():
                    write_whole(self._picture(owner, picture.digest), picture.webp, durable=False)
                row = {"owner": owner, "digest": picture.digest, "name": picture.name, "label": picture.label}
                wide, high = picture.size
                rows.append(row | {"wide": wide, "high": high, "turned": picture.turned, "at": now})
        except OSError as error:
            raise StoreError(f"Your pictures cannot be kept ({error.strerror}): free some room.") from error
        with self._transaction() as connection:
            connection.execute(PICTURES.delete().where(PICTURES.c.owner == owner))
            replace_rows(connection, PICTURES, rows)
        wanted = {f"{picture.digest}.webp" for picture in pictures}
        for file in self._pictures(owner).iterdir():
            if file.name not in wanted:
                file.unlink(missing_ok=True)

    def forget_pictures(self, owner: str) -> None:
        """Files first: whatever happens then, none lies about without a row."""
        shutil.rmtree(self._pictures(owner), ignore_errors=True)
        self._write([PICTURES.delete().where(PICTURES.c.owner == owner)])

    def forget_forsaken_pictures(self, seconds: float) -> int:
        """Of owners who have opened no page for so long. How many bytes that freed."""
        since = time.time() - seconds
        here = sa.select(TRAILS.c.owner).where(TRAILS.c.at >= since)
        query = sa.select(PICTURES.c.owner).where(PICTURES.c.owner.not_in(here)).group_by(PICTURES.c.owner)
        with self._transaction() as connection:
            owners = connection.execute(query.having(sa.func.max(PICTURES.c.at) < since)).scalars().all()
        freed = sum(folder_bytes(self._pictures(owner)) for owner in owners)
        for owner in owners:
            self.forget_pictures(owner)
        return freed

    def _pictures(self, owner: str) -> Path:
        return self.folder / "pictures" / owner

    def _picture(self, owner: str, digest: str) -> Path:
        return self._pictures(owner) / f"{digest}.webp"
