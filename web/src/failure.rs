//! What went wrong with a request, for whoever made it.

use std::io::Write as _;

use axum::http::StatusCode;
use engine::problem::{Language, Problem, Text};
use serde_json::{Value, json};

use crate::words::text;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) words: Text,
    /// What the engine found, with places.
    pub(crate) problems: Vec<Problem>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, words: Text) -> Failure {
        Failure { status, words, problems: Vec::new() }
    }

    /// There is no such thing, or not for this visitor: the answer is the same.
    pub(crate) fn not_found() -> Failure {
        Failure::new(
            StatusCode::NOT_FOUND,
            text!("there is no such page or file", "そのページやファイルはありません"),
        )
    }

    pub(crate) fn forbidden() -> Failure {
        Failure::new(
            StatusCode::FORBIDDEN,
            text!("your role may not do this", "あなたの役割ではこの操作はできません"),
        )
    }

    pub(crate) fn bad(words: Text) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, words)
    }

    /// The engine found problems in what was asked of it.
    pub(crate) fn problems(problems: Vec<Problem>) -> Failure {
        let words = text!("this cannot be done as it stands", "このままでは処理できません");
        Failure { problems, ..Failure::new(StatusCode::UNPROCESSABLE_ENTITY, words) }
    }

    /// What the server refuses before anybody looks at what is asked.
    pub(crate) fn of_status(status: StatusCode) -> Failure {
        let words = match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                text!(
                    "this address takes no such method",
                    "このアドレスではそのメソッドを使えません"
                )
            }
            StatusCode::FORBIDDEN => {
                text!(
                    "pages of other sites may not do this",
                    "他のサイトのページからは操作できません"
                )
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                text!(
                    "this took too long: look whether it was done before you try again",
                    "時間がかかりすぎました。処理されたかを確認してからやり直してください"
                )
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                text!("what was sent is too large", "送られたデータが大きすぎます")
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                text!("what was sent cannot be read", "送られたデータを読めません")
            }
            _ => text!("this cannot be done", "処理できません"),
        };
        Failure::new(status, words)
    }

    /// A fault of the server. What it says goes to the server's standard error.
    pub(crate) fn internal(error: impl std::fmt::Display) -> Failure {
        let said = error.to_string();
        let _ = writeln!(std::io::stderr(), "seika serve: {said}");
        Failure {
            problems: vec![Problem::error("server", Text::from(said))],
            ..Failure::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                text!(
                    "the server could not do this: look whether anything was changed",
                    "サーバーで処理できませんでした。変更されたかを確認してください"
                ),
            )
        }
    }

    /// What may be told of it: not what a fault of the server says.
    pub(crate) fn told(&self) -> &[Problem] {
        if self.status.is_server_error() { &[] } else { &self.problems }
    }

    pub(crate) fn to_json(&self, language: Language) -> Value {
        json!({
            "error": self.words.within(language),
            "problems": self.told().iter().map(|problem| problem.to_json(language))
                .collect::<Vec<_>>(),
        })
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Failure {
        Failure::problems(problems)
    }
}
