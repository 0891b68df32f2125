"""Where and in which order resources connect: what a feeder can host, what it costs, and who pays.

Plain values and pure functions; whoever solves a day hands in a `DayResult`. The way of a study:

    FeederGraph(buses, edges)              feeder_graph.py    candidates, islands, depths, the path to upgrade
    Draws.seeded(text)                     draws.py           random buses and sizes, number by number
    Search.start(kw).tell(passed=…)        search.py          the next size to try, or a HostingCapacity
    evaluate(DayResult, Criteria)          metrics.py         margins, the violated limit and its element
    outcome(Request, …)                    round.py           what a round installs and what it leaves
    Queue, Snapshot                        queue.py           a log of rounds, and its file (snapshot.py)
    line_upgrade(…) and its like           upgrades.py        edits of the circuit with their cost
    trigger_pays, pro_rata, by_gain, …     cost_sharing.py    the same cost split by each rule

"The interconnection method" in docstrings is the published hosting-capacity study that these steps follow,
PNNL's "Sequential vs. Cluster Considerations" of the i2x project; sections are those of its description.
"""
