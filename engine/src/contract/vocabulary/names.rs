//! Titles and units as scripts name them, in one language or in both.

use rhai::{Dynamic, NativeCallContext};

use super::Desk;
use crate::expr::Unit;
use crate::problem::{Problem, Text, say};
use crate::script::{Options, describe, text_of};

impl Desk {
    /// A title given to a word; anything else is noted as an error.
    pub(super) fn title_of(&self, context: &NativeCallContext, title: Dynamic) -> Option<Text> {
        let read = text_of(&title);
        if read.is_none() {
            let word = context.fn_name();
            let problem = Problem::error(
                "wrong-value",
                say!("this is no title for `{word}`", "`{word}` の名称として読めません"),
            );
            let expected = say!(
                "text, or #{{ ja: \"…\", en: \"…\" }}",
                "文字列か #{{ ja: \"…\", en: \"…\" }}"
            );
            self.report(context, problem.found(describe(&title)).expected(expected));
        }
        read
    }

    /// A unit given to a word, by its name or its names; none where the name is empty.
    pub(super) fn unit_of(&self, context: &NativeCallContext, unit: Dynamic) -> Option<Unit> {
        let Some(name) = text_of(&unit) else {
            self.report(context, wrong_unit().found(describe(&unit)));
            return None;
        };
        if name.en.trim().is_empty() && name.ja.trim().is_empty() {
            return None;
        }
        match self.known_unit(name) {
            Ok(unit) => Some(unit),
            Err(problem) => {
                self.report(context, problem);
                None
            }
        }
    }

    /// The unit an option names.
    pub(super) fn unit(&self, options: &Options, key: &str) -> Option<Unit> {
        let name = options.title(key)?;
        if name.en.trim().is_empty() || name.ja.trim().is_empty() {
            options.wrong(key, say!("a unit such as \"mmHg\"", "\"mmHg\" のような単位"));
            return None;
        }
        match self.known_unit(name) {
            Ok(unit) => Some(unit),
            Err(problem) => {
                self.bench.report(problem.maybe_at(options.place(key)));
                None
            }
        }
    }

    /// The unit of this name: where both names were given first, the English one says it again.
    fn known_unit(&self, name: Text) -> Result<Unit, Problem> {
        let mut draft = self.draft();
        let known = draft.units.iter().find(|known| known.en == name.en);
        match known {
            Some(known) if name.ja == name.en || *known == name => Ok(Unit::named(known)),
            Some(known) if known.ja == known.en => Err(Problem::error(
                "unit-named-late",
                say!(
                    "the unit `{}` was named before without its Japanese name",
                    "単位 `{}` は、日本語の名を書く前に使われています",
                    Text::from(name.en.as_str())
                ),
            )
            .help(say!(
                "give both names where the unit is first named",
                "最初に書く箇所で両方の名を書いてください"
            ))),
            Some(known) => Err(Problem::error(
                "unit-named-twice",
                say!(
                    "the unit `{}` has two Japanese names",
                    "単位 `{}` に日本語の名が二つあります",
                    Text::from(name.en.as_str())
                ),
            )
            .found(Text::from(format!("\"{}\", \"{}\"", known.ja, name.ja)))
            .help(say!(
                "give them once; elsewhere the English name is enough",
                "一度だけ書いてください。ほかの箇所では英語の名で足ります"
            ))),
            None => {
                draft.units.push(name.clone());
                Ok(Unit::named(&name))
            }
        }
    }
}

fn wrong_unit() -> Problem {
    Problem::error("wrong-value", say!("this is no unit", "単位として読めません")).expected(say!(
        "\"mmHg\", or #{{ ja: \"歳\", en: \"years\" }}",
        "\"mmHg\" か #{{ ja: \"歳\", en: \"years\" }}"
    ))
}
