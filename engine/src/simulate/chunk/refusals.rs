//! Why chunks are not merged.

use std::collections::BTreeMap;

use super::Part;
use crate::VERSION;
use crate::problem::{Problem, Source, Text, say};

/// Bytes that are no chunk, or one that is laid out as another version does.
pub(in crate::simulate) fn not_this_layout(name: &str, is_chunk: bool) -> Problem {
    if is_chunk {
        return foreign(name, say!("another version of the engine", "エンジンの版"), None)
            .help(one_program());
    }
    let file = name.to_owned();
    Problem::error(
        "not-a-chunk",
        say!("`{file}` is no chunk of a run", "`{file}` は試算の一部（chunk）ではありません"),
    )
    .help(say!(
        "a chunk is made by `seika simulate` or `seika portfolio` with `--chunk 1/4 --out FILE`",
        "chunk は `seika simulate` か `seika portfolio` に `--chunk 1/4 --out ファイル` を付けて作ります"
    ))
    .at(Source::new(name, "").whole())
}

/// Nothing was added.
pub(in crate::simulate) fn nothing_to_merge() -> Problem {
    Problem::error(
        "missing-chunk",
        say!("there is no chunk to merge", "まとめる chunk がありません"),
    )
    .help(say!(
        "add every chunk of the run, from 1 to the last",
        "試算の chunk を 1 番から最後まで加えてください"
    ))
}

/// Which of so many parts are missing, if any.
pub(in crate::simulate) fn missing(
    of: u64,
    parts: &BTreeMap<Part, (String, [u8; 32])>,
    first: &str,
) -> Option<Problem> {
    let count = of - parts.len() as u64;
    if count == 0 {
        return None;
    }
    let all = (1..=of).map(|number| Part::Numbered { number, of });
    let missing = all.filter(|part| !parts.contains_key(part));
    let shown: Vec<String> = missing.take(10).map(|part| part.to_string()).collect();
    let (shown, rest) = (shown.join(", "), if count > 10 { ", …" } else { "" });
    let are = if count == 1 { "is" } else { "are" };
    let problem = Problem::error(
        "missing-chunk",
        say!(
            "{count} of {of} chunks {are} missing",
            "{of} 個の chunk のうち {count} 個がありません"
        ),
    );
    Some(
        problem
            .expected(Text::from(format!("{shown}{rest}")))
            .help(say!(
                "make them with `--chunk`; a result is only given for the whole run",
                "`--chunk` で作ってください。結果は全体が揃ったときだけ出します"
            ))
            .at(Source::new(first, "").whole()),
    )
}

pub(in crate::simulate) fn damaged(name: &str) -> Problem {
    let file = name.to_owned();
    Problem::error(
        "damaged-chunk",
        say!("the chunk `{file}` is damaged", "chunk `{file}` が壊れています"),
    )
    .help(say!("make or copy it again", "作り直すか、コピーし直してください"))
    .at(Source::new(name, "").whole())
}

/// Two chunks of one part that are not the same.
pub(in crate::simulate) fn contradicting(name: &str, known: &str, part: Part) -> Problem {
    Problem::error(
        "contradicting-chunks",
        say!(
            "the chunk {part} is given twice, and the two differ",
            "chunk {part} が二つあり、内容が異なります"
        ),
    )
    .found(Text::from(format!("{known}, {name}")))
    .help(say!(
        "the same chunk has the same bytes wherever it is made: make it again",
        "同じ chunk はどこで作っても同じ内容です。作り直してください"
    ))
    .at(Source::new(name, "").whole())
}

/// A chunk of a run until a target, which is put together elsewhere.
pub(in crate::simulate) fn until_a_target(name: &str) -> Problem {
    let file = name.to_owned();
    Problem::error(
        "foreign-chunk",
        say!(
            "the chunk `{file}` belongs to a run until a target",
            "chunk `{file}` は目標精度まで続ける試算のものです"
        ),
    )
    .help(say!(
        "only `seika.dask.simulate(…, until=…)`, which made it, can merge it",
        "まとめられるのは、これを作った `seika.dask.simulate(…, until=…)` だけです"
    ))
    .at(Source::new(name, "").whole())
}

/// A chunk of another version of the engine, which lays its chunks out in its own way.
pub(in crate::simulate) fn another_version(name: &str, made_with: &str) -> Problem {
    foreign(
        name,
        say!("another version of the engine", "エンジンの版"),
        Some((Text::from(made_with), Text::from(VERSION))),
    )
    .help(one_program())
}

/// A chunk whose contents this build could not have made.
pub(in crate::simulate) fn another_build(name: &str) -> Problem {
    foreign(name, say!("another build", "ビルド"), None).help(one_program())
}

/// A chunk of the other command that makes some.
pub(in crate::simulate) fn another_command(name: &str, command: Text) -> Problem {
    foreign(name, command, None).help(say!(
        "merge the chunks of runs and those of portfolios apart",
        "試算の chunk とポートフォリオの chunk は分けてまとめてください"
    ))
}

/// A chunk of another run than the first one: in what they differ, and what this one has and the
/// first one.
pub(in crate::simulate) fn another_run(
    name: &str,
    (differs_in, values): (Text, Option<(Text, Text)>),
    first: &str,
) -> Problem {
    let first = first.to_owned();
    foreign(name, differs_in, values).help(say!(
        "merge only chunks of the same run as `{first}`",
        "`{first}` と同じ試算の chunk だけをまとめてください"
    ))
}

fn one_program() -> Text {
    say!(
        "make all chunks with the very program that merges them",
        "すべての chunk を、まとめるときと同じプログラムで作ってください"
    )
}

fn foreign(name: &str, differs_in: Text, values: Option<(Text, Text)>) -> Problem {
    let file = name.to_owned();
    let problem = Problem::error(
        "foreign-chunk",
        say!("the chunk `{file}` was made with {}", "chunk `{file}` は{}が異なります", differs_in),
    )
    .at(Source::new(name, "").whole());
    match values {
        Some((found, expected)) => problem.found(found).expected(expected),
        None => problem,
    }
}

/// A chunk whose blocks overlap those of others, or lie in two rounds.
pub(in crate::simulate) fn misfit(name: &str, part: Part) -> Problem {
    Problem::error(
        "foreign-chunk",
        say!(
            "the blocks {part} overlap others, or lie in two rounds",
            "ブロック {part} がほかと重なるか、二つの回にまたがっています"
        ),
    )
    .help(say!(
        "give each block once: divide a run until a target in one way only",
        "各ブロックは一度だけ。目標精度まで続ける試算の分け方は一つにしてください"
    ))
    .at(Source::new(name, "").whole())
}
