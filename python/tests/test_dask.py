"""Runs on a cluster of worker processes: the same result as one process, whatever happens to the workers."""

import os
import pathlib
import signal
import time

import pytest

import seika
import seika.dask

distributed = pytest.importorskip("distributed")
TAMA = "scenarios/tama-hypertension.toml"


def test_a_cluster_gives_what_one_process_gives(client):
    whole = seika.simulate(TAMA, paths=200_000)
    seen = []
    found = seika.dask.simulate(TAMA, client, paths=200_000, chunks=7, progress=lambda *at: seen.append(at))
    assert found.raw == whole.raw
    assert seen[-1] == (7, 7) and len(seen) == 7


def test_a_worker_that_is_killed_is_made_up_for(client):
    whole = seika.simulate(TAMA, paths=1_200_000)
    pids = list(client.run(os.getpid).values())

    def kill(done, _):
        if done == 2 and pids:
            os.kill(pids.pop(), signal.SIGKILL)

    found = seika.dask.simulate(TAMA, client, paths=1_200_000, chunks=24, progress=kill)
    assert found.raw == whole.raw and len(pids) == 1


def test_a_run_until_a_target_is_that_of_one_process(client):
    whole = seika.simulate(TAMA, until="0.1%")
    seen = []
    found = seika.dask.simulate(TAMA, client, until="0.1%", progress=lambda *at: seen.append(at))
    assert found.raw == whole.raw and found.raw["until"]["reached"]
    assert all(done <= most for done, most in seen)
    for chunks in (1, 5):
        assert seika.dask.simulate(TAMA, client, until="0.1%", chunks=chunks).raw == whole.raw


def test_a_portfolio_on_a_cluster_is_that_of_one_process(client):
    whole = seika.portfolio("scenarios/portfolio", paths=4_000)
    assert seika.dask.portfolio("scenarios/portfolio", client, paths=4_000, chunks=3).raw == whole.raw


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_gives_the_same(workers):
    whole = seika.simulate(TAMA, paths=50_000)
    kind = dict(threads_per_worker=1, processes=True, dashboard_address=":0", worker_dashboard_address=":0")
    with distributed.LocalCluster(n_workers=workers, **kind) as cluster, distributed.Client(cluster) as client:
        assert seika.dask.simulate(TAMA, client, paths=50_000).raw == whole.raw


def settled(client):
    """Whether nothing is computed any longer."""
    for _ in range(100):
        if not any(client.processing().values()):
            return True
        time.sleep(0.1)
    return False


def test_what_is_refused_is_told_and_the_rest_cancelled(client, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("contract = \"nothing.rhai\"\n", encoding="utf-8")
    with pytest.raises(seika.SeikaError, match="ファイル"):
        seika.dask.simulate(wrong, client, lang="ja")
    with pytest.raises(seika.SeikaError):
        seika.dask.simulate(TAMA, client, paths=0)
    with pytest.raises(seika.SeikaError):
        seika.dask.portfolio("scenarios/portfolio", client, paths=0)
    with pytest.raises(ValueError, match="at least 1"):
        seika.dask.simulate(TAMA, client, chunks=0)
    # What goes wrong on a worker, on one path in some ten thousand, is told as in one process.
    late = tmp_path / "late.toml"
    text = pathlib.Path(TAMA).read_text(encoding="utf-8").replace("../scripts", str(pathlib.Path("scripts").resolve()))
    wrong = text.replace("binomial(active, 0.80)", "binomial(active, normal(0.80, 0.05))")
    assert wrong != text
    late.write_text(wrong, encoding="utf-8")
    with pytest.raises(seika.SeikaError) as one:
        seika.simulate(late, paths=400_000)
    with pytest.raises(seika.SeikaError) as other:
        seika.dask.simulate(late, client, paths=400_000, chunks=40)
    assert one.value.problems[0].id == other.value.problems[0].id
    assert settled(client)


def test_a_run_that_is_stopped_leaves_nothing_behind(client):
    class Stopped(Exception):
        pass

    def stop(done, _):
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        seika.dask.simulate(TAMA, client, paths=10_000_000, chunks=100, progress=stop)
    assert settled(client)
    # The same run afterwards is not reached by what was cancelled.
    whole = seika.simulate(TAMA, until="0.1%")
    for _ in range(2):
        assert seika.dask.simulate(TAMA, client, until="0.1%", chunks=3).raw == whole.raw
