//! What an investor needs: what its money earns, how long it is away, how it may be lost.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::provider::loss_json;
use super::{Drawn, estimated, told};
use crate::finance::{Estimated, Flow, Loss, RatesOfReturn, rates_of_return};
use crate::problem::{Language, Text};
use crate::scenario::{InvestorModel, Scenario};
use crate::simulate::{Distribution, Settings, Wanted, Watch};

/// What an investor needs before it signs: of one tranche where there are several.
#[derive(Debug, Clone)]
pub struct InvestorReport {
    /// For a tranche, the investor that puts it up; `None` for all that an investor puts up.
    pub tranche_of: Option<String>,
    /// The identifier by which results name it.
    pub name: String,
    /// Its name.
    pub title: Text,
    /// The same in the scenario and in each one beside it, in the order in which they were given.
    pub scenarios: Vec<UnderScenario>,
}

/// What an investment comes to under one scenario.
#[derive(Debug, Clone)]
pub struct UnderScenario {
    /// The scenario.
    pub scenario: Text,
    /// What is put up in all.
    pub invested: Distribution,
    /// What is received, by day; days on which nothing ever is are left out.
    pub receipts: Vec<Receipt>,
    /// How many rates of return there are.
    pub rates: RateCounts,
    /// The rate, on the paths that have exactly one; `None` where none has.
    pub irr: Option<Distribution>,
    /// How those rates spread.
    pub irr_bars: Vec<Bar>,
    /// What is received in all, divided by what is paid in all.
    pub multiple: Distribution,
    /// How the multiples spread.
    pub multiple_bars: Vec<Bar>,
    /// What the flows are worth on the day of the first, at the scenario's discount rate.
    pub present_value: Distribution,
    /// The Macaulay duration of what is received, in years; `None` where nothing ever is.
    pub duration: Option<Distribution>,
    /// What is received less what is paid, undiscounted.
    pub result: Distribution,
    /// How likely a loss is, and how large.
    pub loss: Loss,
}

/// What an investor receives on a day, undiscounted.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The day.
    pub on: Date,
    /// How much.
    pub amount: Distribution,
}

/// How many rates of return solve the equation of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateCounts {
    /// Exactly one: that one is reported.
    pub one: Estimated,
    /// None.
    pub none: Estimated,
    /// More than one: none of them is reported, for none is the return.
    pub several: Estimated,
    /// The most that one path has.
    pub most: usize,
}

/// A bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Where it begins; below it lie no values that belong to it.
    pub from: f64,
    /// Where it ends; values at the end belong to the next bar, but for the last.
    pub to: f64,
    /// How often a value lies in it.
    pub part: Estimated,
}

/// How many bars a histogram has.
const BARS: usize = 12;

/// What must be drawn.
fn wanted(scenario: &Scenario) -> Vec<Wanted> {
    let one = |of: &InvestorModel| {
        let partly = |node, there| Wanted { node, where_available: Some(there) };
        let mut all =
            vec![partly(of.rate, of.rate_available), partly(of.duration, of.duration_available)];
        let nodes = [of.multiple, of.present_value, of.result];
        all.extend(nodes.map(Wanted::everywhere));
        all.extend(of.flows.iter().map(|(_, amount)| Wanted::everywhere(*amount)));
        all
    };
    let moved = scenario.model.tranches.iter().flat_map(|tranche| &tranche.flows);
    let mut wanted: Vec<Wanted> = moved.map(|flow| Wanted::everywhere(flow.amount)).collect();
    wanted.extend(reported(scenario, &|_| true).into_iter().flat_map(|(_, of)| one(of)));
    wanted
}

/// The investors that are chosen, each with its tranches after it where it has several.
fn reported<'s>(
    scenario: &'s Scenario,
    chosen: &dyn Fn(&str) -> bool,
) -> Vec<(Option<&'s str>, &'s InvestorModel)> {
    let mut all = Vec::new();
    let model = &scenario.model;
    for investor in model.investors.iter().filter(|investor| chosen(&investor.name)) {
        all.push((None, investor));
        let own = model.tranches.iter().filter(|tranche| tranche.investor == investor.name);
        let own: Vec<_> = own.map(|of| (Some(of.investor.as_str()), &of.earned)).collect();
        if own.len() > 1 {
            all.extend(own);
        }
    }
    all
}

/// Every investor that is `chosen`, and each tranche where it has several, under each scenario.
pub(super) fn reports(
    scenarios: &[&Scenario],
    chosen: &dyn Fn(&str) -> bool,
    settings: &Settings,
    watch: &dyn Watch,
) -> Result<Vec<InvestorReport>, Vec<crate::problem::Problem>> {
    let mut reports: Vec<InvestorReport> = Vec::new();
    for (at, scenario) in scenarios.iter().enumerate() {
        let drawn = Drawn::of(scenario, wanted(scenario), settings, watch)?;
        for (tranche_of, investor) in reported(scenario, chosen) {
            let moved = moved(scenario, &drawn, tranche_of, investor);
            let under = under(scenario, &drawn, investor, moved);
            let tranche_of = tranche_of.map(str::to_owned);
            let same = |report: &&mut InvestorReport| {
                report.name == investor.name && report.tranche_of == tranche_of
            };
            match reports.iter_mut().find(same) {
                Some(report) => report.scenarios.push(under),
                None if at == 0 => reports.push(InvestorReport {
                    tranche_of,
                    name: investor.name.clone(),
                    title: investor.title.clone(),
                    scenarios: vec![under],
                }),
                None => {}
            }
        }
    }
    Ok(reports)
}

/// What an investor puts up, or for one tranche of it, and what it receives by day.
fn moved(
    scenario: &Scenario,
    drawn: &Drawn,
    tranche_of: Option<&str>,
    investor: &InvestorModel,
) -> (Distribution, Vec<Receipt>) {
    let own = scenario.model.tranches.iter().filter(|tranche| match tranche_of {
        Some(_) => tranche.name == investor.name,
        None => tranche.investor == investor.name,
    });
    let mut invested = vec![0.0; drawn.paths];
    let mut days: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
    for flow in own.flat_map(|tranche| &tranche.flows) {
        let received = days.entry(flow.on).or_insert_with(|| vec![0.0; drawn.paths]);
        for (path, amount) in drawn.everywhere(flow.amount).iter().enumerate() {
            invested[path] += (-amount).max(0.0);
            received[path] += amount.max(0.0);
        }
    }
    let ever = days.into_iter().filter(|(_, amounts)| amounts.iter().any(|amount| *amount > 0.0));
    let receipts = ever.map(|(on, amounts)| Receipt { on, amount: told(&amounts) }).collect();
    (told(&invested), receipts)
}

fn under(
    scenario: &Scenario,
    drawn: &Drawn,
    investor: &InvestorModel,
    (invested, receipts): (Distribution, Vec<Receipt>),
) -> UnderScenario {
    let partly = |node, there| drawn.column(Wanted { node, where_available: Some(there) });
    let irr = partly(investor.rate, investor.rate_available);
    let multiple = drawn.everywhere(investor.multiple);
    let result = drawn.everywhere(investor.result);
    UnderScenario {
        scenario: scenario.title.clone(),
        invested,
        receipts,
        rates: counts(drawn, investor, irr),
        irr: Distribution::of(irr),
        irr_bars: bars(irr),
        multiple: told(multiple),
        multiple_bars: bars(multiple),
        present_value: told(drawn.everywhere(investor.present_value)),
        duration: Distribution::of(partly(investor.duration, investor.duration_available)),
        result: told(result),
        loss: Loss::of(result).unwrap_or_else(|| unreachable!("a run has paths")),
    }
}

/// How many rates there are: looked for only where there is not exactly one.
fn counts(drawn: &Drawn, investor: &InvestorModel, irr: &[f64]) -> RateCounts {
    let columns: Vec<(f64, &[f64])> = (investor.flows.iter())
        .map(|(time, amount)| (time.value(), drawn.everywhere(*amount)))
        .collect();
    let (mut one, mut none, mut several, mut most) = (0, 0, 0, 0);
    for (path, rate) in irr.iter().enumerate() {
        if !rate.is_nan() {
            (one, most) = (one + 1, most.max(1));
            continue;
        }
        let flows = columns.iter();
        let flows = flows.map(|(after, amounts)| Flow { amount: amounts[path], after: *after });
        let found: RatesOfReturn = rates_of_return(flows);
        most = most.max(found.count());
        if found.count() > 1 { several += 1 } else { none += 1 }
    }
    let part = |times| Estimated::part(times, irr.len());
    RateCounts { one: part(one), none: part(none), several: part(several), most }
}

/// A histogram of values there are: bars of equal width from the 1st to the 99th percentile, whose
/// first and last hold what lies beyond.
fn bars(values: &[f64]) -> Vec<Bar> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_unstable_by(f64::total_cmp);
    let Some(last) = known.len().checked_sub(1) else { return Vec::new() };
    let (low, high) = (known[last / 100], known[last - last / 100]);
    let (least, greatest) = (known[0], known[last]);
    let bars = if low < high { BARS } else { 1 };
    let width = (high - low) / bars as f64;
    let edge = |bar: usize| match bar {
        0 => least,
        bar if bar == bars => greatest,
        bar => low + width * bar as f64,
    };
    let below = |bar: usize| match bar {
        bar if bar == bars => known.len(),
        0 => 0,
        bar => known.partition_point(|value| *value < edge(bar)),
    };
    (0..bars)
        .map(|bar| Bar {
            from: edge(bar),
            to: edge(bar + 1),
            part: Estimated::part(below(bar + 1) - below(bar), known.len()),
        })
        .collect()
}

impl InvestorReport {
    pub(super) fn to_json(&self, language: Language) -> Value {
        let bars = |bars: &[Bar]| {
            let bars = bars.iter();
            let bars = bars
                .map(|bar| json!({ "from": bar.from, "to": bar.to, "part": estimated(bar.part) }));
            bars.collect::<Vec<_>>()
        };
        let scenarios = self.scenarios.iter().map(|under| {
            json!({
                "scenario": under.scenario.within(language),
                "invested": under.invested,
                "receipts": under.receipts.iter()
                    .map(|of| json!({ "on": of.on.to_string(), "amount": of.amount }))
                    .collect::<Vec<_>>(),
                "irr": under.irr,
                "irr_roots": {
                    "one": estimated(under.rates.one),
                    "none": estimated(under.rates.none),
                    "several": estimated(under.rates.several),
                    "most": under.rates.most,
                },
                "irr_histogram": bars(&under.irr_bars),
                "multiple": under.multiple,
                "multiple_histogram": bars(&under.multiple_bars),
                "npv": under.present_value,
                "duration": under.duration,
                "result": under.result,
                "loss": loss_json(under.loss),
            })
        });
        json!({
            "name": self.name,
            "tranche_of": self.tranche_of,
            "title": self.title.within(language),
            "scenarios": scenarios.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_hold_every_value_once() {
        let values: Vec<f64> = (0..1_000).map(f64::from).chain([f64::NAN]).collect();
        let found = bars(&values);
        assert_eq!(found.len(), BARS);
        let sum: f64 = found.iter().map(|bar| bar.part.value).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{found:?}");
        assert_eq!((found[0].from, found[BARS - 1].to), (0.0, 999.0));
        // The 1st percentile is 9 and the 99th 990: a width of 81.75, so the first bar ends at 90.75.
        assert_eq!((found[0].to, found[0].part.value), (90.75, 0.091));
        let same = bars(&[2.0; 5]);
        assert_eq!((same.len(), same[0].part.value, same[0].part.se), (1, 1.0, 0.0));
        assert!(bars(&[f64::NAN]).is_empty());
    }
}
