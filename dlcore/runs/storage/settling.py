"""What the database knows of a run stands in the run's own folder too."""

from __future__ import annotations

import sqlalchemy as sa

from dlcore.errors import StoreError
from dlcore.run import Run
from dlcore.runs.storage.database import RUNS, hold
from dlcore.runs.storage.leases import Leases
from dlcore.runs.storage.record import write_record
from dlcore.runs.storage.rows import DAMAGED


class Settling(Leases):
    """Runs described in their folders, at once or as soon as the disk allows it."""

    def settle_or_later(self, run_id: str) -> None:
        """As `settle`; if the disk refuses, it is tried again until it takes it: an older record would take
        back at the next start what was changed. Raises StoreError all the same.
        """
        try:
            self.settle(run_id)
        except StoreError:
            if run_id not in self.undescribed:
                self.undescribed.append(run_id)
            raise

    def settle(self, run_id: str) -> None:
        """What is known of a run stands in its own folder, and in the database itself: nothing takes it back.

        Raises StoreError if the disk refuses.
        """
        with self._transaction() as connection:
            # Whoever takes the run up waits meanwhile: its record must not be overtaken by this one.
            hold(connection, run_id)
            run = self._read(connection, run_id)
            if run is not None and run.kind != DAMAGED:
                lease = connection.execute(sa.select(RUNS.c.lease).where(RUNS.c.id == run_id)).scalar_one()
                self.write_record(run, str(lease) if run.active else "")
        self.empty_journal()

    def settle_some(self, most: int) -> None:
        """Describe runs whose folders do not say it all yet, a few at a time.

        Raises StoreError if the disk refuses one: it is tried again after all others.
        """
        for _ in range(min(most, len(self.undescribed))):
            run_id = self.undescribed.pop()
            try:
                self.settle(run_id)
            except StoreError:
                self.undescribed.insert(0, run_id)
                raise

    def write_record(self, run: Run, lease: str) -> None:
        """Raises StoreError if the disk refuses."""
        try:
            write_record(self.run_folder(run.id), run, lease)
        except OSError as error:
            raise StoreError(
                f"A run's record cannot be written to {self.folder} ({error.strerror}): free some room, or "
                "choose another folder with DLLAB_DATA_DIR."
            ) from error
