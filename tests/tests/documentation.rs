//! The tables of words in the documentation are those of the program.

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
