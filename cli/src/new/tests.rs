use std::path::PathBuf;

use clap::ValueEnum;
use engine::contract::{Contract, Overrides};
use engine::problem::Severity;
use engine::scenario::Scenario;
use engine::simulate::{Settings, simulate};
use rust_decimal::Decimal;

use super::terms::Terms;
use super::*;
use crate::arguments::TemplateName;
use crate::output::Look;
use crate::progress::Progress;
use engine::disk::Disk;

/// A folder of its own for one test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("seika-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Answers to some questions.
fn given(answers: &[(Question, &str)]) -> Given {
    let mut given = Given::default();
    for (question, answer) in answers {
        given.set(*question, Some((*answer).to_owned()));
    }
    given
}

fn started(template: TemplateName, given: &Given, language: Language) -> Start {
    let kind = Kind::of(template);
    let answers = Answers::of(given, &kind).unwrap();
    Start::new("trial", &kind, (given, &answers), language)
}

/// None, a few, and the extreme ones of a template: the least and the most of everything.
fn several(template: TemplateName) -> Vec<Given> {
    use Question::{Cap, From, Payer, Provider, Target, To};
    let [least, most] = Kind::of(template).range.map(|value| value.to_string());
    vec![
        given(&[]),
        given(&[
            (Payer, "渋谷区"),
            (Provider, "株式会社 健康"),
            (Cap, "7,777,777"),
            (To, "2027-03-31"),
        ]),
        given(&[(Payer, r#"The "T" \ City"#), (From, "2025-10-01"), (To, "2028-03-31")]),
        given(&[
            (From, "2027-07-15"),
            (To, "2028-01-13"),
            (Cap, "1000000"),
            (Target, least.as_str()),
        ]),
        given(&[
            (From, "2024-02-29"),
            (To, "2034-02-27"),
            (Cap, "100_000_000_000"),
            (Target, most.as_str()),
        ]),
    ]
}

fn each(look: impl Fn(TemplateName, &Given, Language)) {
    for template in TemplateName::value_variants() {
        for given in several(*template) {
            for language in [Language::En, Language::Ja] {
                look(*template, &given, language);
            }
        }
    }
}

#[test]
fn every_template_passes_its_check_without_warnings_whatever_is_answered() {
    each(|template, given, language| {
        let start = started(template, given, language);
        let source = Source::new(start.contract.path, start.contract.text);
        let contract = Contract::parse(source, &Overrides::new()).unwrap();
        let check = contract.check();
        assert!(check.is_ok(), "{template:?} {given:?}: {:#?}", check.findings);
        let findings: Vec<&Problem> = check
            .findings
            .iter()
            .map(|finding| &finding.problem)
            .chain(&contract.warnings)
            .filter(|problem| problem.severity != Severity::Note)
            .collect();
        assert!(findings.is_empty(), "{template:?} {given:?}: {findings:#?}");
        assert_eq!(check.examples.len(), 5);
        assert_eq!(contract.id, "trial");
    });
}

#[test]
fn every_template_can_be_simulated_whatever_is_answered() {
    let folder = Folder::new("simulated");
    each(|template, given, language| {
        let start = started(template, given, language);
        let paths = [&start.contract, &start.scenario].map(|file| folder.0.join(&file.path));
        start.write(&folder.0).unwrap();
        let scenario = Scenario::read(&Disk(language), paths[1].to_str().unwrap()).unwrap();
        let settings = Settings { paths: Some(1_000), ..Settings::default() };
        let projection = simulate(&scenario, &settings, &Progress::start(language)).unwrap();
        let (payment, no_effect) = (projection.payment.mean, projection.no_effect.mean);
        assert!(payment > no_effect, "{template:?} {given:?}: {payment} {no_effect}");
        for path in paths {
            fs::remove_file(path).unwrap();
        }
    });
}

#[test]
fn files_are_in_one_language_and_have_no_place_left_open() {
    let japanese = |c: char| matches!(c, 'ぁ'..='ん' | 'ァ'..='ヶ' | '一'..='龠');
    each(|template, given, language| {
        let Start { contract, scenario } = started(template, given, language);
        for (file, mark) in [(contract, "//"), (scenario, "#")] {
            let open = ["{{", "}}", "⟦", "⟧", "｜"].iter().find(|open| file.text.contains(**open));
            assert_eq!(open, None, "{template:?} {}", file.path);
            let comments: Vec<&str> =
                file.text.lines().filter_map(|line| line.strip_prefix(mark)).collect();
            assert!(comments.len() > 5, "{template:?} {}", file.path);
            let head = comments[0].chars().any(japanese);
            assert_eq!(head, language == Language::Ja, "{template:?}: {}", comments[0]);
        }
    });
}

#[test]
fn answers_are_marked_and_so_is_what_is_assumed() {
    let given = given(&[(Question::Payer, "渋谷区"), (Question::Target, "６.5 mmHg")]);
    let text = started(TemplateName::BloodPressure, &given, Language::En).contract.text;
    for line in [
        r#"name: "渋谷区" }); // as answered"#,
        r#"name: #{ ja: "事業者", en: "Provider" } }); // assumed"#,
        "[6.5, full], // the target: as answered",
        "cap: yen(18_000_000), // the most that is paid in all: assumed",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

/// By hand: 10,000,000 ÷ 3 years = 3,333,333 each; 45% of it in ten thousands is 1,490,000; 3,333,333 ÷
/// 30,000 = 111 people, 110 in tens, and 20% of it ÷ 110 is 6,060 yen for each, in tens. Without the
/// programme 75% of 66 is 49.5; a fifth of the way to 66 is 52.8, and half way from there 59.4:
/// 1,490,000 × 6.6 ÷ 13.2 = 745,000, and 55 × 6,060 = 333,300.
#[test]
fn amounts_follow_from_the_cap_and_the_target() {
    let kind = Kind::of(TemplateName::CarePrevention);
    let answers =
        Answers::of(&given(&[(Question::Cap, "10000000"), (Question::Target, "66%")]), &kind);
    let terms = Terms::of(&answers.unwrap(), &kind);
    let dates: Vec<String> = terms
        .evaluations
        .iter()
        .map(|evaluation| format!("{} {}", evaluation.at, evaluation.paid))
        .collect();
    assert_eq!(dates, ["2027-01-31 2027-03-31", "2028-01-31 2028-03-31", "2029-01-31 2029-03-31"]);
    let whole = [terms.each, terms.main, terms.people, terms.price, terms.second, terms.base];
    assert_eq!(whole, [3_333_333, 1_490_000, 110, 6_060, 666_600, 1_176_733].map(Decimal::from));
    let values = [terms.without, terms.low, terms.half].map(|value| value.to_string());
    assert_eq!(values, ["49.5", "52.8", "59.4"]);
    assert_eq!(terms.half_total, Decimal::from(1_176_733 + 745_000 + 333_300));
}

fn english(text: &Option<Text>) -> &str {
    text.as_ref().map_or("", |text| text.en.as_str())
}

#[test]
fn wrong_answers_are_refused_all_at_once_with_what_was_expected() {
    use Question::{Cap, From, Payer, Provider, Target, To};
    let kind = Kind::of(TemplateName::Screening);
    let wrong = given(&[
        (Payer, "City"),
        (Provider, " City "),
        (From, "2026-02-30"),
        (To, "soon"),
        (Cap, "18000000.5"),
        (Target, "0.2"),
    ]);
    let problems = Answers::of(&wrong, &kind).unwrap_err();
    let said: Vec<(&str, &str, &str)> = problems
        .iter()
        .map(|problem| (&*problem.message.en, english(&problem.found), english(&problem.expected)))
        .collect();
    assert_eq!(
        said,
        [
            (
                "this cannot be the provider (`--provider`)",
                "` City `",
                "somebody other than the payer"
            ),
            (
                "this cannot be the first day (`--from`)",
                "`2026-02-30`",
                "a date such as 2026-04-01"
            ),
            ("this cannot be the last day (`--to`)", "`soon`", "a date such as 2026-04-01"),
            (
                "this cannot be the cap (`--cap`)",
                "`18000000.5`",
                "whole yen from 1,000,000 to 100,000,000,000"
            ),
            (
                "this cannot be the target (`--target`)",
                "`0.2`",
                "from 2 to 95%, with at most 1 decimal"
            ),
        ]
    );
}

#[test]
fn a_last_day_alone_says_when_the_contract_begins() {
    let kind = Kind::of(TemplateName::Screening);
    let answers = |answers: &[(Question, &str)]| Answers::of(&given(answers), &kind);
    let first = answers(&[(Question::To, "2031-03-31")]).unwrap().from;
    assert_eq!(first.to_string(), "2029-04-01");
    let too_short = [(Question::From, "2030-10-01"), (Question::To, "2031-03-30")];
    assert_eq!(answers(&too_short).unwrap_err().len(), 1);
    assert!(answers(&[too_short[0], (Question::To, "2031-04-01")]).is_ok());
}

/// Answers what is asked with these lines; returns what was read and what was said.
fn asked(given: &mut Given, lines: &str) -> (Result<(), Failure>, String) {
    let (mut data, mut talk) = (Vec::new(), Vec::new());
    let mut output = Output::new((&mut data, Look::Plain), (&mut talk, Look::Plain));
    let kind = Kind::of(TemplateName::Screening);
    let done = answers::ask(given, &kind, Language::Ja, &mut lines.as_bytes(), &mut output);
    assert!(data.is_empty());
    (done, String::from_utf8(talk).unwrap())
}

#[test]
fn a_terminal_is_asked_what_no_flag_answers() {
    let mut given = given(&[(Question::Cap, "5000000")]);
    let (done, talk) = asked(&mut given, "渋谷区\n\n2027-04-01\n2026-03-31\n\n２５％\n");
    assert!(done.is_ok());
    assert_eq!(given.to(Question::Payer), Some("渋谷区"));
    assert_eq!(given.to(Question::Provider), None);
    assert_eq!(given.to(Question::To), None, "a wrong answer is forgotten");
    let answers = Answers::of(&given, &Kind::of(TemplateName::Screening)).unwrap();
    assert_eq!(answers.to.to_string(), "2029-03-31");
    assert_eq!(answers.target, Decimal::from(25));
    assert!(talk.contains("契約の最終日はいつですか［2029-03-31］ "), "{talk}");
    assert!(talk.contains("期待: 2027-09-30 から 2037-03-31 まで"), "{talk}");
    assert!(!talk.contains("支払上限額"), "{talk}");
}

#[test]
fn answers_that_end_early_write_nothing() {
    let (done, _) = asked(&mut given(&[]), "渋谷区\n");
    let Err(Failure::Problems(problems)) = done else { panic!("it went on without answers") };
    assert_eq!(problems[0].id, "unanswered");
}

#[test]
fn both_files_are_written_once_and_never_overwritten() {
    let folder = Folder::new("new");
    let start = started(TemplateName::BloodPressure, &given(&[]), Language::En);
    assert_eq!(start.write(&folder.0), Ok(()));
    let contract = folder.0.join("scripts/contracts/trial.rhai");
    fs::write(&contract, "mine").unwrap();
    let problems = start.write(&folder.0).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.id).collect::<Vec<_>>(), ["file-exists"; 2]);
    assert_eq!(fs::read_to_string(&contract).unwrap(), "mine");
}

#[test]
fn nothing_is_written_when_one_of_the_files_exists() {
    let folder = Folder::new("half");
    let start = started(TemplateName::Employment, &given(&[]), Language::Ja);
    fs::create_dir_all(folder.0.join("scenarios")).unwrap();
    fs::write(folder.0.join(&start.scenario.path), "mine").unwrap();
    assert_eq!(start.write(&folder.0).unwrap_err().len(), 1);
    assert!(!folder.0.join("scripts").exists());
}
