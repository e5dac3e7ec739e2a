//! The payer's report.

use engine::analyse::parties::{Curve, PayerReport};
use engine::problem::Language;
use engine::simulate::Distribution;
use rust_decimal::Decimal;

use super::Layout;
use super::key_facts::key_facts;
use crate::money::figure;
use crate::table::{Side, Table};

pub(super) fn text(layout: &Layout<'_>, report: &PayerReport) -> String {
    let what = pick!(layout.language, "Payer", "支払者");
    let parts = [
        layout.party(report.party, &what),
        key_facts(layout, report),
        years(layout, report),
        no_effect(layout, report),
        savings(layout, report),
        curves(layout, report),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn years(layout: &Layout<'_>, report: &PayerReport) -> String {
    let language = layout.language;
    let most = |ceiling: Option<Decimal>| match ceiling {
        Some(amount) => layout.currency.digits(amount),
        None => pick!(language, "no limit", "上限なし"),
    };
    let ceiling = pick!(language, "At most", "上限（限度額）");
    let first = pick!(language, "Payment by fiscal year", "年度別の支払");
    let mut table = layout.amounts(first, Some(ceiling));
    let mut row = |name: String, payment: &Distribution, ceiling| {
        let mut row = layout.amount_row(name, payment);
        row.push(most(ceiling));
        table.row(row);
    };
    for of in &report.years {
        let name = year_name(of.year, language);
        let own = pick!(language, "{name}: own costs", "{name}：自ら負担する費用");
        row(name, &of.payment, of.ceiling);
        if let Some(costs) = of.costs {
            row(own, &costs.amount, costs.most);
        }
    }
    row(pick!(language, "In all", "合計"), &report.payment, report.ceiling);
    if let Some(costs) = report.costs {
        let own = pick!(language, "Own costs in all", "自ら負担する費用の合計");
        row(own, &costs.amount, costs.most);
        let most = report.ceiling.zip(costs.most).map(|(paid, spent)| paid + spent);
        let whole = pick!(language, "In all, with own costs", "合計（自ら負担する費用を含む）");
        row(whole, &report.total, most);
    }
    table.row(layout.amount_row(
        pick!(language, "In all, discounted", "合計（割引後）"),
        &report.total_discounted,
    ));
    let note = pick!(
        language,
        "\"At most\" is what the terms allow and what has to be appropriated, not what is expected: the\n\
         limit of the obligation (債務負担行為). Years run from April to March, by the date of payment: work\n\
         done by the end of March and paid in April or May may belong to the year before.\n",
        "「上限（限度額）」は契約の条件のもとで支払い得る最大の額で、期待される額ではありません。\n\
         債務負担行為の限度額を定める際の目安です。年度は支払日で区分しています。3月末までに履行が完了し、\n\
         出納整理期間（5月末まで）に支払う額は、前年度の歳出になることがあります。\n"
    );
    let years: Option<Decimal> = report.years.iter().map(|of| of.ceiling).sum();
    let note = match (years, report.ceiling) {
        (Some(years), Some(ceiling)) if ceiling < years => {
            let less = pick!(
                language,
                "In all it is less than the years together, as a limit over the contract cuts it.\n",
                "合計の上限は、契約全体の上限額によるため、各年度の和より小さくなります。\n"
            );
            note + less.as_str()
        }
        _ => note,
    };
    table.text() + note.as_str()
}

fn year_name(year: i16, language: Language) -> String {
    let name = engine::contract::explain::fiscal_year(year, language);
    match language {
        Language::En => format!("{name} (from April {year})"),
        Language::Ja => name,
    }
}

/// What is paid for nothing in each fiscal year, beside what is paid.
fn idle_years(layout: &Layout<'_>, report: &PayerReport, idle: &Distribution) -> String {
    let language = layout.language;
    let unit = layout.currency.name();
    let mut table = Table::new([
        (pick!(language, "Mean by fiscal year ({unit})", "年度別の平均（{unit}）"), Side::Left),
        (pick!(language, "With effect", "効果あり"), Side::Right),
        (pick!(language, "Without effect", "効果なし"), Side::Right),
        (pick!(language, "5% without", "効果なし 5%"), Side::Right),
        (pick!(language, "95% without", "効果なし 95%"), Side::Right),
    ]);
    let mut row = |name: String, with: &Distribution, idle: &Distribution| {
        let [low, high] = [idle.p05, idle.p95].map(|of| layout.currency.simulated_digits(of));
        table.row([name, layout.mean(with), layout.mean(idle), low, high]);
    };
    for of in &report.years {
        if let Some(idle) = &of.no_effect {
            row(year_name(of.year, language), &of.payment, idle);
        }
    }
    row(pick!(language, "In all", "合計"), &report.payment, idle);
    table.text()
}

fn no_effect(layout: &Layout<'_>, report: &PayerReport) -> String {
    let Some(idle) = &report.no_effect else {
        return pick!(
            layout.language,
            "No cell says what it is without effect (`no_effect`), so what would be paid if the programme\n\
             did nothing is not known.\n",
            "効果がない場合の値（`no_effect`）がどのセルにもないため、事業に効果がない場合の支払は分かりません。\n"
        );
    };
    let mean = layout.currency.with_name(&layout.mean(idle));
    let part = report.no_effect_part.map_or("-".to_owned(), |part| layout.percent(part));
    let [low, high] = [idle.p05, idle.p95].map(|of| layout.currency.simulated_digits(of));
    let said = pick!(
        layout.language,
        "If the programme did nothing: {mean} ({low} to {high} in 90 of 100 futures),\n{part} of the mean payment.\n",
        "事業に効果がない場合の支払: {mean}（100 回のうち 90 回は {low} から {high}）。\n平均の支払の {part} に当たります。\n"
    );
    format!("{said}\n{}", idle_years(layout, report, idle))
}

fn savings(layout: &Layout<'_>, report: &PayerReport) -> String {
    let language = layout.language;
    if report.savings.is_empty() {
        return pick!(
            language,
            "The scenario states no benefit.\n",
            "シナリオに便益の記載がありません。\n"
        );
    }
    let first = pick!(language, "Saving, discounted", "節約・便益（割引後）");
    let mut table = layout.amounts(first, None);
    for of in &report.savings {
        let name = of.name.within(language);
        let mut kind = |what: String, amount: &Option<Distribution>| {
            if let Some(amount) = amount {
                table.row(
                    layout.amount_row(pick!(language, "{name}: {what}", "{name}：{what}"), amount),
                );
            }
        };
        kind(pick!(language, "cashable", "現金化できる"), &of.cashable);
        kind(pick!(language, "not cashable", "現金化できない"), &of.not_cashable);
        kind(pick!(language, "cashable or not: unstated", "現金化の可否は記載なし"), &of.unstated);
    }
    table.row(layout.amount_row(pick!(language, "Everyone", "全員"), &report.benefit));
    let mut text = table.text();
    let id = &layout.contract.parties[report.party].id;
    if report.savings.iter().all(|of| of.id.as_ref() != Some(id)) {
        text += &pick!(
            language,
            "None of it is this payer's own: what it pays saves others money.\n",
            "この支払者自身の節約はありません。支払うのはこの支払者、節約できるのはほかの人です。\n"
        );
    }
    text
}

fn curves(layout: &Layout<'_>, report: &PayerReport) -> String {
    let language = layout.language;
    if report.savings.is_empty() {
        return String::new();
    }
    let id = &layout.contract.parties[report.party].id;
    let saves = report.savings.iter().any(|of| of.id.as_ref() == Some(id));
    let stated = report.savings.iter().any(|of| of.cashable.is_some() || of.not_cashable.is_some());
    let unstated = report.savings.iter().any(|of| of.unstated.is_some());
    let all: [(String, &Curve, bool); 4] = [
        (pick!(language, "Own saving", "自らの節約"), &report.own, saves),
        (pick!(language, "Own, cashable", "自ら・現金化可"), &report.own_cashable, saves && stated),
        (pick!(language, "Everyone's", "全員の便益"), &report.everyone, true),
        (
            pick!(language, "Everyone's, cashable", "全員・現金化可"),
            &report.everyone_cashable,
            stated,
        ),
    ];
    let told = all.into_iter().filter(|(.., told)| *told);
    let curves: Vec<(String, &Curve)> = told.map(|(name, curve, _)| (name, curve)).collect();
    let first =
        pick!(language, "P(saving > payment) at price ×", "節約が支払を上回る確率：価格の倍率");
    let headings = std::iter::once((first, Side::Left));
    let columns = curves.iter().map(|(name, _)| (name.clone(), Side::Right));
    let mut table = Table::new(headings.chain(columns));
    for (at, point) in report.own.points.iter().enumerate() {
        let mut row = vec![figure(point.factor, 1)];
        row.extend(curves.iter().map(|(_, curve)| layout.percent(curve.points[at].probability)));
        table.row(row);
    }
    let multiplier = |of: Option<engine::finance::Estimated>| {
        of.map_or("-".to_owned(), |of| format!("×{}", layout.number(of)))
    };
    let mut row = vec![pick!(language, "Break-even price, on the mean", "損益分岐の価格（平均）")];
    row.extend(curves.iter().map(|(_, curve)| multiplier(curve.break_even.mean)));
    table.row(row);
    let mut row =
        vec![pick!(language, "Break-even price, at even odds", "損益分岐の価格（五分五分）")];
    row.extend(curves.iter().map(|(_, curve)| multiplier(curve.break_even.even_odds)));
    table.row(row);
    let note = pick!(
        language,
        "Savings and payments are discounted. \"Own\" sets this payer's savings against its payments,\n\
         \"everyone's\" all savings against all payments. Only cashable savings can pay for the contract.\n",
        "節約も支払も割引後の額です。「自ら」はこの支払者の節約と支払、「全員」はすべての便益と支払の比較です。\n\
         支払の財源になるのは現金化できる節約だけです。\n"
    );
    let mut text = table.text() + note.as_str();
    if report.costs.is_some() {
        text += &pick!(
            language,
            "What a payer spends itself, by `cost(…)`, counts as paid.\n",
            "支払者が自ら負担する費用（`cost(…)`）も支払に含めています。\n"
        );
    }
    text += &pick!(
        language,
        "Price ×1.0 is the contract as it stands; ×0.5 pays half of everything.\n",
        "価格の倍率は、支払をすべてその倍率にした場合です（1.0 が現在の契約）。\n"
    );
    if unstated {
        text += &pick!(
            language,
            "Savings that are not said to be cashable or not are left out of the cashable ones: state\n\
             `cashable = true` or `false` under [benefits].\n",
            "現金化の可否が書かれていない節約は、現金化できる節約に数えていません。シナリオの [benefits] に\n\
             `cashable = true`（または `false`）を書いてください。\n"
        );
    }
    text
}
