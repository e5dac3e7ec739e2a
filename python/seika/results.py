"""Results, as dataclasses; ``raw`` of each is the JSON of the command of the same name."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@dataclass(frozen=True)
class Distribution:
    """A simulated amount, in the contract's currency: its mean with the standard error, and percentiles.

    ``sd`` and ``se`` are ``None`` for a single path.
    """

    mean: float
    sd: float | None
    se: float | None
    min: float
    p01: float
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float
    p99: float
    max: float
    errors: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Distribution:
        return cls(**{name: json[name] for name in cls.__dataclass_fields__ if name in json})


@dataclass(frozen=True)
class Estimate:
    """A number and the standard error of its estimate; ``se`` is ``None`` where it is not known."""

    value: float
    se: float | None

    @classmethod
    def of(cls, json: dict[str, Any] | None) -> Estimate | None:
        return None if json is None else cls(json["value"], json["se"])


def _probabilities(json: dict[str, Any]) -> dict[str, Estimate]:
    values, errors = json.get("probabilities") or {}, json.get("probability_errors") or {}
    return {name: Estimate(of, errors.get(name)) for name, of in values.items() if isinstance(of, (int, float))}


@dataclass(frozen=True)
class Investor:
    """What an investor earns: on one contract, or on all its contracts together.

    ``rate`` is the internal rate of return, a fraction per year (0.03 is 3%), where there is one on any path;
    ``multiple`` what is received per amount invested; ``loss`` how often less is received than invested;
    ``expected_shortfall`` the mean loss, in the currency, of the worst twentieth of the futures.
    """

    name: str
    title: str
    rate: Distribution | None
    multiple: Distribution
    loss: Estimate
    expected_shortfall: Estimate
    #: On which part of the paths there is one rate: ``rate`` tells of those.
    rate_available: float
    #: On how many contracts, and how often one of them by itself brings a loss; of one contract 1 and ``loss``.
    contracts: int
    loss_alone: Estimate
    #: Of a portfolio, how far the contracts' results even each other out: see :class:`Portfolio`.
    diversification: dict[str, Estimate | None]

    @classmethod
    def of(cls, json: dict[str, Any]) -> Investor:
        loss = json["loss"]
        alone, spread = json.get("probability_of_loss_alone"), json.get("diversification") or {}
        return cls(
            name=json["name"],
            title=json["title"],
            rate=None if json["irr"] is None else Distribution.of(json["irr"]),
            multiple=Distribution.of(json["multiple"]),
            loss=Estimate(**loss["probability"]),
            expected_shortfall=Estimate(**loss["expected_shortfall"]),
            rate_available=json["irr_available"],
            contracts=json.get("contracts", 1),
            loss_alone=Estimate(**(alone or loss["probability"])),
            diversification={name: Estimate.of(of) for name, of in spread.items()},
        )


@dataclass(frozen=True)
class Portfolio:
    """What the contracts of a portfolio pay together, in their currency and undiscounted unless a name says so."""

    portfolio: str
    currency: str
    paths: int
    seed: int
    #: ``payment``, ``payment_discounted``, ``benefit`` and ``net``; and of the benefits, as far as there are
    #: some, those that are said to be cashable, not to be, or neither: ``benefit_cashable``,
    #: ``benefit_not_cashable``, ``benefit_unstated``.
    totals: dict[str, Distribution]
    #: What is paid in each fiscal year.
    years: dict[int, Distribution]
    #: The yearly discount rate, and the day that amounts are discounted to.
    discount_rate: float
    discounted_to: str
    #: In how many contracts each shared cell is.
    shared: dict[str, int]
    #: How many contracts say what is saved; the others save nothing here.
    benefit_contracts: int
    #: What would be paid if the programmes did nothing, where any contract says; how many do. The others count
    #: with their effect.
    no_effect: Distribution | None
    no_effect_contracts: int
    #: Standard deviations of the payment ``together``, if the contracts were ``independent``, if they moved
    #: ``as_one``; the ``part`` of the last that is left, and the mean ``correlation``.
    diversification: dict[str, Estimate | None]
    #: ``net_positive``: how often savings exceed payments.
    probabilities: dict[str, Estimate]
    #: What each investor earns on all its contracts together, by its identifier.
    investors: dict[str, Investor]
    raw: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Portfolio:
        no_effect = json["no_effect"]
        return cls(
            portfolio=json["portfolio"],
            currency=json["currency"],
            paths=json["paths"],
            seed=json["seed"],
            totals={name: Distribution.of(of) for name, of in json["totals"].items()},
            years={of["year"]: Distribution.of(of["payment"]) for of in json["years"]},
            discount_rate=json["discount_rate"],
            discounted_to=json["discounted_to"],
            shared={of["name"]: of["contracts"] for of in json["shared"]},
            benefit_contracts=json["benefits"]["contracts"],
            no_effect=None if no_effect["payment"] is None else Distribution.of(no_effect["payment"]),
            no_effect_contracts=no_effect["contracts"],
            diversification={name: Estimate.of(of) for name, of in json["diversification"].items()},
            probabilities=_probabilities(json),
            investors={of["name"]: Investor.of(of) for of in json["investors"]},
            raw=json,
        )

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "contract": of["name"],
                "title": of["title"],
                **{f"payment_{name}": value for name, value in of["payment"].items()},
                "no_effect_mean": None if of["no_effect"] is None else of["no_effect"]["mean"],
                "no_effect_se": None if of["no_effect"] is None else of["no_effect"]["se"],
                "net_mean": of["net"]["mean"],
                "net_se": of["net"]["se"],
            }
            for of in self.raw["contracts"]
        ]

    def to_pandas(self):
        """One row for each contract, as a ``pandas.DataFrame``."""
        import pandas

        return pandas.DataFrame(self._rows())

    def to_polars(self):
        """One row for each contract, as a ``polars.DataFrame``."""
        import polars

        return polars.DataFrame(self._rows(), infer_schema_length=None)


@dataclass(frozen=True)
class Projection:
    """What a contract pays and saves under a scenario, in its currency and undiscounted unless a name says so."""

    contract: str
    currency: str
    paths: int
    seed: int
    #: ``payment``, ``payment_discounted``, ``benefit`` and ``net``.
    totals: dict[str, Distribution]
    #: What each payment line comes to.
    lines: dict[str, Distribution]
    #: What is paid at each evaluation, by its date.
    evaluations: dict[str, Distribution]
    #: What is paid in each fiscal year.
    years: dict[int, Distribution]
    #: What would be paid if the programme did nothing; ``None`` where the scenario does not say.
    no_effect: Distribution | None
    #: How likely it is: ``cap_reached``, ``no_outcome_payment``, ``net_positive``.
    probabilities: dict[str, Estimate]
    #: What each investor earns, by its identifier.
    investors: dict[str, Investor]
    raw: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Projection:
        no_effect = (json.get("no_effect") or {}).get("payment")
        return cls(
            contract=json["contract"],
            currency=json["currency"],
            paths=json["paths"],
            seed=json["seed"],
            totals={name: Distribution.of(of) for name, of in json["totals"].items()},
            lines={of["name"]: Distribution.of(of["amount"]) for of in json["lines"]},
            evaluations={of["at"]: Distribution.of(of["payment"]) for of in json["evaluations"]},
            years={of["year"]: Distribution.of(of["payment"]) for of in json.get("years", [])},
            no_effect=None if no_effect is None else Distribution.of(no_effect),
            probabilities=_probabilities(json),
            investors={of["name"]: Investor.of(of) for of in json.get("investors") or []},
            raw=json,
        )

    def _rows(self) -> list[dict[str, Any]]:
        groups = (("total", self.totals), ("line", self.lines), ("evaluation", self.evaluations), ("year", self.years))
        names = [name for name in Distribution.__dataclass_fields__ if name != "errors"]
        return [
            {"of": kind, "name": str(name), **{column: getattr(found, column) for column in names}}
            for kind, group in groups
            for name, found in group.items()
        ]

    def to_pandas(self):
        """One row for each total, line, evaluation and fiscal year; columns are those of :class:`Distribution`."""
        import pandas

        return pandas.DataFrame(self._rows())

    def to_polars(self):
        """As :meth:`to_pandas`, for polars."""
        import polars

        return polars.DataFrame(self._rows(), infer_schema_length=None)


@dataclass(frozen=True)
class Finding:
    """Something that the linter found."""

    id: str
    severity: str
    message: str
    line: int | None
    accepted: bool


@dataclass(frozen=True)
class Check:
    """What checking a contract found."""

    contract: str
    ok: bool
    findings: list[Finding]
    #: The least and the most that can be paid in all; ``None`` where there is no limit.
    least: Decimal | None
    most: Decimal | None
    raw: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Check:
        finding = lambda of: Finding(of["id"], of["severity"], of["message"], of["line"], of["accepted"] is not None)
        bounds = json["bounds"]
        return cls(
            contract=json["contract"],
            ok=json["ok"],
            findings=[finding(of) for of in json["findings"]],
            least=_decimal(bounds["min"]),
            most=_decimal(bounds["max"]),
            raw=json,
        )


@dataclass(frozen=True)
class Statement:
    """What is owed at one evaluation."""

    contract: str
    at: str
    currency: str
    subtotal: Decimal
    tax: Decimal | None
    payable: Decimal
    paid_before: Decimal
    #: What each line comes to.
    lines: dict[str, Decimal]
    #: The outcomes as the contract reads them; ``None`` where too few were measured.
    outcomes: dict[str, Decimal | None]
    #: The text of its receipt, from which :func:`seika.verify` computes everything again.
    receipt: str = field(repr=False, compare=False)
    raw: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, json: dict[str, Any], receipt: str) -> Statement:
        lines: dict[str, Decimal] = {}
        for line in json["lines"]:
            lines[line["name"]] = lines.get(line["name"], Decimal(0)) + Decimal(line["amount"])
        return cls(
            contract=json["contract"],
            at=json["at"],
            currency=json["currency"],
            subtotal=Decimal(json["subtotal"]),
            tax=_decimal(json["tax"]),
            payable=Decimal(json["payable"]),
            paid_before=Decimal(json["paid_before"]),
            lines=lines,
            outcomes={of["indicator"]: _decimal(of["value"]) for of in json["outcomes"]},
            receipt=receipt,
            raw=json,
        )


    def _rows(self) -> list[dict[str, Any]]:
        names = ("name", "title", "payer", "to", "amount", "because")
        return [{**{name: of[name] for name in names}, "amount": Decimal(of["amount"])} for of in self.raw["lines"]]

    def to_pandas(self):
        """One row for each line: who pays whom how much, and why; amounts are ``Decimal``."""
        import pandas

        return pandas.DataFrame(self._rows())

    def to_polars(self):
        """As :meth:`to_pandas`, for polars."""
        import polars

        return polars.DataFrame(self._rows(), infer_schema_length=None)


@dataclass(frozen=True)
class Difference:
    """Where a receipt is not what it comes to: in which entry, what it states and what was computed."""

    at: str
    stated: str
    computed: str


@dataclass(frozen=True)
class Verification:
    """Whether a receipt is what its script and figures come to."""

    ok: bool
    contract: str
    at: str
    payable: Decimal
    #: The version that made the receipt, and the one that computed it again.
    engine: str
    computed_by: str
    #: Whether the figures were estimated again: from files that are the ``same`` as the receipt names, from what is
    #: ``inside`` it, or ``not given``.
    evidence: str
    differences: list[Difference]
    raw: dict[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, json: dict[str, Any]) -> Verification:
        differences = [Difference(**of) for of in json["differences"]]
        return cls(**{**json, "payable": Decimal(json["payable"]), "differences": differences}, raw=json)
