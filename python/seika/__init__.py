"""Outcome-based contracts, checked, simulated and settled by the engine of Seika.

Every function takes paths and computes without holding the GIL; what simulates stops at Ctrl-C. Results are dataclasses
(``seika.results``); ``raw`` of each is the JSON that the command of the same name prints. Amounts of money that are
owed are ``decimal.Decimal``; simulated ones are ``float``, with their standard error beside them. What cannot be
used raises :class:`SeikaError`, which names file, line, what was found and what to do.

>>> import seika
>>> found = seika.check("scripts/contracts/tama-hypertension.rhai")
>>> found.ok
True

The examples here and below run in the top folder of Seika's repository.
"""

from __future__ import annotations

import json as _json
import os as _os
from decimal import Decimal
from typing import Iterable, Mapping, Sequence, Union

from . import _seika
from .errors import Problem, SeikaError
from .results import (
    Check,
    Difference,
    Distribution,
    Estimate,
    Finding,
    Investor,
    Portfolio,
    Projection,
    Statement,
    Verification,
)

__all__ = [
    "Check",
    "Difference",
    "Distribution",
    "Estimate",
    "Finding",
    "Investor",
    "Portfolio",
    "Problem",
    "Projection",
    "SeikaError",
    "Statement",
    "Verification",
    "check",
    "chunk",
    "explain",
    "files",
    "merge",
    "portfolio",
    "portfolio_chunk",
    "portfolio_files",
    "settle",
    "simulate",
    "verify",
]

__version__ = _seika.VERSION

PathLike = Union[str, "_os.PathLike[str]"]


def _told(call, *given, **named):
    try:
        return call(*given, **named)
    except _seika.Refused as refused:
        raise SeikaError.of_json(refused.args[0]) from None


def _paths(files: PathLike | Sequence[PathLike]) -> list[str]:
    if isinstance(files, (str, _os.PathLike)):
        files = [files]
    return [_os.fspath(file) for file in files]


def check(contract: PathLike, *, lang: str = "en") -> Check:
    """Whether a contract's examples come out, what it can pay, and what the linter finds.

    Raises :class:`SeikaError` where the script cannot be read.

    >>> found = check("scripts/contracts/tama-hypertension.rhai")
    >>> found.ok, found.least, found.most
    (True, Decimal('9000000'), Decimal('27000000'))
    """
    return Check.of(_json.loads(_told(_seika.check, _os.fspath(contract), lang=lang)))


def explain(contract: PathLike, *, lang: str = "en") -> str:
    """The term sheet (成果水準書) of a contract, as Markdown.

    >>> explain("scripts/contracts/tama-hypertension.rhai", lang="ja").splitlines()[0]
    '# 成果水準書：多摩市 高血圧重症化予防事業'
    """
    return _told(_seika.explain, _os.fspath(contract), lang=lang)


def simulate(
    scenario: PathLike,
    *,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    antithetic: bool = False,
    until: str | None = None,
    lang: str = "en",
) -> Projection:
    """What a contract pays and saves under a scenario, and what it would pay if the programme did nothing.

    ``paths`` and ``seed`` replace the scenario's own; ``until`` stops at a precision, such as ``"0.1%"`` or
    ``"net=0.5%"``. The result is the same to the last digit on any number of ``threads``.

    >>> found = simulate("scenarios/tama-hypertension.toml", paths=5_000)
    >>> found.totals["payment"].se < 0.01 * found.totals["payment"].mean
    True
    """
    named = dict(paths=paths, seed=seed, threads=threads, antithetic=antithetic, until=until, lang=lang)
    return Projection.of(_json.loads(_told(_seika.simulate, _os.fspath(scenario), **named)))


def files(scenario: PathLike, *, lang: str = "en") -> dict[str, bytes]:
    """The files that a scenario is read from, by path: what another machine needs for :func:`chunk`.

    >>> sorted(files("scenarios/tama-hypertension.toml"))
    ['scenarios/tama-hypertension.toml', 'scripts/contracts/tama-hypertension.rhai']
    """
    return dict(_told(_seika.files, _os.fspath(scenario), lang=lang))


def chunk(
    scenario: PathLike,
    part: str,
    *,
    files: Mapping[str, bytes] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    antithetic: bool = False,
    lang: str = "en",
) -> bytes:
    """One part of a run, ``"2/7"`` being the second of seven, as the bytes that :func:`merge` reads.

    Of a run until a target (see :mod:`seika.dask`) the parts are blocks of 512 paths, such as ``"32..64"``.

    A chunk holds the texts of scenario, contract and tables, the seed, the number of paths and the engine's
    version: chunks of other runs are refused when they are merged. ``files`` are read in place of the disk.

    >>> first = chunk("scenarios/tama-hypertension.toml", "1/2", paths=5_000)
    >>> isinstance(first, bytes)
    True
    """
    given = None if files is None else list(files.items())
    named = dict(files=given, paths=paths, seed=seed, threads=threads, antithetic=antithetic, lang=lang)
    return _told(_seika.chunk, _os.fspath(scenario), part, **named)


def portfolio(
    folder: PathLike,
    *,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    lang: str = "en",
) -> Portfolio:
    """What the contracts of a folder pay together, with the risks that ``portfolio.toml`` says they share.

    Of each contract some ten kilobytes are kept. The result is the same to the last digit on any number of
    ``threads``.

    >>> found = portfolio("scenarios/portfolio", paths=2_000)
    >>> round(found.diversification["correlation"].value, 1)
    0.2
    """
    named = dict(paths=paths, seed=seed, threads=threads, lang=lang)
    return Portfolio.of(_json.loads(_told(_seika.portfolio, _os.fspath(folder), **named)))


def portfolio_files(folder: PathLike, *, lang: str = "en") -> dict[str, bytes]:
    """The files that a portfolio is read from, by path: what another machine needs for :func:`portfolio_chunk`.

    >>> "scenarios/portfolio/portfolio.toml" in portfolio_files("scenarios/portfolio")
    True
    """
    return dict(_told(_seika.portfolio_files, _os.fspath(folder), lang=lang))


def portfolio_chunk(
    folder: PathLike,
    part: str,
    *,
    files: Mapping[str, bytes] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    lang: str = "en",
) -> bytes:
    """Every contract of a portfolio on one part of the paths, as the bytes that :func:`merge` reads.

    >>> parts = [portfolio_chunk("scenarios/portfolio", part, paths=2_000) for part in ("1/2", "2/2")]
    >>> merge(parts) == portfolio("scenarios/portfolio", paths=2_000)
    True
    """
    given = None if files is None else list(files.items())
    named = dict(files=given, paths=paths, seed=seed, threads=threads, lang=lang)
    return _told(_seika.portfolio_chunk, _os.fspath(folder), part, **named)


def merge(chunks: Mapping[str, bytes] | Iterable[bytes], *, lang: str = "en") -> Projection | Portfolio:
    """The run that chunks are the parts of: what :func:`simulate` or :func:`portfolio` gives, to the last digit.

    The order does not matter, and a chunk that is given twice counts once. They are read one after another, so that an
    iterator of many takes the memory of one. A chunk that is missing, damaged or of
    another run is refused, by the names that a mapping gives, else by their position.

    >>> parts = [chunk("scenarios/tama-hypertension.toml", part, paths=5_000) for part in ("1/2", "2/2")]
    >>> merge(parts) == simulate("scenarios/tama-hypertension.toml", paths=5_000)
    True
    """
    if isinstance(chunks, Mapping):
        named = iter(chunks.items())
    else:
        named = ((f"chunk {at}", chunk) for at, chunk in enumerate(chunks, 1))
    merging = _Merging(lang)
    problems: list[Problem] = []
    for name, chunk in named:
        try:
            merging.add(name, chunk)
        except SeikaError as refused:
            problems += refused.problems
    if problems:
        raise SeikaError(problems)
    return merging.finish()


class _Merging:
    """Chunks that are added one after another: only their sum is kept."""

    def __init__(self, lang: str):
        self._sum = _seika.Merging(lang=lang)

    def add(self, name: str, chunk: bytes) -> None:
        _told(self._sum.add, str(name), bytes(chunk))

    def finish(self) -> Projection | Portfolio:
        found = _json.loads(_told(self._sum.finish))
        return Portfolio.of(found) if "portfolio" in found else Projection.of(found)


def settle(
    contract: PathLike,
    evidence: PathLike | Sequence[PathLike],
    *,
    at: str | None = None,
    paid_before: Decimal | int | str | None = None,
    ended: str | None = None,
    invoiced: str | None = None,
    earlier: Sequence[PathLike] = (),
    evidence_inside: bool = False,
    lang: str = "en",
) -> Statement:
    """What is owed at an evaluation on measured outcomes, to the smallest unit of the currency.

    ``evidence`` are files of rows or an evaluator's figures; ``at`` may be left out where there is one evaluation.
    ``receipt`` of the result is what the other party needs to compute it again (:func:`verify`);
    ``evidence_inside`` puts the evidence itself into it, which may be about people.

    >>> owed = settle("scripts/contracts/nsw-employment.rhai", "tests/data/nsw.csv")
    >>> owed.payable, owed.currency
    (Decimal('243671.74'), 'USD')
    """
    before = _paths(earlier)
    paid = format(paid_before, "f") if isinstance(paid_before, Decimal) else paid_before
    paid = None if paid is None else str(paid)
    named = dict(at=at, paid_before=paid, ended=ended, invoiced=invoiced, earlier=before, lang=lang)
    call = _told(_seika.settle, _os.fspath(contract), _paths(evidence), evidence_inside=evidence_inside, **named)
    statement, receipt = call
    return Statement.of(_json.loads(statement), receipt)


def verify(receipt: PathLike, *, evidence: PathLike | Sequence[PathLike] = (), lang: str = "en") -> Verification:
    """Whether every figure of a receipt is what its script and figures come to, computed again here.

    With the files of ``evidence``, or where it is inside the receipt, the figures are estimated again, too.

    >>> import pathlib, tempfile
    >>> owed = settle("scripts/contracts/nsw-employment.rhai", "tests/data/nsw.csv")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "receipt.json")
    ...     _ = file.write_text(owed.receipt, encoding="utf-8")
    ...     verify(file, evidence="tests/data/nsw.csv").ok
    True
    """
    found = _told(_seika.verify, _os.fspath(receipt), evidence=_paths(evidence), lang=lang)
    return Verification.of(_json.loads(found))
