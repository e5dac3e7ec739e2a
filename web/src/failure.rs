//! What went wrong with a request, for whoever made it.

use axum::http::StatusCode;
use engine::problem::{Language, Problem, Severity, Text};
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

    /// A fault of the server. What it says stays in its log.
    pub(crate) fn internal(error: impl std::fmt::Display) -> Failure {
        let said = error.to_string();
        Failure {
            problems: vec![Problem::error("server", Text::from(said))],
            ..Failure::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                text!(
                    "the server could not do this; nothing was changed",
                    "サーバーで処理できませんでした。何も変更していません"
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
            "problems": self.told().iter().map(|problem| problem_json(problem, language))
                .collect::<Vec<_>>(),
        })
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Failure {
        Failure::problems(problems)
    }
}

/// A problem as the API tells it.
pub(crate) fn problem_json(problem: &Problem, language: Language) -> Value {
    let words = |text: &Option<Text>| text.as_ref().map(|text| text.within(language).to_owned());
    json!({
        "id": problem.id,
        "severity": match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "message": problem.message.within(language),
        "file": problem.place.as_ref().map(|place| place.file.to_string()),
        "line": problem.place.as_ref().map(|place| place.line),
        "column": problem.place.as_ref().map(|place| place.column),
        "found": words(&problem.found),
        "expected": words(&problem.expected),
        "help": words(&problem.help),
    })
}
