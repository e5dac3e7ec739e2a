//! `seika serve`: the folder in a browser.

use web::{Options, Tls, Unserved, serve};

use crate::arguments::ServeArguments;
use crate::output::Output;
use crate::{Context, Exit, Failure};
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
    let tls = match (&arguments.certificate, &arguments.key) {
        (Some(certificate), Some(key)) => {
            Some(Tls { certificate: certificate.clone(), key: key.clone() })
        }
        _ => None,
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let options = Options {
        folder: arguments.folder.clone(),
        address: arguments.address,
        accounts: arguments.accounts.clone(),
        audit: log,
        tls,
        behind_proxy: arguments.behind_proxy,
        language: context.language,
    };
    let language = context.language;
    let folder = arguments.folder.display().to_string();
    serve(&options, |address| {
        output.talk(&pick!(
            language,
            "Serving {folder} at {scheme}://{address}/ (Ctrl+C stops)\n",
            "{folder} を {scheme}://{address}/ で公開しています（Ctrl+C で終了）\n"
        ));
    })
    .map_err(|unserved| {
        Failure::Problems(vec![match unserved {
            Unserved::Words(words) => Problem::error("not-served", words),
            Unserved::Io(what, error) => {
                let said =
                    engine::disk::said(&error, language).unwrap_or_else(|| error.to_string());
                Problem::error("not-served", Text::from(format!("{what}: {said}")))
            }
        }])
    })?;
    Ok(Exit::Done)
}
