"""Runs on a Dask cluster: chunks by their number, merged in whatever order they arrive.

A worker needs this package and nothing else: the files of a scenario or a portfolio travel with the work. A chunk that
a lost worker took with it is computed again, as often as Dask's ``distributed.scheduler.allowed-failures`` says; two
computations of one chunk are the same bytes, so it does not matter which arrives. The result is that of one process, to
the last digit.

>>> import seika.dask
>>> from distributed import Client
>>> with Client("tcp://scheduler:8786") as client:          # doctest: +SKIP
...     found = seika.dask.simulate("scenario.toml", client, until="0.1%", progress=seika.dask.bar)
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import Any, Callable, Iterator

from . import Portfolio, Projection, _Merging, _seika, _told, chunk, files, portfolio_chunk, portfolio_files

__all__ = ["bar", "portfolio", "simulate"]

#: Chunks for each thread of the cluster: enough that all are busy until the end. A large cluster gets fewer, as one
#: process merges them.
CHUNKS_EACH = 16
CHUNKS_EACH_LEAST = 2
CHUNKS_MANY = 512
#: Of a portfolio, where every chunk reads every contract, twice.
PORTFOLIO_CHUNKS_EACH = 1
#: With a target, parts for each thread that may be begun beyond the first that is missing: what arrives early waits.
AHEAD_EACH = 4

Progress = Callable[[int, int], None]


def bar(done: int, of: int) -> None:
    """A progress bar on the terminal."""
    filled = 40 * done // max(of, 1)
    end = "\n" if done >= of else ""
    print(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done:,} / {of:,}", end=end, file=sys.stderr, flush=True)


def _given(read: dict[str, bytes]) -> dict[str, bytes]:
    return read


def _one(call: Callable[..., bytes], path: str, part: str, read: dict[str, bytes], named: dict[str, Any]) -> bytes:
    return call(path, part, files=read, threads=1, **named)


def _at_least_one(chunks: int | None) -> int | None:
    if chunks is not None and chunks < 1:
        raise ValueError(f"chunks: at least 1, not {chunks}")
    return chunks


def _threads(client) -> int:
    return max(1, sum(client.nthreads().values()))


class _Chunks:
    """Chunks that the workers of a cluster compute, each known by what it is computed from."""

    def __init__(self, client, call: Callable[..., bytes], path: str, read: dict[str, bytes], named: dict[str, Any]):
        from distributed import as_completed

        told = hashlib.sha256()
        told.update(repr((_seika.VERSION, call.__name__, path, sorted(named.items()))).encode())
        for name, text in sorted(read.items()):
            told.update(repr((name, len(text))).encode() + text)
        self.client, self.call, self.path, self.named, self.told = client, call, path, named, told.hexdigest()
        # A task, and not scattered: what is scattered is gone with the last worker that holds it. Dask tells kinds of
        # tasks by what their keys begin with, and hands out chunks as threads become free only where they are a kind.
        self.shared = client.submit(_given, read, key=f"seika_files-{self.told}", pure=True)
        self.futures: dict[Any, str] = {}
        self.arriving = as_completed(with_results=True, raise_errors=True)

    def submit(self, part: str) -> None:
        # Asked for twice, a chunk is computed once.
        key = f"seika_chunk-{self.told}-{part}"
        future = self.client.submit(_one, self.call, self.path, part, self.shared, self.named, key=key, pure=True)
        self.futures[future] = part
        self.arriving.add(future)

    def arrived(self) -> Iterator[tuple[str, bytes]]:
        for future, found in self.arriving:
            if future.cancelled():
                raise found
            part = self.futures.pop(future)
            future.release()
            yield part, found

    def cancel(self) -> None:
        # What nobody wants any longer is not computed. To cancel it by its key would reach a later run, too.
        for future in (*self.futures, self.shared):
            future.release()
        self.futures.clear()


def _all(chunks: _Chunks, count: int, lang: str, progress: Progress | None):
    merging = _Merging(lang)
    try:
        for part in range(1, count + 1):
            chunks.submit(f"{part}/{count}")
        for done, (part, found) in enumerate(chunks.arrived(), 1):
            merging.add(part, found)
            if progress is not None:
                progress(done, count)
    finally:
        chunks.cancel()
    return merging.finish()


def simulate(
    scenario: str | os.PathLike[str],
    client,
    *,
    until: str | None = None,
    paths: int | None = None,
    seed: int | None = None,
    antithetic: bool = False,
    chunks: int | None = None,
    lang: str = "en",
    progress: Progress | None = None,
) -> Projection:
    """What :func:`seika.simulate` gives, computed by the workers of a ``distributed.Client``.

    ``until`` stops at a precision, such as ``"0.1%"``: only the paths from the first on without a gap are looked at,
    at the same places as in one process, so that the result is the same; chunks beyond are cancelled.

    ``chunks`` is into how many parts the run is divided (sixteen for each thread of the cluster, fewer where that is
    more than 512), or with ``until`` each of its rounds (one for each thread); it changes no digit. ``progress`` is
    called with how much of how much is done (:func:`bar` draws it): chunks, or with ``until`` paths of the most there
    may be. At Ctrl-C, and when a chunk is refused, what is not computed yet is cancelled.
    """
    path, chunks = os.fspath(scenario), _at_least_one(chunks)
    read = files(path, lang=lang)
    named = dict(paths=paths, seed=seed, antithetic=antithetic, lang=lang)
    threads = _threads(client)
    if until is None:
        work = _Chunks(client, chunk, path, read, named)
        most = max(min(CHUNKS_EACH * threads, CHUNKS_MANY), CHUNKS_EACH_LEAST * threads)
        return _all(work, chunks or most, lang, progress)
    gathering = _told(_seika.Gathering, path, until, files=list(read.items()), **named)
    # A part is of the run with the most paths, which the target alone does not say.
    named["paths"] = gathering.progress()[1]
    work = _Chunks(client, chunk, path, read, named)
    parts = gathering.parts(chunks or threads)
    arrived: set[str] = set()
    begun = summed = 0
    try:
        while True:
            # Twice as many as can be computed at once, so that nobody waits; little is computed in vain, and where
            # an early part takes long, few later ones wait for it. A cluster may have grown meanwhile.
            threads = _threads(client)
            most = min(len(parts), begun + 2 * threads - len(work.futures), summed + AHEAD_EACH * threads)
            for part in parts[begun:most]:
                work.submit(part)
            begun = max(begun, most)
            part, found = next(work.arrived())
            if _told(gathering.add, part, found):
                break
            arrived.add(part)
            while parts[summed] in arrived:
                summed += 1
            if progress is not None:
                progress(*gathering.progress())
        done, _ = gathering.progress()
        if progress is not None:
            progress(done, done)
    finally:
        work.cancel()
    return Projection.of(json.loads(_told(gathering.finish)))


def portfolio(
    folder: str | os.PathLike[str],
    client,
    *,
    paths: int | None = None,
    seed: int | None = None,
    chunks: int | None = None,
    lang: str = "en",
    progress: Progress | None = None,
) -> Portfolio:
    """What :func:`seika.portfolio` gives, computed by the workers of a ``distributed.Client``.

    Every chunk runs every contract on a part of the paths; ``chunks`` is how many there are (one for each thread of
    the cluster: reading a contract takes as long as some thousand paths). It changes no digit.
    """
    path, chunks = os.fspath(folder), _at_least_one(chunks)
    read = portfolio_files(path, lang=lang)
    work = _Chunks(client, portfolio_chunk, path, read, dict(paths=paths, seed=seed, lang=lang))
    return _all(work, chunks or PORTFOLIO_CHUNKS_EACH * _threads(client), lang, progress)
