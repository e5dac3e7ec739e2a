//! The finance of a contract in words.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Sheet;
use crate::contract::Role;
use crate::contract::finance::{Amounts, Form, Guarantee, Sharer, Tranche};
use crate::contract::wording::{self, phrase};
use crate::problem::Language;

impl Sheet<'_> {
    pub(super) fn finance(&mut self) {
        if self.contract.finance.is_empty() {
            return;
        }
        let language = self.language;
        self.section(&phrase!(language, "Finance", "資金"));
        if self.is_plain() {
            self.plain_investment();
            return;
        }
        self.tranches();
        self.costs();
        self.other_claims();
        self.distribution();
    }

    /// Whether every investor only receives what the provider is paid, as one sentence says.
    fn is_plain(&self) -> bool {
        let finance = &self.contract.finance;
        let [tranche] = &finance.tranches[..] else { return false };
        let claims = tranche.linked.is_empty()
            && tranche.least.is_empty()
            && tranche.repay.is_empty()
            && tranche.rate.is_zero()
            && tranche.cap.is_none()
            && tranche.cap_irr.is_none();
        let others = finance.costs.is_empty()
            && finance.deferred.is_empty()
            && finance.guarantees.is_empty()
            && finance.reserve.is_none();
        let account = finance.profit.is_empty()
            && finance.recycle.is_none()
            && !finance.unspent_distributed
            && self.holder_provides();
        let whole = tranche.drawdowns.len() == 1 && tranche.drawn() == tranche.commitment;
        tranche.form == Form::Unstated && claims && others && account && whole
    }

    fn holder_provides(&self) -> bool {
        let provides = |at: usize| self.contract.parties[at].role == Role::Provider;
        self.contract.finance.holder.is_some_and(provides)
    }

    fn plain_investment(&mut self) {
        let (contract, language) = (self.contract, self.language);
        for investment in &contract.finance.tranches {
            let investor = self.party(investment.investor).to_owned();
            let amount = self.amount(investment.commitment);
            let at = investment.from().map(|at| wording::day(at, language)).unwrap_or_default();
            self.line(phrase!(
                language,
                "- {investor} provides {amount} on {at} and receives from the provider what it is \
                 paid from that day on, without tax that is added.",
                "- {investor}が{at}に{amount}を提供し、その日以降に受託者へ支払われる額（加算される消費税を除く）を受託者から受け取る。"
            ));
        }
        self.line(phrase!(
            language,
            "- What is owed does not depend on it.",
            "- 支払額はこれによって変わらない。"
        ));
    }

    fn tranches(&mut self) {
        let (contract, language) = (self.contract, self.language);
        for tranche in &contract.finance.tranches {
            let investor = self.party(tranche.investor).to_owned();
            let title = tranche.title.within(language).to_owned();
            let (id, form) = (&tranche.id, tranche.form.words());
            let form = form.within(language);
            let name = if title == investor {
                format!("{title} (`{id}`)")
            } else {
                format!("{title} (`{id}`, {investor})")
            };
            let name = match language {
                Language::En => name,
                Language::Ja => name.replace(" (", "（").replace(", ", "、").replace(')', "）"),
            };
            let amount = self.amount(tranche.commitment);
            self.line(phrase!(
                language,
                "### {name}: {form}, {amount}",
                "### {name}：{form} {amount}"
            ));
            self.line("");
            for line in self.tranche_terms(tranche) {
                self.line(format!("- {line}"));
            }
            self.line("");
        }
    }

    fn tranche_terms(&self, tranche: &Tranche) -> Vec<String> {
        let language = self.language;
        let mut terms = Vec::new();
        let dates = self.dated(&tranche.drawdowns);
        terms.push(phrase!(language, "Put up: {dates}", "拠出：{dates}"));
        let rank = tranche.rank;
        terms.push(phrase!(
            language,
            "Rank {rank}; rank 1 is paid first, those of one rank in proportion",
            "順位：{rank}（1 が最優先。同順位は按分）"
        ));
        if !tranche.rate.is_zero() {
            let rate = wording::percent(tranche.rate);
            terms.push(phrase!(
                language,
                "Fixed return: {rate} per year of what is not repaid, simple interest",
                "固定の収益：未返済元本に対し年{rate}（単利）"
            ));
        }
        let mut same: Vec<(String, Vec<usize>)> = Vec::new();
        for price in &tranche.linked {
            let text = match &self.price(price, 0)[..] {
                // A rule that takes a table is told as a formula here.
                [one] => one.trim_end_matches(['.', '。']).to_owned(),
                _ => {
                    wording::expression_at(self.contract, price.stated, price.evaluation, language)
                }
            };
            match same.iter_mut().find(|(known, _)| *known == text) {
                Some((_, at)) => at.push(price.evaluation),
                None => same.push((text, vec![price.evaluation])),
            }
        }
        let all = self.contract.evaluations.len();
        for (text, at) in same {
            let days: Vec<String> = at
                .iter()
                .map(|at| wording::day(self.contract.evaluations[*at].paid, language))
                .collect();
            let days = days.join(language.comma());
            terms.push(if at.len() == all {
                phrase!(language, "Return linked to outcomes: {text}", "成果連動の収益：{text}")
            } else {
                phrase!(
                    language,
                    "Return linked to outcomes, on {days}: {text}",
                    "成果連動の収益（{days}）：{text}"
                )
            });
        }
        if !tranche.least.is_empty() {
            let dates = self.dated(&tranche.least);
            terms.push(phrase!(language, "Return owed at least: {dates}", "収益の最低額：{dates}"));
        }
        terms.push(if tranche.repay.is_empty() {
            phrase!(language, "Repaid as soon as there is money", "元本の返済：資金があり次第")
        } else {
            let dates = self.dated(&tranche.repay);
            phrase!(
                language,
                "Repaid by schedule: {dates}; the rest at the last payment",
                "元本の返済：{dates}、残りは最後の支払日"
            )
        });
        if tranche.early {
            terms.push(phrase!(
                language,
                "May be repaid early, out of what is left after all claims",
                "すべての請求を支払った残りで期限前に返済できる"
            ));
        }
        if let Some(cap) = tranche.cap {
            let cap = self.amount(cap);
            terms.push(phrase!(
                language,
                "Earns at most {cap} beyond what was put up",
                "収益の上限：元本のほかに{cap}"
            ));
        }
        if let Some(rate) = tranche.cap_irr {
            let rate = wording::percent(rate);
            terms.push(phrase!(
                language,
                "Earns at most {rate} per year (internal rate of return)",
                "内部収益率の上限：年{rate}"
            ));
        }
        if let Some(clause) = &tranche.clause {
            terms.push(phrase!(language, "Clause: {clause}", "条項：{clause}"));
        }
        terms
    }

    fn costs(&mut self) {
        let (contract, language) = (self.contract, self.language);
        if contract.finance.costs.is_empty() {
            return;
        }
        self.line(phrase!(language, "### Costs", "### 費用"));
        self.line("");
        let titles = [
            phrase!(language, "Cost", "費用"),
            phrase!(language, "For", "目的"),
            phrase!(language, "Borne by", "負担者"),
            phrase!(language, "Paid to", "支払先"),
            phrase!(language, "Amount", "金額"),
        ];
        self.columns(&titles.each_ref().map(String::as_str), 0);
        for cost in &contract.finance.costs {
            let to = match cost.to {
                Some(to) => self.party(to).to_owned(),
                None => phrase!(language, "outside", "契約の外部"),
            };
            let row = [
                format!("{} (`{}`)", cost.title.within(language), cost.id),
                cost.kind.words().within(language).to_owned(),
                self.party(cost.by).to_owned(),
                to,
                self.amounts(&cost.amount),
            ];
            self.row(&row);
        }
        self.line("");
    }

    fn other_claims(&mut self) {
        let (contract, language) = (self.contract, self.language);
        for fee in &contract.finance.deferred {
            let (title, to) = (fee.title.within(language), self.party(fee.to).to_owned());
            let (amounts, rank) = (self.amounts(&fee.amount), fee.rank);
            self.line(phrase!(
                language,
                "- Deferred fee \"{title}\" of {to}, at rank {rank}: {amounts}",
                "- {to}の後払いの報酬「{title}」（順位 {rank}）：{amounts}"
            ));
        }
        if let Some(reserve) = contract.finance.reserve {
            let (target, initial) = (self.amount(reserve.target), self.amount(reserve.initial));
            let rank = reserve.rank;
            let until = match reserve.until {
                Some(until) => wording::day(until, language),
                None => phrase!(language, "the last payment", "最後の支払日"),
            };
            self.line(phrase!(
                language,
                "- Reserve of {target} at rank {rank}, {initial} of it from the first drawdown; \
                 used for claims before it and released on {until}.",
                "- 積立金：{target}（順位 {rank}）。うち{initial}は最初の拠出から積み立てる。先順位の支払に充て、{until}に取り崩す。"
            ));
        }
        for guarantee in &contract.finance.guarantees {
            let line = self.guarantee(guarantee);
            self.line(format!("- {line}"));
        }
    }

    fn guarantee(&self, guarantee: &Guarantee) -> String {
        let (contract, language) = (self.contract, self.language);
        let by = self.party(guarantee.by).to_owned();
        let of =
            guarantee.of.iter().map(|of| contract.finance.tranches[*of].title.within(language));
        let of = of.collect::<Vec<_>>().join(language.comma());
        let covered = if guarantee.covers_return {
            phrase!(language, "principal and return", "元本と収益")
        } else {
            phrase!(language, "principal", "元本")
        };
        let at = self.dated(&guarantee.schedule);
        let mut text = phrase!(
            language,
            "{by} makes good {covered} of {of} that is due and not paid, at most: {at}",
            "{by}は、{of}の{covered}のうち期限に支払われない額を保証する。上限：{at}"
        );
        if let Some(most) = guarantee.most.filter(|_| guarantee.schedule.len() > 1) {
            let most = self.amount(most);
            text += &phrase!(language, "; in all at most {most}", "。全体で{most}まで");
        }
        if !guarantee.beyond.is_zero() {
            let beyond = self.amount(guarantee.beyond);
            text += &phrase!(
                language,
                "; of each shortfall the investors bear the first {beyond} themselves",
                "。不足額のうち最初の{beyond}は資金提供者が負担する"
            );
        }
        if let Some(rank) = guarantee.rank {
            text += &phrase!(
                language,
                "; paid back out of later receipts at rank {rank}",
                "。後の受取から順位 {rank} で償還を受ける"
            );
        }
        text.push_str(&phrase!(language, ".", "。"));
        text
    }

    /// Who holds the money, and the order in which it is paid out.
    fn distribution(&mut self) {
        let (contract, language) = (self.contract, self.language);
        let finance = &contract.finance;
        let Some(holder) = finance.holder else { return };
        let holder = self.party(holder).to_owned();
        self.line("");
        self.line(phrase!(
            language,
            "### Order of distribution at each payment",
            "### 支払日ごとの分配の順序"
        ));
        self.line("");
        let mut steps = vec![phrase!(
            language,
            "{holder} holds the account: what providers are paid, without tax that is added, and \
             what was not distributed before.",
            "口座は{holder}が管理する。受託者または{holder}への支払（加算される消費税を除く）と、それまでに分配していない額を原資とする。"
        )];
        if let Some(recycle) = finance.recycle {
            steps.push(match recycle.most {
                Some(most) => {
                    let most = self.amount(most);
                    phrase!(
                        language,
                        "What costs need before the next payment is kept, at most {most} in all.",
                        "次の支払日までの費用に足りない額を留保する（全体で{most}まで）。"
                    )
                }
                None => phrase!(
                    language,
                    "What costs need before the next payment is kept.",
                    "次の支払日までの費用に足りない額を留保する。"
                ),
            });
        }
        let mut ranks: Vec<u32> = finance.tranches.iter().map(|of| of.rank).collect();
        ranks.extend(finance.deferred.iter().map(|of| of.rank));
        ranks.extend(finance.guarantees.iter().filter_map(|of| of.rank));
        ranks.extend(finance.reserve.map(|of| of.rank));
        ranks.sort_unstable();
        ranks.dedup();
        for rank in ranks {
            let names = self.claims_of(rank).join(language.comma());
            steps.push(phrase!(language, "Rank {rank}: {names}.", "順位 {rank}：{names}。"));
        }
        if finance.tranches.iter().any(|of| of.early) {
            steps.push(phrase!(
                language,
                "Principal ahead of its schedule, by rank.",
                "期限前の元本返済（順位の順）。"
            ));
        }
        let sharers = finance.sharers();
        let whole: Decimal = if finance.profit.is_empty() {
            sharers.iter().map(|(_, weight)| *weight).sum()
        } else {
            Decimal::ONE
        };
        let parts: Vec<String> = sharers
            .iter()
            .map(|(who, weight)| {
                let who = match who {
                    Sharer::Tranche(of) => finance.tranches[*of].title.within(language),
                    Sharer::Party(party) => self.party(*party),
                };
                let part = (*weight * Decimal::ONE_HUNDRED).checked_div(whole);
                let part = part.unwrap_or_default().round_dp(2).normalize();
                format!("{who} {part}%")
            })
            .collect();
        let parts = parts.join(language.comma());
        steps.push(if sharers.is_empty() {
            phrase!(
                language,
                "Once all that was put up is repaid, what is left is {holder}'s.",
                "拠出された元本がすべて返済された後の残りは{holder}のものとする。"
            )
        } else {
            phrase!(
                language,
                "Once all that was put up is repaid, what is left is shared: {parts}; what caps \
                 refuse goes to the others, and then to {holder}.",
                "拠出された元本がすべて返済された後の残りを分配する：{parts}。上限を超える額は他の配分先へ、残りは{holder}のものとする。"
            )
        });
        steps.push(phrase!(
            language,
            "Losses fall on the highest rank number first. At the last payment what nobody has a \
             claim on is {holder}'s.",
            "損失は順位の数字が大きいものから負担する。最後の支払日に誰にも請求権のない額は{holder}のものとする。"
        ));
        for (number, step) in (1..).zip(steps) {
            self.line(format!("{number}. {step}"));
        }
        self.line("");
        self.line(phrase!(
            language,
            "What is owed does not depend on any of this.",
            "支払額はこれらによって変わらない。"
        ));
    }

    fn claims_of(&self, rank: u32) -> Vec<String> {
        let (finance, language) = (&self.contract.finance, self.language);
        let mut names: Vec<String> = Vec::new();
        for tranche in finance.tranches.iter().filter(|of| of.rank == rank) {
            let title = tranche.title.within(language);
            names.push(phrase!(
                language,
                "{title}, return and then principal",
                "{title}（収益、元本の順）"
            ));
        }
        for fee in finance.deferred.iter().filter(|of| of.rank == rank) {
            names.push(fee.title.within(language).to_owned());
        }
        for guarantee in finance.guarantees.iter().filter(|of| of.rank == Some(rank)) {
            let by = self.party(guarantee.by);
            names.push(phrase!(language, "what {by} made good", "{by}への償還"));
        }
        if finance.reserve.is_some_and(|of| of.rank == rank) {
            names.push(phrase!(language, "the reserve up to its target", "積立金（目標額まで）"));
        }
        names
    }

    fn amounts(&self, amounts: &Amounts) -> String {
        match amounts {
            Amounts::Dated(dated) => self.dated(dated),
            Amounts::Linked(prices) => {
                let each = prices.iter().map(|price| {
                    let language = self.language;
                    let on =
                        wording::day(self.contract.evaluations[price.evaluation].paid, language);
                    let at = price.evaluation;
                    let text = wording::expression_at(self.contract, price.stated, at, language);
                    phrase!(language, "{on}: {text}", "{on}：{text}")
                });
                each.collect::<Vec<_>>().join(&phrase!(self.language, "; ", "、"))
            }
        }
    }

    fn dated(&self, dated: &[(Date, Decimal)]) -> String {
        let language = self.language;
        let each = dated.iter().map(|(on, amount)| {
            let (on, amount) = (wording::day(*on, language), self.amount(*amount));
            phrase!(language, "{amount} on {on}", "{on} {amount}")
        });
        each.collect::<Vec<_>>().join(language.comma())
    }
}
