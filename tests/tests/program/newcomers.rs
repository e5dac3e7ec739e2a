//! What someone new to the files meets: titles beside names, both languages, and hints where a number
//! is written as on paper.

use engine::analyse::parties::{Asked, PartyReport, party_report};
use engine::contract::{Contract, Overrides, Role};
use engine::problem::{Language, Problem, Source};
use engine::scenario::{Patch, Scenario};
use engine::simulate::Settings;
use seika_tests::{Memory, Unwatched};

const CONTRACT: &str = r#"
contract("test", #{ from: "2024-04-01", to: "2026-03-31", cap: yen(9_000_000),
    tax: unstated(), rounding: down(1) });
let city = party("city", #{ role: "payer", name: #{ ja: "市", en: "The city" } });
let vendor = party("vendor", #{ role: "provider", name: #{ ja: "事業者", en: "Provider" } });
let fund = party("fund", #{ role: "investor", name: #{ ja: "基金", en: "Fund" } });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }, #{ at: "2026-03-31", paid: "2026-03-31" }]);
let most = param("most", yen(2_000_000), [yen(1_000_000), yen(3_000_000)]);
let x = mean("x", #{ digits: 3 });
pay("linked", |e| linear(e[x], [0, yen(0)], [1, most]), #{ by: city, to: vendor });
invest(fund, #{ amount: yen(1_500_000), at: "2024-04-01" });
example(#{ ja: "半分", en: "half" }, #{ at: "2025-03-31", x: 0.5 }, yen(1_000_000));
example("whole", #{ at: "2025-03-31", x: 1 }, yen(2_000_000));
"#;

const REST: &str = "[outcomes.x]\nvalue = \"effect\"\n";

fn try_read(text: &str) -> Result<Scenario, Vec<Problem>> {
    let files = Memory::default().with("c.rhai", CONTRACT);
    let text = format!("contract = \"c.rhai\"\npaths = 64\nseed = 5\n{text}{REST}");
    Scenario::parse(&files, &Source::new("s.toml", text))
}

fn read(text: &str) -> Scenario {
    try_read(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The line, the column and the hint of the first problem.
fn hint(problems: &[Problem]) -> (usize, usize, String) {
    let problem = problems.first().unwrap();
    let place = problem.place.as_ref().unwrap();
    let help = problem.help.as_ref().map(|help| help.en.clone()).unwrap_or_default();
    (place.line, place.column, help)
}

#[test]
fn a_cell_goes_by_its_title_with_the_name_beside_it() {
    let scenario = read(
        "[assume]\neffect = { title = { ja = \"効果\", en = \"Effect\" }, is = 0.5 }\nplain = 1\n\
         [assume.each]\nlate = { title = \"Late / 遅れ\", is = \"uniform(0, 1)\" }\n",
    );
    let called = |name| [Language::En, Language::Ja].map(|of| scenario.cell_title(name, of));
    assert_eq!(called("effect"), ["Effect (effect)", "効果（effect）"]);
    assert_eq!(called("effect[1]"), ["Effect (effect[1])", "効果（effect[1]）"]);
    assert_eq!(called("late@2025-03-31")[0], "Late / 遅れ (late@2025-03-31)");
    assert_eq!(called("plain"), ["plain", "plain"]);
    assert_eq!(called("nothing"), ["nothing", "nothing"]);
}

#[test]
fn a_source_may_be_said_in_both_languages() {
    let source = "source = { ja = \"仮定: 推測\", en = \"assumed: a guess\" }";
    let scenario = read(&format!(
        "[assume.effect]\nis = 0.5\n{source}\n[assume.other]\nis = 1\nsource = \"assumed: half\"\n"
    ));
    let [effect, other] = [&scenario.assumptions[0], &scenario.assumptions[1]];
    assert!(effect.assumed && other.assumed);
    assert_eq!(effect.source.as_ref().unwrap().ja, "仮定: 推測");
    assert_eq!(other.source.as_ref().unwrap().ja, "仮定: half");
}

#[test]
fn an_example_has_a_name_in_each_language() {
    let contract = Contract::parse(Source::new("c.rhai", CONTRACT), &Overrides::new()).unwrap();
    let examples = contract.check().examples;
    assert_eq!((examples[0].name.en.as_str(), examples[0].name.ja.as_str()), ("half", "半分"));
    assert_eq!((examples[1].name.en.as_str(), examples[1].name.ja.as_str()), ("whole", "whole"));
    let wrong = CONTRACT.replace("#{ ja: \"半分\", en: \"half\" }", "#{ de: \"halb\" }");
    let problems = Contract::parse(Source::new("c.rhai", wrong), &Overrides::new()).unwrap_err();
    assert!(problems.iter().any(|problem| problem.id == "wrong-example"), "{problems:#?}");
}

#[test]
fn a_value_written_as_on_paper_is_told_as_files_write_it() {
    for (value, column, part) in [
        ("50%", 10, "write 0.5 "),
        ("100,000", 13, "write 100_000, not 100,000"),
        ("500円", 10, "yen(500)"),
        ("0.5×2", 13, "write `*`"),
        ("1〜2", 10, "uniform(1, 2)"),
        ("normal(0.5, 0.1)", 0, "effect = \"normal(0.5, 0.1)\""),
        ("\"50%\"", 0, "write 0.5 "),
        ("\"100,000\"", 14, "write 100_000, not 100,000"),
        ("\"yen(100,000)\"", 11, "write 100_000, not 100,000"),
        ("\"normal(50%, 0.1)\"", 0, "write 0.5 "),
        ("\"0.5×2\"", 14, "write `*`"),
    ] {
        let problems = try_read(&format!("[assume]\neffect = {value}\n")).unwrap_err();
        let (line, at, help) = hint(&problems);
        assert!(help.contains(part), "{value}: {problems:#?}");
        assert_eq!(line, 5, "{value}");
        assert!(column == 0 || at == column, "{value}: {at}");
    }
}

#[test]
fn an_entry_and_a_contract_get_the_same_hints() {
    let problems = try_read("discount_rate = \"2%\"\n[assume]\neffect = 0.5\n").unwrap_err();
    let (line, column, help) = hint(&problems);
    assert_eq!((line, column), (4, 17));
    assert!(help.contains("write 0.02 "), "{help}");
    for (amount, part) in [
        ("yen(2,000,000)", "write 2_000_000, not 2,000,000"),
        ("yen(200万円)", "yen(2_000_000), not 200万円"),
    ] {
        let script = CONTRACT
            .replace("param(\"most\", yen(2_000_000)", &format!("param(\"most\", {amount}"));
        let problems =
            Contract::parse(Source::new("c.rhai", script), &Overrides::new()).unwrap_err();
        let (line, _, help) = hint(&problems);
        assert_eq!(line, 8, "{problems:#?}");
        assert!(help.contains(part), "{help}");
    }
}

#[test]
fn a_parameter_stays_within_its_range() {
    let within = "[params]\nmost = 3_000_000\n[assume]\neffect = 0.5\n";
    assert_eq!(read(within).contract.parameters[0].value, 3_000_000.into());
    let beyond = within.replace("3_000_000", "3_000_001");
    let problems = try_read(&beyond).unwrap_err();
    let place = problems[0].place.as_ref().unwrap();
    assert_eq!((problems[0].id, place.line, place.column), ("parameter-out-of-range", 5, 8));
}

#[test]
fn a_cell_of_both_kinds_is_declared_twice() {
    let problems = try_read("[assume]\neffect = 0.5\n[assume.each]\neffect = 0.5\n").unwrap_err();
    let (line, _, help) = hint(&problems);
    assert_eq!((problems[0].id, line), ("wrong-name", 7));
    assert!(help.contains("[assume.each]") && problems[0].expected.is_none(), "{help}");
}

#[test]
fn a_patch_is_made_for_one_scenario() {
    let files = Memory::default().with("a.toml", "paths = 1").with("b.toml", "paths = 2");
    let patch = Patch::parse(Source::new("p.toml", "title = \"p\"\nbase = \"a.toml\"")).unwrap();
    assert_eq!(patch.is_made_for(&files, "a.toml"), Ok(()));
    let problem = patch.is_made_for(&files, "b.toml").unwrap_err();
    assert_eq!((problem.id, problem.place.unwrap().line), ("other-base", 2));
    let free = Patch::parse(Source::new("p.toml", "title = \"p\"")).unwrap();
    assert_eq!(free.is_made_for(&files, "b.toml"), Ok(()));
}

#[test]
fn a_party_goes_by_its_name_too() {
    let scenario = read("[assume]\neffect = 0.5\n");
    for written in ["city", "市", "The city"] {
        assert_eq!(scenario.party_called(written), "city");
    }
    assert_eq!(scenario.party_called("基金"), "fund");
    assert_eq!(scenario.party_called("nobody"), "nobody");
}

fn report(scenario: &Scenario, role: Role) -> PartyReport {
    let (asked, settings) = (Asked::default(), Settings::default());
    party_report(&[scenario], (role, None), asked, &settings, &Unwatched).unwrap()
}

/// With an effect of 0.5 each date pays half of 2,000,000, without effect a tenth of it.
#[test]
fn a_payer_sees_what_is_paid_for_nothing_year_by_year() {
    let scenario = read("[assume]\neffect = { is = 0.5, no_effect = 0.1 }\n");
    let PartyReport::Payer(found) = report(&scenario, Role::Payer) else { panic!("payers") };
    let years: Vec<(i16, f64, f64)> = found[0]
        .years
        .iter()
        .map(|of| (of.year, of.payment.mean, of.no_effect.unwrap().mean))
        .collect();
    assert_eq!(years, [(2024, 1_000_000.0, 200_000.0), (2025, 1_000_000.0, 200_000.0)]);
    let unknown = read("[assume]\neffect = 0.5\n");
    let PartyReport::Payer(found) = report(&unknown, Role::Payer) else { panic!("payers") };
    assert!(found[0].years.iter().all(|of| of.no_effect.is_none()));
}

/// The fund puts up 1,500,000 and receives every payment: 1,000,000 on each date.
#[test]
fn an_investor_sees_what_it_puts_up_and_what_it_receives_when() {
    let scenario = read("[assume]\neffect = 0.5\n");
    let PartyReport::Investor(found) = report(&scenario, Role::Investor) else {
        panic!("investors")
    };
    let under = &found[0].scenarios[0];
    assert_eq!(under.invested.mean, 1_500_000.0);
    let receipts: Vec<(String, f64)> =
        under.receipts.iter().map(|of| (of.on.to_string(), of.amount.mean)).collect();
    let each = |day: &str| (day.to_owned(), 1_000_000.0);
    assert_eq!(receipts, [each("2025-03-31"), each("2026-03-31")]);
    let received: f64 = receipts.iter().map(|(_, amount)| amount).sum();
    assert_eq!(under.result.mean, received - under.invested.mean);
}
