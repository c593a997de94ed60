"""Simulating one block of packs from its first to its last step."""

from collections.abc import Callable
from pathlib import Path

from wattstead.batch.homes import Homes
from wattstead.batch.keep import Keeper
from wattstead.batch.parts import written
from wattstead.batch.plan import Block, Plan
from wattstead.batch.totals import Totals
from wattstead.battery.age import Wear
from wattstead.battery.packs import Packs
from wattstead.battery.step import advance
from wattstead.battery.wear import Ageing

START_DEGC = 20.0
"""All packs come from a warm store."""


class Stopped(Exception):
    """Somebody asked for the end in the middle of a block."""


def simulate(
    plan: Plan, block: Block, folder: Path, advanced: Callable[[int], None], stopped: Callable[[], bool]
) -> Totals:
    """Simulate a block and write its files. advanced: told how many kept rows have come. Raises Stopped."""
    preset, homes, totals = plan.pack, Homes(plan, block), Totals(packs=block.count)
    packs = Packs.rest(
        preset,
        block.count,
        homes.start_soc(),
        temperature_degc=START_DEGC,
        soh=homes.soh(),
        first=block.first,
        believed_soc=homes.believed_soc(),
    )
    ageing = Ageing(packs, plan.ageing, Wear.behind(1.0 - homes.soh()))
    keeper, steps, call_s = Keeper(plan, packs, ageing), plan.steps_per_call, plan.call_s
    with written(folder, plan, block, totals) as (rows, happened):
        for period in range(plan.periods):
            for call in range(plan.calls):
                if stopped():
                    raise Stopped
                middle_s = period * plan.keep_s + (call + 0.5) * call_s
                log = advance(packs, homes.inputs(middle_s, call_s, packs), plan.step_s, steps)
                happened.add(log)
                totals.happened(log, preset)
                ageing.look(packs)
                keeper.look()
            rows.add(keeper.close())
            totals.rows += block.count
            advanced(block.count)
        totals.pack_steps = block.count * plan.periods * plan.calls * steps
        ageing.close(packs)
        totals.end(packs, ageing)
    return totals
