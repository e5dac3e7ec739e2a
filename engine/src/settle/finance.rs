//! What investors and others are paid out of a payment, and why.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::Measured;
use super::settlement::{Outside, known_symbols};
use crate::contract::wording;
use crate::contract::{
    AccountTerms, Actor, Contract, DistributionTerms, Move, MoveReason, TrancheTerms,
};
use crate::expr::exact::Evaluator;
use crate::expr::{Exact, MarkId, NodeId, SymbolId};
use crate::problem::{Language, Problem, Text, say};

/// The finance of one evaluation's payment.
#[derive(Debug, Clone)]
pub struct FinanceStatement {
    /// What moved since the payment before, up to this one; after the last payment too at the last.
    pub flows: Vec<FinanceFlow>,
    /// The holder's account; `None` before the first drawdown.
    pub account: Option<AccountStatement>,
    /// The tranches, in the order of the script.
    pub tranches: Vec<TrancheStatement>,
}

/// Money that moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinanceFlow {
    /// When.
    pub on: Date,
    /// Who pays: a party's identifier, or `outside`.
    pub from: String,
    /// Who is paid.
    pub to: String,
    /// How much; above 0.
    pub amount: Decimal,
    /// What kind of movement it is: a word that does not change.
    pub kind: &'static str,
    /// The tranche it belongs to.
    pub tranche: Option<String>,
    /// Why it is this amount.
    pub because: Text,
}

/// The holder's account at a payment date. What comes in is what goes out and what stays:
/// `received + brought_forward + reserve_before + unspent + paid_back + made_up = recycled +
/// distributed + reserve + carried + kept`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatement {
    /// Who holds it.
    pub holder: String,
    /// What providers were paid, without added tax.
    pub received: Decimal,
    /// What was not distributed before.
    pub brought_forward: Decimal,
    /// The reserve before.
    pub reserve_before: Decimal,
    /// Unspent money that joins the distribution.
    pub unspent: Decimal,
    /// What investors returned.
    pub paid_back: Decimal,
    /// What the holder added itself.
    pub made_up: Decimal,
    /// What is kept for costs.
    pub recycled: Decimal,
    /// What is distributed.
    pub distributed: Decimal,
    /// The reserve after.
    pub reserve: Decimal,
    /// What stays in the account.
    pub carried: Decimal,
    /// What becomes the holder's own.
    pub kept: Decimal,
    /// Money put up for costs that is not spent.
    pub unspent_left: Decimal,
}

/// A tranche at a payment date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrancheStatement {
    /// Its identifier.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// Who invests.
    pub investor: String,
    /// Principal not repaid, before the payment.
    pub outstanding_before: Decimal,
    /// Return that is owed.
    pub return_due: Decimal,
    /// Principal that is due.
    pub principal_due: Decimal,
    /// Return paid.
    pub return_paid: Decimal,
    /// Principal paid.
    pub principal_paid: Decimal,
    /// Its part of what is left.
    pub surplus: Decimal,
    /// What guarantors made good.
    pub guaranteed: Decimal,
    /// What it returned.
    pub paid_back: Decimal,
    /// Principal not repaid, after.
    pub outstanding: Decimal,
    /// Return owed and not paid, after.
    pub owed: Decimal,
}

/// The finance of an evaluation.
///
/// `None` where the contract has none; with a note where an outcome that only finance reads is not
/// there, or where earlier payments are told in all only.
pub(super) fn of(
    contract: &Contract,
    evaluation: usize,
    (outcomes, outside): (&[(usize, Measured)], &Outside),
    marks: &FxHashMap<MarkId, Exact>,
    notes: &mut Vec<Problem>,
) -> Result<Option<FinanceStatement>, Problem> {
    if contract.finance.is_empty() {
        return Ok(None);
    }
    if !marks.is_empty() {
        notes.push(unknown(say!(
            "only what was paid before in all is known",
            "既払額が全体としてしか分からないため"
        )));
        return Ok(None);
    }
    let known = |position: &usize| outcomes.iter().any(|(known, _)| known == position);
    let mut read = contract.finance_read(0..=evaluation);
    read.extend(contract.terms_read(0..=evaluation));
    if !read.iter().all(known) {
        notes.push(unknown(say!(
            "an outcome that it reads is not known",
            "資金の計算に使う成果が分からないため"
        )));
        return Ok(None);
    }
    let finance = &contract.terms.finance;
    let distribution = finance.distributions.get(evaluation).and_then(Option::as_ref);
    let moves: Vec<&Move> = finance.moves.iter().filter(|of| of.evaluation == evaluation).collect();
    let mut roots: Vec<NodeId> = moves.iter().map(|of| of.amount).collect();
    roots.extend(distribution.iter().flat_map(|of| nodes(of)));
    let mut symbols = known_symbols(contract, outcomes);
    symbols.extend(contract.terms.ending(outside.closing));
    let given = |symbol: SymbolId| symbols.get(&symbol).copied();
    let mut evaluator = Evaluator::new(&contract.graph, &roots);
    evaluator.run(given, marks);
    if let Some(fault) = roots.iter().find_map(|root| evaluator.value(*root).err()) {
        return Err(contract.fault(&fault));
    }
    // Every root has a value by now.
    let amount = |node: NodeId| {
        evaluator.value(node).map(Exact::approximate).unwrap_or_default().normalize()
    };
    let told = Told { contract, distribution, amount: &amount };
    let flows = moves.iter().filter_map(|of| told.flow(of)).collect();
    let tranches = distribution.map(|of| told.tranches(of)).unwrap_or_default();
    let account = distribution.map(|of| told.account(&of.account));
    Ok(Some(FinanceStatement { flows, account, tranches }))
}

fn unknown(why: Text) -> Problem {
    Problem::note(
        "finance-unknown",
        say!(
            "how the payment is distributed is not computed: {}",
            "{}、資金の分配は計算していません",
            why
        ),
    )
    .help(say!(
        "add the evidence of every evaluation up to this one",
        "この評価までのすべての評価の証拠を加えてください"
    ))
}

fn nodes(of: &DistributionTerms) -> Vec<NodeId> {
    let AccountTerms {
        received,
        brought_forward,
        reserve_before,
        unspent,
        paid_back,
        made_up,
        recycled,
        distributed,
        reserve,
        carried,
        kept,
        unspent_left,
    } = of.account;
    let mut nodes = vec![received, brought_forward, reserve_before, unspent, paid_back, made_up];
    nodes.extend([recycled, distributed, reserve, carried, kept, unspent_left]);
    for tranche in &of.tranches {
        let TrancheTerms {
            outstanding_before,
            return_due,
            principal_due,
            return_paid,
            principal_paid,
            surplus,
            guaranteed,
            paid_back,
            outstanding,
            owed,
        } = *tranche;
        nodes.extend([outstanding_before, return_due, principal_due, return_paid]);
        nodes.extend([principal_paid, surplus, guaranteed, paid_back, outstanding, owed]);
    }
    nodes
}

/// What is told of values that are known.
struct Told<'a> {
    contract: &'a Contract,
    distribution: Option<&'a DistributionTerms>,
    amount: &'a dyn Fn(NodeId) -> Decimal,
}

impl Told<'_> {
    /// An amount in words.
    fn words(&self, node: NodeId) -> Text {
        let amount = (self.amount)(node);
        let tell = |language| wording::amount(amount, &self.contract.currency, language);
        Text { en: tell(Language::En), ja: tell(Language::Ja) }
    }

    /// A movement, if it is one; what is negative goes the other way.
    fn flow(&self, of: &Move) -> Option<FinanceFlow> {
        let mut amount = (self.amount)(of.amount);
        let (mut from, mut to) = (of.from.id(self.contract), of.to.id(self.contract));
        if amount.is_sign_negative() {
            (from, to, amount) = (to, from, -amount);
        }
        let flow = || FinanceFlow {
            on: of.on,
            from,
            to,
            amount,
            kind: kind(of.reason),
            tranche: of.reason.tranche().map(|at| self.contract.finance.tranches[at].id.clone()),
            because: self.because(of.reason),
        };
        (!amount.is_zero()).then(flow)
    }

    fn because(&self, reason: MoveReason) -> Text {
        let finance = &self.contract.finance;
        let amount = |node: NodeId| self.words(node);
        let at = |tranche: usize| self.distribution.map(|of| of.tranches[tranche]);
        let title = |tranche: usize| finance.tranches[tranche].title.clone();
        match reason {
            MoveReason::Drawdown(of) => say!("{}: put up", "{}：拠出", title(of)),
            MoveReason::Cost(of) => {
                say!(
                    "cost stated in the contract: {}",
                    "契約に定める費用：{}",
                    finance.costs[of].title.clone()
                )
            }
            MoveReason::PassedOn => {
                say!("passed on to the holder of the account", "口座の管理者への引渡し")
            }
            MoveReason::Return(of) => match at(of) {
                Some(known) => say!(
                    "{}: return, of {} due",
                    "{}：収益（支払うべき額 {}）",
                    title(of),
                    amount(known.return_due)
                ),
                None => say!("{}: return", "{}：収益", title(of)),
            },
            MoveReason::Principal(of) => match at(of) {
                Some(known) => say!(
                    "{}: principal, of {} due and {} outstanding",
                    "{}：元本（返済すべき額 {}、未返済 {}）",
                    title(of),
                    amount(known.principal_due),
                    amount(known.outstanding_before)
                ),
                None => say!("{}: principal", "{}：元本", title(of)),
            },
            MoveReason::Early(of) => {
                say!("{}: principal ahead of its schedule", "{}：期限前の元本返済", title(of))
            }
            MoveReason::Surplus(of) => say!(
                "{}: part of what is left once all principal is repaid",
                "{}：元本がすべて返済された後の残りの配分",
                title(of)
            ),
            MoveReason::Share => say!(
                "part of what is left once all principal is repaid",
                "元本がすべて返済された後の残りの配分"
            ),
            MoveReason::PaidBack(of) => say!(
                "{}: returned, as the payment was negative",
                "{}：支払が負となったための返還",
                title(of)
            ),
            MoveReason::Deferred(of) => {
                say!("deferred fee: {}", "後払いの報酬：{}", finance.deferred[of].title.clone())
            }
            MoveReason::Guaranteed(_, of) => {
                say!("{}: made good by the guarantor", "{}：保証の履行", title(of))
            }
            MoveReason::Recourse(_) => {
                say!("what the guarantor made good is paid back", "保証人が支払った額の償還")
            }
        }
    }

    fn account(&self, of: &AccountTerms) -> AccountStatement {
        let amount = self.amount;
        AccountStatement {
            holder: self
                .contract
                .finance
                .holder
                .map_or_else(String::new, |holder| Actor::Party(holder).id(self.contract)),
            received: amount(of.received),
            brought_forward: amount(of.brought_forward),
            reserve_before: amount(of.reserve_before),
            unspent: amount(of.unspent),
            paid_back: amount(of.paid_back),
            made_up: amount(of.made_up),
            recycled: amount(of.recycled),
            distributed: amount(of.distributed),
            reserve: amount(of.reserve),
            carried: amount(of.carried),
            kept: amount(of.kept),
            unspent_left: amount(of.unspent_left),
        }
    }

    fn tranches(&self, of: &DistributionTerms) -> Vec<TrancheStatement> {
        let amount = self.amount;
        let declared = self.contract.finance.tranches.iter();
        let tranches = declared.zip(&of.tranches).map(|(declared, terms)| TrancheStatement {
            name: declared.id.clone(),
            title: declared.title.clone(),
            investor: self.contract.parties[declared.investor].id.clone(),
            outstanding_before: amount(terms.outstanding_before),
            return_due: amount(terms.return_due),
            principal_due: amount(terms.principal_due),
            return_paid: amount(terms.return_paid),
            principal_paid: amount(terms.principal_paid),
            surplus: amount(terms.surplus),
            guaranteed: amount(terms.guaranteed),
            paid_back: amount(terms.paid_back),
            outstanding: amount(terms.outstanding),
            owed: amount(terms.owed),
        });
        tranches.collect()
    }
}

fn kind(reason: MoveReason) -> &'static str {
    match reason {
        MoveReason::Drawdown(_) => "drawdown",
        MoveReason::Cost(_) => "cost",
        MoveReason::PassedOn => "passed_on",
        MoveReason::Return(_) => "return",
        MoveReason::Principal(_) => "principal",
        MoveReason::Early(_) => "early_redemption",
        MoveReason::Surplus(_) | MoveReason::Share => "surplus",
        MoveReason::PaidBack(_) => "paid_back",
        MoveReason::Deferred(_) => "deferred_fee",
        MoveReason::Guaranteed(..) => "guarantee",
        MoveReason::Recourse(_) => "recourse",
    }
}

impl FinanceStatement {
    pub(super) fn to_json(&self, language: Language) -> Value {
        let money = |amount: Decimal| amount.normalize().to_string();
        json!({
            "flows": self.flows.iter().map(|flow| json!({
                "on": flow.on.to_string(),
                "from": flow.from,
                "to": flow.to,
                "amount": money(flow.amount),
                "kind": flow.kind,
                "tranche": flow.tranche,
                "because": flow.because.within(language),
            })).collect::<Vec<_>>(),
            "account": self.account.as_ref().map(|of| json!({
                "holder": of.holder,
                "received": money(of.received),
                "brought_forward": money(of.brought_forward),
                "reserve_before": money(of.reserve_before),
                "unspent": money(of.unspent),
                "paid_back": money(of.paid_back),
                "made_up": money(of.made_up),
                "recycled": money(of.recycled),
                "distributed": money(of.distributed),
                "reserve": money(of.reserve),
                "carried": money(of.carried),
                "kept": money(of.kept),
                "unspent_left": money(of.unspent_left),
            })),
            "tranches": self.tranches.iter().map(|of| json!({
                "name": of.name,
                "title": of.title.within(language),
                "investor": of.investor,
                "outstanding_before": money(of.outstanding_before),
                "return_due": money(of.return_due),
                "principal_due": money(of.principal_due),
                "return_paid": money(of.return_paid),
                "principal_paid": money(of.principal_paid),
                "surplus": money(of.surplus),
                "guaranteed": money(of.guaranteed),
                "paid_back": money(of.paid_back),
                "outstanding": money(of.outstanding),
                "owed": money(of.owed),
            })).collect::<Vec<_>>(),
        })
    }
}
