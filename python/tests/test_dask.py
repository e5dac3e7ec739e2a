"""Runs on a cluster of worker processes: the same result as one process, whatever happens to the workers."""

import os
import signal
from pathlib import Path

import pytest

import seika
import seika.dask

distributed = pytest.importorskip("distributed")
TOP = Path(__file__).resolve().parents[2]
TAMA = "scenarios/tama-hypertension.toml"


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, worker_dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.fixture()
def client(cluster, monkeypatch):
    monkeypatch.chdir(TOP)
    with distributed.Client(cluster) as client:
        yield client


def test_a_cluster_gives_what_one_process_gives(client):
    whole = seika.simulate(TAMA, paths=200_000)
    seen = []
    found = seika.dask.simulate(TAMA, client, paths=200_000, chunks=7, progress=lambda *at: seen.append(at))
    assert found.raw == whole.raw
    assert seen[-1] == (7, 7) and len(seen) == 7


def test_a_worker_that_is_killed_is_made_up_for(client):
    whole = seika.simulate(TAMA, paths=3_000_000)
    pids = list(client.run(os.getpid).values())

    def kill(done, _):
        if done == 2 and pids:
            os.kill(pids.pop(), signal.SIGKILL)

    found = seika.dask.simulate(TAMA, client, paths=3_000_000, chunks=24, progress=kill)
    assert found.raw == whole.raw and len(pids) == 1


def test_what_is_refused_is_told_and_the_rest_cancelled(client, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("contract = \"nothing.rhai\"\n", encoding="utf-8")
    with pytest.raises(seika.SeikaError):
        seika.dask.simulate(wrong, client)
    with pytest.raises(seika.SeikaError):
        seika.dask.simulate(TAMA, client, paths=0)
