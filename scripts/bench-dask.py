#!/usr/bin/env python3
"""What Dask adds to a run: the same paths in one process with as many threads as there are workers, and on the workers.

    scripts/bench-dask.py [SCENARIO] [PATHS] [WORKERS] [TIMES]

Needs the package `seika` with `dask` (docs/python.md). The two take turns; each line is one turn, the last the medians.
"""

import hashlib
import json
import statistics
import sys
import time

import seika
import seika.dask
from distributed import Client, LocalCluster


def timed(run):
    began = time.perf_counter()
    found = run()
    took = time.perf_counter() - began
    return took, hashlib.sha256(json.dumps(found.raw, sort_keys=True).encode()).hexdigest()


def main(scenario="scenarios/bench/three-indicators.toml", paths=100_000_000, workers=2, times=3):
    paths, workers, times = int(paths), int(workers), int(times)
    kind = dict(processes=True, threads_per_worker=1, dashboard_address=":0", worker_dashboard_address=":0")
    began = time.perf_counter()
    with LocalCluster(n_workers=workers, **kind) as cluster, Client(cluster) as client:
        print(f"cluster ready after {time.perf_counter() - began:.1f} s")
        turns = []
        for _ in range(times):
            plain, one = timed(lambda: seika.simulate(scenario, paths=paths, threads=workers))
            dask, other = timed(lambda: seika.dask.simulate(scenario, client, paths=paths))
            assert one == other, "the results differ"
            turns.append((plain, dask))
            print(f"one process {plain:.2f} s, Dask {dask:.2f} s, ratio {dask / plain:.3f}, {one[:16]}", flush=True)
    plain, dask = (statistics.median(column) for column in zip(*turns))
    ratio = statistics.median(dask / plain for plain, dask in turns)
    print(f"medians: one process {plain:.2f} s, Dask {dask:.2f} s, ratio {ratio:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
