//! What is wrong with a file that is no TOML, said to people who do not know TOML.

use toml_edit::TomlError;

use crate::problem::{Problem, Source, Text, say};
use crate::script::notation_hint;

/// A file that cannot be read, with its place and what to write.
pub(crate) fn problem(source: &Source, error: &TomlError) -> Problem {
    let place = error.span().map_or_else(|| source.whole(), |span| source.span(span));
    let notation = notation_hint(&place);
    let said = match &notation {
        Some(_) => say!("this is no value", "値として読めません"),
        None => translated(error.message()),
    };
    let problem = Problem::error(
        "syntax",
        say!("the scenario cannot be read: {}", "シナリオを読めません: {}", said),
    );
    let written = &source.text()[error.span().unwrap_or_default()];
    let before: String = place.excerpt.chars().take(place.column.saturating_sub(1)).collect();
    let is_value = before.contains('=');
    let word = !written.is_empty() && written.chars().all(char::is_alphanumeric);
    let call = before.split_once('=').and_then(|(name, start)| {
        let value = place.excerpt.split_once('=')?.1.split('#').next()?.trim();
        let named = start.trim_start().chars().next().is_some_and(char::is_alphabetic);
        (named && value.ends_with(')')).then(|| (name.trim().to_owned(), value.to_owned()))
    });
    let help = if let Some(hint) = notation {
        hint
    } else if word && !is_value && !written.is_ascii() {
        say!(
            "put the name in quotes: \"{written}\" = …",
            "名前を引用符で囲んでください: \"{written}\" = …"
        )
    } else if let Some((name, value)) = call {
        let value = value.replace('"', "'");
        say!(
            "an expression stands in quotes: {name} = \"{value}\"",
            "式は引用符で囲んでください: {name} = \"{value}\""
        )
    } else {
        say!(
            "an entry is `name = value`, a section `[name]`; texts and expressions stand in quotes",
            "項目は「名前 = 値」、表は「[名前]」と書き、文字列と式は引用符で囲みます"
        )
    };
    problem.help(help).at(place)
}

/// What the TOML parser says, in both languages.
fn translated(said: &str) -> Text {
    const KNOWN: [(&str, &str); 9] = [
        ("invalid unquoted key", "引用符のない名前に使えない文字があります"),
        ("duplicate key", "同じ名前の項目が二つあります"),
        ("unexpected key or value", "値の後に余分な文字があります"),
        ("extra `=`", "`=` が余分です"),
        ("overflow", "数が大きすぎます"),
        ("values must be quoted", "数でも、引用符で囲んだ文字列でもありません"),
        ("mantissa", "小数点の前にも数字が必要です"),
        ("invalid float", "数として読めません"),
        ("string", "文字列を読めません"),
    ];
    let known = KNOWN.iter().find(|(start, _)| said.contains(start));
    Text { en: said.to_owned(), ja: known.map_or(said, |(_, ja)| *ja).to_owned() }
}
