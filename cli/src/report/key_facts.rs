//! What a payer looks at first.

use engine::analyse::parties::{Curve, PayerReport};
use engine::finance::Estimated;

use super::Layout;

/// Expected payment, what is paid for nothing, saving, and how likely it is to be worth it.
pub(super) fn key_facts(layout: &Layout<'_>, report: &PayerReport) -> String {
    let heading = pick!(layout.language, "Key facts\n", "要点\n");
    let facts = [payment(layout, report), no_effect(layout, report), saving(layout, report)];
    facts.into_iter().fold(heading, |text, fact| text + fact.as_str())
}

fn payment(layout: &Layout<'_>, report: &PayerReport) -> String {
    let language = layout.language;
    let paid = &report.payment;
    let mean = layout.currency.with_name(&layout.mean(paid));
    let [low, high] = [paid.p05, paid.p95].map(|of| layout.currency.simulated_digits(of));
    let ceiling = match report.ceiling {
        Some(most) => {
            let most = layout.currency.amount(most);
            pick!(language, "at most {most}", "上限（限度額）{most}")
        }
        None => pick!(language, "without a limit", "上限なし"),
    };
    let mut text = pick!(
        language,
        "- Expected payment: {mean}; {ceiling};\n  {low} to {high} in 90 of 100 futures\n",
        "- 支払の期待値: {mean}、{ceiling}。\n  100 回のうち 90 回は {low} から {high}\n"
    );
    if report.costs.is_some() {
        let whole = layout.currency.with_name(&layout.mean(&report.total));
        text += &pick!(
            language,
            "- With the costs it bears itself: {whole}\n",
            "- 自ら負担する費用を含めて: {whole}\n"
        );
    }
    text
}

fn no_effect(layout: &Layout<'_>, report: &PayerReport) -> String {
    let language = layout.language;
    let Some(idle) = &report.no_effect else {
        return pick!(
            language,
            "- If the programme does nothing: not known, as no cell states `no_effect`\n",
            "- 事業に効果がない場合の支払: `no_effect` の記載がなく不明\n"
        );
    };
    let mean = layout.currency.with_name(&layout.mean(idle));
    let part = report.no_effect_part.map_or("-".to_owned(), |part| layout.percent(part));
    pick!(
        language,
        "- If the programme does nothing, it still pays {mean},\n  {part} of the expected payment\n",
        "- 事業に効果がない場合の支払: {mean}、\n  支払の期待値の {part}\n"
    )
}

fn saving(layout: &Layout<'_>, report: &PayerReport) -> String {
    let language = layout.language;
    if report.savings.is_empty() {
        return pick!(
            language,
            "- Saving: not known, as the scenario states no benefit\n",
            "- 節約・便益: シナリオに記載がなく不明\n"
        );
    }
    let id = &layout.contract.parties[report.party].id;
    let own = report.savings.iter().find(|saving| saving.id.as_ref() == Some(id));
    let own = match own {
        Some(own) => {
            let mean = layout.currency.with_name(&layout.mean(&own.total));
            let chance = layout.likelihood(at_the_price(&report.own));
            pick!(
                language,
                "- Its own saving, discounted: {mean};\n  it exceeds what it pays with a probability of {chance}\n",
                "- 自らの節約（割引後）: {mean}。\n  支払を上回る確率は {chance}\n"
            )
        }
        None => pick!(
            language,
            "- Its own saving: none; what it pays saves others money\n",
            "- 自らの節約: なし（節約できるのはほかの人です）\n"
        ),
    };
    let mean = layout.currency.with_name(&layout.mean(&report.benefit));
    let chance = layout.likelihood(at_the_price(&report.everyone));
    let all = pick!(
        language,
        "- Everyone's benefit, discounted: {mean};\n  it exceeds what all payers pay with a probability of {chance}\n",
        "- 全員の便益（割引後）: {mean}。\n  すべての支払を上回る確率は {chance}\n"
    );
    own + all.as_str()
}

/// How likely it is that the saving exceeds the price as it stands.
fn at_the_price(curve: &Curve) -> Estimated {
    let point = curve.points.iter().find(|point| point.factor == 1.0);
    point.map_or(Estimated { value: f64::NAN, se: 0.0 }, |point| point.probability)
}
