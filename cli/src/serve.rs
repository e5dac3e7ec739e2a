//! `seika serve`: the folder in a browser.

use web::{Options, Unserved, serve};

use crate::arguments::ServeArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure, disk};
use engine::problem::{Problem, Text};

pub(crate) fn run(
    arguments: &ServeArguments,
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let log = arguments
        .accounts
        .as_ref()
        .map(|accounts| arguments.log.clone().unwrap_or_else(|| accounts.with_extension("log")));
    let options = Options {
        folder: arguments.folder.clone(),
        address: arguments.address,
        accounts: arguments.accounts.clone(),
        audit: log,
        behind_proxy: arguments.behind_proxy,
        language: context.language,
    };
    let language = context.language;
    let folder = arguments.folder.display().to_string();
    serve(&options, |address| {
        output.talk(&pick!(
            language,
            "Serving {folder} at http://{address}/ (Ctrl+C stops)\n",
            "{folder} を http://{address}/ で公開しています（Ctrl+C で終了）\n"
        ));
    })
    .map_err(|unserved| {
        Failure::Problems(vec![match unserved {
            Unserved::Words(words) => Problem::error("not-served", words),
            Unserved::Io(what, error) => {
                let said = disk::said(&error, language).unwrap_or_else(|| error.to_string());
                Problem::error("not-served", Text::from(format!("{what}: {said}")))
            }
        }])
    })?;
    Ok(Exit::Done)
}
