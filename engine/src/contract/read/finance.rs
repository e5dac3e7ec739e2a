//! From the words of finance to a [`Finance`] that fits the contract.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::finance_draft::{
    AccountDraft, AmountsDraft, FinanceDraft, GuaranteeDraft, TrancheDraft,
};
use super::finance_known::Known;
use super::{Header, Reader};
use crate::contract::finance::{Amounts, Cost, DeferredFee, Finance, Guarantee, Reserve, Tranche};
use crate::contract::{LineKind, Party, Price, Role};
use crate::expr::Unit;
use crate::problem::{Place, Problem, Text, say};
use crate::script::{Closure, unit_words};

impl Reader<'_> {
    /// The finance of a contract; `None` when it is not what it should be. Closures are traced as
    /// those of payments are.
    pub(super) fn finance(&self, header: &Header) -> Option<Finance> {
        let draft = std::mem::take(&mut self.desk.draft().finance);
        let (evaluations, parties) = {
            let known = self.desk.draft();
            (known.evaluations.clone(), known.parties.clone())
        };
        let providers = (0..parties.len()).filter(|at| parties[*at].role == Role::Provider);
        let providers: Vec<usize> = providers.collect();
        let provider = providers.first().copied();
        let holder = self.holder(&draft, &parties, provider);
        let known = Known { header, evaluations, parties };
        let before = self.bench.has_errors();
        self.payments_in_order(&known, &draft);
        self.needs_investment(&draft);
        let sole = provider.filter(|_| providers.len() == 1);
        let costs = draft.costs.iter().filter_map(|cost| {
            let by = cost.by.or(sole);
            if by.is_none() {
                let id = &cost.id;
                self.bench.report(
                    Problem::error(
                        "payer-unclear",
                        say!(
                            "who bears the cost `{id}`?",
                            "費用 `{id}` を誰が負担するのか不明です"
                        ),
                    )
                    .expected(say!("#{{ by: vendor }}", "#{{ by: vendor }}"))
                    .maybe_at(cost.place.clone()),
                );
            }
            Some(Cost {
                id: cost.id.clone(),
                title: cost.title.clone(),
                kind: cost.kind,
                by: by?,
                to: cost.to,
                amount: self.amounts(&cost.amount, &known, &cost.place)?,
                clause: cost.clause.clone(),
            })
        });
        let costs: Vec<Cost> = costs.collect();
        let deferred = draft.deferred.iter().filter_map(|fee| {
            let to = fee.to.or(sole);
            if to.is_none() {
                let id = &fee.id;
                self.bench.report(
                    Problem::error(
                        "provider-unclear",
                        say!("who is paid by `{id}`?", "`{id}` を誰に支払うのか不明です"),
                    )
                    .expected(say!("#{{ to: vendor }}", "#{{ to: vendor }}"))
                    .maybe_at(fee.place.clone()),
                );
            }
            Some(DeferredFee {
                id: fee.id.clone(),
                title: fee.title.clone(),
                to: to?,
                amount: self.amounts(&fee.amount, &known, &fee.place)?,
                rank: fee.rank,
                clause: fee.clause.clone(),
            })
        });
        let deferred: Vec<DeferredFee> = deferred.collect();
        let tranches: Vec<Tranche> =
            draft.tranches.iter().filter_map(|tranche| self.tranche(tranche, &known)).collect();
        let all = draft.tranches.len();
        let guarantees: Vec<Guarantee> = draft
            .guarantees
            .iter()
            .filter_map(|guarantee| self.guarantee(guarantee, &draft, &known, all))
            .collect();
        let reserve = draft.reserve.as_ref().map(|reserve| {
            let place = reserve.places.get("release");
            self.on_payment_dates(&known, reserve.declared.until, "reserve", place);
            self.in_steps(&known, reserve.declared.target, reserve.places.get("target"));
            self.in_steps(&known, reserve.declared.initial, reserve.places.get("initial"));
            let place = reserve.places.get("initial");
            self.initial_fits(&known, reserve.declared, &tranches, place);
            reserve.declared
        });
        let account = draft.account.unwrap_or(AccountDraft {
            holder: None,
            recycle: None,
            unspent_distributed: false,
            places: super::finance_draft::Places::default(),
            place: None,
        });
        if self.bench.has_errors() && !before {
            return None;
        }
        Some(Finance {
            holder: holder.filter(|_| !tranches.is_empty()),
            costs,
            tranches,
            deferred,
            reserve,
            guarantees,
            profit: draft.profit.map(|of| of.parts).unwrap_or_default(),
            recycle: account.recycle,
            unspent_distributed: account.unspent_distributed,
        })
    }

    /// Who holds the account: whoever is stated, else the first provider.
    fn holder(
        &self,
        draft: &FinanceDraft,
        parties: &[Party],
        provider: Option<usize>,
    ) -> Option<usize> {
        let stated = draft.account.as_ref().and_then(|account| Some((account, account.holder?)));
        let Some((account, holder)) = stated else { return provider };
        let party = &parties[holder];
        if matches!(party.role, Role::Payer | Role::Investor | Role::Evaluator) {
            let id = &party.id;
            self.bench.report(
                Problem::error(
                    "wrong-holder",
                    say!(
                        "`{id}` cannot hold the account: it pays, invests or evaluates",
                        "`{id}` は支払・投資・評価をする当事者なので、口座の管理者になれません"
                    ),
                )
                .expected(say!(
                    "a provider, or an intermediary such as a special-purpose company or a trust bank",
                    "受託者、または特別目的会社や信託銀行などの中間支援組織"
                ))
                .maybe_at(account.places.get("holder")),
            );
        }
        Some(holder)
    }

    /// A waterfall runs from one payment to the next, in order of time.
    fn payments_in_order(&self, known: &Known<'_>, draft: &FinanceDraft) {
        let pairs = known.evaluations.windows(2);
        let wrong = pairs.into_iter().find(|pair| pair[1].paid < pair[0].paid);
        let Some([before, after]) = wrong.filter(|_| !draft.tranches.is_empty()) else { return };
        let (before, after) = (before.paid, after.paid);
        self.bench.report(
            Problem::error(
                "payments-out-of-order",
                say!(
                    "a later evaluation is paid on {after}, before the earlier one on {before}",
                    "後の評価の支払日 {after} が前の評価の支払日 {before} より先です"
                ),
            )
            .help(say!(
                "with investors, payments must come in the order of the evaluations",
                "資金提供者がいる契約では、支払日を評価の順にしてください"
            ))
            .maybe_at(self.desk.draft().declared_at.get("evaluations").cloned()),
        );
    }

    /// What only makes sense where someone invests.
    fn needs_investment(&self, draft: &FinanceDraft) {
        if !draft.tranches.is_empty() {
            return;
        }
        let words = [
            ("deferred_fee", draft.deferred.first().map(|of| of.place.clone())),
            ("guarantee", draft.guarantees.first().map(|of| of.place.clone())),
            ("reserve", draft.reserve.as_ref().map(|of| of.place.clone())),
            ("account", draft.account.as_ref().map(|of| of.place.clone())),
            ("profit", draft.profit.as_ref().map(|of| of.place.clone())),
        ];
        for (word, place) in words {
            let Some(place) = place else { continue };
            self.bench.report(
                Problem::error(
                    "nobody-invests",
                    say!(
                        "`{word}` is about investors' money, and nobody invests",
                        "`{word}` は資金提供者の資金に関する定めですが、投資がありません"
                    ),
                )
                .help(say!(
                    "declare it: invest(fund, #{{ amount: yen(40_000_000) }});",
                    "宣言してください: invest(fund, #{{ amount: yen(40_000_000) }});"
                ))
                .maybe_at(place),
            );
        }
    }

    fn amounts(
        &self,
        draft: &AmountsDraft,
        known: &Known<'_>,
        place: &Option<Place>,
    ) -> Option<Amounts> {
        match draft {
            AmountsDraft::Dated(dated) => {
                for (on, amount) in dated {
                    self.near_the_contract(known, *on, place.clone());
                    self.in_steps(known, *amount, place.clone());
                }
                Some(Amounts::Dated(dated.clone()))
            }
            AmountsDraft::Linked { amount, at, at_place } => {
                let dates: Vec<Date> =
                    known.evaluations.iter().map(|evaluation| evaluation.at).collect();
                let measured = self.positions(at.as_deref(), &dates, at_place.as_ref());
                self.linked(amount, &measured, known).map(Amounts::Linked)
            }
        }
    }

    /// What a closure gives at some evaluations.
    fn linked(
        &self,
        closure: &Closure,
        evaluations: &[usize],
        known: &Known<'_>,
    ) -> Option<Vec<Price>> {
        let at = evaluations.iter();
        at.map(|at| self.priced(closure, None, LineKind::Payment, *at, known.header)).collect()
    }

    fn tranche(&self, draft: &TrancheDraft, known: &Known<'_>) -> Option<Tranche> {
        let header = known.header;
        let mut tranche = draft.declared.clone();
        let place = |key: &str| draft.places.get(key);
        let unit = draft.unit.as_ref()?;
        let currency = &header.currency;
        if *unit != Unit::money(currency) {
            self.bench.report(
                Problem::error(
                    "wrong-value",
                    say!(
                        "`amount` of `invest` is not money of the contract",
                        "`invest` の `amount` が契約通貨の金額ではありません"
                    ),
                )
                .found(unit_words(unit))
                .expected(Text::from(currency.as_str()))
                .maybe_at(place("amount")),
            );
        }
        let key = if tranche.drawdowns.is_empty() { "at" } else { "drawdown" };
        if tranche.drawdowns.is_empty() {
            tranche.drawdowns.push((draft.at.or(header.from)?, tranche.commitment));
        }
        self.drawdowns_fit(&tranche, known, place(key), place("amount"));
        for (key, dated) in [("least", &tranche.least), ("repay", &tranche.repay)] {
            for (on, amount) in dated {
                self.on_payment_dates(known, Some(*on), "invest", place(key));
                self.in_steps(known, *amount, place(key));
            }
        }
        let to_repay: Decimal = tranche.repay.iter().map(|(_, amount)| *amount).sum();
        if to_repay > tranche.drawn() {
            let (wanted, drawn) = (known.words(to_repay), known.words(tranche.drawn()));
            self.bench.report(
                Problem::error(
                    "repays-too-much",
                    say!(
                        "{} is to be repaid, but only {} is put up",
                        "返済予定の合計{}が拠出額{}を超えています",
                        wanted,
                        drawn.clone()
                    ),
                )
                .expected(say!("at most {} in all", "合計{}以下", drawn))
                .maybe_at(place("repay")),
            );
        }
        if let (Some(step), Some(cap)) = (header.rounding.map(|of| of.step), &mut tranche.cap) {
            *cap = (*cap / step).floor() * step;
        }
        if tranche.early && tranche.repay.is_empty() {
            self.bench.report(
                Problem::error(
                    "early-without-schedule",
                    say!(
                        "`early` is about repayment ahead of a schedule, and none is stated",
                        "`early` は予定より早い返済の定めですが、返済の予定がありません"
                    ),
                )
                .help(say!(
                    "state one, repay: [[\"2025-05-31\", yen(…)], …], or leave `early` out: without one everything is repaid as soon as there is money",
                    "`repay: [[\"2025-05-31\", yen(…)], …]` を加えるか、`early` を省いてください（予定がなければ資金があり次第すべて返済されます）"
                ))
                .maybe_at(place("early")),
            );
        }
        if let Some(closure) = &draft.linked {
            let all: Vec<usize> = (0..known.evaluations.len()).collect();
            tranche.linked = self.linked(closure, &all, known)?;
        }
        Some(tranche)
    }

    /// Money is put up before the last payment, and no more than was promised.
    fn drawdowns_fit(
        &self,
        tranche: &Tranche,
        known: &Known<'_>,
        place: Option<Place>,
        amount_place: Option<Place>,
    ) {
        let last = known.last_paid();
        for (at, amount) in &tranche.drawdowns {
            let at_place = place.clone();
            self.near_the_contract(known, *at, place.clone());
            self.in_steps(
                known,
                *amount,
                if tranche.drawdowns.len() > 1 { place.clone() } else { amount_place.clone() },
            );
            if let Some(last) = last.filter(|last| last < at) {
                self.bench.report(
                    Problem::error(
                        "invested-after-payments",
                        say!(
                            "the investment of {at} comes after the last payment, {last}",
                            "{at} の投資は最後の支払日 {last} より後です"
                        ),
                    )
                    .expected(say!("a day up to {last}", "{last} までの日"))
                    .help(say!(
                        "an investor receives the payments made from the day of the investment on",
                        "資金提供者が受け取るのは、投資した日以降の支払です"
                    ))
                    .maybe_at(at_place),
                );
            }
        }
        if tranche.drawn() > tranche.commitment {
            let (drawn, commitment) =
                (known.words(tranche.drawn()), known.words(tranche.commitment));
            self.bench.report(
                Problem::error(
                    "drawn-too-much",
                    say!(
                        "{} is drawn down of {} that is promised",
                        "拠出の合計{}が約束額{}を超えています",
                        drawn,
                        commitment.clone()
                    ),
                )
                .expected(say!("at most {} in all", "合計{}以下", commitment))
                .maybe_at(place),
            );
        }
    }

    fn guarantee(
        &self,
        draft: &GuaranteeDraft,
        finance: &FinanceDraft,
        known: &Known<'_>,
        tranches: usize,
    ) -> Option<Guarantee> {
        let of = draft.of.clone().unwrap_or_else(|| (0..tranches).collect());
        let own = of.iter().find(|of| finance.tranches[**of].declared.investor == draft.by);
        if own.is_some() {
            let id = &known.parties[draft.by].id;
            self.bench.report(
                Problem::error(
                    "guarantees-itself",
                    say!(
                        "`{id}` would guarantee its own investment",
                        "`{id}` が自分の投資を保証することになります"
                    ),
                )
                .expected(say!("another party", "別の当事者"))
                .maybe_at(draft.place.clone()),
            );
        }
        let mut schedule = draft.schedule.clone();
        for (on, amount) in &schedule {
            self.on_payment_dates(known, Some(*on), "guarantee", draft.places.get("at"));
            self.in_steps(known, *amount, draft.places.get("at"));
        }
        for (key, amount) in [("most", draft.most), ("beyond", Some(draft.beyond))] {
            if let Some(amount) = amount {
                self.in_steps(known, amount, draft.places.get(key));
            }
        }
        if schedule.is_empty() {
            schedule.push((known.last_paid()?, draft.most?));
        }
        Some(Guarantee {
            by: draft.by,
            of,
            schedule,
            most: draft.most,
            beyond: draft.beyond,
            covers_return: draft.covers_return,
            rank: draft.rank,
            clause: draft.clause.clone(),
        })
    }

    fn initial_fits(
        &self,
        known: &Known<'_>,
        reserve: Reserve,
        tranches: &[Tranche],
        place: Option<Place>,
    ) {
        let first = tranches.iter().flat_map(|tranche| &tranche.drawdowns).min_by_key(|of| of.0);
        let Some((first, _)) = first else { return };
        let drawdowns = tranches.iter().flat_map(|tranche| &tranche.drawdowns);
        let drawn: Decimal =
            drawdowns.filter(|(on, _)| on == first).map(|(_, amount)| *amount).sum();
        let most = reserve.target.min(drawn);
        if reserve.initial > most {
            self.bench.report(
                Problem::error(
                    "reserve-too-large",
                    say!(
                        "the reserve cannot begin with more than its target and the first drawdown",
                        "積立の当初額は、目標額と最初の拠出額を超えられません"
                    ),
                )
                .found(known.words(reserve.initial))
                .expected(say!("at most {}", "{}以下", known.words(most)))
                .maybe_at(place),
            );
        }
    }
}
