"""The battery engine is compiled for the machine's own processor, once: this says so while a person waits."""

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from wattstead.battery import jit
from wattstead.battery.bank import share
from wattstead.battery.inputs import Inputs
from wattstead.battery.packs import Packs
from wattstead.battery.preset import CellPreset, PackPreset
from wattstead.battery.step import advance

TEXT = "Preparing the battery engine for this machine (once, about a minute) …"


def prepare() -> None:
    """Load the engine, so that the first answer does not wait for it; where it must be compiled first, show that."""
    if jit.ready():
        load()
        return
    out = Console(stderr=True, highlight=False)
    if not out.is_terminal:  # a log gets a line where a person sees something turn
        out.print(TEXT)
    columns = SpinnerColumn(), TextColumn(TEXT), TimeElapsedColumn()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as turning:
        turning.add_task(TEXT, total=None)
        load()


def load() -> None:
    """Run two of the smallest packs for a step: that loads or compiles all that any pack needs."""
    packs = Packs.rest(PackPreset(cells=1, cell=CellPreset.lfp(10.0)), 2)
    advance(packs, Inputs.of(2, share(packs, 1.0, 1.0).current_a), 1.0)


if __name__ == "__main__":
    prepare()
