"""Starts a dask cluster on Slurm for `hcr DIR serve --executor dask`, and keeps it until interrupted.

    pip install dask-jobqueue
    python slurm.py --jobs 20 --partition normal --account grid

It has to run on a machine that jobs can reach, and where users may leave a process: it is the scheduler.
"""

import argparse
import time

from dask_jobqueue import SLURMCluster

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--jobs", type=int, default=4, help="Slurm jobs")
parser.add_argument("--cores", type=int, default=16, help="tasks at once in each job")
parser.add_argument("--memory", default="64GiB", help="memory of each job; 4 GiB a core are plenty")
parser.add_argument("--hours", type=int, default=12, help="time limit of each job")
parser.add_argument("--partition")
parser.add_argument("--account")
parser.add_argument("--interface", help="network interface that all nodes have, such as ib0")
parser.add_argument("--protocol", default="tls://", help="tcp:// where nobody else can reach the network")
parser.add_argument("--port", type=int, default=8786)
parser.add_argument("--show", action="store_true", help="print the job script and end")
given = parser.parse_args()

cluster = SLURMCluster(
    queue=given.partition,
    account=given.account,
    cores=given.cores,
    processes=1,  # one worker with a thread a core: tasks are processes below it, and share fetched feeders
    memory=given.memory,
    walltime=f"{given.hours}:00:00",
    interface=given.interface,
    protocol=given.protocol,
    local_directory="/tmp",
    # A worker that ends before Slurm ends it has its tasks begun again elsewhere without counting as dead.
    worker_extra_args=["--lifetime", f"{given.hours * 60 - 15}m", "--lifetime-stagger", "10m"],
    scheduler_options={"port": given.port, "dashboard_address": None},
)
if given.show:
    print(cluster.job_script())
else:
    cluster.scale(jobs=given.jobs)
    print(f"hcr DIR serve --executor dask --scheduler {cluster.scheduler_address} --store FOLDER", flush=True)
    try:
        while True:
            time.sleep(60)
    except KeyboardInterrupt:
        pass
cluster.close()
