//! What payments do: how they move with outcomes, which limits they meet, when they are made.

use super::Basis::{Common, Meaning, Source};
use super::{Rule, rule};
use crate::problem::Severity::{Error, Note, Warning};

const KOBE: &str = "https://project.nikkeibp.co.jp/atclppp/PPP/news/102800931/";
const MIMA: &str = "https://www.vortis.jp/news/10578";
const GRANT: &str = "https://project.nikkeibp.co.jp/atclppp/PPP/news/040901950/";
const DEFINITION: &str = "https://www8.cao.go.jp/pfs/pfstoha.html";
const TAX_RISE: &str = "https://hoti-ak.hatenadiary.org/entry/20171110/1510317587";

pub(super) const RULES: &[Rule] = &[
    rule("example-fails", Error, &[], Meaning)
        .looks("a worked example that the payment rules do not pay", "支払条件どおりに計算すると金額が合わない計算例")
        .mend(
            "correct the example or the payment rule, whichever the parties did not mean",
            "計算例か支払条件の、意図と違う方を直してください",
        )
        .never_accepted(),
    rule("example-incomplete", Error, &[], Meaning)
        .looks("a worked example that leaves out an outcome that is paid on", "支払に使う成果の値が欠けた計算例")
        .mend("add the value that is assumed", "仮定する値を加えてください")
        .never_accepted(),
    rule("not-outcome-based", Error, &["P1"], Source(DEFINITION))
        .looks("no payment that can change with an outcome", "成果によって変わる支払が一つもない")
        .mend(
            "let at least one payment read an indicator: `pay(\"…\", |e| tiers(e[x], […]))`",
            "少なくとも一つの支払項目で指標を読んでください: `pay(\"…\", |e| tiers(e[x], […]))`",
        )
        .never_accepted(),
    rule("indicator-pays-nothing", Warning, &["P1"], Source(DEFINITION))
        .looks("an indicator that no payment looks at", "どの支払にも使われない指標")
        .mend(
            "read it in a payment, `e[…]`; if it is only reported, accept this",
            "支払項目で `e[…]` と読んでください。報告するだけの指標なら容認してください",
        ),
    rule("payment-falls", Error, &["P10"], Common)
        .looks(
            "a payment that falls while its outcome improves; a warning where the outcome is weighed against another",
            "成果が改善すると減る支払（他の成果と比べる場合は警告）",
        )
        .mend("correct the amounts, or the direction: `better`", "金額か、望ましい方向 `better` を直してください"),
    rule("gap", Error, &["P11"], Common)
        .looks(
            "outcomes between two that are paid for, for which nothing is paid",
            "支払のある値と値の間に、支払のない値がある",
        )
        .mend(
            "let one range begin where the other ends; `bands(…)` checks it",
            "一方の区間の終わりから他方を始めてください。`bands(…)` なら検査されます",
        ),
    rule("overlap", Error, &["P11"], Common)
        .looks(
            "outcomes for which two lines pay that otherwise follow one another",
            "前後で一つずつ支払う二つの項目が、重ねて支払う値がある",
        )
        .mend(
            "let one range begin where the other ends; `bands(…)` checks it",
            "一方の区間の終わりから他方を始めてください。`bands(…)` なら検査されます",
        ),
    rule("large-cliff", Warning, &["P12"], Common)
        .looks(
            "one value of an outcome that decides more than half of the cap",
            "一つのしきい値で支払上限額の半分を超える額が決まる",
        )
        .mend(
            "near such a threshold chance and pressure on the measurement decide; spread the amount over steps or a line",
            "しきい値の近くでは偶然や測定への圧力が支払を左右します。段階や直線に分けることを検討してください",
        ),
    rule("cliff", Note, &["P12"], Common)
        .looks(
            "one value of an outcome that decides more than half of a line's most",
            "一つのしきい値で項目の最大額の半分を超える額が決まる",
        )
        .mend(
            "this is the nature of a step; smaller steps or a line leave less to chance",
            "段階払いの性質です。段を細かくするか直線にすると偶然の影響が小さくなります",
        ),
    rule("one-person-decides", Note, &["P12", "P27"], Common)
        .looks(
            "a step at which one more person is worth more than ten times a person's even part of the most",
            "しきい値で、あと一人の成否が最大額の一人あたりの額の十倍を超える額を決める",
        )
        .mend(
            "whoever is close to the threshold will be sought out; smaller steps, a line, or a second look at such people",
            "しきい値に近い人だけが選ばれやすくなります。段を細かくする、直線にする、判定を別の者が確かめるなどを検討してください",
        ),
    rule("reading-coarse", Note, &["P29"], Common)
        .looks(
            "an outcome read so coarsely that its last digit moves more than 5% of a line's most",
            "読み取りの最後の一桁で項目の最大額の5%を超えて動く指標",
        )
        .mend("read it to one more decimal: `digits`", "読み取りの桁を一つ増やしてください: `digits`"),
    rule("paid-at-no-effect", Warning, &["P9"], Common)
        .looks(
            "what is paid for outcomes if the programme changes nothing; a note up to 10% of the cap",
            "事業に効果がなくても成果に応じて支払う額（支払上限額の10%以下なら参考）",
        )
        .mend(
            "begin paying beyond what would be measured anyway, or measure against a comparison group",
            "事業がなくても測定される値を超えたところから支払うか、比較群との差を測ってください",
        ),
    rule("denominator-shrinks", Note, &["P20", "P21"], Source(KOBE))
        .looks(
            "a share that leaves out people without a value, so that it rises when those who fail are not measured",
            "値のない人を除く割合（うまくいかない人を測らないと上がる）",
        )
        .mend(
            "count them as not achieved, `missing: \"as_no\"`; `settle` shows both readings",
            "未達成として数えるなら `missing: \"as_no\"`。`settle` は両方の読み方を示します",
        ),
    rule("carry-over-unstated", Note, &["P23"], Source(MIMA))
        .looks(
            "dates that are judged one by one without saying so, where the same average pays differently",
            "同じ平均でも年ごとの達成次第で支払額が変わるのに、単年度判定か通算かが書かれていない",
        )
        .mend(
            "state it in the line: `basis: \"each\"`, or \"cumulative\" with a rule on all dates so far",
            "支払項目に書いてください: `basis: \"each\"`（年ごと）、または通算の定めとして \"cumulative\"",
        ),
    rule("never-reached", Warning, &["P9"], Common)
        .looks("a condition or an upper end that no outcome can meet", "どの成果でも満たされない条件や届かない上端")
        .mend(
            "the outcome cannot take such values; check the threshold, or the range declared for its columns",
            "成果はそのような値をとりません。しきい値か、列に宣言した範囲を確かめてください",
        ),
    rule("target-beyond-history", Note, &["P9"], Common)
        .looks(
            "full payment that needs a value more than three standard deviations from those of earlier years",
            "過去の実績から標準偏差の3倍を超えて離れた値でないと満額にならない",
        )
        .mend(
            "check that the target can be met; a target that nobody meets reads as a failed programme",
            "達成できる目標か確かめてください。届かない目標は事業の失敗と受け取られがちです",
        ),
    rule("gate-always-open", Warning, &["P10"], Meaning)
        .looks("a gate that every outcome opens", "どの成果でも満たされる支払条件")
        .mend("correct its threshold, or leave the gate out", "しきい値を直すか、条件を外してください"),
    rule("always-paid", Note, &["P13"], Common)
        .looks("a line that looks at outcomes but pays something whatever they are", "成果を見るのに、成果にかかわらず支払う額がある項目")
        .mend(
            "if that part is meant to be fixed, a fixed line of its own says so",
            "固定の支払とする趣旨なら、別の固定の支払項目にすると明確です",
        ),
    rule("negative-payment", Warning, &["P10"], Common)
        .looks("a payment line that can come to less than nothing", "マイナスになりうる支払項目")
        .mend(
            "limit it with `max(…, yen(0))`; what is deducted is a `malus`, what is paid back a line `by` the provider",
            "`max(…, yen(0))` で下限を付けてください。減額は `malus`、返還は受託者からの支払（`by`）として書きます",
        ),
    rule("mostly-fixed", Note, &["P13"], Common)
        .looks("more than 93% of the most that is fixed", "最大額の93%を超える部分が固定")
        .mend(
            "let more of the payment depend on outcomes, or say why not",
            "成果に連動する部分を増やすか、そうしない理由を書いてください",
        ),
    rule("amounts-small", Warning, &["P10"], Common)
        .looks(
            "less than 100,000 yen in all: amounts in 万円 where the language counts yen",
            "全体でも10万円に満たない支払。円で書く金額を万円で書いた疑い",
        )
        .mend(
            "write amounts in yen: 2,000,000 yen is yen(2_000_000)",
            "金額は円で書いてください。200万円は yen(2_000_000) です",
        ),
    rule("maxima-exceed-cap", Note, &["P10"], Common)
        .looks("lines that can add up to more than the cap", "合計が支払上限額を超えうる支払項目")
        .mend(
            "the best outcomes are then not paid in full; lower the lines' amounts or raise the cap, unless that is meant",
            "最良の成果でも満額は支払われません。意図したものでなければ、各項目の額か上限額を見直してください",
        ),
    rule("cap-never-binds", Note, &["P10"], Common)
        .looks("a limit above all that can come up against it", "対象の支払が届くことのない上限")
        .mend(
            "check whether the limit, or an amount it limits, is the one agreed",
            "上限額、またはその対象の金額が合意どおりか確かめてください",
        ),
    rule("minimum-above-cap", Error, &["P10"], Meaning)
        .looks("a minimum that the cap would not let be paid", "支払上限額を超える最低支払額")
        .mend("lower the minimum or raise the cap", "最低支払額を下げるか、上限額を上げてください")
        .never_accepted(),
    rule("cap-above-benefit", Warning, &["P2", "P34"], Source(GRANT))
        .looks(
            "a cap above the benefit, or the payer's part of it, that it was set by",
            "根拠とした便益（または支払者の取り分）を超える支払上限額",
        )
        .mend(
            "lower the cap, or let those who save pay with it: `by: [[city, …], [state, …]]`",
            "上限額を下げるか、費用が減る他の主体にも分担してもらってください: `by: [[city, …], [state, …]]`",
        ),
    rule("debt-burden-below-cap", Warning, &["P18"], Common)
        .looks("an approval of less than the most that can be paid", "支払いうる最大額に足りない債務負担行為の額")
        .mend(
            "an approval commonly covers the cap, not the expected payment",
            "債務負担行為は、見込額でなく支払上限額まで設定するのが一般的です",
        ),
    rule("debt-burden-late", Warning, &["P18"], Common)
        .looks("an approval after the contract's first day", "契約開始後の債務負担行為")
        .mend("it is commonly needed before the contract is made", "契約の締結前に必要とされるのが一般的です"),
    rule("debt-burden-short", Warning, &["P17", "P18"], Common)
        .looks("payments after the last day that the approval covers", "債務負担行為の期間より後の支払")
        .mend("extend the approval, or pay earlier", "期間を延ばすか、支払を早めてください"),
    rule("tax-rise-exceeds-approval", Note, &["P19"], Source(TAX_RISE))
        .looks(
            "an approval that a tax rate two points higher would exceed",
            "消費税率が2ポイント上がると債務負担行為の額を超える",
        )
        .mend(
            "a higher contract amount may need a new approval; leave room, or say who bears the rise",
            "契約額が増えると改めて議決が必要になることがあります。余裕を見込むか、増税分の負担者を定めてください",
        ),
    rule("rounding-below-yen", Warning, &["P29"], Common)
        .looks("yen amounts that are not rounded to whole yen", "円未満が残る端数処理")
        .mend("round to whole yen: `rounding: down(1)`", "円未満を処理してください: `rounding: down(1)`"),
    rule("rounding-not-down", Note, &["P29"], Common)
        .looks("fractions of a yen that are not dropped", "円未満を切り捨てない端数処理")
        .mend(
            "fractions of a yen are commonly dropped: `rounding: down(1)`",
            "円未満は切り捨てが一般的です: `rounding: down(1)`",
        ),
    rule("cap-before-tax", Note, &["P31"], Common)
        .looks("a cap to which tax is added", "税抜の支払上限額")
        .mend(
            "budgets and approvals commonly include tax; make sure that all mean the same amount",
            "予算や債務負担行為は税込が一般的です。同じ額を指しているか確かめてください",
        ),
    rule("evaluation-after-end", Warning, &["P17"], Common)
        .looks("an evaluation after the contract's last day", "契約の終了日より後の評価")
        .mend(
            "let the contract run until the last payment, or state in it what obliges the parties after its end",
            "最後の支払日まで契約期間に含めるか、終了後の義務を契約に定めてください",
        ),
    rule("evaluation-before-start", Warning, &["P17"], Meaning)
        .looks("an evaluation before the contract's first day", "契約の開始日より前の評価")
        .mend("correct one of the dates", "どちらかの日付を直してください"),
    rule("paid-after-end", Warning, &["P17"], Common)
        .looks(
            "a payment after the contract's last fiscal year; a note until the end of the following May",
            "契約の最終年度より後の支払（翌年5月末までなら参考）",
        )
        .mend(
            "the obligation (債務負担行為) is commonly required to cover the year of payment: extend it, or pay earlier",
            "支払の年度まで債務負担行為を設定するのが一般的です。期間を延ばすか、支払を早めてください",
        ),
    rule("paid-after-due", Warning, &["P30"], Common)
        .looks("a payment date after the day on which the payment is due", "支払期限より後の支払日")
        .mend("bring the two together", "支払日か支払期限を直してください"),
    rule("due-late", Note, &["P30"], Common)
        .looks("a payment due more than 40 days after the invoice", "請求から40日を超える支払期限")
        .mend("30 days, or 40, are common", "30日または40日が一般的です"),
    rule("data-after-payment", Warning, &["P6"], Common)
        .looks("data that can be had only after the payment", "支払日までに入手できないデータ")
        .mend(
            "pay later, evaluate earlier, or use data that are there sooner",
            "支払を遅らせるか、評価を早めるか、早く入手できるデータを使ってください",
        ),
    rule("regression-to-the-mean", Warning, &["P15"], Common)
        .looks(
            "people chosen by the value from which their change is counted; a note where groups are compared",
            "変化の起点となる値で対象者を選んでいる（比較群があれば参考）",
        )
        .mend(
            "model it in the scenario as `drift`, or measure against a comparison group with `difference`",
            "シナリオの `drift` で見込むか、`difference` で比較群との差を測ってください",
        ),
    rule("method-contradicts", Warning, &["P15"], Meaning)
        .looks("a method that needs a comparison group, of an indicator that has none", "比較群のない指標に、比較群を要する評価方法が書かれている")
        .mend(
            "use an indicator of two groups, such as `difference`, or correct the method",
            "`difference` のような二群の指標にするか、評価方法の記載を直してください",
        ),
    rule("baseline-source-differs", Warning, &["P8"], Common)
        .looks(
            "a baseline from other data than those that settle, but for the year",
            "精算に使うデータと（年次のほかに）出所の違う基準値",
        )
        .mend(
            "take both from the same data by the same definition, or say how they are made comparable",
            "同じデータ・同じ定義から取るか、比較できるようにする方法を書いてください",
        ),
    rule("self-evaluation", Warning, &["P16"], Common)
        .looks("a provider that measures its own outcomes", "受託者が自らの成果を評価している")
        .mend(
            "let somebody else measure, or accept this with why not and how the figures are verified",
            "別の者が評価するか、兼ねる理由と検証の方法を書いて容認してください",
        ),
    rule("self-report-unverified", Warning, &["P27"], Source("https://project.nikkeibp.co.jp/behealth/atcl/feature/00004/093000079/?P=3"))
        .looks("payment on what people say of themselves, without a way to verify it", "検証の方法がない自己申告に基づく支払")
        .mend(
            "say how it is verified: `verified: \"…\"`, such as a test kit or a record",
            "検査キットや記録など、検証の方法を書いてください: `verified: \"…\"`",
        ),
    rule("loss-order-unstated", Warning, &["P28"], Common)
        .looks("several investments of which one does not state its rank", "順位の定めのない投資（複数のとき）")
        .mend(
            "state who is repaid first and who bears the first loss: `rank: 1`, `rank: 2`",
            "誰が先に返済を受け、誰が先に損失を負うかを定めてください: `rank: 1`、`rank: 2`",
        ),
    rule("costs-before-money", Warning, &["P28"], Meaning)
        .looks("costs that come before the money to pay them", "資金の拠出より先に生じる費用")
        .mend(
            "draw down earlier or more, keep receipts for costs with `account(#{ recycle: true })`, or let another party bear them",
            "拠出を早めるか増やす、`account(#{ recycle: true })` で受取を費用に充てる、または負担者を変えてください",
        ),
    rule("never-repaid", Warning, &["P28"], Meaning)
        .looks(
            "an investment that the most the account can receive does not repay",
            "口座が受け取る額が最大でも返済されない投資",
        )
        .mend(
            "raise what outcomes can pay to the account, put up less, or state a `guarantee`",
            "口座に入る成果に応じた支払を増やす、拠出を減らす、または `guarantee` を定めてください",
        ),
    rule("paid-past-account", Warning, &["P28"], Meaning)
        .looks(
            "with investments, a payment to an intermediary that does not hold the account",
            "投資があるのに、口座の管理者でない中間支援組織への支払",
        )
        .mend(
            "let it hold the account, `account(#{ holder: … })`, or pay the provider or the holder: `to`",
            "`account(#{ holder: … })` で口座の管理者とするか、支払先 `to` を受託者か口座の管理者にしてください",
        ),
    rule("acceptance-stale", Warning, &[], Meaning)
        .looks("an accepted finding that is not found", "容認の対象となる指摘が見つからない")
        .mend("remove it, or correct what it is `of`", "削除するか、対象（`of`）を直してください")
        .never_accepted(),
];
