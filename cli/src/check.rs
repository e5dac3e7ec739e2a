//! `seika check`: worked examples, what can be paid, findings.

use engine::contract::Contract;
use engine::contract::check::Check;
use engine::problem::{Language, Severity};
use engine::report::document::{Side, Table};
use engine::report::figures::{Currency, exact_percent};

use crate::arguments::CheckArguments;
use crate::findings::Findings;
use crate::output::{Look, Output};
use crate::{Context, Exit, Failure};

pub(crate) fn run(
    arguments: &CheckArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let contract = crate::read_contract(&arguments.contract, context)?;
    let check = contract.check();
    if context.json {
        output.json(&check.to_json(&contract, context.language))?;
    } else {
        output.data(&report(
            &contract,
            &check,
            arguments.all,
            context.language,
            output.data_look,
        ))?;
    }
    Ok(if check.is_ok() { Exit::Done } else { Exit::NotSound })
}

fn report(contract: &Contract, check: &Check, all: bool, language: Language, look: Look) -> String {
    let mut text = heading(contract, language);
    text += &payable(contract, check, language);
    text += &ranges(contract, check, language);
    text += &examples(contract, check, language);
    if !check.findings.is_empty() {
        let title = pick!(language, "Findings", "指摘");
        text += &format!("\n{title}\n");
        text += &Findings { contract, language, look }.text(&check.findings, all);
    }
    text.push('\n');
    text + verdict(check, language).as_str()
}

/// A contract's title and identifier.
pub(crate) fn heading(contract: &Contract, language: Language) -> String {
    let (title, id) = (contract.title.within(language), &contract.id);
    if title == id.as_str() {
        return format!("{title}\n");
    }
    pick!(language, "{title} ({id})\n", "{title}（{id}）\n")
}

fn payable(contract: &Contract, check: &Check, language: Language) -> String {
    let currency = Currency::new(&contract.currency, language);
    let [least, most] = [check.bounds.min, check.bounds.max]
        .map(|amount| amount.map(|known| currency.amount(known)));
    let range = match (&least, &most) {
        (Some(least), Some(most)) => pick!(language, "from {least} to {most}", "{least} 〜 {most}"),
        (Some(least), None) => pick!(language, "{least} or more", "{least} 以上、上限なし"),
        (None, Some(most)) => pick!(language, "at most {most}", "最大 {most}"),
        (None, None) => pick!(language, "no limit is known", "上限・下限とも不明"),
    };
    let mut text =
        pick!(language, "\nWhat it can pay in all: {range}\n", "\n支払総額の範囲: {range}\n");
    if let Some(whole) = check.full_term.and_then(|full| full.min).filter(|_| least.is_some()) {
        let whole = currency.amount(whole);
        if least.as_ref() != Some(&whole) {
            text += &pick!(
                language,
                "  (at least {whole} where it does not end early)\n",
                "  （途中で終了しなければ最小 {whole}）\n"
            );
        }
    }
    if let (Some(fixed), Some(linked)) = (check.shares.fixed, check.shares.linked) {
        let [fixed, linked] = [fixed, linked].map(exact_percent);
        text += &pick!(
            language,
            "Of the most that each line can pay, {fixed} is fixed and {linked} depends on outcomes\n",
            "各支払項目の最大額のうち、固定が {fixed}、成果連動が {linked}\n"
        );
    }
    if let Some(idle) = &check.no_effect {
        let paid = currency.amount(idle.example.payable);
        let linked = currency.amount(idle.linked);
        let whole = match contract.cap {
            Some(_) => pick!(language, "the cap", "支払上限額"),
            None => pick!(language, "the most", "最大の支払"),
        };
        text += &match idle.part.map(exact_percent) {
            Some(part) => pick!(
                language,
                "If the programme changes nothing it pays {paid} ({part} of {whole}), {linked} of it for outcomes\n",
                "事業に効果がないときの支払: {paid}（{whole}の {part}）。うち成果連動 {linked}\n"
            ),
            None => pick!(
                language,
                "If the programme changes nothing it pays {paid}, {linked} of it for outcomes\n",
                "事業に効果がないときの支払: {paid}。うち成果連動 {linked}\n"
            ),
        };
        if !idle.at_worst.is_empty() {
            let titles: Vec<&str> = idle
                .at_worst
                .iter()
                .map(|at| contract.indicators[*at].title.within(language))
                .collect();
            let titles = titles.join(language.comma());
            text += &pick!(
                language,
                "  (at its worst, as `without` is not stated: {titles})\n",
                "  （`without` がなく、最も悪い値とした指標: {titles}）\n"
            );
        }
        text += &pick!(
            language,
            "  That is no upper limit: chance and regression to the mean may pay more; simulate a scenario\n",
            "  これは上限ではありません。偶然や平均への回帰による支払は、シナリオで試算してください\n"
        );
    }
    if let Some(grant) = contract.grant() {
        let grant = currency.amount(grant);
        text +=
            &pick!(language, "The grant comes to at most {grant}\n", "交付金の最大額: {grant}\n");
    }
    text
}

/// What each line and each evaluation can pay, whatever the outcomes.
fn ranges(contract: &Contract, check: &Check, language: Language) -> String {
    let currency = Currency::new(&contract.currency, language);
    let unit = currency.name();
    let mut table = Table::new([
        (pick!(language, "Whatever the outcomes", "成果にかかわらず"), Side::Left),
        (pick!(language, "Least ({unit})", "最小（{unit}）"), Side::Right),
        (pick!(language, "Most ({unit})", "最大（{unit}）"), Side::Right),
    ]);
    let end = |amount: Option<rust_decimal::Decimal>| match amount {
        Some(amount) => currency.digits(amount),
        None => pick!(language, "no limit", "限度なし"),
    };
    for (line, range) in contract.lines.iter().zip(&check.ranges.lines) {
        let title = line.title.within(language).to_owned();
        table.row([title, end(range.total.min), end(range.total.max)]);
    }
    for (evaluation, range) in contract.evaluations.iter().zip(&check.ranges.evaluations) {
        let at = evaluation.at;
        let title = pick!(language, "evaluation of {at}", "{at} の評価");
        table.row([title, end(range.min), end(range.max)]);
    }
    format!("\n{}", crate::table::text(&table))
}

fn examples(contract: &Contract, check: &Check, language: Language) -> String {
    if check.examples.is_empty() {
        return String::new();
    }
    let currency = Currency::new(&contract.currency, language);
    let unit = currency.name();
    let mut table = Table::new([
        (pick!(language, "Worked example", "計算例"), Side::Left),
        (pick!(language, "Stated ({unit})", "記載額（{unit}）"), Side::Right),
        (pick!(language, "Computed ({unit})", "計算額（{unit}）"), Side::Right),
        (String::new(), Side::Left),
    ]);
    for example in &check.examples {
        let (actual, result) = match &example.actual {
            Ok(actual) if example.is_ok() => {
                (currency.digits(*actual), pick!(language, "agrees", "一致"))
            }
            Ok(actual) => (currency.digits(*actual), pick!(language, "DIFFERS", "不一致")),
            Err(_) => (String::new(), pick!(language, "NOT COMPUTED", "計算不能")),
        };
        let name = example.name.within(language).to_owned();
        table.row([name, currency.digits(example.expected), actual, result]);
    }
    format!("\n{}", crate::table::text(&table))
}

fn verdict(check: &Check, language: Language) -> String {
    let open = || check.findings.iter().filter(|finding| finding.accepted.is_none());
    let count = |severity| open().filter(|finding| finding.severity == severity).count();
    let accepted = check.findings.iter().filter(|finding| finding.accepted.is_some()).count();
    let counts = [
        (count(Severity::Error), ["error", "errors"], "エラー"),
        (count(Severity::Warning), ["warning", "warnings"], "警告"),
        (count(Severity::Note), ["note", "notes"], "参考"),
        (accepted, ["accepted", "accepted"], "容認"),
    ];
    let found: Vec<String> = counts
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, [one, many], ja)| match language {
            Language::En => format!("{count} {}", if count == 1 { one } else { many }),
            Language::Ja => format!("{ja} {count} 件"),
        })
        .collect();
    let found = match (found.is_empty(), language) {
        (false, Language::En) => found.join(", "),
        (false, Language::Ja) => found.join("、"),
        (true, Language::En) => "nothing found".to_owned(),
        (true, Language::Ja) => "指摘なし".to_owned(),
    };
    if check.is_ok() {
        pick!(
            language,
            "The contract passes its check ({found})\n",
            "検査に合格しました（{found}）\n"
        )
    } else {
        pick!(
            language,
            "The contract does NOT pass its check ({found})\n",
            "検査に合格していません（{found}）\n"
        )
    }
}
