//! Two contracts side by side: differences worked out by hand, published amounts under other
//! terms, and what must hold of any two.

use engine::analyse::compare::{Compared, How, Origin, Past, PastRequest, Priced, Versions};
use engine::contract::explain::ClauseKind;
use engine::contract::{Contract, Overrides};
use engine::problem::{Language, Source};
use engine::scenario::Scenario;
use engine::simulate::Settings;
use rust_decimal::Decimal;
use seika_tests::{Memory, Repository, Unwatched};

const TAMA: &str = "scripts/contracts/tama-hypertension.rhai";
const SCENARIO: &str = "scenarios/tama-hypertension.toml";

/// A shipped contract with some of its text replaced; each replacement must find its place.
fn edited(path: &str, replaced: &[(&str, &str)]) -> Contract {
    let mut text = std::fs::read_to_string(Repository::top().join(path)).unwrap();
    for (old, new) in replaced {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    Contract::parse(Source::new(path, text), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn versions(path: &str, replaced: &[(&str, &str)]) -> Versions {
    Versions::of(edited(path, &[]), edited(path, replaced)).unwrap()
}

fn priced(versions: &Versions, threads: usize) -> Priced {
    let settings = Settings { paths: Some(4_000), threads: Some(threads), ..Settings::default() };
    versions.priced_under((&Repository, SCENARIO), &settings, &Unwatched).unwrap()
}

fn named<'c>(all: &'c [Compared], name: &str) -> &'c Compared {
    all.iter().find(|of| of.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn amount(past: &Past) -> [i64; 3] {
    let whole = |of: Decimal| i64::try_from(of).unwrap();
    let known = |of: &Result<Decimal, _>| whole(*of.as_ref().unwrap());
    [known(&past.a), known(&past.b), whole(past.difference().unwrap())]
}

const MIDDLE: (&str, &str) = (
    "[5.0 + falls_by_itself, price(yen(2_500_000),",
    "[5.5 + falls_by_itself, price(yen(2_000_000),",
);

#[test]
fn one_step_changed_is_one_clause_changed() {
    let versions = versions(TAMA, &[MIDDLE]);
    let changes = versions.changes();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    let change = &changes[0];
    assert_eq!((change.how, change.kind), (How::Changed, ClauseKind::Payment));
    let version = change.a.as_ref().unwrap();
    assert_eq!(version.clause.as_deref(), Some("第5条第2項"));
    assert!(version.place.as_ref().unwrap().line > 0);
    assert_eq!(change.terms.len(), 1);
    let said = |language: Language| {
        let term = &change.terms[0];
        [&term.before, &term.after].map(|words| {
            let words = words.as_ref().unwrap().within(language);
            words.lines().map(str::to_owned).collect::<Vec<_>>()
        })
    };
    let [before, after] = said(Language::En);
    let line = "- 5 mmHg or more, below 6.5 mmHg: 2,500,000 yen".to_owned();
    assert!(before.contains(&line), "{before:?}");
    let line = "- 5.5 mmHg or more, below 6.5 mmHg: 2,000,000 yen".to_owned();
    assert!(after.contains(&line), "{after:?}");
    let [_, after] = said(Language::Ja);
    assert!(after.contains(&"- 5.5 mmHg以上6.5 mmHg未満：2,000,000円".to_owned()), "{after:?}");
}

#[test]
fn the_examples_of_both_pay_what_the_changed_step_says() {
    let versions = versions(TAMA, &[MIDDLE]);
    let examples = versions.examples();
    // The scripts have the same examples: each is told once.
    assert_eq!(examples.len(), 8);
    for past in &examples {
        assert_eq!(past.origin, Origin::Example { of_a: true, of_b: true });
        let by_hand = match past.title.en.as_str() {
            // 5.2 mmHg: 2,500,000 for the second step, or 1,000,000 for the first.
            "2024: middle tier" => [7_150_000, 5_650_000, -1_500_000],
            "2024: nothing achieved" | "2024: just below the first step" => {
                [3_000_000, 3_000_000, 0]
            }
            "2024: on the first step" => [4_000_000, 4_000_000, 0],
            "2024: regression to the mean alone" => [7_000_000, 7_000_000, 0],
            "2024: 19 people measured" => [4_650_000, 4_650_000, 0],
            "2025: best year" => [9_500_000, 9_500_000, 0],
            "three best years" => [27_000_000, 27_000_000, 0],
            other => panic!("{other}"),
        };
        assert_eq!(amount(past), by_hand, "{}", past.title.en);
    }
}

#[test]
fn on_every_future_the_difference_is_that_of_the_step() {
    let versions = versions(TAMA, &[MIDDLE]);
    let priced = priced(&versions, 2);
    // By hand: 1.5 million less from 5.0 to below 5.5 mmHg, 0.5 million less from 5.5 to below 6.5,
    // the same elsewhere; no limit comes between, for 3 + 2.5 + 3 million lie below 9.5.
    let regions: Vec<_> =
        priced.regions.iter().filter(|of| of.indicator == "sbp_reduction").collect();
    assert_eq!(regions.len(), 3);
    for of in &regions {
        assert!(of.of_evaluation);
        assert!((of.told.value - 1.0).abs() < 1e-9, "{:?}", of.told);
        for region in &of.regions {
            let by_hand = match (region.from, region.below) {
                (Some(5.0), Some(5.5)) => -1_500_000.0,
                (Some(5.5), Some(6.5)) => -500_000.0,
                _ => 0.0,
            };
            let found = region.difference;
            assert_eq!((found.mean, found.min, found.max), (by_hand, by_hand, by_hand));
        }
    }
    // The three years' differences are the line's and the payment's.
    let total = named(&priced.figures, "payment").difference.unwrap();
    let line = named(&priced.lines, "blood_pressure").difference.unwrap();
    assert!((total.of.mean - line.of.mean).abs() < 1e-6);
    let years: f64 = priced.years.iter().map(|of| of.difference.unwrap().of.mean).sum();
    assert!((total.of.mean - years).abs() < 1e-6);
    assert!(total.of.mean < 0.0 && total.more.value == 0.0);
    assert_eq!(named(&priced.lines, "base").difference.unwrap().same.value, 1.0);
    assert_eq!(named(&priced.figures, "benefit").difference.unwrap().same.value, 1.0);
    // Of pairs the error is far below that of two runs.
    let apart = named(&priced.figures, "payment");
    assert!(total.of.se <= apart.a.unwrap().se * 1.5);
    let furthest = &priced.furthest[0];
    assert_eq!(priced.furthest.len(), 1, "B never pays more");
    assert_eq!(furthest.b - furthest.a, total.of.min);
}

#[test]
fn a_contract_beside_itself_differs_in_nothing() {
    for path in [
        TAMA,
        "scripts/contracts/kobe-kidney.rhai",
        "scripts/contracts/hachioji-colorectal.rhai",
        "scripts/contracts/nsw-employment.rhai",
        "scripts/contracts/care-prevention.rhai",
    ] {
        let versions = versions(path, &[]);
        assert_eq!(versions.changes(), [], "{path}");
        assert_eq!(versions.only_in_one(), [vec![], vec![]], "{path}");
        assert!(versions.measured_otherwise().is_empty(), "{path}");
        for past in versions.examples() {
            assert_eq!(past.difference(), Some(Decimal::ZERO), "{path}: {}", past.title.en);
        }
    }
    let priced = priced(&versions(TAMA, &[]), 2);
    let all = [&priced.figures, &priced.lines, &priced.evaluations, &priced.years];
    for of in all.into_iter().flatten() {
        let difference = of.difference.unwrap();
        assert_eq!(difference.same.value, 1.0, "{}", of.name);
        assert_eq!((difference.of.min, difference.of.max), (0.0, 0.0), "{}", of.name);
    }
    assert!(priced.regions.is_empty() && priced.furthest.is_empty());
}

#[test]
fn what_is_only_renamed_or_moved_is_no_change() {
    let renamed = versions(
        TAMA,
        &[
            ("\"sbp_reduction\"", "\"pressure\""),
            ("sbp_reduction:", "pressure:"),
            ("pay(\"blood_pressure\"", "pay(\"for_pressure\""),
            ("party(\"vendor\"", "party(\"maker\""),
            ("ja: \"収縮期血圧の低下\"", "ja: \"血圧の低下\""),
        ],
    );
    let changes = renamed.changes();
    assert!(changes.iter().all(|change| change.how == How::Renamed), "{changes:#?}");
    let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ClauseKind::Party, ClauseKind::Indicator, ClauseKind::Payment]);
    assert_eq!(renamed.only_in_one(), [vec![], vec![]]);
    let priced = priced(&renamed, 1);
    assert_eq!(named(&priced.figures, "payment").difference.unwrap().same.value, 1.0);
    assert_eq!(named(&priced.lines, "blood_pressure").difference.unwrap().same.value, 1.0);

    // The payments in another order, and a step table written as conditions.
    let text = std::fs::read_to_string(Repository::top().join(TAMA)).unwrap();
    let start = text.find("pay(\"base\"").unwrap();
    let next = text.find("pay(\"blood_pressure\"").unwrap();
    let last = text.find("cap_each(").unwrap();
    let moved = [&text[..start], &text[next..last], &text[start..next], &text[last..]].concat();
    let moved = moved.replace(
        "|e| tiers(e[sbp], pressure_steps)",
        "|e| { if e[sbp] >= 6.5 { yen(4_000_000) } else if e[sbp] >= 5 { yen(2_500_000) } \
         else if e[sbp] >= 3 { yen(1_000_000) } else { yen(0) } }",
    );
    let moved = Contract::parse(Source::new(TAMA, moved), &Overrides::new()).unwrap();
    let versions = Versions::of(edited(TAMA, &[]), moved).unwrap();
    assert_eq!(versions.changes(), []);
}

#[test]
fn turned_round_every_difference_turns_round() {
    let edits = [MIDDLE, ("cap_each(yen(9_500_000))", "cap_each(yen(9_000_000))")];
    let there = versions(TAMA, &edits);
    let back = Versions::of(edited(TAMA, &edits), edited(TAMA, &[])).unwrap();
    let (a, b) = (priced(&there, 1), priced(&back, 3));
    let both = |priced: &Priced| {
        let all = [&priced.figures, &priced.lines, &priced.evaluations, &priced.years];
        all.into_iter().flatten().cloned().collect::<Vec<Compared>>()
    };
    for (there, back) in both(&a).iter().zip(both(&b)) {
        assert_eq!(there.name, back.name);
        let (one, other) = (there.difference.unwrap(), back.difference.unwrap());
        assert!((one.of.mean + other.of.mean).abs() <= 1e-6, "{}", there.name);
        assert_eq!((one.of.min, one.of.max), (-other.of.max, -other.of.min), "{}", there.name);
        assert_eq!((one.more, one.less), (other.less, other.more), "{}", there.name);
        assert_eq!(one.same, other.same, "{}", there.name);
    }
    for (there, back) in there.examples().iter().zip(back.examples()) {
        assert_eq!(there.difference().unwrap(), -back.difference().unwrap());
    }
    let hows = |versions: &Versions| -> Vec<_> {
        versions.changes().iter().map(|change| (change.how, change.kind)).collect()
    };
    assert_eq!(hows(&there), hows(&back));
}

#[test]
fn hachioji_s_published_results_under_a_line_without_its_jump() {
    // Published: 26.8% screened and 82.1% worked up were paid 2.44 and 2.96 million. Without the
    // jump at 79%: 4,880,000 × (82.1 − 79) ÷ (87 − 79) = 1,891,000.
    let path = "scripts/contracts/hachioji-colorectal.rhai";
    let versions = versions(path, &[(", #{ jump: workup_jump })", ")")]);
    let dates: Vec<String> =
        versions.a.evaluations.iter().map(|evaluation| evaluation.at.to_string()).collect();
    let figures = format!(
        "indicator,at,value,n\nuptake,{},26.8%,12162\nworkup,{1},82.1%,3119\nearly_cancers,{1},0,3119\n",
        dates[0], dates[1],
    );
    let files = Memory::default().with("f.csv", &figures);
    let request = PastRequest { evidence: vec!["f.csv".into()], at: None };
    let settled = versions.on_evidence(&files, &request).unwrap();
    let paid: Vec<[i64; 3]> = settled.past.iter().map(amount).collect();
    assert_eq!(paid, [[2_441_000, 2_441_000, 0], [2_959_812, 1_891_000, 1_891_000 - 2_959_812]]);
    let changes = versions.changes();
    assert_eq!(changes.len(), 1, "{changes:#?}");
}

#[test]
fn kobe_s_published_results_under_a_lower_final_target() {
    // Published: 100% completed, 95% improved, 32.9% kept their kidneys: 26.20 and 3.23 million. With
    // the final target at 40%: 7,860,000 × 32.9 ÷ 40 = 6,464,850.
    let path = "scripts/contracts/kobe-kidney.rhai";
    let versions =
        versions(path, &[("let egfr_target = percent(80);", "let egfr_target = percent(40);")]);
    let dates: Vec<String> =
        versions.a.evaluations.iter().map(|evaluation| evaluation.at.to_string()).collect();
    let figures = format!(
        "indicator,at,value,n\ncompletion,{0},100%,105\nlifestyle,{0},95%,105\negfr,{1},0.329,105\n",
        dates[0], dates[1],
    );
    let files = Memory::default().with("f.csv", &figures);
    let request = PastRequest { evidence: vec!["f.csv".into()], at: None };
    let settled = versions.on_evidence(&files, &request).unwrap();
    let paid: Vec<[i64; 3]> = settled.past.iter().map(amount).collect();
    assert_eq!(paid, [[26_200_000, 26_200_000, 0], [3_232_425, 6_464_850, 3_232_425]]);
}

#[test]
fn yearly_and_cumulative_tests_part_where_one_year_makes_up_for_another() {
    // Two years of 100 people each, 10,000 yen a head up to the target; 90 reached in the first,
    // 110 in the second. Year by year: 900,000 + 1,000,000. To date, at most 100 a year:
    // 900,000, then 2,000,000 − 900,000.
    let contract = |basis: &str, rule: &str| {
        let text = format!(
            r#"contract("heads", #{{ from: "2024-04-01", to: "2026-03-31", tax: unstated(),
                rounding: down(1) }});
            party("city", #{{ role: "payer" }}); party("vendor", #{{ role: "provider" }});
            evaluations([#{{ at: "2025-03-31", paid: "2025-05-31" }},
                #{{ at: "2026-03-31", paid: "2026-05-31" }}]);
            let heads = count("heads", #{{ digits: 0 }});
            pay("heads", |e| {rule}, #{{ basis: "{basis}" }});"#
        );
        Contract::parse(Source::new(format!("{basis}.rhai"), text), &Overrides::new())
            .unwrap_or_else(|problems| panic!("{problems:#?}"))
    };
    let each = contract("each", "min(per_head(e[heads], yen(10_000)), yen(1_000_000))");
    let to_date = contract(
        "cumulative",
        "min(per_head(e.total(heads), yen(10_000)), yen(1_000_000) * e.number)",
    );
    let versions = Versions::of(each, to_date).unwrap();
    let files = Memory::default()
        .with("f.csv", "indicator,at,value,n\nheads,2025-03-31,90,100\nheads,2026-03-31,110,120\n");
    let request = PastRequest { evidence: vec!["f.csv".into()], at: None };
    let settled = versions.on_evidence(&files, &request).unwrap();
    let paid: Vec<[i64; 3]> = settled.past.iter().map(amount).collect();
    assert_eq!(paid, [[900_000, 900_000, 0], [1_000_000, 1_100_000, 100_000]]);
}

#[test]
fn another_precision_is_priced_on_the_same_random_numbers() {
    // Participation is active people ÷ 400, on steps of 0.0025: read to whole percents, half up, it
    // moves by at most 0.005, and 3,000,000 × 0.005 ÷ 0.2 = 75,000 yen a year, 225,000 in all.
    let versions = versions(
        TAMA,
        &[("better: \"higher\", read: half_up(3)", "better: \"higher\", read: half_up(2)")],
    );
    let priced = priced(&versions, 2);
    let line = named(&priced.lines, "participation").difference.unwrap();
    assert!(line.of.max <= 225_000.0 && line.of.min >= -225_000.0, "{line:?}");
    assert!(line.of.max > 0.0 && line.of.min < 0.0);
    assert_eq!(named(&priced.lines, "blood_pressure").difference.unwrap().same.value, 1.0);
    assert_eq!(named(&priced.figures, "benefit").difference.unwrap().same.value, 1.0);
    let changes = versions.changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].kind, ClauseKind::Indicator);
    assert_eq!(changes[0].terms[0].item.within(Language::En), "Read");
}

#[test]
fn outcomes_that_only_one_measures_are_said_and_not_guessed() {
    let more = [(
        "let base = ",
        "let heads = count(\"heads\", #{ title: \"Heads\", read: down(0) });\n\
         pay(\"heads\", |e| per_head(e[heads], yen(100)));\nlet base = ",
    )];
    let versions = versions(TAMA, &more);
    let [a, b] = versions.only_in_one();
    assert_eq!((a.len(), b.len()), (0, 3));
    assert!(b.iter().all(|(id, _)| id == "heads"));
    let hows: Vec<_> = versions.changes().iter().map(|change| (change.how, change.kind)).collect();
    assert_eq!(hows, [(How::Added, ClauseKind::Indicator), (How::Added, ClauseKind::Payment)]);
    let settings = Settings { paths: Some(200), ..Settings::default() };
    let refused =
        versions.priced_under((&Repository, SCENARIO), &settings, &Unwatched).unwrap_err();
    assert_eq!(refused[0].id, "outcome-not-drawn");
    // Its examples do not say how many heads there are: that is told, not taken as none.
    for past in versions.examples() {
        assert!(past.a.is_ok());
        assert_eq!(past.b.unwrap_err().id, "example-incomplete");
    }
    // Figures that only B reads are left out of A.
    let files = Memory::default().with(
        "f.csv",
        "indicator,at,value,n\nsbp_reduction,2024-03-31,5.2,100\n\
         participation,2024-03-31,41%,400\nheads,2024-03-31,7,7\n",
    );
    let request = PastRequest { evidence: vec!["f.csv".into()], at: None };
    let settled = versions.on_evidence(&files, &request).unwrap();
    assert_eq!(settled.left_out, [("heads".to_owned(), "2024-03-31".to_owned())]);
    let paid: Vec<[i64; 3]> = settled.past.iter().map(amount).collect();
    assert_eq!(paid, [[7_150_000, 7_150_700, 700]]);
}

/// Two versions of a contract that call things otherwise: the vendor, its name, what is measured and
/// the payment; B measures earlier in the second year.
fn called_otherwise() -> Versions {
    let script = |vendor: &str, name: &str, id: &str, title: &str, dates: &str| {
        let text = format!(
            r#"
contract("c", #{{ from: "2024-04-01", to: "2026-03-31", tax: unstated(), rounding: down(1) }});
let city = party("city", #{{ role: "payer" }});
let vendor = party("{vendor}", #{{ role: "provider", name: "{name}" }});
evaluations([{dates}]);
let x = share("{id}", #{{ title: "{title}", of: |p| p.yes, read: half_up(2), missing: "as_no" }});
pay("fee", |e| linear(e[x], [0, yen(0)], [1, yen(1_000)]), #{{ title: "{title}", by: city, to: vendor }});
"#
        );
        Contract::parse(Source::new(format!("{id}.rhai"), text), &Overrides::new())
            .unwrap_or_else(|problems| panic!("{problems:#?}"))
    };
    let dates = |last: &str| {
        format!(
            "#{{ at: \"2025-03-31\", paid: \"2025-05-31\" }}, \
             #{{ at: \"{last}\", paid: \"2026-05-31\" }}"
        )
    };
    let a = script("vendor", "A Ltd", "rate", "Reached", &dates("2026-03-31"));
    Versions::of(a, script("maker", "B Ltd", "part", "Achieved", &dates("2026-01-31"))).unwrap()
}

#[test]
fn what_b_calls_otherwise_is_told_by_both_names() {
    let versions = called_otherwise();
    assert_eq!(versions.name_in_b("rate"), Some("part"));
    assert_eq!(versions.name_in_b("other"), None);
    // B's own name, not A's, of what only B measures.
    let told = |(id, at): &(String, jiff::civil::Date)| format!("{id} {at}");
    let only = versions.only_in_one().map(|only| only.iter().map(told).collect::<Vec<_>>());
    assert_eq!(only, [["rate 2026-03-31"], ["part 2026-01-31"]]);
    let scenario = "contract = \"rate.rhai\"\npaths = 1_000\nseed = 1\n[assume]\np = \"beta(2, 2)\"\n\
                    [outcomes.rate]\nprobability = \"p\"\nof = 50\n";
    let files = Memory::default()
        .with("rate.rhai", &versions.a.script)
        .with("part.rhai", &versions.b.script)
        .with("a.toml", scenario)
        .with("b.toml", &scenario.replace("rate", "part"));
    let [a, b] = ["a.toml", "b.toml"].map(|path| Scenario::read(&files, path).unwrap());
    let priced = versions.priced_each([&a, &b], &Settings::default(), &Unwatched).unwrap();
    assert_eq!(named(&priced.lines, "fee").title.en, "Reached / Achieved");
    let vendor = &named(&priced.figures, "result.vendor").title.en;
    assert!(vendor.contains("A Ltd") && vendor.contains("B Ltd"), "{vendor}");
    assert_eq!(priced.regions[0].title.en, "Reached / Achieved");
    assert_eq!(named(&priced.figures, "net").title.en, "Net benefit");
}

#[test]
fn the_columns_of_a_table_are_no_terms_of_a_contract() {
    let text = |path: &str| edited(path, &[]);
    let plain = text("scripts/contracts/kobe-kidney.rhai");
    let versions =
        Versions::of(plain, text("scripts/contracts/kobe-kidney-financed.rhai")).unwrap();
    let changes = versions.changes();
    let finance = changes.iter().find(|change| change.kind == ClauseKind::Finance).unwrap();
    let items: Vec<&str> = finance.terms.iter().map(|term| term.item.en.as_str()).collect();
    assert!(items.iter().any(|item| item.starts_with("Health guidance")), "{items:?}");
    assert!(items.iter().all(|item| *item != "Cost" && !item.contains("---")), "{items:?}");
}
