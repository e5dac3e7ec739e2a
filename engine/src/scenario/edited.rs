//! The text of a scenario, changed entry by entry: what is not changed, comments and order
//! included, stays letter by letter.

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::document;
use crate::problem::{Problem, Source};

/// The text of a scenario that is being changed.
///
/// ```
/// use engine::problem::Source;
/// use engine::scenario::{Editable, Entry};
/// let text = "[assume]\nuptake = { is = 0.3, source = \"trial\" } # of those invited\n";
/// let mut scenario = Editable::parse(&Source::new("a.toml", text)).unwrap();
/// assert!(scenario.has_cell("uptake"));
/// scenario.set(Entry::Is("uptake"), "beta(3, 7)");
/// assert_eq!(
///     scenario.text(),
///     "[assume]\nuptake = { is = \"beta(3, 7)\", source = \"trial\" } # of those invited\n"
/// );
/// ```
#[derive(Debug, Clone)]
pub struct Editable {
    toml: DocumentMut,
    /// Whether lines end as Windows ends them: TOML keeps no record of that.
    windows: bool,
}

/// What of a scenario is stated otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry<'n> {
    /// The value of a parameter of the contract.
    Parameter(&'n str),
    /// The expression of a cell.
    Is(&'n str),
    /// The expression of a cell when the programme has no effect.
    NoEffect(&'n str),
    /// Where a cell comes from.
    Source(&'n str),
}

impl Editable {
    /// The text of a scenario.
    ///
    /// # Errors
    /// A text that is no TOML.
    pub fn parse(source: &Source) -> Result<Editable, Problem> {
        let toml = source.text().parse();
        let toml = toml.map_err(|error| document::unreadable(source, &error))?;
        let lines = source.text().matches('\n').count();
        let windows = lines > 0 && lines == source.text().matches("\r\n").count();
        Ok(Editable { toml, windows })
    }

    /// Whether the text itself states a cell: a scenario that lies over another states some of them.
    #[must_use]
    pub fn has_cell(&self, name: &str) -> bool {
        let assume = self.toml.get("assume").and_then(Item::as_table_like);
        let each = assume.and_then(|assume| assume.get("each")).and_then(Item::as_table_like);
        let states = |table: Option<&dyn TableLike>| table.is_some_and(|of| of.contains_key(name));
        name != "each" && (states(assume) || states(each))
    }

    /// States an entry otherwise: a number as a number, anything else as an expression. An entry
    /// that may be missing is taken out where the text is empty. Cells the text does not state are
    /// left as they are.
    pub fn set(&mut self, entry: Entry<'_>, text: &str) {
        let text = text.trim();
        match entry {
            Entry::Parameter(name) => {
                let parameters = self.toml.entry("params").or_insert(Item::Table(Table::new()));
                if let Some(parameters) = parameters.as_table_like_mut() {
                    put(parameters, name, text);
                }
            }
            Entry::Is(cell) => self.set_in(cell, "is", text),
            Entry::NoEffect(cell) => self.set_in(cell, "no_effect", text),
            Entry::Source(cell) => self.set_in(cell, "source", text),
        }
    }

    /// The text as it is now.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.toml.to_string();
        if self.windows { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
    }

    fn set_in(&mut self, cell: &str, key: &str, text: &str) {
        let Some(table) = self.table_of(cell) else { return };
        let Some(stated) = table.get_mut(cell) else { return };
        if stated.as_table_like().is_none() {
            // A cell may be nothing but its value.
            if key == "is" {
                return put(table, cell, text);
            }
            let Some(value) = stated.as_value().cloned() else { return };
            let decor = value.decor().clone();
            let mut alone = InlineTable::new();
            alone.insert("is", value.decorated("", ""));
            *alone.decor_mut() = decor;
            *stated = Item::Value(Value::InlineTable(alone));
        }
        let Some(inside) = stated.as_table_like_mut() else { return };
        if text.is_empty() && key != "is" {
            inside.remove(key);
        } else {
            put(inside, key, text);
        }
        if let Some(inline) = stated.as_inline_table_mut() {
            spaced(inline);
        }
    }

    /// Where a cell is stated.
    fn table_of(&mut self, cell: &str) -> Option<&mut dyn TableLike> {
        if !self.has_cell(cell) {
            return None;
        }
        let assume = self.toml.get_mut("assume")?.as_table_like_mut()?;
        if assume.contains_key(cell) {
            return Some(assume);
        }
        assume.get_mut("each")?.as_table_like_mut()
    }
}

/// Puts a value in the place of another, with the space and the comment around it.
fn put(table: &mut dyn TableLike, key: &str, text: &str) {
    let mut value = value_of(text);
    if let Some(before) = table.get(key).and_then(Item::as_value) {
        *value.decor_mut() = before.decor().clone();
    }
    match table.get_mut(key) {
        Some(item) => *item = Item::Value(value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// One space around each entry of a table on one line, where entries came or went.
fn spaced(inline: &mut InlineTable) {
    let last = inline.len().saturating_sub(1);
    for (at, (_, value)) in inline.iter_mut().enumerate() {
        let suffix = if at == last { " " } else { "" };
        let own = value.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or(" ");
        let prefix = if own.is_empty() { " ".to_owned() } else { own.to_owned() };
        *value = value.clone().decorated(prefix, suffix);
    }
}

/// A number as TOML writes it, else text.
fn value_of(text: &str) -> Value {
    let is_number = text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first))
        && text.ends_with(|last: char| last.is_ascii_digit());
    match text.parse::<Value>() {
        Ok(value) if is_number && (value.is_integer() || value.is_float()) => value,
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, entries: &[(Entry<'_>, &str)]) -> String {
        let mut scenario = Editable::parse(&Source::new("a.toml", text)).unwrap();
        for (entry, text) in entries {
            scenario.set(*entry, text);
        }
        scenario.text()
    }

    #[test]
    fn what_is_not_changed_stays_letter_by_letter() {
        let text = "# A scenario.\ntitle = 'T'  # its title\n\n[assume]\na = 400 # people\n\
                    b   = { is = \"beta(1,  2)\", source = { ja = \"出\", en = \"s\" } }\n\
                    [assume.c]\nis = 3.0\n[assume.each]\nd.is = \"before(d, 1)\" # last year's\n";
        assert_eq!(changed(text, &[]), text);
        let entries = [
            (Entry::Is("a"), "1_500"),
            (Entry::Is("b"), "0.5"),
            (Entry::Is("c"), "a * 2"),
            (Entry::Is("d"), "before(d, 2)"),
            (Entry::Is("nowhere"), "1"),
        ];
        let expected = text
            .replace("a = 400", "a = 1_500")
            .replace("\"beta(1,  2)\"", "0.5")
            .replace("is = 3.0", "is = \"a * 2\"")
            .replace("before(d, 1)", "before(d, 2)");
        assert_eq!(changed(text, &entries), expected);
        let windows = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(changed(&windows(text), &entries), windows(&expected));
    }

    #[test]
    fn entries_come_and_go() {
        let text = "[assume]\na = 400 # people\nb = { is = 1, no_effect = 0, source = \"s\" }\n";
        let entries = [
            (Entry::Source("a"), "census"),
            (Entry::NoEffect("b"), ""),
            (Entry::Source("b"), "assumed: \"about\" one"),
            (Entry::Parameter("fee"), "3000000.50"),
        ];
        assert_eq!(
            changed(text, &entries),
            "[assume]\na = { is = 400, source = \"census\" } # people\n\
             b = { is = 1, source = 'assumed: \"about\" one' }\n\n[params]\nfee = 3000000.50\n"
        );
    }

    #[test]
    fn only_numbers_are_numbers() {
        for (text, written) in [
            ("1e3", "1e3"),
            ("-0.5", "-0.5"),
            ("inf", "\"inf\""),
            ("1-2", "\"1-2\""),
            ("1979-05-27", "\"1979-05-27\""),
            ("1, b = 2", "\"1, b = 2\""),
            ("true", "\"true\""),
            ("a\n[x]\nb = 1", "\"\"\"\na\n[x]\nb = 1\"\"\""),
        ] {
            let after = changed("[assume]\na = 1\n", &[(Entry::Is("a"), text)]);
            assert_eq!(after, format!("[assume]\na = {written}\n"));
        }
    }

    #[test]
    fn a_text_that_is_no_scenario_is_refused_with_its_place() {
        let problem = Editable::parse(&Source::new("a.toml", "[assume]\na = \n")).unwrap_err();
        assert_eq!(problem.place.map(|place| place.line), Some(2));
    }
}
