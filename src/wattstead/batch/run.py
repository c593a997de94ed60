"""A batch from its plan to its files: what is there already stays, what is missing is simulated."""

from dataclasses import dataclass
from pathlib import Path

from wattstead.batch.definition import begin
from wattstead.batch.parts import done, events_file, rows_file
from wattstead.batch.plan import Block, Plan
from wattstead.batch.totals import Totals
from wattstead.batch.work import Advanced, Asked, work


@dataclass(frozen=True)
class Batch:
    """A batch in its folder. there: what whole blocks of an earlier run add up to. missing: the other blocks."""

    plan: Plan
    folder: Path
    there: Totals
    missing: tuple[Block, ...]

    @classmethod
    def begin(cls, plan: Plan, folder: Path, *, fresh: bool = False) -> "Batch":
        """Make the folder ready and see what is missing. Raises UsageError, see ``definition.begin``."""
        begin(folder, plan, fresh=fresh)
        there, missing = Totals(), []
        for block in plan.blocks():
            found = done(folder, block)
            if found is None:
                missing.append(block)
            else:
                there.add([found])
        return cls(plan, folder, there, tuple(missing))

    def run(self, jobs: int, advanced: Advanced, asked: Asked) -> Totals:
        """Simulate what is missing; give what that adds up to, see ``work.work``."""
        return work(self.plan, self.missing, self.folder, jobs, advanced, asked)

    @property
    def bytes(self) -> int:
        """Size of all its files of rows and events that are there."""
        files = (of(self.folder, block) for block in self.plan.blocks() for of in (rows_file, events_file))
        return sum(file.stat().st_size for file in files if file.exists())
