"""Classifiers of people's own: their four lines, their rounds, what they decided, the pictures they keep."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import get_args

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from dlcore.classifier.project import Action, Decision, Iteration, Picture, Plan, plan_of
from dlcore.errors import StoreError
from dlcore.runs.storage.blobs import CACHE
from dlcore.runs.storage.bounded import put_row
from dlcore.runs.storage.clock import now
from dlcore.runs.storage.database import APPS, DECISIONS, ITERATIONS, PICTURES, PLANS, TRAILS, replace_rows
from dlcore.runs.storage.disk import folder_bytes, limit_bytes, write_whole
from dlcore.runs.storage.folder import DataFolder
from dlcore.runs.storage.private import make_run_folder
from dlcore.runs.storage.reading import ODD, parse_json

# Of one owner, and of all together: some MB each. An app takes 20 kB and more.
MOST_OF_ONE = {PLANS: 10, ITERATIONS: 200, DECISIONS: 2_000, APPS: 10}
MOST = {PLANS: 5_000, ITERATIONS: 50_000, DECISIONS: 200_000, APPS: 1_000}
PICTURES_BYTES = 1_000_000_000  # of all owners together
ROUNDS = 100  # of one project are shown


class Projects(DataFolder):
    """Short transactions. What was written longest ago is forgotten first."""

    _pictures_lock = threading.Lock()  # two tabs of one owner keep and let go at once

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

    def _put(self, table: sa.Table, row: dict[str, object]) -> None:
        """Beside others of its owner, the oldest of which go if they are too many; then the oldest of all."""
        # Two tabs write the same at once: to PostgreSQL the second is one row too many.
        with self._transaction() as connection, suppress(IntegrityError):
            put_row(connection, table, row, of_one=MOST_OF_ONE[table], of_all=MOST[table])

    # --- Classifiers at work ----------------------------------------------------------------------

    def publish(self, owner: str, app: str) -> str:
        """An app as JSON, for whoever has its id: the same app has the same. An owner's oldest of many go."""
        digest = hashlib.sha256(f"{owner} {app}".encode()).digest()
        app_id = base64.urlsafe_b64encode(digest)[:16].decode()
        self._put(APPS, {"id": app_id, "owner": owner, "app": app, "at": time.time()})
        return app_id

    def app(self, app_id: str) -> str | None:
        """As JSON; None if there is none of that id."""
        with self._transaction() as connection:
            text: str | None = connection.execute(
                sa.select(APPS.c.app).where(APPS.c.id == app_id)
            ).scalar_one_or_none()
        return text

    def apps_of(self, owner: str) -> list[str]:
        """The ids of this owner's apps, the newest first."""
        query = sa.select(APPS.c.id).where(APPS.c.owner == owner).order_by(APPS.c.at.desc())
        with self._transaction() as connection:
            return [str(app_id) for app_id in connection.execute(query).scalars()]

    def take_down(self, owner: str, app_id: str) -> None:
        """From now on its link leads nowhere. Another owner's stays as it is."""
        self._write([APPS.delete().where((APPS.c.owner == owner) & (APPS.c.id == app_id))])

    # --- Pictures that are to stay ----------------------------------------------------------------

    def pictures_of(self, owner: str) -> tuple[Picture, ...]:
        """Those that are there and whole, in the order they were kept."""
        query = PICTURES.select().where(PICTURES.c.owner == owner).order_by(PICTURES.c.place)
        with self._transaction() as connection:
            rows = connection.execute(query).all()
        found = []
        for row in rows:
            try:
                content = self._picture(owner, str(row.digest)).read_bytes()
            except OSError:  # it has gone: the others are there all the same
                continue
            if not _is_whole(content):
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
        """These and no others stay for their owner; of the same pixels the first counts.

        Raises StoreError if there is no room for them, or something refuses them: what was kept stays then.
        """
        once = list({picture.digest: picture for picture in reversed(pictures)}.values())[::-1]
        at, rows = time.time(), []
        kept = folder_bytes(self.folder) - folder_bytes(self.folder / CACHE)  # long to look at: nobody waits
        with self._pictures_lock:
            self._check_room(owner, kept, sum(len(picture.webp) for picture in once))
            try:
                with ExitStack() as refused:
                    make_run_folder(self._pictures(owner))
                    for place, picture in enumerate(once):
                        file = self._picture(owner, picture.digest)
                        if not file.exists():
                            refused.callback(file.unlink, missing_ok=True)
                            write_whole(file, picture.webp, durable=False)
                        row = {"owner": owner, "digest": picture.digest, "name": picture.name, "place": place}
                        wide, high = picture.size
                        row |= {"label": picture.label, "wide": wide, "high": high, "turned": picture.turned}
                        rows.append(row | {"at": at})
                    with self._transaction() as connection:
                        connection.execute(PICTURES.delete().where(PICTURES.c.owner == owner))
                        replace_rows(connection, PICTURES, rows)
                    refused.pop_all()
            except OSError as error:
                raise StoreError(
                    f"Your pictures cannot be kept ({error.strerror}): free some room."
                ) from error
            wanted = {f"{picture.digest}.webp" for picture in once}
            for file in self._pictures(owner).iterdir():
                if file.name not in wanted:
                    file.unlink(missing_ok=True)

    def _check_room(self, owner: str, kept: int, coming: int) -> None:
        """So many bytes of pictures come in place of this owner's, beside all that is `kept`.

        Raises StoreError if there is no room for them.
        """
        others = folder_bytes(self.folder / "pictures") - folder_bytes(self._pictures(owner))
        if others + coming > PICTURES_BYTES or kept + coming > limit_bytes():
            raise StoreError("The lab has no room for pictures: they stay in its memory for now.")

    def forget_pictures(self, owner: str) -> None:
        """Files first: whatever happens then, none lies about without a row.

        Raises StoreError if one cannot be removed.
        """
        with self._pictures_lock:
            shutil.rmtree(self._pictures(owner), ignore_errors=True)
            if self._pictures(owner).exists():
                raise StoreError("Some of your pictures could not be deleted: tell whoever runs this server.")
            self._write([PICTURES.delete().where(PICTURES.c.owner == owner)])

    def forget_forsaken_pictures(self, seconds: float) -> int:
        """Of owners who have opened no page for so long, and those no row knows of. Bytes that freed."""
        since = now() - seconds
        here = sa.select(TRAILS.c.owner).where(TRAILS.c.at >= since)
        lately = sa.select(PICTURES.c.owner).where(PICTURES.c.at >= since)
        known = sa.select(PICTURES.c.owner).where(PICTURES.c.owner.in_(here) | PICTURES.c.owner.in_(lately))
        with self._transaction() as connection:
            stay = set(connection.execute(known).scalars())
        folder = self.folder / "pictures"
        owners = [one.name for one in folder.iterdir()] if folder.is_dir() else []
        gone = [owner for owner in owners if owner not in stay]
        freed = sum(folder_bytes(self._pictures(owner)) for owner in gone)
        for owner in gone:
            self.forget_pictures(owner)
        return freed

    def _pictures(self, owner: str) -> Path:
        return self.folder / "pictures" / owner

    def _picture(self, owner: str, digest: str) -> Path:
        return self._pictures(owner) / f"{digest}.webp"


def _is_whole(webp: bytes) -> bool:
    """A RIFF file says how long it is: one that was cut is no picture."""
    return (
        webp[:4] == b"RIFF" and webp[8:12] == b"WEBP" and int.from_bytes(webp[4:8], "little") + 8 <= len(webp)
    )
