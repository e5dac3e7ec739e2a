//! How the programme is financed, as declared: who puts up money, what it costs, and in which order
//! what is paid for outcomes goes to whom.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use serde_json::{Value, json};

use super::{Contract, Price};
use crate::problem::{Language, Place, Text, say};

/// Everything that is declared about money beside the payments for outcomes.
#[derive(Debug, Clone, Default)]
pub struct Finance {
    /// Who holds the account into which investors pay and from which they are paid: a position in
    /// the contract's parties. `None` without investments.
    pub holder: Option<usize>,
    /// What the programme costs.
    pub costs: Vec<Cost>,
    /// What investors put up, in the order of the script.
    pub tranches: Vec<Tranche>,
    /// Fees that wait until the waterfall reaches them.
    pub deferred: Vec<DeferredFee>,
    /// Money kept back for later claims.
    pub reserve: Option<Reserve>,
    /// Who makes good what a tranche does not get back.
    pub guarantees: Vec<Guarantee>,
    /// Who has which part of what is left once all that was put up is repaid; empty where the
    /// investors with a share in it have it by what they put up.
    pub profit: Vec<(Sharer, Decimal)>,
    /// Whether receipts are kept for costs that are due before the next payment, and the most.
    pub recycle: Option<Recycle>,
    /// Whether what costs have left over joins the last distribution.
    pub unspent_distributed: bool,
}

/// A cost of the programme.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// What it is for.
    pub kind: CostKind,
    /// Who bears it.
    pub by: usize,
    /// Who is paid; `None` for people and firms outside the contract.
    pub to: Option<usize>,
    /// How much, and when.
    pub amount: Amounts,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
}

/// What a cost is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CostKind {
    /// Delivering the programme.
    Delivery,
    /// Measuring its outcomes.
    Evaluation,
    /// Anything else: setting the deal up, administering the fund.
    Other,
}

impl CostKind {
    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            CostKind::Delivery => say!("delivery", "事業の実施"),
            CostKind::Evaluation => say!("evaluation", "評価"),
            CostKind::Other => say!("other", "その他"),
        }
    }
}

/// Amounts of money and when they fall.
#[derive(Debug, Clone)]
pub enum Amounts {
    /// Stated amounts, in order of date.
    Dated(Vec<(Date, Decimal)>),
    /// An expression of outcomes at each evaluation, due on the day it is paid.
    Linked(Vec<Price>),
}

/// In which form an investor puts up money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A loan (貸付).
    Loan,
    /// A loan whose interest or repayment depends on outcomes (成果変動型の貸付).
    VariableLoan,
    /// A silent partnership (匿名組合出資).
    Partnership,
    /// A trust beneficiary interest (信託受益権).
    Trust,
    /// Not stated.
    Unstated,
}

impl Form {
    /// What it is called.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Form::Loan => say!("loan", "貸付"),
            Form::VariableLoan => say!("outcome-variable loan", "成果変動型の貸付"),
            Form::Partnership => say!("silent partnership", "匿名組合出資"),
            Form::Trust => say!("trust beneficiary interest", "信託受益権"),
            Form::Unstated => say!("investment", "投資"),
        }
    }

    /// Whether it shares what is left once all that was put up is repaid, unless stated otherwise.
    #[must_use]
    pub fn shares_profit(self) -> bool {
        match self {
            Form::Loan | Form::VariableLoan => false,
            Form::Partnership | Form::Trust | Form::Unstated => true,
        }
    }
}

/// Money put up by one investor on one set of terms.
#[derive(Debug, Clone)]
pub struct Tranche {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Who invests: a position in the contract's parties.
    pub investor: usize,
    /// In which form.
    pub form: Form,
    /// The most the investor puts up.
    pub commitment: Decimal,
    /// What it puts up and when, in order of date.
    pub drawdowns: Vec<(Date, Decimal)>,
    /// Its rank: 1 is paid first; tranches of one rank share.
    pub rank: u32,
    /// Fixed return: simple interest per year on what is not repaid.
    pub rate: Decimal,
    /// Return that depends on outcomes, by evaluation.
    pub linked: Vec<Price>,
    /// The least return owed by a payment date.
    pub least: Vec<(Date, Decimal)>,
    /// When how much is to be repaid; empty where all is repaid as soon as there is money.
    pub repay: Vec<(Date, Decimal)>,
    /// Whether what is left after all claims repays it ahead of its schedule.
    pub early: bool,
    /// The most it earns beyond what it put up, over the contract.
    pub cap: Option<Decimal>,
    /// The highest yearly internal rate of return it may earn.
    pub cap_irr: Option<Decimal>,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
    /// Whether its rank is stated.
    pub rank_stated: bool,
    /// Where it is declared.
    pub place: Option<Place>,
}

impl Tranche {
    /// What is put up in all.
    #[must_use]
    pub fn drawn(&self) -> Decimal {
        self.drawdowns.iter().map(|(_, amount)| *amount).sum()
    }

    /// The day of the first drawdown.
    #[must_use]
    pub fn from(&self) -> Option<Date> {
        self.drawdowns.first().map(|(at, _)| *at)
    }
}

/// A fee that is paid only when the waterfall reaches its rank.
#[derive(Debug, Clone)]
pub struct DeferredFee {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Who is paid.
    pub to: usize,
    /// How much is earned, and when.
    pub amount: Amounts,
    /// Its rank among the tranches.
    pub rank: u32,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
}

/// Money kept back by the holder for claims that come before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserve {
    /// How much is kept.
    pub target: Decimal,
    /// How much of the first drawdown is put into it.
    pub initial: Decimal,
    /// Its rank among the tranches: it is filled after those of lower ranks.
    pub rank: u32,
    /// From this payment date on nothing is kept; the last one where none is stated.
    pub until: Option<Date>,
}

/// A promise to make good what tranches do not get back.
#[derive(Debug, Clone)]
pub struct Guarantee {
    /// Who guarantees: a position in the contract's parties.
    pub by: usize,
    /// Which tranches, in the order in which they are served: positions in
    /// [`Finance::tranches`].
    pub of: Vec<usize>,
    /// At which payment dates, and the most at each.
    pub schedule: Vec<(Date, Decimal)>,
    /// The most in all.
    pub most: Option<Decimal>,
    /// What the investors bear themselves before it is called.
    pub beyond: Decimal,
    /// Whether unpaid return is made good too, and not only principal.
    pub covers_return: bool,
    /// At which rank what was made good is paid back out of later receipts, if it is.
    pub rank: Option<u32>,
    /// The clause of the contract it comes from.
    pub clause: Option<String>,
}

/// Who has a part of what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharer {
    /// An investor, by a tranche.
    Tranche(usize),
    /// A party.
    Party(usize),
}

/// Receipts kept for costs that are due before the next payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recycle {
    /// The most in all; `None` for no limit.
    pub most: Option<Decimal>,
}

impl Finance {
    /// Whether anything is declared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tranches.is_empty() && self.costs.is_empty()
    }

    /// Everything that is an expression of outcomes.
    pub(crate) fn prices(&self) -> impl Iterator<Item = &Price> {
        let costs = self.costs.iter().map(|cost| &cost.amount);
        let amounts = costs.chain(self.deferred.iter().map(|fee| &fee.amount));
        let linked = amounts.flat_map(|amounts| match amounts {
            Amounts::Dated(_) => &[][..],
            Amounts::Linked(prices) => &prices[..],
        });
        linked.chain(self.tranches.iter().flat_map(|tranche| &tranche.linked))
    }

    /// The tranches of an investor.
    pub fn tranches_of(&self, party: usize) -> impl Iterator<Item = (usize, &Tranche)> {
        self.tranches.iter().enumerate().filter(move |(_, tranche)| tranche.investor == party)
    }

    /// The investors, each once, in the order of their first tranche.
    #[must_use]
    pub fn investors(&self) -> Vec<usize> {
        let mut known = Vec::new();
        for tranche in &self.tranches {
            if !known.contains(&tranche.investor) {
                known.push(tranche.investor);
            }
        }
        known
    }

    /// Who shares what is left, with weights of a whole of 1 or, where nothing is stated, of the sum
    /// of what the sharing tranches put up.
    #[must_use]
    pub fn sharers(&self) -> Vec<(Sharer, Decimal)> {
        if !self.profit.is_empty() {
            return self.profit.clone();
        }
        let sharing = self.tranches.iter().enumerate();
        let sharing = sharing.filter(|(_, tranche)| tranche.form.shares_profit());
        sharing.map(|(at, tranche)| (Sharer::Tranche(at), tranche.commitment)).collect()
    }
}

impl Finance {
    /// What is declared, as `check --json` prints it.
    pub(super) fn to_json(&self, contract: &Contract, language: Language) -> Value {
        let text = |amount: Decimal| amount.normalize().to_string();
        let party = |at: usize| contract.parties[at].id.as_str();
        let dated = |dated: &[(Date, Decimal)]| -> Vec<Value> {
            let dated = dated.iter();
            dated
                .map(|(on, amount)| json!({ "on": on.to_string(), "amount": text(*amount) }))
                .collect()
        };
        let amounts = |amounts: &Amounts| match amounts {
            Amounts::Dated(of) => json!(dated(of)),
            // What depends on outcomes has no amount before they are known.
            Amounts::Linked(prices) => {
                let on = prices.iter().map(|price| contract.evaluations[price.evaluation].paid);
                let on = on.map(|on| json!({ "on": on.to_string(), "amount": null }));
                json!(on.collect::<Vec<_>>())
            }
        };
        let id = |at: &usize| self.tranches[*at].id.as_str();
        json!({
            "holder": self.holder.map(party),
            "tranches": self.tranches.iter().map(|of| json!({
                "name": of.id,
                "title": of.title.within(language),
                "investor": party(of.investor),
                "form": of.form,
                "commitment": text(of.commitment),
                "drawdowns": dated(&of.drawdowns),
                "rank": of.rank,
                "rate": text(of.rate),
                "linked": !of.linked.is_empty(),
                "least": dated(&of.least),
                "repay": dated(&of.repay),
                "early": of.early,
                "cap": of.cap.map(text),
                "cap_irr": of.cap_irr.map(text),
                "clause": of.clause,
            })).collect::<Vec<_>>(),
            "costs": self.costs.iter().map(|of| json!({
                "name": of.id,
                "title": of.title.within(language),
                "kind": of.kind,
                "by": party(of.by),
                "to": of.to.map(party),
                "amounts": amounts(&of.amount),
                "clause": of.clause,
            })).collect::<Vec<_>>(),
            "deferred": self.deferred.iter().map(|of| json!({
                "name": of.id,
                "title": of.title.within(language),
                "to": party(of.to),
                "rank": of.rank,
                "amounts": amounts(&of.amount),
                "clause": of.clause,
            })).collect::<Vec<_>>(),
            "reserve": self.reserve.map(|of| json!({
                "target": text(of.target),
                "initial": text(of.initial),
                "rank": of.rank,
                "release": of.until.map(|on| on.to_string()),
            })),
            "guarantees": self.guarantees.iter().map(|of| json!({
                "by": party(of.by),
                "of": of.of.iter().map(id).collect::<Vec<_>>(),
                "at": dated(&of.schedule),
                "most": of.most.map(text),
                "beyond": text(of.beyond),
                "covers": if of.covers_return { "all" } else { "principal" },
                "rank": of.rank,
                "clause": of.clause,
            })).collect::<Vec<_>>(),
            "profit": self.profit.iter().map(|(who, part)| json!({
                "to": match who {
                    Sharer::Tranche(at) => id(at),
                    Sharer::Party(at) => party(*at),
                },
                "part": text(*part),
            })).collect::<Vec<_>>(),
            "recycle": self.recycle.is_some(),
            "recycle_most": self.recycle.and_then(|of| of.most).map(text),
            "unspent": if self.unspent_distributed { "distribute" } else { "keep" },
        })
    }
}
