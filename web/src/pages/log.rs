//! Who did what.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::{Frame, aside, moment, shown};
use crate::app::App;
use crate::failure::Failure;
use crate::visitor::Known;
use crate::words::pick;

/// Lines of the log that are shown.
const LINES: usize = 200;

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    lines: Vec<[String; 5]>,
}

pub(crate) async fn log(
    State(app): State<App>,
    Known(visitor): Known,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let audit = app.audit.as_ref().ok_or_else(Failure::not_found)?;
        if !visitor.administers() {
            return Err(Failure::forbidden());
        }
        let lines = audit.last(LINES).map_err(Failure::internal)?;
        let lines = lines
            .into_iter()
            .map(|done| [moment(done.at), done.who, done.from, done.what, done.which]);
        let title = pick!(visitor.language, "Log", "操作の記録");
        shown(&LogPage { frame: Frame::new(&visitor, title, "/log"), lines: lines.collect() })
    })
    .await
}
