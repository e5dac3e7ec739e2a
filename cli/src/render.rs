//! Problems as people read them: the cause, the place, the line with a caret, what to do.

use std::fmt::Write;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use engine::problem::{Language, Place, Problem, Severity};
use unicode_width::UnicodeWidthStr;

use crate::output::Look;

/// Columns of a terminal that an excerpt or a detail may take.
const WIDTH: usize = 104;

/// A problem, ended with a line break.
pub(crate) fn problem(problem: &Problem, language: Language, look: Look) -> String {
    problem_with(problem, &[], language, look)
}

/// A problem with more details behind what was found and expected, each under its label.
pub(crate) fn problem_with(
    problem: &Problem,
    more: &[(String, String)],
    language: Language,
    look: Look,
) -> String {
    let renderer = match look {
        Look::Plain => Renderer::plain(),
        Look::Styled => Renderer::styled(),
    };
    let (level, name) = match problem.severity {
        Severity::Error => (Level::ERROR, pick!(language, "error", "エラー")),
        Severity::Warning => (Level::WARNING, pick!(language, "warning", "警告")),
        Severity::Note => (Level::NOTE, pick!(language, "note", "参考")),
    };
    let title = level.with_name(name).primary_title(problem.message.within(language));
    let mut group = Group::with_title(title);
    if let Some(place) = &problem.place {
        group = located(group, place);
    }
    let mut text = renderer.term_width(WIDTH).render(&[group]);
    text.truncate(text.trim_end().len());
    text.push('\n');
    if let Some(place) = problem.place.as_ref().filter(|place| place.line == 0) {
        let _ = writeln!(text, "  --> {}", place.file);
    }
    let details = [
        (pick!(language, "found:", "現状:"), &problem.found),
        (pick!(language, "expected:", "期待:"), &problem.expected),
    ];
    let label_width = pick!(language, "expected: ", "期待: ").width();
    for (label, detail) in details {
        if let Some(detail) = detail {
            let start = format!("   {label}{}", " ".repeat(label_width - label.width()));
            text += &wrapped(&start, detail.within(language));
        }
    }
    for (label, detail) in more {
        text += &wrapped(&format!("   {label} "), detail);
    }
    if let Some(help) = &problem.help {
        let help = help.within(language);
        text += &pick!(language, "\nhint: {help}\n", "\nヒント: {help}\n");
    }
    text
}

/// Several problems, a blank line between each.
pub(crate) fn problems(list: &[Problem], language: Language, look: Look) -> String {
    let each = list.iter().map(|one| problem(one, language, look));
    each.collect::<Vec<_>>().join("\n")
}

/// The problems that kept a command from being done, and how many there are.
pub(crate) fn refusal(list: &[Problem], language: Language, look: Look) -> String {
    let errors = list.iter().filter(|problem| problem.severity == Severity::Error).count();
    let count = if errors == 0 { list.len() } else { errors };
    let end = match (language, count) {
        (Language::En, 1) => "1 problem, nothing was done".to_owned(),
        (Language::En, count) => format!("{count} problems, nothing was done"),
        (Language::Ja, count) => format!("問題が {count} 件あるため、何も実行していません"),
    };
    format!("{}\n{end}\n", problems(list, language, look))
}

fn located<'a>(group: Group<'a>, place: &'a Place) -> Group<'a> {
    let file = place.file.as_str();
    if place.line == 0 {
        // Without a line to show, the library would put the file in the first column.
        return group;
    }
    if place.excerpt.is_empty() {
        let origin = Origin::path(file).line(place.line).char_column(place.column.max(1));
        return group.element(origin);
    }
    let annotation = AnnotationKind::Primary.span(meant(place));
    let snippet = Snippet::source(place.excerpt.as_str())
        .line_start(place.line)
        .path(file)
        .annotation(annotation);
    group.element(snippet)
}

/// Words after `start`, continued under themselves where a line gets too long.
pub(crate) fn wrapped(start: &str, words: &str) -> String {
    let indent = " ".repeat(start.width());
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = broken(&words, WIDTH.saturating_sub(start.width()));
    let lines = lines.iter().enumerate().map(|(at, line)| {
        let before = if at == 0 { start } else { &indent };
        format!("{}\n", format!("{before}{line}").trim_end())
    });
    lines.collect()
}

/// Between its neighbours no line is broken; it takes no room.
const JOINER: char = '\u{2060}';

/// Text in lines of no more than `width` columns, broken where its language allows: Japanese between
/// most characters, but never before a closing bracket or a comma.
pub(crate) fn broken(text: &str, width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width.max(1))
        .word_separator(textwrap::WordSeparator::UnicodeBreakProperties)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    // What counts stays with its number: 50円, 5人.
    let mut joined = String::with_capacity(text.len());
    let mut last = ' ';
    for letter in text.chars() {
        if last.is_ascii_digit() && letter.is_alphabetic() && !letter.is_ascii() {
            joined.push(JOINER);
        }
        joined.push(letter);
        last = letter;
    }
    let lines = textwrap::wrap(&joined, options).into_iter();
    lines.map(|line| line.trim_end().replace(JOINER, "")).collect()
}

/// The bytes of the excerpt that are meant; the whole line but its indentation when the place
/// names no column.
fn meant(place: &Place) -> Range<usize> {
    let line = place.excerpt.as_str();
    if place.column == 0 {
        return line.len() - line.trim_start().len()..line.trim_end().len();
    }
    let byte = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    byte(place.column - 1)..byte(place.column - 1 + place.length.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::problem::{Source, Text};

    fn misspelt() -> Problem {
        let source = Source::new("契約.rhai", "let a = 1;\npay(\"基本委託料\", |e| yenn(3));\n");
        let at = source.text().find("yenn").unwrap();
        Problem::error("unknown-word", text!("unknown word `yenn`", "`yenn` という語はありません"))
            .at(source.span(at..at + 4))
            .found("yenn")
            .expected(text!("a word of the language", "この言語の語"))
            .help(text!("did you mean `yen`?", "`yen` ではありませんか"))
    }

    #[test]
    fn a_problem_looks_like_this() {
        let expected = "\
error: unknown word `yenn`
 --> 契約.rhai:2:18
  |
2 | pay(\"基本委託料\", |e| yenn(3));
  |                       ^^^^
   found:    yenn
   expected: a word of the language

hint: did you mean `yen`?
";
        assert_eq!(problem(&misspelt(), Language::En, Look::Plain), expected);
    }

    #[test]
    fn the_caret_is_placed_by_display_width() {
        let text = problem(&misspelt(), Language::Ja, Look::Plain);
        let lines: Vec<&str> = text.lines().collect();
        let (code, _) = lines[3].split_once("yenn").unwrap();
        let (blank, _) = lines[4].split_once('^').unwrap();
        // Each of 基本委託料 takes two columns, so counting characters would fall 5 short.
        assert_eq!(blank.width(), code.width(), "{text}");
        assert!(text.starts_with("エラー: `yenn` という語はありません\n"), "{text}");
    }

    #[test]
    fn a_place_past_the_end_of_its_line_is_shown() {
        let source = Source::new("a.rhai", "支払(\n");
        let problem = Problem::error("x", Text::from("m")).at(source.place(1, 4));
        let text = super::problem(&problem, Language::En, Look::Plain);
        assert!(text.contains("a.rhai:1:4") && text.contains('^'), "{text}");
    }

    #[test]
    fn a_whole_file_is_named_without_a_line() {
        let problem = Problem::error("x", Text::from("m")).at(Source::new("a.rhai", "").whole());
        let text = super::problem(&problem, Language::En, Look::Plain);
        assert_eq!(text, "error: m\n  --> a.rhai\n");
    }

    #[test]
    fn a_long_list_is_continued_under_itself() {
        let known = vec!["before"; 40].join(", ");
        let problem = Problem::error("x", Text::from("m")).expected(known);
        let text = super::problem(&problem, Language::En, Look::Plain);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.width() <= WIDTH), "{text}");
        assert!(lines[2].starts_with("             before, "), "{text}");
    }

    #[test]
    fn a_refusal_counts_the_problems() {
        let text = refusal(&[misspelt(), misspelt()], Language::En, Look::Plain);
        assert!(text.ends_with("\n\n2 problems, nothing was done\n"), "{text}");
    }
}
