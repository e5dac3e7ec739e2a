//! `empirical`: a value of a column of data.

use std::sync::Arc;

use rhai::{Dynamic, Engine, NativeCallContext};
use rust_decimal::prelude::ToPrimitive;

use super::{Fallible, Ledger, make};
use crate::Files;
use crate::evidence;
use crate::expr::Unit;
use crate::problem::{Problem, say};
use crate::random::{Data, Law};
use crate::script::{Quantity, Workbench, describe, raise};

/// A column of a file, as a scenario names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::scenario) struct Column {
    pub(in crate::scenario) file: String,
    heading: String,
}

impl Column {
    /// Reads the column's numbers; `path` is where its file is found.
    pub(in crate::scenario) fn read(
        &self,
        files: &dyn Files,
        path: &str,
    ) -> Result<Arc<Data>, Vec<Problem>> {
        let numbers = evidence::numbers_in(files, path, &self.heading)?;
        let values = numbers.iter().map(|number| number.to_f64().unwrap_or(f64::NAN)).collect();
        Data::new(values).map(Arc::new).ok_or_else(Vec::new)
    }
}

/// Registers the word. The first call for a column raises [`Ledger::asked`]; whoever traces reads
/// the column, hands it to the ledger and traces again.
pub(super) fn register(engine: &mut Engine, bench: &Workbench, ledger: &Ledger) {
    let (desk, state) = (bench.clone(), ledger.clone());
    engine.register_fn(
        "empirical",
        move |context: NativeCallContext, file: Dynamic, heading: Dynamic| {
            let text = |value: &Dynamic| -> Fallible<String> {
                value.clone().into_string().map_err(|_| {
                    raise(
                        Problem::error(
                            "not-a-text",
                            say!("this needs a text", "ここには文字列が必要です"),
                        )
                        .found(describe(value))
                        .expected(say!(
                            "is = 'empirical(\"file.csv\", \"column\")', in single quotes",
                            "is = 'empirical(\"file.csv\", \"列名\")'（全体を一重引用符で囲む）"
                        ))
                        .maybe_at(desk.place(context.call_position())),
                    )
                })
            };
            let column = Column { file: text(&file)?, heading: text(&heading)? };
            let known = state.now().data.get(&column).cloned();
            match known {
                Some(data) => draw(&desk, &state, &context, data),
                None => {
                    let file = column.file.clone();
                    state.now().asked = Some(column);
                    Err(raise(
                        Problem::error(
                            "unreadable-file",
                            say!("`{file}` cannot be read", "`{file}` を読めません"),
                        )
                        .maybe_at(desk.place(context.call_position())),
                    ))
                }
            }
        },
    );
}

fn draw(
    bench: &Workbench,
    ledger: &Ledger,
    context: &NativeCallContext,
    data: Arc<Data>,
) -> Fallible<Quantity> {
    make(bench, ledger, context, Law::Data(data), Vec::new(), Unit::Bare)
}
