//! The payer's report.

use rust_decimal::Decimal;

use super::Layout;
use super::key_facts::key_facts;
use crate::analyse::parties::{Curve, PayerReport};
use crate::contract::Role;
use crate::contract::explain::fiscal_year;
use crate::contract::wording::phrase;
use crate::finance::Estimated;
use crate::problem::{Language, Text, say};
use crate::report::chart::{self, Chart, Pair};
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::estimate::cashable_or_not;
use crate::report::figures::figure;
use crate::simulate::Distribution;

/// Adds the report of a payer.
pub(super) fn add(layout: &Layout<'_>, report: &PayerReport, document: &mut Document) {
    let what = phrase!(layout.language, "Payer", "支払者");
    document.caption(layout.party(report.party, &what));
    document.gap();
    key_facts(layout, report, document);
    document.gap();
    years(layout, report, document);
    document.gap();
    no_effect(layout, report, document);
    document.gap();
    savings(layout, report, document);
    document.gap();
    curves(layout, report, document);
}

/// Adds what everyone pays and saves, as a chart.
pub(super) fn together(layout: &Layout<'_>, all: &[PayerReport], document: &mut Document) {
    let saved: Vec<_> = all.iter().take(1).flat_map(|report| &report.savings).collect();
    // Where one payer alone is reported on, what others pay is not known here.
    let payers = layout.contract.parties.iter().filter(|party| party.role == Role::Payer);
    if saved.is_empty() || payers.count() != all.len() {
        return;
    }
    let payer = |report: &PayerReport| {
        let party = &layout.contract.parties[report.party];
        let own = saved.iter().find(|saving| saving.id.as_ref() == Some(&party.id));
        Pair {
            name: party.name.clone(),
            of: [Some(report.total_discounted), own.map(|saving| saving.total)],
        }
    };
    let pays = |id: &Option<String>| {
        let ids = all.iter().map(|report| &layout.contract.parties[report.party].id);
        id.as_ref().is_some_and(|id| ids.into_iter().any(|payer| payer == id))
    };
    let others = saved
        .iter()
        .filter(|saving| !pays(&saving.id))
        .map(|saving| Pair { name: saving.name.clone(), of: [None, Some(saving.total)] });
    let parties: Vec<Pair> = all.iter().map(payer).chain(others).collect();
    document.heading(phrase!(
        layout.language,
        "Who pays, and who saves",
        "誰が支払い、誰が節減するか"
    ));
    document.chart(chart::savings(&layout.contract.currency, &parties));
}

/// What the payer pays in each fiscal year.
fn by_year(layout: &Layout<'_>, report: &PayerReport) -> Chart {
    let party = &layout.contract.parties[report.party];
    let steps: Vec<(Text, Distribution)> = report
        .years
        .iter()
        .map(|of| {
            let name = |language| fiscal_year(of.year, language);
            (Text { en: name(Language::En), ja: name(Language::Ja) }, of.payment)
        })
        .collect();
    chart::fan(
        &format!("payment-by-year-{}", party.id),
        say!("What {} pays in each fiscal year", "{}の年度別の支払額", party.name),
        say!("Payment", "支払額"),
        &layout.contract.currency,
        &steps,
    )
}

fn years(layout: &Layout<'_>, report: &PayerReport, document: &mut Document) {
    let language = layout.language;
    let most = |ceiling: Option<Decimal>| match ceiling {
        Some(amount) => layout.exact(amount),
        None => phrase!(language, "no limit", "上限なし").into(),
    };
    let ceiling = phrase!(language, "At most", "上限（限度額）");
    let first = phrase!(language, "Payment by fiscal year", "年度別の支払");
    let mut table = layout.amounts(first, Some(ceiling));
    let mut row = |name: String, payment: &Distribution, ceiling| {
        let mut row = layout.amount_row(name, payment);
        row.push(most(ceiling));
        table.row(row);
    };
    for of in &report.years {
        let name = year_name(of.year, language);
        let own = phrase!(language, "{name}: own costs", "{name}：自ら負担する費用");
        row(name, &of.payment, of.ceiling);
        if let Some(costs) = of.costs {
            row(own, &costs.amount, costs.most);
        }
    }
    row(phrase!(language, "In all", "合計"), &report.payment, report.ceiling);
    if let Some(costs) = report.costs {
        let own = phrase!(language, "Own costs in all", "自ら負担する費用の合計");
        row(own, &costs.amount, costs.most);
        let most = report.ceiling.zip(costs.most).map(|(paid, spent)| paid + spent);
        let whole = phrase!(language, "In all, with own costs", "合計（自ら負担する費用を含む）");
        row(whole, &report.total, most);
    }
    table.row(layout.amount_row(
        phrase!(language, "In all, discounted", "合計（割引後）"),
        &report.total_discounted,
    ));
    document.heading(phrase!(language, "By fiscal year", "年度別"));
    document.table(table);
    document.paragraph(phrase!(
        language,
        "\"At most\" is what the terms allow and what has to be appropriated, not what is expected: the\n\
         limit of the obligation (債務負担行為). Years run from April to March, by the date of payment: work\n\
         done by the end of March and paid in April or May may belong to the year before.\n",
        "「上限（限度額）」は契約の条件のもとで支払い得る最大の額で、期待される額ではありません。\n\
         債務負担行為の限度額を定める際の目安です。年度は支払日で区分しています。3月末までに履行が完了し、\n\
         出納整理期間（5月末まで）に支払う額は、前年度の歳出になることがあります。\n"
    ));
    let years: Option<Decimal> = report.years.iter().map(|of| of.ceiling).sum();
    if let (Some(years), Some(ceiling)) = (years, report.ceiling)
        && ceiling < years
    {
        document.paragraph(phrase!(
            language,
            "In all it is less than the years together, as a limit over the contract cuts it.\n",
            "合計の上限は、契約全体の上限額によるため、各年度の和より小さくなります。\n"
        ));
    }
    if !report.years.is_empty() {
        document.chart(by_year(layout, report));
    }
}

fn year_name(year: i16, language: Language) -> String {
    let name = fiscal_year(year, language);
    match language {
        Language::En => format!("{name} (from April {year})"),
        Language::Ja => name,
    }
}

/// What is paid for nothing in each fiscal year, beside what is paid.
fn idle_years(layout: &Layout<'_>, report: &PayerReport, idle: &Distribution) -> Table {
    let language = layout.language;
    let unit = layout.currency.name();
    let mut table = Table::new([
        (phrase!(language, "Mean by fiscal year ({unit})", "年度別の平均（{unit}）"), Side::Left),
        (phrase!(language, "With effect", "効果あり"), Side::Right),
        (phrase!(language, "Without effect", "効果なし"), Side::Right),
        (phrase!(language, "5% without", "効果なし 5%"), Side::Right),
        (phrase!(language, "95% without", "効果なし 95%"), Side::Right),
    ]);
    let mut row = |name: String, with: &Distribution, idle: &Distribution| {
        let [low, high] = [idle.p05, idle.p95].map(|of| layout.amount(of));
        table.row([name.into(), layout.mean(with), layout.mean(idle), low, high]);
    };
    for of in &report.years {
        if let Some(idle) = &of.no_effect {
            row(year_name(of.year, language), &of.payment, idle);
        }
    }
    row(phrase!(language, "In all", "合計"), &report.payment, idle);
    table
}

fn no_effect(layout: &Layout<'_>, report: &PayerReport, document: &mut Document) {
    document.heading(phrase!(
        layout.language,
        "If the programme does nothing",
        "事業に効果がない場合"
    ));
    let Some(idle) = &report.no_effect else {
        document.paragraph(phrase!(
            layout.language,
            "No cell says what it is without effect (`no_effect`), so what would be paid if the programme\n\
             did nothing is not known.\n",
            "効果がない場合の値（`no_effect`）がどのセルにもないため、事業に効果がない場合の支払は分かりません。\n"
        ));
        return;
    };
    let mean = layout.currency.with_name(&layout.mean(idle).text);
    let part = report.no_effect_part.map_or("-".to_owned(), |part| layout.percent(part).text);
    let [low, high] = [idle.p05, idle.p95].map(|of| layout.currency.simulated_digits(of));
    document.paragraph(phrase!(
        layout.language,
        "If the programme did nothing: {mean} ({low} to {high} in 90 of 100 futures),\n{part} of the mean payment.\n",
        "事業に効果がない場合の支払: {mean}（100 回のうち 90 回は {low} から {high}）。\n平均の支払の {part} に当たります。\n"
    ));
    document.gap();
    document.table(idle_years(layout, report, idle));
}

fn savings(layout: &Layout<'_>, report: &PayerReport, document: &mut Document) {
    let language = layout.language;
    document.heading(phrase!(language, "Savings", "節約・便益"));
    if report.savings.is_empty() {
        document.paragraph(phrase!(
            language,
            "The scenario states no benefit.\n",
            "シナリオに便益の記載がありません。\n"
        ));
        return;
    }
    let first = phrase!(language, "Saving, discounted", "節約・便益（割引後）");
    let mut table = layout.amounts(first, None);
    for of in &report.savings {
        let name = of.name.within(language);
        let mut kind = |what: String, amount: &Option<Distribution>| {
            if let Some(amount) = amount {
                table.row(
                    layout
                        .amount_row(phrase!(language, "{name}: {what}", "{name}：{what}"), amount),
                );
            }
        };
        kind(cashable_or_not(Some(true), language), &of.cashable);
        kind(cashable_or_not(Some(false), language), &of.not_cashable);
        kind(cashable_or_not(None, language), &of.unstated);
    }
    table.row(layout.amount_row(phrase!(language, "Everyone", "全員"), &report.benefit));
    document.table(table);
    let id = &layout.contract.parties[report.party].id;
    if report.savings.iter().all(|of| of.id.as_ref() != Some(id)) {
        document.paragraph(phrase!(
            language,
            "None of it is this payer's own: what it pays saves others money.\n",
            "この支払者自身の節約はありません。支払うのはこの支払者、節約できるのはほかの人です。\n"
        ));
    }
}

fn curves(layout: &Layout<'_>, report: &PayerReport, document: &mut Document) {
    let language = layout.language;
    if report.savings.is_empty() {
        return;
    }
    let id = &layout.contract.parties[report.party].id;
    let saves = report.savings.iter().any(|of| of.id.as_ref() == Some(id));
    let stated = report.savings.iter().any(|of| of.cashable.is_some() || of.not_cashable.is_some());
    let unstated = report.savings.iter().any(|of| of.unstated.is_some());
    let all: [(String, &Curve, bool); 4] = [
        (phrase!(language, "Own saving", "自らの節約"), &report.own, saves),
        (
            phrase!(language, "Own, cashable", "自ら・現金化可"),
            &report.own_cashable,
            saves && stated,
        ),
        (phrase!(language, "Everyone's", "全員の便益"), &report.everyone, true),
        (
            phrase!(language, "Everyone's, cashable", "全員・現金化可"),
            &report.everyone_cashable,
            stated,
        ),
    ];
    let told = all.into_iter().filter(|(.., told)| *told);
    let curves: Vec<(String, &Curve)> = told.map(|(name, curve, _)| (name, curve)).collect();
    let first =
        phrase!(language, "P(saving > payment) at price ×", "節約が支払を上回る確率：価格の倍率");
    let headings = std::iter::once((first, Side::Left));
    let columns = curves.iter().map(|(name, _)| (name.clone(), Side::Right));
    let mut table = Table::new(headings.chain(columns));
    for (at, point) in report.own.points.iter().enumerate() {
        let mut row = vec![Figure::number(point.factor, figure(point.factor, 1))];
        row.extend(curves.iter().map(|(_, curve)| layout.percent(curve.points[at].probability)));
        table.row(row);
    }
    let multiplier = |of: Option<Estimated>| match of {
        Some(of) => Figure::estimated(of.value, of.se, format!("×{}", layout.number(of))),
        None => Figure::from("-"),
    };
    let mut row = vec![Figure::from(phrase!(
        language,
        "Break-even price, on the mean",
        "損益分岐の価格（平均）"
    ))];
    row.extend(curves.iter().map(|(_, curve)| multiplier(curve.break_even.mean)));
    table.row(row);
    let mut row = vec![Figure::from(phrase!(
        language,
        "Break-even price, at even odds",
        "損益分岐の価格（五分五分）"
    ))];
    row.extend(curves.iter().map(|(_, curve)| multiplier(curve.break_even.even_odds)));
    table.row(row);
    document.heading(phrase!(language, "At which price it is worth it", "いくらまでなら見合うか"));
    document.table(table);
    document.paragraph(phrase!(
        language,
        "Savings and payments are discounted. \"Own\" sets this payer's savings against its payments,\n\
         \"everyone's\" all savings against all payments. Only cashable savings can pay for the contract.\n",
        "節約も支払も割引後の額です。「自ら」はこの支払者の節約と支払、「全員」はすべての便益と支払の比較です。\n\
         支払の財源になるのは現金化できる節約だけです。\n"
    ));
    if report.costs.is_some() {
        document.paragraph(phrase!(
            language,
            "What a payer spends itself, by `cost(…)`, counts as paid.\n",
            "支払者が自ら負担する費用（`cost(…)`）も支払に含めています。\n"
        ));
    }
    document.paragraph(phrase!(
        language,
        "Price ×1.0 is the contract as it stands; ×0.5 pays half of everything.\n",
        "価格の倍率は、支払をすべてその倍率にした場合です（1.0 が現在の契約）。\n"
    ));
    if unstated {
        document.paragraph(phrase!(
            language,
            "Savings that are not said to be cashable or not are left out of the cashable ones: state\n\
             `cashable = true` or `false` under [benefits].\n",
            "現金化の可否が書かれていない節約は、現金化できる節約に数えていません。シナリオの [benefits] に\n\
             `cashable = true`（または `false`）を書いてください。\n"
        ));
    }
}
