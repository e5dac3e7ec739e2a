//! What is not stated. Nothing of it changes a payment, so most are notes, told in short.

use super::Basis::{Common, Source};
use super::{Rule, rule};
use crate::problem::Severity::{Note, Warning};

const DEFINITION: &str = "https://www8.cao.go.jp/pfs/pfstoha.html";
const GRANT: &str = "https://project.nikkeibp.co.jp/atclppp/PPP/news/040901950/";
const EVALUATOR: &str = "https://project.nikkeibp.co.jp/atclppp/022100041/062000007/";
const MISSED: &str = "https://project.nikkeibp.co.jp/atclppp/PPP/434148/070600078/?P=4";
const KOBE: &str = "https://project.nikkeibp.co.jp/atclppp/PPP/news/102800931/";

pub(super) const RULES: &[Rule] = &[
    rule("no-examples", Warning, &[], Common)
        .looks("worked examples", "計算例")
        .mend(
            "write down what the parties think one result pays: `example(\"…\", #{ at: \"…\", …: … }, yen(…))`",
            "ある成果に対し当事者が考える支払額を書いてください: `example(\"…\", #{ at: \"…\", …: … }, yen(…))`",
        ),
    rule("no-cap", Warning, &["P10", "P18"], Common)
        .looks("the most that is paid in all", "支払上限額")
        .mend(
            "state it, `cap: yen(…)`: a limit is commonly required for an obligation over several years (債務負担行為)",
            "`cap: yen(…)` と定めてください。複数年度の契約では債務負担行為の限度額が一般に必要です",
        ),
    rule("payment-date-unstated", Warning, &["P17"], Common)
        .looks("when an evaluation is paid", "評価に対する支払日")
        .mend("state it: #{ at: \"…\", paid: \"…\" }", "支払日を書いてください: #{ at: \"…\", paid: \"…\" }"),
    rule("source-unstated", Warning, &["P6", "P7"], Common)
        .looks("where the data of a paying indicator come from", "支払に使う指標のデータの出所")
        .mend(
            "name the data and the version of the extract: `source: \"…\"`",
            "データの名称と抽出した版を書いてください: `source: \"…\"`",
        ),
    rule("missing-rule-unstated", Warning, &["P20", "P21"], Common)
        .looks("what happens to people without a value", "値のない人の扱い")
        .mend(
            "state it: `missing: \"exclude\"`, `\"as_no\"` (for shares and counts) or `\"refuse\"`",
            "書いてください: `missing: \"exclude\"`、`\"as_no\"`（割合と人数）または `\"refuse\"`",
        ),
    rule("minimum-n-unstated", Warning, &["P7"], Common)
        .looks("the fewest people for whom an outcome counts", "成果とみなす最少人数")
        .mend(
            "state the fewest for which the outcome counts: `at_least: 20`",
            "成果とみなす最少人数を書いてください: `at_least: 20`",
        ),
    rule("fixed-value-unsourced", Warning, &["P8"], Common)
        .looks("where numbers fixed in the script come from", "契約書に固定した数の出所")
        .mend("name the data and their version", "データの名称と版を書いてください"),
    rule("figures-only", Note, &["P6"], Common)
        .looks("how an indicator is computed from rows", "個票からの計算方法")
        .mend(
            "to have it computed and checked, give it its closures over rows",
            "計算と検証もできるようにするには、個票を読むクロージャを書いてください",
        ),
    rule("no-evaluator", Note, &["P16"], Source(EVALUATOR))
        .looks("who measures the outcomes", "成果を評価する者")
        .mend(
            "name one: `party(\"…\", #{ role: \"evaluator\", name: \"…\" })`; the payer may be the one",
            "`party(\"…\", #{ role: \"evaluator\", name: \"…\" })` と定めてください。支払者でもかまいません",
        )
        .unstated(),
    rule(
        "evaluation-cost-unstated",
        Note,
        &["P14"],
        Source("https://project.nikkeibp.co.jp/atclppp/PPP/report/021000226/"),
    )
    .looks("what the evaluation costs, apart from the price of the service", "事業費と分けた評価の費用")
    .mend(
        "`cost(\"evaluation\", [[\"2025-03-31\", yen(…)]], #{ kind: \"evaluation\", by: city })`, or a payment line to the evaluator",
        "`cost(\"evaluation\", [[\"2025-03-31\", yen(…)]], #{ kind: \"evaluation\", by: city })`、または評価者への支払項目を置いてください",
    )
    .unstated(),
    rule("tax-unstated", Note, &["P31"], Common)
        .looks("whether amounts include consumption tax", "金額が税込か税抜か")
        .mend(
            "state it: `tax: included(percent(10))` or `added(percent(10))`",
            "定めてください: `tax: included(percent(10))` または `added(percent(10))`",
        )
        .unstated(),
    rule("clause-unstated", Note, &["P4"], Common)
        .looks("which clause payments come from", "支払の根拠となる条項")
        .mend("add `clause: \"第5条\"`", "`clause: \"第5条\"` を加えてください")
        .unstated(),
    rule("issue-unstated", Note, &["P1", "P5"], Source(DEFINITION))
        .looks(
            "the policy issue that a paying indicator stands for, and why the programme can move it",
            "支払に使う指標が表す行政課題と、事業で改善できる理由",
        )
        .mend("add `issue: \"…\"` to the indicator", "指標に `issue: \"…\"` を加えてください")
        .unstated(),
    rule("cap-basis-unstated", Note, &["P2"], Source(GRANT))
        .looks("how the cap was set", "支払上限額の根拠")
        .mend(
            "`stated(\"cap\", #{ basis: \"benefit\", amount: yen(…) })`; also \"saving\" with `part: percent(12.5)`, or \"cost\"",
            "`stated(\"cap\", #{ basis: \"benefit\", amount: yen(…) })`。\"saving\"（`part: percent(12.5)`）や \"cost\" も使えます",
        )
        .unstated(),
    rule("data-access-unstated", Note, &["P6"], Common)
        .looks("who holds the data and when they can be had", "データの保有者と入手できる時期")
        .mend(
            "add `owner: \"…\"` and `available_days: 60`, days after the evaluation, to the indicator",
            "指標に `owner: \"…\"` と `available_days: 60`（評価日からの日数）を加えてください",
        )
        .unstated(),
    rule("evidence-kind-unstated", Note, &["P27"], Common)
        .looks(
            "whether values come from records, a measurement or self-report",
            "値が既存の記録・測定・自己申告のどれによるか",
        )
        .mend(
            "add `obtained: \"register\"`, \"measurement\" or \"self_report\" to the indicator",
            "指標に `obtained: \"register\"`（記録）、\"measurement\"（測定）、\"self_report\"（自己申告）を加えてください",
        )
        .unstated(),
    rule("population-unstated", Note, &["P7"], Common)
        .looks("whose values count", "対象者の条件")
        .mend(
            "select them, fixed at enrolment: `who: |p| …`; now everyone in the evidence counts",
            "登録時に定まる条件で選んでください: `who: |p| …`。今は証拠データの全員が対象です",
        )
        .unstated(),
    rule("exclusions-unstated", Note, &["P20"], Source(KOBE))
        .looks("for which reasons people may be left out", "対象者から除外できる理由")
        .mend(
            "list them all: `exclusions: [\"死亡\", \"転出\"]`, or `[]` where nobody is",
            "すべて挙げてください: `exclusions: [\"死亡\", \"転出\"]`。除外しないなら `[]`",
        )
        .unstated(),
    rule("without-unstated", Note, &["P8", "P9"], Common)
        .looks("what would be measured without the programme", "事業がない場合に見込まれる値")
        .mend(
            "add `without: percent(9), without_source: \"…\"` to the indicator",
            "指標に `without: percent(9), without_source: \"…\"` を加えてください",
        )
        .unstated(),
    rule("without-unsourced", Note, &["P8"], Common)
        .looks("where the value expected without the programme comes from", "事業がない場合の値の出所")
        .mend("add `without_source: \"…\"`", "`without_source: \"…\"` を加えてください")
        .unstated(),
    rule("method-unstated", Note, &["P15"], Common)
        .looks("how the programme's part is told from what would happen anyway", "事業の効果とそれ以外の変化を分ける方法")
        .mend(
            "add `method: \"randomised\"`, \"quasi_experimental\", \"before_after\" or \"none\" to the indicator",
            "指標に `method: \"randomised\"`、\"quasi_experimental\"、\"before_after\"、\"none\" のいずれかを加えてください",
        )
        .unstated(),
    rule("method-unreasoned", Note, &["P15"], Common)
        .looks("why an outcome is measured without a comparison group", "比較群を置かずに測る理由")
        .mend("add `reason: \"…\"` to the indicator", "指標に `reason: \"…\"` を加えてください")
        .unstated(),
    rule("debt-burden-unstated", Note, &["P18"], Common)
        .looks("the approval to pay in later fiscal years (債務負担行為)", "翌年度以降の支払の根拠（債務負担行為）")
        .mend(
            "`stated(\"debt_burden\", #{ amount: yen(…), on: \"2024-03-20\", to: \"2027-05-31\" })`",
            "`stated(\"debt_burden\", #{ amount: yen(…), on: \"2024-03-20\", to: \"2027-05-31\" })`",
        )
        .unstated(),
    rule("external-factors-unstated", Note, &["P22"], Common)
        .looks("what follows from events that nobody caused: renegotiation, a comparison group, or nothing", "外的要因が生じたときの扱い（再協議・比較群による調整・変更なし）")
        .mend("`stated(\"external_factors\", #{ clause: \"第8条\" })`", "`stated(\"external_factors\", #{ clause: \"第8条\" })`")
        .unstated(),
    rule("early-end-unstated", Note, &["P24"], Source(MISSED))
        .looks("what is owed when the contract ends early", "途中で終了したときの支払")
        .mend(
            "`early_end(#{ fixed: \"pro_rata\", linked: \"as_measured\", notice: \"…\" })`",
            "`early_end(#{ fixed: \"pro_rata\", linked: \"as_measured\", notice: \"…\" })`",
        )
        .unstated(),
    rule("dispute-unstated", Note, &["P25"], Common)
        .looks("how a dispute over a result is settled", "結果に争いがあるときの手続")
        .mend("`stated(\"dispute\", #{ clause: \"第9条\" })`", "`stated(\"dispute\", #{ clause: \"第9条\" })`")
        .unstated(),
    rule("publication-unstated", Note, &["P26"], Source(MISSED))
        .looks("that results are published, missed targets among them", "結果の公表（目標に届かなかった場合も）")
        .mend("`stated(\"publication\", #{ clause: \"第10条\" })`", "`stated(\"publication\", #{ clause: \"第10条\" })`")
        .unstated(),
    rule("personal-data-unstated", Note, &["P32"], Common)
        .looks("on which basis personal data are handled, and by whom", "個人情報を扱う根拠と担当")
        .mend(
            "`stated(\"personal_data\", #{ clause: \"第11条\" })`; or say what the rows are: `rows(#{ kind: \"anonymised\" })`",
            "`stated(\"personal_data\", #{ clause: \"第11条\" })`。個人データでなければ `rows(#{ kind: \"anonymised\" })` と書いてください",
        )
        .unstated(),
    rule("payment-due-unstated", Note, &["P30"], Common)
        .looks("by when a payment is due", "支払期限")
        .mend("`payment_due(#{ days: 30, after: \"invoice\" })`", "`payment_due(#{ days: 30, after: \"invoice\" })`")
        .unstated(),
];
