//! The tables of words and findings in the documentation are those of the program.

use engine::contract::rules::{BEYOND, RULES};
use engine::problem::{Language, Severity};
use engine::script::Word;
use seika_tests::Repository;

/// The table of some words.
fn table(words: &[Word]) -> String {
    let escaped = |text: &str| text.replace('|', "\\|");
    let mut table = String::from("| word | | |\n|---|---|---|\n");
    for word in words {
        table += &format!("| `{}` | {} | {} |\n", escaped(word.usage), word.en, word.ja);
    }
    table
}

/// `text` with the table between its markers replaced.
fn with_table(text: &str, marker: &str, words: &[Word]) -> String {
    let start = format!("<!-- {marker} -->\n");
    let end = "<!-- end of words -->";
    let (before, rest) = text.split_once(&start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{start}{}{end}{after}", table(words))
}

#[test]
fn the_language_reference_states_the_words_there_are() {
    let path = Repository::top().join("docs/language.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let wanted = with_table(&text, "words of a contract", engine::contract::WORDS);
    let wanted = with_table(&wanted, "words of a scenario", engine::scenario::WORDS);
    if text != wanted && std::env::var_os("SEIKA_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert_eq!(text, wanted, "run the tests once with SEIKA_WRITE_DOCS=1");
}

/// `text` with what stands between the markers of `name` replaced.
fn between(text: &str, name: &str, table: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&start).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{start}{table}{end}{after}")
}

/// Every rule: id, severity, the checks it answers, what it looks for, why, how to mend it.
fn findings() -> String {
    let mut table = String::from(
        "| finding | | checks | looks for | why | what to do |\n|---|---|---|---|---|---|\n",
    );
    for rule in RULES.iter() {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let (kept, looks, mend) = (rule.acceptable, rule.looks_for, rule.mend);
        let kept = if kept { "" } else { "; cannot be accepted" };
        let missing = if rule.unstated { "not stated: " } else { "" };
        let words = rule.basis.words();
        let (en, ja) = (words.within(Language::En), words.within(Language::Ja));
        let why = if en == ja { format!("<{en}>") } else { format!("{en}<br>{ja}") };
        let row = format!(
            "| `{}` | {severity}{kept} | {} | {missing}{}<br>{} | {why} | {}<br>{} |",
            rule.id,
            rule.rows.join(", "),
            looks.en,
            looks.ja,
            mend.en.replace('|', "\\|"),
            mend.ja.replace('|', "\\|"),
        );
        table += &format!("{row}\n");
    }
    table
}

fn beyond() -> String {
    let mut table = String::from("| check | asks | what is offered |\n|---|---|---|\n");
    for row in BEYOND {
        let (asks, offers) = (row.asks, row.offers);
        table += &format!(
            "| {} | {}<br>{} | {}<br>{} |\n",
            row.row, asks.en, asks.ja, offers.en, offers.ja
        );
    }
    table
}

#[test]
fn the_table_of_findings_states_the_findings_there_are() {
    let path = Repository::top().join("docs/findings.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let wanted = between(&between(&text, "findings", &findings()), "beyond", &beyond());
    if text != wanted && std::env::var_os("SEIKA_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert_eq!(text, wanted, "run the tests once with SEIKA_WRITE_DOCS=1");
}
