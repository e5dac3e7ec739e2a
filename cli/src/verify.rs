//! `seika verify`: a statement computed again from the receipt that was handed over with it.

use engine::VERSION;
use engine::ledger::{Difference, Receipt};
use engine::problem::{Problem, Source, Text};
use engine::report::figures::Currency;
use rust_decimal::Decimal;
use serde_json::json;

use crate::arguments::VerifyArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure};

pub(crate) fn run(
    arguments: &VerifyArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let path = &arguments.receipt_file;
    let receipt = Receipt::read(&context.disk, path)?;
    let mut problems: Vec<Problem> =
        receipt.verify()?.iter().map(|found| differs(found, path)).collect();
    let evidence = if !arguments.evidence.is_empty() {
        let found = receipt.verify_evidence(&context.disk, &arguments.evidence)?;
        problems.extend(found.iter().map(|found| evidence_differs(found, path)));
        "same"
    } else if let Some(found) = receipt.verify_inside() {
        problems.extend(found?.iter().map(|found| evidence_differs(found, path)));
        "inside"
    } else {
        "not given"
    };
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let record = &receipt.record;
    let statement = &record.statement["en"];
    if context.json {
        output.json(&json!({
            "ok": true,
            "contract": record.contract,
            "at": record.at.to_string(),
            "payable": statement["payable"],
            "engine": record.engine,
            "computed_by": VERSION,
            "evidence": evidence,
        }))?;
        return Ok(Exit::Done);
    }
    let language = context.language;
    let payable: Decimal = record.payable();
    let currency = statement["currency"].as_str().unwrap_or("JPY");
    let (contract, at) = (&record.contract, record.at);
    let amount = Currency::new(currency, language).amount(payable);
    let mut text = pick!(
        language,
        "The receipt agrees: every figure is what its script and figures come to\n\n{contract}, evaluation of {at}: {amount} payable\n",
        "検証票は正しいものです。契約と集計値から計算した結果とすべて一致します\n\n{contract}、{at} の評価: 支払額 {amount}\n"
    );
    text += &match evidence {
        "same" => pick!(
            language,
            "The evidence is what the receipt names, and comes to the same figures\n",
            "証拠は検証票に記されたものと同じで、推定し直しても同じ値になります\n"
        ),
        "inside" => pick!(
            language,
            "The evidence inside comes to the same figures\n",
            "含まれている証拠から推定し直しても同じ値になります\n"
        ),
        _ => pick!(
            language,
            "The evidence was not looked at: give it with --evidence\n",
            "証拠は確かめていません。--evidence で指定してください\n"
        ),
    };
    if let Some(version) = receipt.other_version() {
        text += &pick!(
            language,
            "Written by version {version}, computed again by version {VERSION}\n",
            "版 {version} で作成されたものを、版 {VERSION} で計算し直しました\n"
        );
    }
    output.data(&text)?;
    Ok(Exit::Done)
}

fn differs(difference: &Difference, path: &str) -> Problem {
    let Difference { at, stated, computed } = difference;
    let (id, message) = match at.as_str() {
        "hash" | "layout" => (
            "receipt-altered",
            text!(
                "the receipt was altered after it was written (`{at}`)",
                "検証票は作成後に書き換えられています（`{at}`）"
            ),
        ),
        _ => (
            "receipt-differs",
            text!(
                "`{at}` is not what the script and the figures come to",
                "`{at}` が、契約と集計値から計算した結果と違います"
            ),
        ),
    };
    problem(id, message, stated, computed, path)
}

fn evidence_differs(difference: &Difference, path: &str) -> Problem {
    let Difference { at, stated, computed } = difference;
    let message = text!(
        "`{at}` is not the evidence of the receipt, or does not come to its figures",
        "`{at}` は検証票の証拠と違うか、推定し直した値が一致しません"
    );
    problem("evidence-differs", message, computed, stated, path)
}

fn problem(id: &'static str, message: Text, found: &str, expected: &str, path: &str) -> Problem {
    Problem::error(id, message)
        .found(Text::from(found.to_owned()))
        .expected(Text::from(expected.to_owned()))
        .at(Source::new(path, "").whole())
}
