"""The package on shipped contracts and real data: published amounts, laws of chunks, what is refused."""

import dataclasses
import os
from decimal import Decimal
from pathlib import Path

import pytest

import seika

TAMA = "scenarios/tama-hypertension.toml"


def test_a_contract_is_checked():
    found = seika.check("scripts/contracts/tama-hypertension.rhai")
    assert found.ok and found.least == Decimal(9_000_000) and found.most == Decimal(27_000_000)
    assert any(finding.id == "paid-at-no-effect" for finding in found.findings)


def test_real_data_settle_to_what_they_are_known_to_come_to():
    found = seika.settle("scripts/contracts/nsw-employment.rhai", "tests/data/nsw.csv")
    # The experiment's difference of means is published: 1,794.34 dollars.
    assert found.outcomes["earnings_gain"] == Decimal("1794.34")
    assert found.payable == Decimal("243671.74") and sum(found.lines.values()) == found.subtotal


def test_a_receipt_is_computed_again(tmp_path):
    found = seika.settle("scripts/contracts/nsw-employment.rhai", "tests/data/nsw.csv", evidence_inside=True)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(found.receipt, encoding="utf-8")
    again = seika.verify(receipt)
    assert again.ok and again.payable == found.payable and again.evidence == "inside" and again.differences == []
    assert seika.verify(receipt, evidence="tests/data/nsw.csv").evidence == "same"
    other = seika.verify(receipt, evidence=["tests/data/kobe-figures.csv"])
    assert not other.ok and other.differences[0].at == "tests/data/kobe-figures.csv"
    receipt.write_text(found.receipt.replace("243671.74", "243671.75"), encoding="utf-8")
    altered = seika.verify(receipt)
    assert not altered.ok and any(of.stated != of.computed for of in altered.differences)


def test_a_published_payment_is_met():
    found = seika.settle("scripts/contracts/kobe-kidney.rhai", "tests/data/kobe-figures.csv", at="2018-07-31")
    assert found.payable == found.subtotal and found.payable > 0


def test_a_run_in_parts_is_the_whole_run():
    whole = seika.simulate(TAMA, paths=20_000)
    parts = [seika.chunk(TAMA, f"{part}/3", paths=20_000) for part in (1, 2, 3)]
    assert seika.merge(parts[::-1]).raw == whole.raw
    read = seika.files(TAMA)
    elsewhere = seika.chunk(TAMA, "2/3", files=read, paths=20_000)
    assert elsewhere == parts[1]
    with pytest.raises(seika.SeikaError) as missing:
        seika.merge(parts[:2])
    assert missing.value.problems[0].id == "missing-chunk"
    # One that is delivered twice counts once.
    assert seika.merge([parts[0], parts[2], parts[0], parts[1]]).raw == whole.raw
    with pytest.raises(seika.SeikaError):
        seika.merge([parts[0], parts[1], seika.chunk(TAMA, "3/3", paths=20_000, seed=7)])
    with pytest.raises(seika.SeikaError):
        seika.merge([parts[0][:-4], parts[1], parts[2]])


def test_what_is_simulated_has_its_error_beside_it():
    found = seika.simulate(TAMA, paths=4_096, seed=1)
    payment = found.totals["payment"]
    assert payment.se > 0 and payment.min <= payment.p05 <= payment.p50 <= payment.p95 <= payment.max
    assert found.no_effect is not None and found.no_effect.mean < payment.mean
    assert seika.simulate(TAMA, paths=4_096, seed=1, threads=1) == found


def test_what_cannot_be_used_names_its_place_and_the_remedy(tmp_path):
    with pytest.raises(seika.SeikaError) as missing:
        seika.check(tmp_path / "nothing.rhai")
    assert "nothing.rhai" in str(missing.value)
    script = Path("scripts/contracts/tama-hypertension.rhai").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.rhai"
    wrong.write_text(script.replace("pay(", "pey(", 1), encoding="utf-8")
    with pytest.raises(seika.SeikaError) as misspelt:
        seika.check(wrong)
    [problem] = misspelt.value.problems
    assert problem.line == script[: script.index("pay(")].count("\n") + 1 and "pay" in problem.help
    with pytest.raises(ValueError, match="2/7"):
        seika.chunk(TAMA, "3/2")
    with pytest.raises(ValueError, match="lang"):
        seika.check("scripts/contracts/tama-hypertension.rhai", lang="fr")


def test_a_term_sheet_speaks_both_languages():
    assert seika.explain("scripts/contracts/kobe-kidney.rhai", lang="ja").startswith("# 成果水準書")
    assert seika.explain("scripts/contracts/kobe-kidney.rhai").startswith("# Term sheet")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_long_run_stops_at_ctrl_c():
    import signal
    import threading

    # Where the tests run in the background, Python may have been told to ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            seika.simulate(TAMA, paths=1_000_000_000)
    finally:
        signal.signal(signal.SIGINT, before)


PORTFOLIO = "scenarios/portfolio"


def test_a_portfolio_in_parts_is_the_whole_portfolio():
    whole = seika.portfolio(PORTFOLIO, paths=3_000)
    assert whole.totals["payment"].se > 0 and sum(of.mean for of in whole.years.values()) == pytest.approx(
        whole.totals["payment"].mean
    )
    kinds = [whole.totals[f"benefit_{kind}"].mean for kind in ("cashable", "not_cashable", "unstated")]
    assert min(kinds) > 0 and sum(kinds) == pytest.approx(whole.totals["benefit"].mean)
    assert whole.diversification["together"].value < whole.diversification["as_one"].value
    read = seika.portfolio_files(PORTFOLIO)
    parts = [seika.portfolio_chunk(PORTFOLIO, f"{part}/3", files=read, paths=3_000) for part in (3, 1, 2)]
    assert seika.merge(parts).raw == whole.raw
    assert seika.portfolio(PORTFOLIO, paths=3_000, threads=1) == whole
    with pytest.raises(seika.SeikaError, match="nowhere"):
        seika.portfolio("nowhere")


def test_what_investors_earn_has_its_error_beside_it():
    for found in (seika.simulate("scenarios/kobe-kidney-financed.toml", paths=2_000), seika.portfolio(PORTFOLIO, paths=2_000)):
        [investor] = found.investors.values()
        assert investor.rate.se > 0 and investor.multiple.se > 0
        assert 0 < investor.loss.value < 1 and 0 < investor.loss.se < 0.05
        assert investor.expected_shortfall.value > 0 and investor.expected_shortfall.se > 0
        assert all(of.se is not None for of in found.probabilities.values())


def test_results_become_frames():
    pandas = pytest.importorskip("pandas")
    frame = seika.portfolio(PORTFOLIO, paths=1_000).to_pandas()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == 12
    assert frame["payment_mean"].sum() > 0
    rows = seika.simulate(TAMA, paths=1_000).to_pandas()
    assert len(rows) > 4 and {"mean", "se"} <= set(rows.columns)
    owed = seika.settle("scripts/contracts/nsw-employment.rhai", "tests/data/nsw.csv")
    lines = owed.to_pandas()
    assert lines["amount"].sum() == owed.subtotal and lines["because"].str.len().min() > 0


def test_results_become_polars_frames_too():
    polars = pytest.importorskip("polars")
    found = seika.portfolio(PORTFOLIO, paths=1_000)
    # A column may begin with contracts that do not say what is without effect.
    silent = [{**of, "no_effect": None} for of in found.raw["contracts"]] * 20
    raw = {**found.raw, "contracts": [*silent, *found.raw["contracts"]]}
    frame = dataclasses.replace(found, raw=raw).to_polars()
    assert isinstance(frame, polars.DataFrame) and frame["no_effect_mean"].null_count() == len(silent)
    owed = seika.settle("scripts/contracts/nsw-employment.rhai", "tests/data/nsw.csv")
    assert owed.to_polars()["amount"].sum() == owed.subtotal


def test_amounts_may_be_decimals_as_they_come():
    given = Decimal(100_000).normalize()
    assert str(given) == "1E+5"
    found = seika.settle("scripts/contracts/nsw-employment.rhai", "tests/data/nsw.csv", paid_before=given)
    assert found.paid_before == 100_000
