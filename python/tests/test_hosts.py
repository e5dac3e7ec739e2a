"""A run on two hosts: network namespaces of their own that see each other over a cable."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import seika

pytest.importorskip("distributed")
TAMA = "scenarios/tama-hypertension.toml"
SCHEDULER = "tcp://10.231.17.1:8786"

# What the host that asks for the run does. With `cut`, the cable to the other is cut when a part is there.
ASKING = f"""
import json, subprocess, sys
import seika.dask
from distributed import Client

cut = sys.argv[1:]

def progress(done, _):
    if cut and done == 3:
        subprocess.run(cut, check=True)
        cut.clear()

with Client("{SCHEDULER}") as client:
    client.wait_for_workers(2, timeout=60)
    hosts = sorted(worker["host"] for worker in client.scheduler_info()["workers"].values())
    found = seika.dask.simulate("{TAMA}", client, paths=400_000, chunks=24, progress=progress)
    json.dump(dict(hosts=hosts, found=found.raw), sys.stdout)
"""


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def allowed():
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"seika-try-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True)
    return tried.returncode == 0 and subprocess.run(["ip", "netns", "del", name]).returncode == 0


pytestmark = pytest.mark.skipif(not allowed(), reason="network namespaces need Linux, its superuser and `ip`")


@pytest.fixture()
def hosts():
    """Two namespaces with a cable between them, a scheduler on the first and a worker on each."""
    first, second = (f"seika-{name}-{os.getpid()}" for name in ("first", "second"))
    running = []

    def start(host, module, *arguments):
        # What is lost is noticed within seconds instead of minutes.
        noticed = dict(DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="6s", DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP="12s")
        command = ["ip", "netns", "exec", host, sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append(subprocess.Popen(command, env={**os.environ, **noticed}, **quiet))

    try:
        for host in (first, second):
            ip("netns", "add", host)
            ip("-n", host, "link", "set", "lo", "up")
        ip("link", "add", "cable", "netns", first, "type", "veth", "peer", "name", "cable", "netns", second)
        for number, host in enumerate((first, second), 1):
            ip("-n", host, "address", "add", f"10.231.17.{number}/24", "dev", "cable")
            ip("-n", host, "link", "set", "cable", "up")
        start(first, "dask_scheduler", "--host", "10.231.17.1", "--port", "8786", "--no-dashboard")
        for number, host in enumerate((first, second), 1):
            alone = ["--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny"]
            start(host, "dask_worker", SCHEDULER, "--host", f"10.231.17.{number}", *alone)
        yield first, second
    finally:
        for process in running:
            process.kill()
            process.wait()
        for host in (first, second):
            subprocess.run(["ip", "netns", "del", host], capture_output=True)


@pytest.mark.parametrize("cut", [False, True], ids=["together", "cable cut midway"])
def test_two_hosts_give_what_one_process_gives(hosts, cut):
    first, second = hosts
    cutting = ["ip", "-n", second, "link", "set", "cable", "down"] if cut else []
    asking = ["ip", "netns", "exec", first, sys.executable, "-c", ASKING, *cutting]
    told = subprocess.run(asking, capture_output=True, text=True, timeout=180)
    assert told.returncode == 0, told.stderr
    cable = subprocess.run(["ip", "-n", first, "-brief", "link", "show", "cable"], capture_output=True, text=True)
    assert (" UP " in cable.stdout) != cut, cable.stdout
    found = json.loads(told.stdout)
    assert found["hosts"] == ["10.231.17.1", "10.231.17.2"]
    assert found["found"] == seika.simulate(TAMA, paths=400_000).raw
