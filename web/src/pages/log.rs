//! Who may sign in, and who did what.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::{Frame, aside, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::roles::Act;
use crate::visitor::Known;
use crate::words::pick;

/// Lines of the log that are shown.
const LINES: usize = 200;

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    people: Vec<(String, String)>,
    lines: Vec<[String; 5]>,
}

pub(crate) async fn log(
    State(app): State<App>,
    Known(visitor): Known,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let (Some(accounts), Some(audit)) = (&app.accounts, &app.audit) else {
            return Err(Failure::not_found());
        };
        if !visitor.may_somewhere(Act::Administer) {
            return Err(Failure::forbidden());
        }
        let people = accounts.list().into_iter().map(|account| {
            let roles =
                account.roles.iter().map(|(contract, role)| format!("{contract}: {}", role.name()));
            let roles = roles.collect::<Vec<_>>().join(", ");
            (account.name, roles)
        });
        let lines = audit.last(LINES).map_err(Failure::internal)?;
        let lines = lines
            .into_iter()
            .map(|done| [done.at.to_string(), done.who, done.from, done.what, done.which]);
        let title = pick!(visitor.language, "Accounts and log", "利用者と操作の記録");
        shown(&LogPage {
            frame: Frame::new(&visitor, title, "/log"),
            people: people.collect(),
            lines: lines.collect(),
        })
    })
    .await
}
