//! `seika link`: keys in the place of names.

use engine::evidence::keys::{KeyRequest, keyed};
use engine::problem::Problem;
use serde_json::json;

use crate::arguments::LinkArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure, file};

pub(crate) fn run(
    arguments: &LinkArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let language = context.language;
    let out = &arguments.linked;
    for read in [&arguments.file, &arguments.secret_file] {
        if file::same(read.split('#').next().unwrap_or_default(), out) {
            return Err(Failure::Problems(vec![onto_itself(out)]));
        }
    }
    let request = KeyRequest {
        file: arguments.file.clone(),
        key: arguments.key.clone(),
        drop: arguments.drop.clone(),
        secret_file: arguments.secret_file.clone(),
    };
    let keyed = keyed(&context.disk, &request)?;
    file::write(out, language, |file| Ok(file.write_all(keyed.csv.as_bytes())?))?;
    let (rows, keys, repeated) = (keyed.rows, keyed.keys, keyed.repeated);
    if context.json {
        output.json(&json!({ "out": out, "rows": rows, "keys": keys, "repeated": repeated }))?;
    } else {
        output.data(&pick!(
            language,
            "{out}: {rows} rows, {keys} keys, {repeated} rows repeat a key\n",
            "{out}: {rows} 行、キー {keys} 種類、キーの重複 {repeated} 行\n"
        ))?;
    }
    Ok(Exit::Done)
}

fn onto_itself(out: &str) -> Problem {
    Problem::error(
        "onto-itself",
        text!(
            "`{out}` would be written over what is read",
            "`{out}` は入力ファイルです。上書きできません"
        ),
    )
    .help(text!("name another file with --out", "--out に別のファイルを指定してください"))
}
