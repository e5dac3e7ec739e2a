//! Budgets: the approval to pay in later years, the cap's basis, a grant, tax, rounding, due dates.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Finding, both};
use crate::contract::{
    CapBasis, Contract, DueAfter, Evaluation, LineKind, Provision, Tax, Topic, wording,
};
use crate::expr::Mode;
use crate::problem::{Problem, Text, say};

/// Days after an invoice that are still common.
const DAYS_COMMON: u32 = 40;

pub(super) fn findings(contract: &Contract) -> Vec<Finding> {
    let mut findings = approval(contract);
    findings.extend(benefit(contract));
    findings.extend(rounding(contract));
    findings.extend(due(contract));
    if let (Tax::Added(_), Some(cap), Some(most)) =
        (contract.tax, contract.cap, contract.cap_with_tax())
    {
        let (cap, most) = (contract.amount_words(cap), contract.amount_words(most));
        let problem = Problem::note(
            "cap-before-tax",
            say!(
                "the cap of {} is before tax; up to {} can be owed",
                "支払上限額{}は税抜です。税込では最大{}になります",
                cap,
                most
            ),
        );
        findings.push(Finding::from(problem.maybe_at(contract.declared("cap"))).of("cap"));
    }
    findings
}

impl Contract {
    /// What the contract provides for on a topic.
    #[must_use]
    pub fn provision(&self, topic: Topic) -> Option<&Provision> {
        self.provisions.iter().find(|provision| provision.topic == topic)
    }

    /// The most that is paid for outcomes under the cap, before any tax that is added.
    fn linked_most(&self) -> Option<Decimal> {
        let most = |linked: bool| -> Option<Decimal> {
            let lines = self.lines.iter();
            let own =
                lines.filter(|line| line.kind == LineKind::Payment && line.is_linked() == linked);
            own.map(|line| self.line_most(line)).sum()
        };
        let left = self.cap.zip(most(false)).map(|(cap, fixed)| (cap - fixed).max(Decimal::ZERO));
        match (most(true), left) {
            (Some(most), Some(left)) => Some(most.min(left)),
            (most, left) => most.or(left),
        }
    }

    /// What a grant comes to at most, where one is stated: its part of the outcome-linked payments
    /// under the cap, up to its own limit.
    #[must_use]
    pub fn grant(&self) -> Option<Decimal> {
        let grant = self.provision(Topic::Grant)?;
        let unit = crate::expr::Unit::smallest_of(&self.currency);
        let paid = self.with_tax(self.linked_most()?);
        let granted = (paid.checked_mul(grant.part?)? / unit).trunc() * unit;
        Some(grant.most.map_or(granted, |most| granted.min(most)))
    }

    /// The grant as `check --json` prints it.
    pub(in crate::contract) fn grant_json(&self) -> Value {
        let text = |amount: Decimal| amount.normalize().to_string();
        let stated = self.provision(Topic::Grant).map(|grant| {
            json!({
                "part": grant.part.map(text),
                "most": grant.most.map(text),
                "for_outcomes": self.linked_most().map(|most| text(self.with_tax(most))),
                "amount": self.grant().map(text),
            })
        });
        json!(stated)
    }
}

fn day(date: Date) -> Text {
    both(|language| wording::day(date, language))
}

/// What is wrong with the approval to pay in later years.
fn approval(contract: &Contract) -> Vec<Finding> {
    let Some(stated) = contract.provision(Topic::DebtBurden) else { return Vec::new() };
    let mut findings = Vec::new();
    let mut tell = |problem: Problem| {
        let problem = problem.maybe_at(stated.place.clone());
        findings.push(Finding::from(problem).of(Topic::DebtBurden.name()));
    };
    let most = contract.payment_bounds().max;
    let approved = stated.amount.map(|amount| contract.amount_words(amount)).unwrap_or_default();
    if let (Some(amount), Some(most)) = (stated.amount, most)
        && amount < most
    {
        tell(Problem::warning(
            "debt-burden-below-cap",
            say!(
                "{} are approved, but up to {} can be owed",
                "債務負担行為の額{}に対し、最大{}を支払うことになります",
                approved.clone(),
                contract.amount_words(most)
            ),
        ));
    }
    if let Some(on) = stated.on.filter(|on| *on > contract.from) {
        tell(Problem::warning(
            "debt-burden-late",
            say!(
                "the approval of {} comes after the contract's first day, {}",
                "債務負担行為の設定日{}が、契約の開始日{}より後です",
                day(on),
                day(contract.from)
            ),
        ));
    }
    let last = contract.evaluations.iter().map(|evaluation| evaluation.paid).max();
    if let (Some(until), Some(last)) = (stated.to, last)
        && last > until
    {
        tell(Problem::warning(
            "debt-burden-short",
            say!(
                "the approval ends on {}, the last payment is on {}",
                "債務負担行為の期間は{}までですが、最後の支払日は{}です",
                day(until),
                day(last)
            ),
        ));
    }
    if let (Some(amount), Some(most)) = (stated.amount, after_tax_rise(contract))
        && contract.payment_bounds().max.is_some_and(|now| now <= amount)
        && most > amount
    {
        tell(Problem::note(
            "tax-rise-exceeds-approval",
            say!(
                "with a tax rate two points higher up to {} could be owed, more than the {} approved",
                "消費税率が2ポイント上がると最大{}になり、債務負担行為の額{}を超えます",
                contract.amount_words(most),
                approved
            ),
        ));
    }
    findings
}

/// The most that could be owed with a tax rate two points higher, where tax is added.
fn after_tax_rise(contract: &Contract) -> Option<Decimal> {
    let Tax::Added(rate) = contract.tax else { return None };
    let most = contract.payment_bounds().max?;
    let net = most.checked_div(Decimal::ONE + rate)?;
    let higher = Decimal::ONE + rate + Decimal::new(2, 2);
    Some(
        net.checked_mul(higher)?.round_dp_with_strategy(
            contract.rounding.digits(),
            rust_decimal::RoundingStrategy::ToZero,
        ),
    )
}

/// A cap above what it was set by.
fn benefit(contract: &Contract) -> Option<Finding> {
    let stated = contract.provision(Topic::Cap)?;
    let (amount, cap) = (stated.amount?, contract.cap_with_tax()?);
    let part = stated.part.unwrap_or(Decimal::ONE);
    let worth = amount.checked_mul(part)?;
    if cap <= worth {
        return None;
    }
    let what = stated.basis.map_or_else(|| CapBasis::Benefit.words(), CapBasis::words);
    let (cap, worth) = (contract.amount_words(cap), contract.amount_words(worth.round_dp(2)));
    let message = match stated.part {
        Some(part) => say!(
            "the cap of {} is above {} of what it rests on ({}), {}",
            "支払上限額{0}が、根拠とした「{2}」の{1}（{3}）を超えています",
            cap,
            both(|_| wording::percent(part)),
            what,
            worth
        ),
        None => say!(
            "the cap of {} is above what it rests on ({}), {}",
            "支払上限額{}が、根拠とした「{}」{}を超えています",
            cap,
            what,
            worth
        ),
    };
    let problem = Problem::warning("cap-above-benefit", message).maybe_at(stated.place.clone());
    Some(Finding::from(problem).of(Topic::Cap.name()))
}

/// Roundings of yen that are not those commonly used.
fn rounding(contract: &Contract) -> Option<Finding> {
    if contract.currency != "JPY" {
        return None;
    }
    let rule = contract.rounding;
    let words = both(|language| wording::money_rounding(rule, &contract.currency, language));
    let problem = if !rule.step.fract().is_zero() {
        Problem::warning(
            "rounding-below-yen",
            say!("amounts are not whole yen: {}", "金額が1円単位になりません：{}", words),
        )
    } else if rule.mode != Mode::Down {
        Problem::note(
            "rounding-not-down",
            say!("fractions of a yen are not dropped: {}", "円未満を切り捨てません：{}", words),
        )
    } else {
        return None;
    };
    Some(Finding::from(problem.maybe_at(contract.declared("contract"))))
}

/// Payments due late, or made after they are due.
fn due(contract: &Contract) -> Vec<Finding> {
    let Some(stated) = &contract.payment_due else { return Vec::new() };
    let mut findings = Vec::new();
    let days = stated.days;
    if stated.after == DueAfter::Invoice && days > DAYS_COMMON {
        let problem = Problem::note(
            "due-late",
            say!(
                "a payment is due {days} days after its invoice",
                "支払期限が請求から{days}日後です"
            ),
        );
        findings.push(Finding::from(problem.maybe_at(contract.declared("payment_due"))));
    }
    for (position, Evaluation { at, paid }) in contract.evaluations.iter().enumerate() {
        let Some(due) = contract.due(position, None).filter(|due| paid > due) else { continue };
        let problem = Problem::warning(
            "paid-after-due",
            say!(
                "what the evaluation of {} owes is due on {}, but paid on {}",
                "{}の評価に対する支払の期限は{}ですが、支払日は{}です",
                day(*at),
                day(due),
                day(*paid)
            ),
        );
        let place = super::calendar::place(contract, *at);
        findings.push(Finding::from(problem.maybe_at(place)).of(at.to_string()));
    }
    findings
}
