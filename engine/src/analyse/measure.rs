//! The figures of a scenario that an analysis may be asked about, by name.

use crate::expr::NodeId;
use crate::problem::{Problem, Source, Text, did_you_mean, say};
use crate::scenario::Scenario;
use crate::simulate::Wanted;

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Money of the contract's currency.
    Money,
    /// A rate per year: 0.05 is 5%.
    Rate,
    /// A plain number.
    Number,
}

/// A figure there is on every path of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its name: `payment`, `benefit`, `net`, `no_effect`, `line.…`, `benefit.…`,
    /// `saving.…` (somebody's parts of all benefits), `result.…` (what a party saves and receives
    /// less what it pays, discounted), `gain.…` (what an investor receives less what it pays,
    /// undiscounted), `irr.…`, `multiple.…`.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// What it is counted in.
    pub counted: Counted,
    /// Where it is computed.
    pub wanted: Wanted,
    /// Of what a party is left with: below 0 the party [loses](crate::scenario::PartyModel::balance).
    pub balance: Option<NodeId>,
}

impl Measure {
    /// Every figure of a scenario, in the order in which they are told.
    #[must_use]
    pub fn all(scenario: &Scenario) -> Vec<Measure> {
        let model = &scenario.model;
        let money = |name: String, title: Text, node: NodeId| Measure {
            name,
            title,
            counted: Counted::Money,
            wanted: Wanted::everywhere(node),
            balance: None,
        };
        let mut all = vec![
            money("payment".into(), say!("Payment", "支払"), model.effect.payment),
            money(
                "payment_discounted".into(),
                say!("Payment, discounted", "支払（割引後）"),
                model.effect.payment_discounted,
            ),
            money("benefit".into(), say!("Benefit", "便益"), model.benefit),
            money("net".into(), say!("Net benefit", "純便益"), model.net),
            money(
                "no_effect".into(),
                say!("Payment without effect", "効果なしの支払"),
                model.no_effect.payment,
            ),
        ];
        for (line, node) in model.lines.iter().zip(&model.effect.lines) {
            all.push(money(format!("line.{}", line.name), line.title.clone(), *node));
        }
        for benefit in &model.benefits {
            all.push(money(
                format!("benefit.{}", benefit.name),
                benefit.title.clone(),
                benefit.amount,
            ));
        }
        for saving in &model.savings {
            let title = say!("{}: saving", "{}: 節約", saving.title);
            all.push(money(format!("saving.{}", saving.name), title, saving.amount));
        }
        for party in &model.parties {
            let title = if party.loss_is_known() {
                say!("{}: result", "{}: 収支", party.title)
            } else {
                say!(
                    "{}: receipts, as costs are not stated",
                    "{}: 受取額（費用の記載なし）",
                    party.title
                )
            };
            let result = money(format!("result.{}", party.name), title, party.result);
            all.push(Measure { balance: Some(party.balance), ..result });
        }
        for investor in &model.investors {
            let title = &investor.title;
            let gain = say!("{}: received less paid", "{}: 受取 − 拠出", title.clone());
            let gain = money(format!("gain.{}", investor.name), gain, investor.result);
            all.push(Measure { balance: Some(investor.result), ..gain });
            all.push(Measure {
                name: format!("irr.{}", investor.name),
                title: say!("{}: internal rate of return", "{}: 内部収益率", title),
                counted: Counted::Rate,
                wanted: Wanted {
                    node: investor.rate,
                    where_available: Some(investor.rate_available),
                },
                balance: None,
            });
            all.push(Measure {
                name: format!("multiple.{}", investor.name),
                title: say!("{}: multiple", "{}: 回収倍率", title),
                counted: Counted::Number,
                wanted: Wanted::everywhere(investor.multiple),
                balance: None,
            });
        }
        all
    }

    /// The figure of this name.
    ///
    /// # Errors
    /// A name that no figure of the scenario has.
    pub fn named(scenario: &Scenario, name: &str) -> Result<Measure, Problem> {
        let all = Measure::all(scenario);
        if let Some(found) = all.iter().find(|measure| measure.name == name) {
            return Ok(found.clone());
        }
        let names: Vec<&str> = all.iter().map(|measure| measure.name.as_str()).collect();
        let problem = Problem::error(
            "unknown-figure",
            say!(
                "the scenario has no figure `{name}`",
                "`{name}` という指標値はシナリオにありません"
            ),
        )
        .expected(Text::from(names.join(", ")))
        .at(Source::new(scenario.file.as_str(), "").whole());
        Err(match did_you_mean(name, names) {
            Some(near) => problem.help(near),
            None => problem,
        })
    }
}
