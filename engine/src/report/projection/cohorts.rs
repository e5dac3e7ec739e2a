//! Cohorts: what they cost, and where their people are, with the programme and without.

use crate::contract::wording::phrase;
use crate::problem::Language;
use crate::scenario::cohort::{Convention, Counted, Counts};
use crate::simulate::{CohortProjection, Distribution, Mean};

use super::Layout;
use crate::report::document::{Document, Figure, Side, Table};
use crate::report::estimate::{self, Written};
use crate::report::figures::{decimals_beside, figure};

/// Every cohort: its conventions, its totals and its people at the start and at the end.
pub(super) fn cohorts(layout: &Layout<'_>, document: &mut Document) {
    for cohort in &layout.projection.cohorts {
        document.gap();
        document.heading(cohort.title.within(layout.language));
        document.paragraph(heading(layout, cohort));
        document.paragraph(renormalised(layout, cohort));
        document.gap();
        totals(layout, cohort, document);
        document.table(people(layout, cohort));
    }
}

fn heading(layout: &Layout<'_>, cohort: &CohortProjection) -> String {
    let language = layout.language;
    let CohortProjection { name, cycles, cycle_years, .. } = cohort;
    let title = cohort.title.within(language);
    let of = &cohort.effect.population;
    let whole = decimals_beside(of.mean, of.se, 2);
    let population = figure(cohort.effect.population.mean, whole);
    let counts = match (cohort.counts, language) {
        (Counts::Multinomial, Language::En) => "whole people drawn",
        (Counts::Multinomial, Language::Ja) => "人数は整数で抽出",
        (Counts::Expected, Language::En) => "expected people",
        (Counts::Expected, Language::Ja) => "人数は期待値",
    };
    let (cost, utility) = (
        convention(&cohort.cost_convention, language),
        convention(&cohort.utility_convention, language),
    );
    let length = if *cycle_years == 1.0 { "year" } else { "years" };
    phrase!(
        language,
        "{title} (cohort {name}): {population} people, {cycles} cycles of {cycle_years} {length}, {counts}\n\
         Cost: {cost}\n\
         Utility: {utility}\n",
        "{title}（コホート {name}）: {population} 人、{cycle_years} 年 × {cycles} サイクル、{counts}\n\
         費用: {cost}\n\
         効用: {utility}\n",
    )
}

/// Rows of transitions that do not quite sum to 1.
fn renormalised(layout: &Layout<'_>, cohort: &CohortProjection) -> String {
    let rows = cohort.renormalised.iter().map(|(state, sum)| format!("{state} ({sum})"));
    let rows = rows.collect::<Vec<_>>().join(layout.language.comma());
    if rows.is_empty() {
        return rows;
    }
    phrase!(
        layout.language,
        "Transitions divided by their sum, which is not quite 1: {rows}\n",
        "合計が 1 とわずかに違うため、合計で割った推移: {rows}\n"
    )
}

fn convention(of: &Convention, language: Language) -> String {
    let counted = match (of.counted, language) {
        (Counted::End, Language::En) => "counted at the end of each cycle",
        (Counted::End, Language::Ja) => "各サイクルの終わりで計上",
        (Counted::Start, Language::En) => "counted at the start of each cycle",
        (Counted::Start, Language::Ja) => "各サイクルの始めで計上",
        (Counted::Both, Language::En) => "counted at the start and at the end of each cycle",
        (Counted::Both, Language::Ja) => "開始時と各サイクルの終わりで計上",
        (Counted::HalfCycle, Language::En) => "mean of the start and the end of each cycle",
        (Counted::HalfCycle, Language::Ja) => "各サイクルの始めと終わりの平均（半サイクル補正）",
    };
    let (rate, year) = (figure(of.rate * 100.0, 2), of.from_year);
    let rate = rate.trim_end_matches('0').trim_end_matches('.');
    if of.rate == 0.0 {
        return phrase!(language, "{counted}, not discounted", "{counted}、割引なし");
    }
    phrase!(
        language,
        "{counted}, discounted by {rate}% a year from year {year} on",
        "{counted}、{year} 年目から年 {rate}% で割引"
    )
}

fn totals(layout: &Layout<'_>, cohort: &CohortProjection, document: &mut Document) {
    let language = layout.language;
    let with = phrase!(language, "- with effect", "- 効果あり");
    let without = phrase!(language, "- without effect", "- 効果なし");
    let difference =
        phrase!(language, "- difference (with − without)", "- 差（効果あり − 効果なし）");
    let anything = |of: &Distribution| of.min != 0.0 || of.max != 0.0;
    let costs = [
        (&with, &cohort.effect.cost),
        (&without, &cohort.no_effect.cost),
        (&difference, &cohort.cost_difference),
    ];
    if costs.iter().any(|(_, amount)| anything(amount)) {
        let mut table = layout.amounts(phrase!(language, "Cost in all", "費用の合計"));
        for (name, amount) in costs {
            table.row(layout.amount_row(name.as_str(), amount));
        }
        document.table(table);
        document.gap();
    }
    let utilities = [
        (&with, &cohort.effect.utility),
        (&without, &cohort.no_effect.utility),
        (&difference, &cohort.utility_difference),
    ];
    if utilities.iter().any(|(_, amount)| anything(amount)) {
        let first = phrase!(
            language,
            "Utility in all (quality-adjusted person-years)",
            "効用の合計（質調整生存年）"
        );
        let mut table = estimate::distributions(first, None, language);
        for (name, amount) in utilities {
            table.row(estimate::numbers(name.as_str(), amount, Written::Times(1.0)));
        }
        document.table(table);
        document.gap();
    }
}

fn people(layout: &Layout<'_>, cohort: &CohortProjection) -> Table {
    let language = layout.language;
    let cycles = cohort.cycles;
    let years = cycles as f64 * cohort.cycle_years;
    let mut table = Table::new([
        (phrase!(language, "People by state", "状態ごとの人数"), Side::Left),
        (phrase!(language, "At the start", "開始時"), Side::Right),
        (phrase!(language, "After {years} years, with", "{years} 年後・効果あり"), Side::Right),
        (phrase!(language, "After {years} years, without", "{years} 年後・効果なし"), Side::Right),
    ]);
    for (at, state) in cohort.states.iter().enumerate() {
        let cells = [
            &cohort.effect.people[0][at],
            &cohort.effect.people[cycles][at],
            &cohort.no_effect.people[cycles][at],
        ];
        table.row(std::iter::once(state.as_str().into()).chain(cells.map(mean)));
    }
    table
}

/// A mean and its standard error.
fn mean(of: &Mean) -> Figure {
    let decimals = decimals_beside(of.mean, of.se, 2);
    let text = format!("{} ± {}", figure(of.mean, decimals), figure(of.se, decimals));
    Figure::estimated(of.mean, of.se, text)
}
