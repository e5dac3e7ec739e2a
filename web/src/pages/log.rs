//! Who did what.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use engine::problem::Language;
use serde::Deserialize;

use super::{Frame, aside, moment, shown};
use crate::app::App;
use crate::audit::Done;
use crate::failure::Failure;
use crate::visitor::Known;
use crate::words::pick;

/// Lines of the log that are shown.
const LINES: usize = 200;
/// What anybody can fill the log with.
const REFUSED: &str = "sign-in-refused";

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    /// Whether refused attempts to sign in are left out.
    without_refused: bool,
    lines: Vec<[String; 5]>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    without: String,
}

/// What was done, in words; what this program does not know stays as it is written.
fn words(what: &str, language: Language) -> String {
    if let Some(tried) = what.strip_suffix("-refused") {
        let tried = words(tried, language);
        return pick!(language, "{tried}: refused", "{tried}（拒否）");
    }
    match what {
        "sign-in" => pick!(language, "signing in", "ログイン"),
        "edit" => pick!(language, "saving a file", "ファイルの保存"),
        "begin-ledger" => pick!(language, "beginning a ledger", "台帳の作成"),
        "settle" => pick!(language, "settling", "精算"),
        "submit" => pick!(language, "submitting a settlement", "精算の提出"),
        "approve" => pick!(language, "approving", "承認"),
        "reject" => pick!(language, "refusing a settlement", "差し戻し"),
        "withdraw" => pick!(language, "withdrawing a settlement", "取り下げ"),
        "pay" => pick!(language, "recording a payment", "支払の記帳"),
        "password" => pick!(language, "changing one's own password", "自分のパスワードの変更"),
        "account-add" => pick!(language, "adding a person", "利用者の追加"),
        "account-give" => pick!(language, "giving a role", "役割の付与"),
        "account-take" => pick!(language, "taking a role away", "役割の取り外し"),
        "account-password" => pick!(language, "setting a password", "パスワードの設定"),
        "account-remove" => pick!(language, "taking an account away", "利用者の削除"),
        _ => what.to_owned(),
    }
}

pub(crate) async fn log(
    State(app): State<App>,
    Known(visitor): Known,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Failure> {
    aside(move || {
        let audit = app.audit.as_ref().ok_or_else(Failure::not_found)?;
        if !visitor.administers() {
            return Err(Failure::forbidden());
        }
        let language = visitor.language;
        let without_refused = asked.without == REFUSED;
        let wanted = |done: &Done| !without_refused || done.what != REFUSED;
        let lines = audit.last(LINES, wanted).map_err(Failure::internal)?;
        let lines = lines.into_iter().map(|(done, times)| {
            let what = words(&done.what, language);
            let what = match times {
                1 => what,
                _ => pick!(language, "{what}, {times} times", "{what}（{times} 回）"),
            };
            [moment(done.at, language), done.who, done.from, what, done.which]
        });
        let title = pick!(language, "Log", "操作の記録");
        let path = if without_refused { "/log?without=sign-in-refused" } else { "/log" };
        let frame = Frame::new(&visitor, title, path);
        shown(&LogPage { frame, without_refused, lines: lines.collect() })
    })
    .await
}
