"""What tests share: the top folder, and a cluster of two worker processes."""

from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def at_the_top(monkeypatch):
    monkeypatch.chdir(TOP)


@pytest.fixture(scope="session")
def cluster():
    distributed = pytest.importorskip("distributed")
    kind = dict(threads_per_worker=1, processes=True, dashboard_address=":0", worker_dashboard_address=":0")
    with distributed.LocalCluster(n_workers=2, **kind) as cluster:
        yield cluster


@pytest.fixture()
def client(cluster):
    from distributed import Client

    with Client(cluster) as client:
        yield client
