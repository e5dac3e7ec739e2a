"""Runs on a Dask cluster: chunks by their number, merged in whatever order they arrive.

A worker needs this package and nothing else: the files of a scenario travel with the work. A chunk that a lost
worker took with it is computed again; two computations of one chunk are the same bytes, so it does not matter which
arrives. The result is that of one process, to the last digit.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, Callable

from . import Projection, chunk, files, merge

__all__ = ["simulate"]

#: Chunks for each thread of the cluster: enough that all are busy until the end.
CHUNKS_EACH = 8
#: How often a chunk is computed again where its worker is lost.
RETRIES = 5


def _one(scenario: str, part: str, read: dict[str, bytes], named: dict[str, Any]) -> bytes:
    return chunk(scenario, part, files=read, threads=1, **named)


def simulate(
    scenario: str | os.PathLike[str],
    client,
    *,
    paths: int | None = None,
    seed: int | None = None,
    antithetic: bool = False,
    chunks: int | None = None,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> Projection:
    """What :func:`seika.simulate` gives, computed by the workers of a ``distributed.Client``.

    ``chunks`` is into how many parts the run is divided (eight for each thread of the cluster); it changes no digit.
    ``progress`` is called with how many of how many are done. At Ctrl-C, and when a chunk is refused, what is not
    computed yet is cancelled.
    """
    from distributed import as_completed

    path = os.fspath(scenario)
    read = files(path)
    named = dict(paths=paths, seed=seed, antithetic=antithetic)
    count = chunks or CHUNKS_EACH * max(1, sum(client.nthreads().values()))
    # A chunk is known by what it is computed from: asked for twice, it is computed once.
    told = hashlib.sha256(repr((path, sorted(read.items()), sorted(named.items()), count)).encode()).hexdigest()
    [shared] = client.scatter([read], broadcast=True)
    futures = {
        client.submit(
            _one, path, f"{part}/{count}", shared, named, key=f"seika-{told}-{part}", retries=RETRIES, pure=True
        ): part
        for part in range(1, count + 1)
    }
    done: dict[str, bytes] = {}
    try:
        for future, found in as_completed(futures, with_results=True):
            done[f"{futures[future]}/{count}"] = found
            if progress is not None:
                progress(len(done), count)
    finally:
        client.cancel(list(futures))
    return merge(done, lang=lang)
