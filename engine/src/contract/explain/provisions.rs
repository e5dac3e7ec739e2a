//! What a contract provides for beside its payments, what indicators rest on, what is accepted.

use super::Sheet;
use crate::contract::wording::{self, phrase};
use crate::contract::{Acceptance, Indicator, Provision, Topic};

impl Sheet<'_> {
    pub(super) fn provisions(&mut self) {
        if self.contract.provisions.is_empty() {
            return;
        }
        let language = self.language;
        self.section(&phrase!(language, "Further provisions", "その他の定め"));
        let contract = self.contract;
        let told = Topic::ALL.iter().filter_map(|(_, topic)| contract.provision(*topic));
        for provision in told {
            let (topic, terms) = (provision.topic.words(), self.provision(provision));
            let topic = topic.within(language);
            self.line(phrase!(language, "- {topic}: {terms}", "- {topic}：{terms}"));
        }
    }

    fn provision(&self, provision: &Provision) -> String {
        let language = self.language;
        let mut parts: Vec<String> = Vec::new();
        parts.extend(provision.text.as_ref().map(|text| text.within(language).to_owned()));
        parts.extend(provision.basis.map(|basis| basis.words().within(language).to_owned()));
        let part = provision.part.map(wording::percent);
        let amount = provision.amount.map(|amount| self.amount(amount));
        let most = provision.most.map(|amount| self.amount(amount));
        match provision.topic {
            Topic::Grant => {
                parts.extend(part.map(|part| {
                    phrase!(language, "{part} of payments for outcomes", "成果連動支払の{part}")
                }));
                parts.extend(most.map(|most| phrase!(language, "at most {most}", "上限{most}")));
                parts.extend(self.contract.grant().map(|grant| {
                    let grant = self.amount(grant);
                    phrase!(language, "comes to at most {grant}", "最大{grant}")
                }));
            }
            _ => {
                parts.extend(amount);
                parts.extend(part.map(|part| {
                    phrase!(language, "{part} of it the payer's", "うち支払者の取り分{part}")
                }));
            }
        }
        parts.extend(provision.on.map(|on| {
            let on = wording::day(on, language);
            phrase!(language, "approved on {on}", "{on}設定")
        }));
        parts.extend(provision.to.map(|until| {
            let until = wording::day(until, language);
            phrase!(language, "for payments until {until}", "{until}までの支払")
        }));
        if let (Some(clause), Some(last)) = (&provision.clause, parts.last_mut()) {
            *last += &phrase!(language, " ({clause})", "（{clause}）");
        } else {
            parts.extend(provision.clause.clone());
        }
        parts.join(&phrase!(language, "; ", "、"))
    }

    /// What an indicator rests on, where it is stated.
    pub(super) fn grounds(&self, indicator: &Indicator) -> Vec<(String, String)> {
        let language = self.language;
        let grounds = &indicator.grounds;
        let value = |value| wording::quantity(value, &indicator.unit, language);
        let mut items: Vec<(String, String)> = Vec::new();
        let mut tell = |item: String, told: Option<String>| {
            items.extend(told.map(|told| (item, told)));
        };
        let text = |text: &Option<crate::problem::Text>| {
            text.as_ref().map(|text| text.within(language).to_owned())
        };
        tell(phrase!(language, "Policy issue", "行政課題"), text(&grounds.issue));
        let without = grounds.without.map(|without| match &grounds.without_source {
            Some(source) => {
                let (without, source) = (value(without), source.within(language));
                phrase!(language, "{without} ({source})", "{without}（{source}）")
            }
            None => value(without),
        });
        tell(
            phrase!(language, "Expected without the programme", "事業がない場合の見込み"),
            without,
        );
        let history: Vec<String> = grounds.history.iter().map(|known| value(*known)).collect();
        let history = (!history.is_empty()).then(|| history.join(language.comma()));
        tell(phrase!(language, "Earlier years", "過去の実績"), history);
        let people = grounds.population;
        let people = people.map(|people| {
            let people = super::amount_text(people.into());
            phrase!(language, "{people}", "{people}人")
        });
        tell(phrase!(language, "People expected to be measured", "測定が見込まれる人数"), people);
        let method = grounds.method.map(|method| {
            let method = method.words().within(language).to_owned();
            match text(&grounds.reason) {
                Some(reason) => {
                    phrase!(language, "{method} — {reason}", "{method}（理由：{reason}）")
                }
                None => method,
            }
        });
        tell(phrase!(language, "Method", "評価方法"), method);
        let obtained = grounds.obtained.map(|obtained| {
            let obtained = obtained.words().within(language).to_owned();
            match text(&grounds.verified) {
                Some(by) => {
                    phrase!(language, "{obtained}, verified by {by}", "{obtained}（検証：{by}）")
                }
                None => obtained,
            }
        });
        tell(phrase!(language, "Known from", "値の把握"), obtained);
        tell(phrase!(language, "Data held by", "データの保有者"), text(&grounds.owner));
        let days = grounds.available_days;
        let days = days.map(|days| {
            phrase!(language, "{days} days after the evaluation", "評価日の{days}日後")
        });
        tell(phrase!(language, "Data to be had", "データの入手"), days);
        let left_out = grounds.exclusions.as_ref().map(|reasons| match reasons.is_empty() {
            true => phrase!(language, "nobody", "なし"),
            false => {
                let reasons: Vec<&str> = reasons.iter().map(|why| why.within(language)).collect();
                reasons.join(language.comma())
            }
        });
        tell(phrase!(language, "Reasons to leave people out", "除外できる理由"), left_out);
        items
    }

    /// Why a finding is accepted, and who says so.
    pub(super) fn accepted(&self, acceptance: &Acceptance) -> String {
        let language = self.language;
        let reason = acceptance.reason.within(language);
        let who = acceptance.by.map(|by| self.party(by));
        let who: Vec<&str> = who.into_iter().chain(acceptance.clause.as_deref()).collect();
        let who = who.join(language.comma());
        match who.is_empty() {
            true => reason.to_owned(),
            false => phrase!(language, "{reason} ({who})", "{reason}、{who}"),
        }
    }
}
