//! Whole term sheets and single payments, compared word for word.

use crate::contract::Contract;
use crate::problem::{Language, Source};

const SMALL: &str = include_str!("golden/small.rhai");

/// Indicators and dates for single payments.
const BASE: &str = r#"contract("rules", #{
    from: "2024-04-01", to: "2026-03-31", tax: added(percent(10)), rounding: half_up(1000),
});
party("city", #{ role: "payer", name: #{ ja: "市", en: "City" } });
party("vendor", #{ role: "provider", name: #{ ja: "事業者", en: "Vendor" } });
evaluations([#{ at: "2025-01-31", paid: "2025-03-31" }, #{ at: "2026-01-31", paid: "2026-03-31" }]);
let fall = mean_change("fall", #{ title: #{ ja: "低下", en: "Fall" }, unit: "mmHg", digits: 1 });
let part = share("part", #{ title: #{ ja: "参加率", en: "Participation" }, digits: 3, at_least: 20 });
let heads = count("heads", #{ title: #{ ja: "人数", en: "Users" } });
"#;

fn parse(script: &str) -> Contract {
    Contract::parse(Source::new("test.rhai", script), &Default::default())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// What the sheet says of the first payment, in both languages.
fn payment(line: &str) -> [String; 2] {
    let contract = parse(&format!("{BASE}{line}\n"));
    [Language::En, Language::Ja].map(|language| {
        let sheet = contract.term_sheet(language);
        let after = sheet.split("\n### 1. ").nth(1).unwrap_or_default();
        let item = after.split("\n## ").next().unwrap_or_default();
        // The title and who pays whom are the same in every test.
        item.split("\n\n").skip(2).collect::<Vec<_>>().join("\n\n").trim_end().to_owned()
    })
}

fn assert_payment(line: &str, en: &str, ja: &str) {
    let [said_en, said_ja] = payment(line);
    assert_eq!(said_en, en);
    assert_eq!(said_ja, ja);
}

const NOBODY: [&str; 2] = [
    "\n\nIf nobody was measured for \"Fall\", this item is 0 yen.",
    "\n\n「低下」を測定できた人がいないとき、この項目は0円とする。",
];
const FEW: [&str; 2] = [
    "\n\nIf fewer than 20 people were measured for \"Participation\", this item is 0 yen.",
    "\n\n「参加率」の測定人数が20人に満たないとき、この項目は0円とする。",
];

#[test]
fn the_whole_sheet_of_a_small_contract() {
    let contract = parse(SMALL);
    assert_eq!(contract.term_sheet(Language::En), include_str!("golden/small.en.md"));
    assert_eq!(contract.term_sheet(Language::Ja), include_str!("golden/small.ja.md"));
}

#[test]
fn a_japanese_sheet_holds_no_english_sentence() {
    let sheet = parse(SMALL).term_sheet(Language::Ja);
    for line in sheet.lines() {
        let words = line.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 3);
        let known = [
            "participant",
            "before",
            "after",
            "enrolled",
            "mmHg",
            "small",
            "base",
            "fall",
            "pressure",
            "middle",
        ];
        let strange: Vec<&str> = words.filter(|word| !known.contains(word)).collect();
        assert!(strange.is_empty(), "{line}: {strange:?}");
    }
}

#[test]
fn the_example_contract_has_a_sheet() {
    let script = include_str!("../../../../scripts/contracts/tama-hypertension.rhai");
    let contract = parse(script);
    for language in [Language::En, Language::Ja] {
        let sheet = contract.term_sheet(language);
        assert!(!sheet.contains('…'), "{sheet}");
        let title = contract.title.within(language);
        assert!(sheet.contains(title), "{sheet}");
    }
}

/// The results of the checklist's rows, as the term sheet of a script states them.
fn results(script: &str, rows: &[&str]) -> Vec<String> {
    let sheet = parse(script).term_sheet(Language::En);
    let result = |row: &&str| {
        let line = sheet.lines().find(|line| line.starts_with(&format!("| {row} |"))).unwrap();
        line.split(" | ").nth(2).unwrap().to_owned()
    };
    rows.iter().map(result).collect()
}

#[test]
fn the_checklist_tells_what_is_stated_found_accepted_and_for_people() {
    // No evaluator, no word on an early end, no investor; grants and talks are for people.
    assert_eq!(
        results(SMALL, &["P3", "P16", "P24", "P28", "P33"]),
        ["for people", "not stated", "not stated", "does not apply", "for people"]
    );
    // With somebody who evaluates, the row is answered.
    let own = SMALL.replace(
        "evaluations(",
        "party(\"own\", #{ role: \"evaluator\", name: \"Vendor's own office\" });\nevaluations(",
    );
    assert_eq!(results(&own, &["P16"]), ["nothing found"]);
    // A limit that never binds is told as a note, and its row is passed all the same.
    assert_eq!(results(SMALL, &["P10"]), ["nothing found, note (1)"]);
    let accepted = format!("{SMALL}\naccept(\"cap-never-binds\", \"a reserve\");");
    assert_eq!(results(&accepted, &["P10"]), ["accepted (1)"]);
}

#[test]
fn a_fixed_amount() {
    assert_payment(
        "pay(\"x\", |e| yen(3_000_000));",
        "A fixed 3,000,000 yen.",
        "定額3,000,000円。",
    );
}

#[test]
fn steps_are_a_table_with_stated_inclusivity() {
    assert_payment(
        "pay(\"x\", |e| tiers(e[fall], [[3, yen(1_000_000)], [5, yen(2_000_000)]], #{ boundary: \"above\" }));",
        &("By \"Fall\":\n\n| Fall | Amount |\n| --- | ---: |\n| at most 3 mmHg | 0 yen |\n\
           | above 3 mmHg, at most 5 mmHg | 1,000,000 yen |\n| above 5 mmHg | 2,000,000 yen |"
            .to_owned()
            + NOBODY[0]),
        &("「低下」により：\n\n| 低下 | 金額 |\n| --- | ---: |\n| 3 mmHg以下 | 0円 |\n\
           | 3 mmHg超5 mmHg以下 | 1,000,000円 |\n| 5 mmHg超 | 2,000,000円 |"
            .to_owned()
            + NOBODY[1]),
    );
}

#[test]
fn bands_and_plain_ifs_are_the_same_table() {
    let bands = payment(
        "pay(\"x\", |e| bands(e[part], [#{ below: 0.2, pay: yen(0) }, #{ from: 0.2, below: 0.5, pay: yen(1_000) }, #{ from: 0.5, pay: yen(2_000) }]));",
    );
    let ifs = payment(
        "pay(\"x\", |e| if e[part] < 0.2 { yen(0) } else if e[part] < 0.5 { yen(1_000) } else { yen(2_000) });",
    );
    assert_eq!(bands, ifs);
    assert_eq!(
        bands[0],
        "By \"Participation\":\n\n| Participation | Amount |\n| --- | ---: |\n| below 20% | 0 yen |\n\
         | 20% or more, below 50% | 1,000 yen |\n| 50% or more | 2,000 yen |"
            .to_owned()
            + FEW[0]
    );
}

#[test]
fn one_value_alone_is_told_exactly() {
    let [en, ja] = payment("pay(\"x\", |e| if e[heads] == 7 { yen(77_000) } else { yen(0) });");
    assert!(en.contains("| below 7 people | 0 yen |\n| exactly 7 people | 77,000 yen |\n| above 7 people | 0 yen |"), "{en}");
    assert!(ja.contains("| 7人未満 | 0円 |\n| ちょうど7人 | 77,000円 |\n| 7人超 | 0円 |"), "{ja}");
}

#[test]
fn a_straight_line_between_bounds() {
    assert_payment(
        "pay(\"x\", |e| linear(e[part], [0.3, yen(0)], [0.5, yen(3_000_000)]));",
        &("By \"Participation\": 0 yen at 30% or below, 3,000,000 yen at 50% or above, a straight line between.".to_owned() + FEW[0]),
        &("「参加率」により、30%以下で0円、50%以上で3,000,000円とし、その間は直線で結ぶ。".to_owned() + FEW[1]),
    );
}

#[test]
fn a_line_with_a_jump_is_a_table_with_a_line_in_it() {
    assert_payment(
        "pay(\"x\", |e| linear(e[part], [0.3, yen(0)], [0.5, yen(3_000_000)], #{ jump: yen(1_000_000) }));",
        &("By \"Participation\":\n\n| Participation | Amount |\n| --- | ---: |\n| below 30% | 0 yen |\n\
           | 30% or more, at most 50% | straight line from 1,000,000 yen (at 30%) to 3,000,000 yen (at 50%) |\n\
           | above 50% | 3,000,000 yen |".to_owned() + FEW[0]),
        &("「参加率」により：\n\n| 参加率 | 金額 |\n| --- | ---: |\n| 30%未満 | 0円 |\n\
           | 30%以上50%以下 | 1,000,000円（30%）から3,000,000円（50%）までの直線 |\n\
           | 50%超 | 3,000,000円 |".to_owned() + FEW[1]),
    );
}

#[test]
fn pro_rata_is_in_proportion() {
    assert_payment(
        "pay(\"x\", |e| pro_rata(e[part], 0.8, yen(4_000_000)));",
        &("In proportion to \"Participation\", up to 4,000,000 yen at 80%; no more above."
            .to_owned()
            + FEW[0]),
        &("「参加率」に比例し、80%で満額4,000,000円。それを超えても増えない。".to_owned() + FEW[1]),
    );
    // Where the outcome may be negative, nothing is paid below zero.
    assert!(
        payment("pay(\"x\", |e| pro_rata(e[fall], 5, yen(4_000_000)));")[0].starts_with(
            "In proportion to \"Fall\", up to 4,000,000 yen at 5 mmHg; no more above."
        )
    );
}

#[test]
fn a_price_per_head_is_a_product() {
    let [en, ja] = payment(
        "pay(\"x\", |e| per_head(e[heads], yen(10_000)), #{ cap: yen(5_000_000), cap_each: yen(3_000_000), clause: \"第5条\" });",
    );
    assert_eq!(
        en,
        "10,000 yen × \"Users\".\n\n- At most per evaluation: 3,000,000 yen\n\
         - At most over the contract: 5,000,000 yen\n- Clause: 第5条\n\n\
         If nobody was measured for \"Users\", this item is 0 yen."
    );
    assert_eq!(
        ja,
        "10,000円 × 「人数」。\n\n- 評価ごとの上限：3,000,000円\n- 契約全体での上限：5,000,000円\n\
         - 条項：第5条\n\n「人数」を測定できた人がいないとき、この項目は0円とする。"
    );
}

#[test]
fn all_or_nothing_on_two_outcomes_is_one_condition() {
    let [en, ja] =
        payment("pay(\"x\", |e| all_or_nothing(e[part] >= 0.8 && e[fall] > 2, yen(500_000)));");
    assert!(en.starts_with("By condition:\n\n- If \"Participation\" is at least 80% and \"Fall\" is above 2 mmHg: 500,000 yen.\n- Otherwise: 0 yen."), "{en}");
    assert!(ja.starts_with("条件により：\n\n- 「参加率」が80%以上かつ「低下」が2 mmHgを超えるなら：500,000円。\n- それ以外：0円。"), "{ja}");
}

#[test]
fn a_gate_a_sum_and_a_limit_are_told_apart() {
    let [en, ja] = payment(
        "pay(\"x\", |e| min(per_head(e[heads], yen(5_000)), yen(1_000_000)) + tiers(e[fall], [[3, yen(1_000)]]), #{ gate: |e| e[part] >= 0.4 });",
    );
    assert!(
        en.starts_with(
            "Only if \"Participation\" is at least 40%; otherwise 0 yen.\n\nThe sum of:\n\n\
        - In proportion to \"Users\", up to 1,000,000 yen at 200 people; no more above.\n\
        - By \"Fall\":\n  - below 3 mmHg: 0 yen\n  - 3 mmHg or more: 1,000 yen\n\n"
        ),
        "{en}"
    );
    assert!(ja.starts_with("次の条件を満たすときだけ支払い、満たさないときは0円とする：「参加率」が40%以上。\n\n次の合計：\n\n\
        - 「人数」に比例し、200人で満額1,000,000円。それを超えても増えない。\n\
        - 「低下」により：\n  - 3 mmHg未満：0円\n  - 3 mmHg以上：1,000円\n\n"), "{ja}");
}

#[test]
fn amounts_added_one_by_one_stay_a_sum() {
    let [en, ja] = payment(
        "pay(\"x\", |e| { let total = yen(100); for x in [part, heads] { if e[x] >= 0.5 { total += yen(1_000); } } if e[fall] > 3 { total += yen(20); } total });",
    );
    assert!(
        en.starts_with(
            "The sum of:\n\n- 1,000 yen if \"Participation\" is at least 50%.\n\
             - 1,000 yen if \"Users\" is at least 0.5 people.\n\
             - 20 yen if \"Fall\" is above 3 mmHg.\n- 100 yen.\n\n"
        ),
        "{en}"
    );
    assert!(
        ja.starts_with(
            "次の合計：\n\n- 「参加率」が50%以上なら1,000円。\n- 「人数」が0.5人以上なら1,000円。\n\
             - 「低下」が3 mmHgを超えるなら20円。\n- 100円。\n\n"
        ),
        "{ja}"
    );
}

#[test]
fn evaluations_with_rules_of_their_own_are_told_apart() {
    let [en, _] = payment(
        "pay(\"x\", |e| if e.first { yen(1_000) } else { per_head(e[heads] - e.at(\"2025-01-31\")[heads], yen(500)) });",
    );
    assert!(en.starts_with("At 2025-01-31:\n\nA fixed 1,000 yen.\n\nAt 2026-01-31:\n\n500 yen × (\"Users\" − \"Users\" (2025-01-31))."), "{en}");
}

#[test]
fn an_offset_is_taken_off() {
    let contract = parse(&format!(
        "{BASE}pay(\"x\", |e| yen(1_000));\noffset(\"late\", |e| if e[fall] < 1 {{ yen(200) }} else {{ yen(0) }});\n"
    ));
    let sheet = contract.term_sheet(Language::En);
    assert!(sheet.contains("## What is deducted\n\n### 1. late\n\nTaken off what City pays Vendor, at every evaluation."), "{sheet}");
    assert!(
        sheet.contains("Tax is computed once on the sum of the evaluation and added."),
        "{sheet}"
    );
    assert!(
        sheet.contains("each payment to multiples of 1,000 yen, rounded to the nearer"),
        "{sheet}"
    );
}
