"""The examples of the documentation and of the docstrings run."""

import doctest
import importlib
import re

import pytest

SCHEDULER = "tcp://scheduler:8786"


@pytest.mark.parametrize("module", ["seika", "seika.dask", "seika.errors", "seika.results"])
def test_docstrings_give_what_they_say(module):
    found = doctest.testmod(importlib.import_module(module))
    assert found.failed == 0
    assert found.attempted > 0 or module in ("seika.errors", "seika.results")


@pytest.mark.parametrize("page", ["docs/python.md", "docs/scale.md"])
def test_the_pages_examples_run(page, cluster):
    with open(page, encoding="utf-8") as file:
        blocks = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        # On this machine's workers, and on fewer paths.
        block = block.replace(SCHEDULER, cluster.scheduler_address).replace("_000_000", "_000").replace("0.05%", "0.5%")
        exec(compile(block, page, "exec"), names)
    if "client" in names:
        names["client"].close()
