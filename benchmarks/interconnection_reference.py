"""The published interconnection study, by the published program: i2x (PNNL), its class `HCA` and no more.

    python benchmarks/interconnection_reference.py FOLDER

Needs a Python with i2x and those versions of its libraries that it works with: `interconnection.py` makes one
and starts this program in it. The study runs on feeder `radial` in one process: base and independent
capacities (1a), three sequences (1b), capacities within them (1c), upgrades (2a), the rest of the queue (2b),
and capacities after the upgrades (3). Draws and the order of calls are those of the publication.

FOLDER, empty before, is where i2x keeps snapshots and the engine its files. In the end `found.json` in it has
one line: capacities by part and bus [kW], kW installed and cost by sequence, runs of the engine, CPU and wall
seconds, and peak memory [MB]. The engine writes to standard output itself, so that is no place for it.
"""

import itertools
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from i2x import __version__
from i2x.der_hca import hca, islands

CONFIG = {
    "choice": "radial",
    "allow_forms": 0,
    "res_pv_frac": 0.0,
    "hca_log": {"logname": "benchmark", "print_hca_iter": False},
}
SEQUENCES = 3
ALONE = "alone.pkl"


class Feeder(hca.HCA):
    """The program's own study of a feeder; runs of the engine are counted."""

    runs = 0

    def rundss(self):
        Feeder.runs += 1
        return super().rundss()

    def capacity(self, bus, at=None):
        """Return the capacity last found at a bus, or that of a round [kW]."""
        return float(self.get_hc("pv", bus, at)[0]["kw"])

    def installed(self):
        """Return the units by round: bus, and size as the program has it."""
        rounds = enumerate(self.visited_buses, start=1)
        return [(bus, dict(self.get_data("Sij", "pv", bus, at)[0])) for at, bus in rounds]

    def judge(self):
        """Set the metrics to the last run, which a snapshot leaves out."""
        self.metrics.load_res(self.lastres)
        self.metrics.calc_metrics()


def main():
    warnings.simplefilter("ignore")
    enter(Path(sys.argv[1]))
    begin, wall = time.process_time(), time.perf_counter()
    found = study()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = time.process_time() - begin
    spent = {
        "cpu_s": cpu_s,
        "warm_cpu_s": cpu_s,
        "process_cpu_s": usage.ru_utime + usage.ru_stime,
        "wall_s": time.perf_counter() - wall,
        "peak_mb": usage.ru_maxrss / 1024,
    }
    line = json.dumps({"engine": f"i2x {__version__}", "days": Feeder.runs, **spent, **found})
    Path("found.json").write_text(line)


def enter(folder):
    """Work in a folder; the engine writes its reports to `f` there, and the program reads them from `F`."""
    os.chdir(folder)
    Path("f").mkdir()
    if not Path("F").exists():
        Path("F").symlink_to("f")
    Path("config.json").write_text(json.dumps(CONFIG))


def study():
    """Return what the whole study finds, part by part."""
    capacities = independent()
    queue = sequence(0)
    orders = shuffled(len(queue))
    for index, order in enumerate(orders, start=1):
        sequence(index, [queue[at] for at in order])
    buses = [bus for bus, _ in reversed(queue)]
    for index in range(SEQUENCES):
        within, buses = compared(index, buses)
        capacities |= {f"sequence {index} {bus}": kw for bus, kw in within}
    installed, costs = [], []
    for index in range(SEQUENCES):
        after, kw = upgraded(index, [bus for bus, _ in queue])
        capacities |= {f"upgraded {index} {bus}": kw for bus, kw in after}
        installed.append(kw)
    costs.append(cost(Feeder("upgraded0.pkl", reload=True)))
    for index, order in enumerate(orders, start=1):
        costs.append(continued(index, [queue[at] for at in order]))
    capacities |= {f"gained {bus}": kw for bus, kw in gained(queue)}
    return {"capacities": capacities, "installed_kw": installed, "cost_usd": costs}


def independent():
    """Part 1a: return the capacity of each candidate alone, by name."""
    feeder = Feeder("config.json")
    feeder.runbase()
    buses = list(feeder.graph_dirs["bus3phase"])
    for bus in buses:
        feeder.hca_round("pv", bus=bus, recalculate=True)
    feeder.save(ALONE)
    return {f"alone {bus}": feeder.capacity(bus, 0) for bus in buses}


def shuffled(count):
    """Return the orders of the further sequences; the unit that was last first is never last again."""
    random, found = np.random.default_rng(0), []
    while len(found) < SEQUENCES - 1:
        order = random.permutation(count)
        if order[-1] != count - 1:
            found.append(order)
    return found


def sequence(index, units=()):
    """Part 1b: return the units, drawn or given ones, up to the first that violates a limit."""
    snapshot, feeder = f"sequence{index}.pkl", Feeder(ALONE, reload=True)
    feeder.save(snapshot)
    for given in [{"bus": bus, "Sij": size} for bus, size in units] or itertools.repeat({}):
        feeder.hca_round("pv", **given)
        full = feeder.capacity(feeder.visited_buses[-1], feeder.cnt) == 0
        if full:
            feeder = Feeder(snapshot, reload=True)
            feeder.hca_round("pv", allow_violations=True, **given)
        feeder.save(snapshot)
        if full:
            break
    return feeder.installed()


def compared(index, buses):
    """Part 1c: return what buses can take within a sequence, and in which order that was asked."""
    feeder = Feeder(f"sequence{index}.pkl", reload=True)
    feeder.judge()
    last = feeder.visited_buses[-1]
    order = [last, *(bus for bus in buses if bus != last)]
    feeder.undo_hca_round("pv", last, feeder.cnt)
    found = []
    for bus in order:
        if bus in feeder.visited_buses:
            found.append((bus, feeder.capacity(bus) + feeder.get_data("Sij", "pv", bus)[0]["kw"]))
        else:
            feeder.hca_round("pv", bus=bus, recalculate=True)
            found.append((bus, feeder.capacity(bus)))
    return found, order


def upgraded(index, buses):
    """Part 2a: return what buses can take after upgrades for a violation, and what was installed."""
    feeder = Feeder(f"sequence{index}.pkl", reload=True)
    feeder.judge()
    upgrade(feeder)
    found = []
    for bus in buses:
        feeder.hca_round("pv", bus=bus, recalculate=True)
        found.append((bus, feeder.capacity(bus, feeder.cnt)))
    feeder.save(f"upgraded{index}.pkl")
    return found, sum(size["kw"] for _, size in feeder.installed())


def upgrade(feeder):
    """Upgrade lines from the farthest violating bus towards the source until nothing is violated."""
    graph = feeder.G.to_undirected()
    ways = [islands.get_nearest_source(graph, bus)[1] for bus in feeder.metrics.get_vdiff_locations()["v"]]
    way = max(ways, key=len)
    for near, far in itertools.pairwise(way):
        edge = feeder.G.edges[far, near]
        if edge["eclass"].lower() == "line":
            if feeder.get_data("upgrades", "line", edge["ename"])[0] is not None:
                continue
            feeder.upgrade_line(edge["ename"])
        feeder.reset_dss(clear_changes=False)
        feeder.rundss()
        feeder.judge()
        if feeder.metrics.violation_count == 0:
            break


def continued(index, units):
    """Part 2b: connect the rest of the units with upgrades, and return what all upgrades cost [USD]."""
    feeder = Feeder(f"upgraded{index}.pkl", reload=True)
    feeder.judge()
    for bus, size in units[feeder.cnt :]:
        feeder.hca_round("pv", bus=bus, Sij=size, allow_violations=True)
        if feeder.metrics.violation_count:
            if "voltage_vdiff" not in feeder.metrics.last_violation_list:
                break
            upgrade(feeder)
    return cost(feeder)


def gained(queue):
    """Part 3: return what the queue's buses can take alone after the upgrades of the first sequence."""
    alone = Feeder(ALONE, reload=True)
    alone.copy_upgrades(Feeder("upgraded0.pkl", reload=True))
    alone.cnt += 1
    found = []
    for bus, _ in queue:
        before = alone.get_hc("pv", bus, 0)[0]
        start = {unit: before[unit] for unit in ("kw", "kva")}
        alone.hca_round("pv", bus=bus, Sij=start, recalculate=True)
        found.append((bus, alone.capacity(bus, 1)))
    return found


def cost(feeder):
    lines = feeder.get_data("upgrades", "line")
    return float(lines["cost"].sum()) if len(lines) else 0.0


if __name__ == "__main__":
    main()
