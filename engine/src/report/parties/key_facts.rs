//! What a payer looks at first.

use super::Layout;
use crate::analyse::parties::{Curve, PayerReport};
use crate::contract::wording::phrase;
use crate::finance::Estimated;
use crate::report::document::Document;

/// Expected payment, what is paid for nothing, saving, and how likely it is to be worth it.
pub(super) fn key_facts(layout: &Layout<'_>, report: &PayerReport, document: &mut Document) {
    document.caption(phrase!(layout.language, "Key facts", "要点"));
    let facts = [payment(layout, report), no_effect(layout, report), saving(layout, report)];
    document.points(facts.concat());
}

fn payment(layout: &Layout<'_>, report: &PayerReport) -> Vec<String> {
    let language = layout.language;
    let paid = &report.payment;
    let mean = layout.currency.with_name(&layout.mean(paid).text);
    let [low, high] = [paid.p05, paid.p95].map(|of| layout.currency.simulated_digits(of));
    let ceiling = match report.ceiling {
        Some(most) => {
            let most = layout.currency.amount(most);
            phrase!(language, "at most {most}", "上限（限度額）{most}")
        }
        None => phrase!(language, "without a limit", "上限なし"),
    };
    let mut facts = vec![phrase!(
        language,
        "Expected payment: {mean}; {ceiling};\n{low} to {high} in 90 of 100 futures",
        "支払の期待値: {mean}、{ceiling}。\n100 回のうち 90 回は {low} から {high}"
    )];
    if report.costs.is_some() {
        let whole = layout.currency.with_name(&layout.mean(&report.total).text);
        facts.push(phrase!(
            language,
            "With the costs it bears itself: {whole}",
            "自ら負担する費用を含めて: {whole}"
        ));
    }
    facts
}

fn no_effect(layout: &Layout<'_>, report: &PayerReport) -> Vec<String> {
    let language = layout.language;
    let Some(idle) = &report.no_effect else {
        return vec![phrase!(
            language,
            "If the programme does nothing: not known, as no cell states `no_effect`",
            "事業に効果がない場合の支払: `no_effect` の記載がなく不明"
        )];
    };
    let mean = layout.currency.with_name(&layout.mean(idle).text);
    let part = report.no_effect_part.map_or("-".to_owned(), |part| layout.percent(part).text);
    vec![phrase!(
        language,
        "If the programme does nothing, it still pays {mean},\n{part} of the expected payment",
        "事業に効果がない場合の支払: {mean}、\n支払の期待値の {part}"
    )]
}

fn saving(layout: &Layout<'_>, report: &PayerReport) -> Vec<String> {
    let language = layout.language;
    if report.savings.is_empty() {
        return vec![phrase!(
            language,
            "Saving: not known, as the scenario states no benefit",
            "節約・便益: シナリオに記載がなく不明"
        )];
    }
    let id = &layout.contract.parties[report.party].id;
    let own = report.savings.iter().find(|saving| saving.id.as_ref() == Some(id));
    let own = match own {
        Some(own) => {
            let mean = layout.currency.with_name(&layout.mean(&own.total).text);
            let chance = layout.likelihood(at_the_price(&report.own));
            phrase!(
                language,
                "Its own saving, discounted: {mean};\nit exceeds what it pays with a probability of {chance}",
                "自らの節約（割引後）: {mean}。\n支払を上回る確率は {chance}"
            )
        }
        None => phrase!(
            language,
            "Its own saving: none; what it pays saves others money",
            "自らの節約: なし（節約できるのはほかの人です）"
        ),
    };
    let mean = layout.currency.with_name(&layout.mean(&report.benefit).text);
    let chance = layout.likelihood(at_the_price(&report.everyone));
    let all = phrase!(
        language,
        "Everyone's benefit, discounted: {mean};\nit exceeds what all payers pay with a probability of {chance}",
        "全員の便益（割引後）: {mean}。\nすべての支払を上回る確率は {chance}"
    );
    vec![own, all]
}

/// How likely it is that the saving exceeds the price as it stands.
fn at_the_price(curve: &Curve) -> Estimated {
    let point = curve.points.iter().find(|point| point.factor == 1.0);
    point.map_or(Estimated { value: f64::NAN, se: 0.0 }, |point| point.probability)
}
