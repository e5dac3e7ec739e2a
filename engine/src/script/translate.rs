//! Rhai's errors, said as problems of the script.

use rhai::{Dynamic, EvalAltResult, LexError, ParseError, ParseErrorType, Position};

use super::notation;
use super::sandbox::UsedUp;
use super::words::{Word, usage};
use super::workbench::{Workbench, too_many_branches};
use crate::problem::{Place, Problem, Text, did_you_mean, say};

/// A problem on its way through Rhai.
#[derive(Debug, Clone)]
pub(crate) struct Raised(pub(crate) Problem);

/// Stops the script with `problem`.
pub(crate) fn raise(problem: Problem) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(Raised(problem)), Position::NONE))
}

/// The one syntax error of a text.
pub(super) fn syntax(error: &ParseError, bench: &Workbench) -> Problem {
    let ParseError(kind, position) = error;
    let place = bench.place(*position);
    let said = unreadable(kind);
    let problem = match kind.as_ref() {
        ParseErrorType::BadInput(LexError::ImproperSymbol(word, _))
            if DISABLED.contains(&word.as_str()) =>
        {
            Problem::error(
                "refused-construct",
                say!("`{word}` cannot be used in a contract", "契約では `{word}` は使えません"),
            )
            .help(say!(
                "leave it out; what a contract gives is shown by `check` and `explain`",
                "取り除いてください。契約の内容は `check` と `explain` で表示できます"
            ))
        }
        ParseErrorType::Reserved(word) => {
            let word = word.clone();
            Problem::error(
                "reserved-word",
                say!("`{word}` is a reserved word", "`{word}` は予約語です"),
            )
            .help(say!(
                "use another name; a column called `{word}` is written p[\"{word}\"]",
                "別の名前にしてください。`{word}` という列は p[\"{word}\"] と書きます"
            ))
        }
        ParseErrorType::UnexpectedEOF | ParseErrorType::MissingToken(..) => {
            Problem::error("syntax", say!("this cannot be read: {}", "読めません: {}", said)).help(
                say!(
                    "look just before this place for a missing `;`, `,`, `)` or `}}`",
                    "この直前に `;` `,` `)` `}}` の抜けがないか確かめてください"
                ),
            )
        }
        _ => Problem::error("syntax", say!("this cannot be read: {}", "読めません: {}", said)),
    };
    let half_width = || {
        let (wide, narrow) = place.as_ref().and_then(half_width)?;
        Some(say!(
            "`{wide}` is a full-width character; write `{narrow}`",
            "`{wide}` は全角文字です。半角の `{narrow}` で書いてください"
        ))
    };
    let problem = match place.as_ref().and_then(notation::hint).or_else(half_width) {
        Some(help) => problem.help(help),
        None => problem,
    };
    problem.maybe_at(place)
}

/// The full-width character at a place, or just before it, and what it should be.
fn half_width(place: &Place) -> Option<(char, char)> {
    let characters: Vec<char> = place.excerpt.chars().collect();
    let at = place.column.checked_sub(1)?;
    let near = [characters.get(at), at.checked_sub(1).and_then(|before| characters.get(before))];
    near.into_iter().flatten().find_map(|&wide| {
        let narrow = match wide {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(wide as u32 - 0xfee0)?,
            '\u{3000}' => ' ',
            '“' | '”' => '"',
            '、' => ',',
            '。' => '.',
            _ => return None,
        };
        Some((wide, narrow))
    })
}

/// Words of Rhai that are switched off.
const DISABLED: [&str; 3] = ["eval", "print", "debug"];

/// What Rhai says of a text it cannot read.
fn unreadable(kind: &ParseErrorType) -> Text {
    match kind {
        ParseErrorType::UnexpectedEOF => {
            say!("it ends too early", "途中で終わっています")
        }
        ParseErrorType::MissingToken(token, _) => {
            say!("`{token}` is missing", "`{token}` がありません")
        }
        ParseErrorType::BadInput(LexError::UnterminatedString) => {
            say!("a text has no closing quote", "文字列を閉じる引用符がありません")
        }
        ParseErrorType::BadInput(LexError::UnexpectedInput(input)) => {
            // Rhai says `Unexpected '×'` of a character it does not know.
            let input = input.split('\'').nth(1).unwrap_or(input);
            say!("`{input}` has no place here", "ここに `{input}` は書けません")
        }
        ParseErrorType::BadInput(LexError::MalformedNumber(number)) => {
            say!("`{number}` is no number", "`{number}` は数ではありません")
        }
        ParseErrorType::ExprTooDeep => {
            say!("its brackets are nested too deeply", "括弧の入れ子が深すぎます")
        }
        ParseErrorType::DuplicatedProperty(key) => {
            say!("the option `{key}` is there twice", "項目 `{key}` が二つあります")
        }
        ParseErrorType::FnDuplicatedDefinition(name, _) => {
            say!("the function `{name}` is declared twice", "関数 `{name}` が二度宣言されています")
        }
        ParseErrorType::ExprExpected(_) => {
            say!("a value is missing", "値がありません")
        }
        ParseErrorType::AssignmentToConstant(name) => {
            say!("`{name}` is constant", "`{name}` は定数です")
        }
        other => {
            let said = other.to_string();
            say!("{said}", "{said}")
        }
    }
}

/// What went wrong in a run.
pub(super) fn runtime(error: &EvalAltResult, bench: &Workbench, words: &[Word]) -> Problem {
    // The innermost place is the one to look at, whatever function it happened in.
    if let EvalAltResult::ErrorInFunctionCall(_, _, inner, position) = error {
        let problem = runtime(inner, bench, words);
        return if problem.place.is_some() {
            problem
        } else {
            problem.maybe_at(bench.place(*position))
        };
    }
    let place = bench.place(error.position());
    let said = without_place(&error.to_string());
    let problem = match error {
        EvalAltResult::ErrorRuntime(value, _) => match value.clone().try_cast::<Raised>() {
            Some(Raised(problem)) if problem.place.is_some() => return problem,
            Some(Raised(problem)) => problem,
            None => {
                let said = super::options::describe(value);
                Problem::error(
                    "thrown",
                    say!("the script stops: {}", "スクリプトが停止しました: {}", said),
                )
            }
        },
        EvalAltResult::ErrorVariableNotFound(name, _) => unknown_name(name, words),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            let problem = wrong_call(signature, words);
            match place.as_ref().and_then(notation::grouped_behind) {
                Some(help) if problem.id == "wrong-arguments" => problem.help(help),
                _ => problem,
            }
        }
        EvalAltResult::ErrorMismatchDataType(expected, found, _) if expected == "bool" => {
            let (en, ja) = (types(found, false), types(found, true));
            Problem::error(
                "not-a-condition",
                say!("{en} is no condition", "{ja}だけでは条件になりません"),
            )
            .help(say!(
                "compare it: `p.enrolled == 1`, `e[x] >= 5`",
                "比較の形で書いてください: `p.enrolled == 1`、`e[x] >= 5`"
            ))
        }
        EvalAltResult::ErrorIndexingType(..) => Problem::error(
            "wrong-index",
            say!("this cannot stand in the brackets", "この括弧の中には書けません"),
        )
        .expected(say!(
            "an indicator of the contract: e[x], or a column: p[\"x\"]",
            "契約の指標 e[x]、または列 p[\"x\"]"
        )),
        EvalAltResult::ErrorArrayBounds(entries, index, _) => Problem::error(
            "wrong-index",
            say!(
                "the list has {entries} entries, and none at {index}",
                "リストの項目は {entries} 個で、{index} 番目はありません"
            ),
        )
        .help(say!("the first entry is 0", "最初の項目が 0 番目です")),
        EvalAltResult::ErrorPropertyNotFound(name, _) | EvalAltResult::ErrorDotExpr(name, _)
            if name.chars().all(|c| c.is_alphanumeric() || c == '_') =>
        {
            no_such_part(name)
        }
        EvalAltResult::ErrorDotExpr(said, _) => {
            no_such_part(said.split('\'').nth(1).unwrap_or_default())
        }
        EvalAltResult::ErrorUnboundThis(_) => Problem::error(
            "unknown-word",
            say!("`this` stands for nothing here", "ここで `this` は何も指しません"),
        ),
        EvalAltResult::ErrorArithmetic(_, _) => {
            Problem::error("overflow", say!("this number is too large", "数が大きすぎます")).help(
                say!(
                    "write it with a decimal point, 5.0, for up to 28 digits",
                    "28 桁までの数は小数点を付けて 5.0 のように書いてください"
                ),
            )
        }
        EvalAltResult::ErrorTooManyOperations(_) => limit(say!(
            "it runs too long: more operations than a contract needs; is a loop endless?",
            "処理が長すぎます。終わらないループはありませんか"
        )),
        EvalAltResult::ErrorTerminated(used, _) => match used.clone().try_cast::<UsedUp>() {
            // Each run by itself is short enough.
            Some(UsedUp::Operations) => too_many_branches(),
            _ => limit(say!(
                "it runs too long: the time limit was reached; is a loop endless?",
                "制限時間を超えました。終わらないループはありませんか"
            )),
        },
        EvalAltResult::ErrorDataTooLarge(what, _) => limit(match what.as_str() {
            "Length of string" => say!("a text grows too long", "文字列が長くなりすぎます"),
            "Size of object map" => say!("a map grows too large", "マップが大きくなりすぎます"),
            _ => say!("a list grows too long", "リストが長くなりすぎます"),
        }),
        EvalAltResult::ErrorStackOverflow(_) => {
            limit(say!("its functions call each other too deeply", "関数の呼び出しが深すぎます"))
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            limit(say!("it has too many variables", "変数が多すぎます"))
        }
        EvalAltResult::ErrorParsing(kind, position) => {
            return syntax(&ParseError(Box::new(kind.clone()), *position), bench);
        }
        _ => Problem::error("script", say!("{said}", "{said}")),
    };
    problem.maybe_at(place)
}

/// A message of Rhai without the place it ends with, which is shown beside it.
fn without_place(said: &str) -> String {
    said.split(" (line ").next().unwrap_or(said).to_owned()
}

fn no_such_part(name: &str) -> Problem {
    Problem::error(
        "no-such-part",
        say!("there is no `{name}` in this value", "この値に `{name}` はありません"),
    )
    .help(say!(
        "an evaluation has e[x], e.date, e.number, e.first, e.last, e.paid_before and e.at(…); a row has its columns",
        "評価日には e[x]、e.date、e.number、e.first、e.last、e.paid_before、e.at(…)、行には列があります"
    ))
}

fn limit(message: crate::problem::Text) -> Problem {
    Problem::error("limit", message).help(say!(
        "a contract needs a few loops over its own tables; simplify the script",
        "契約に必要なのは短い表のループ程度です。スクリプトを簡単にしてください"
    ))
}

/// A name that nothing declares.
pub(super) fn unknown_name(name: &str, words: &[Word]) -> Problem {
    let near = did_you_mean(name, words.iter().map(|word| word.name));
    let problem = Problem::error(
        "unknown-word",
        say!("unknown word `{name}`", "`{name}` という語はありません"),
    );
    match near {
        Some(near) => problem.help(near),
        None => problem.help(say!(
            "declare it with `let {name} = …;`, or see `docs/language.md` for the words there are",
            "`let {name} = …;` で定義するか、使える語を `docs/language.md` で確かめてください"
        )),
    }
}

/// A known word that was given something it cannot take: Rhai says `tiers (amount, i64)`.
fn wrong_call(signature: &str, words: &[Word]) -> Problem {
    let (name, given) = signature.split_once(" (").unwrap_or((signature, ""));
    let given = given.trim_end_matches(')');
    if name.starts_with("anon$") {
        return Problem::error(
            "wrong-closure",
            say!(
                "this closure takes another number of values than it is given",
                "このクロージャの引数の数が合いません"
            ),
        )
        .expected(say!(
            "one: `|e| …` in a payment, `|p| …` in an indicator",
            "一つ: 支払は `|e| …`、指標は `|p| …`"
        ));
    }
    let operator = name.chars().all(|c| !c.is_alphanumeric());
    if !operator && usage(name, words).is_none() {
        return unknown_name(name, words);
    }
    let (given_en, given_ja) = (types(given, false), types(given, true));
    let problem = if operator {
        let found = say!(
            "{}",
            "{}",
            Text {
                en: given_en.replace(", ", &format!(" {name} ")),
                ja: given_ja.replace(", ", &format!(" {name} ")),
            }
        );
        Problem::error(
            "wrong-operands",
            say!("`{name}` does not work on these values", "`{name}` はこの値には使えません"),
        )
        .found(found)
    } else {
        Problem::error(
            "wrong-arguments",
            say!("`{name}` cannot take these values", "`{name}` にはこの値を渡せません"),
        )
        .found(say!("{name}({given_en})", "{name}({given_ja})"))
    };
    match usage(name, words) {
        Some(usage) => problem.expected(usage),
        None => problem,
    }
}

fn types(given: &str, japanese: bool) -> String {
    let named = |name: &str| {
        let (en, ja) = match name.trim().trim_start_matches('&') {
            "i64" | "decimal" => ("a number", "数"),
            text if text.contains("str") || text.contains("String") => ("text", "文字列"),
            "map" => ("#{…}", "#{…}"),
            "array" => ("[…]", "[…]"),
            "Fn" => ("a closure", "クロージャ"),
            "bool" => ("true or false", "真偽"),
            "()" => ("nothing", "なし"),
            quantity if quantity == "amount" || quantity.ends_with("Quantity") => {
                ("an amount", "量")
            }
            "indicator" => ("an indicator", "指標"),
            "party" => ("a party", "当事者"),
            "evaluation" => ("an evaluation", "評価日"),
            "row" => ("a row", "行"),
            other => return other.rsplit("::").next().unwrap_or(other).to_owned(),
        };
        if japanese { ja.to_owned() } else { en.to_owned() }
    };
    given.split(',').filter(|t| !t.trim().is_empty()).map(named).collect::<Vec<_>>().join(", ")
}
