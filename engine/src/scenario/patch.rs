//! A file that changes a scenario entry by entry: other assumptions, the same random numbers.

use super::beside;
use super::document::{Below, Document, Entry, REPLACED};
use crate::Files;
use crate::evidence;
use crate::problem::{Problem, Source, Text, did_you_mean, say};

/// What a patch may state beside the entries of a scenario.
pub(super) const ENTRIES: [&str; 2] = ["base", "why"];

/// Patches of patches beyond this number are a mistake.
const DEPTH_MAX: usize = 16;

/// Changes of a scenario.
///
/// A patch states entries of a scenario, each in place of the one that stands there. In an
/// expression `base` is the expression it replaces: `is = "0.5 * base"`. The source of a number goes
/// with the number: a cell that is patched has the source that the patch states, or none.
#[derive(Debug, Clone)]
pub struct Patch {
    /// What it is called; its file where it has no title.
    pub title: Text,
    /// Why things might be so.
    pub why: Option<Text>,
    /// The scenario it is made for, if it says: a path.
    pub base: Option<String>,
    pub(super) source: Source,
}

impl Patch {
    /// Reads a patch.
    ///
    /// # Errors
    /// A file that cannot be read, or is no TOML. Whether its entries fit is told where it is laid
    /// over a scenario, by [`Scenario::read_with`](super::Scenario::read_with).
    pub fn read(files: &dyn Files, path: &str) -> Result<Patch, Vec<Problem>> {
        let one = |problem| vec![problem];
        evidence::expect_kind(path, evidence::Kind::Scenario).map_err(one)?;
        Patch::parse(evidence::read_text(files, path).map_err(one)?)
    }

    /// Entries of another file that count for a scenario: its title does not tell of them.
    pub(crate) fn untitled(source: Source) -> Patch {
        Patch { title: Text::from(""), why: None, base: None, source }
    }

    /// Reads a patch from its text.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(source: Source) -> Result<Patch, Vec<Problem>> {
        let document = Document::parse(&source).map_err(|problem| vec![problem])?;
        let root = document.root();
        let text = |key: &str| root.has(key).then(|| root.title(key)).flatten();
        let (title, why) = (text("title"), text("why"));
        let base = root.has("base").then(|| root.text("base")).flatten();
        let problems = document.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Patch {
            title: title.unwrap_or_else(|| Text::from(source.file())),
            why,
            base: base.map(|base| beside(source.file(), &base)),
            source,
        })
    }

    /// Refuses a patch that is made for another scenario than the one at `scenario`. It is the same
    /// file where the same stands in it, however its path is written.
    ///
    /// # Errors
    /// Another base, or one that cannot be read.
    pub fn is_made_for(&self, files: &dyn Files, scenario: &str) -> Result<(), Problem> {
        let Some(base) = &self.base else { return Ok(()) };
        let same = match (files.read(base), files.read(scenario)) {
            (Ok(theirs), Ok(ours)) => theirs == ours,
            _ => false,
        };
        if same {
            return Ok(());
        }
        Err(Problem::error(
            "other-base",
            say!("this patch is made for another scenario", "このパッチは別のシナリオのものです"),
        )
        .found(Text::from(base.as_str()))
        .expected(Text::from(scenario))
        .help(say!(
            "name patches whose `base` is the scenario, or write its path relative to the patch",
            "`base` がこのシナリオを指すパッチを指定するか、パッチから見たこのシナリオのパスを書いてください"
        ))
        .at(base_place(self)))
    }

    /// What stands in it.
    pub(crate) fn text(&self) -> &str {
        self.source.text()
    }

    /// The file it was read from.
    #[must_use]
    pub fn file(&self) -> &str {
        self.source.file()
    }
}

/// An entry of a patch that takes the place of an earlier patch's, of which nothing is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overwritten {
    /// The patch whose entry is gone, as a position among the patches.
    pub earlier: usize,
    /// The patch that states it anew.
    pub later: usize,
    /// The entry: `assume.uptake`.
    pub entry: String,
}

/// What later patches put in the place of earlier ones' entries without using them as `base`.
///
/// # Errors
/// A patch that is no TOML.
pub fn overwritten(patches: &[&Patch]) -> Result<Vec<Overwritten>, Problem> {
    let Some((first, rest)) = patches.split_first() else { return Ok(Vec::new()) };
    let over: Vec<&Source> = rest.iter().map(|patch| &patch.source).collect();
    let document = Document::layered(&first.source, &over)?;
    let layers = document.entries();
    let mut found = Vec::new();
    for (later, entries) in layers.iter().enumerate() {
        for entry in entries {
            if is_prose(&entry.path) || words(entry.text).any(|word| word == REPLACED) {
                continue;
            }
            // A plain cell states its value as a table does with `is`.
            let path = |entry: &Entry<'_>| {
                entry.path.strip_suffix(&["is"]).unwrap_or(&entry.path).join(".")
            };
            let own = path(entry);
            let has = |earlier: &usize| layers[*earlier].iter().any(|one| path(one) == own);
            if let Some(earlier) = (0..later).rev().find(has) {
                found.push(Overwritten { earlier, later, entry: own });
            }
        }
    }
    Ok(found)
}

/// The names in an expression.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// The scenario at the bottom of a file and the patches that lie over it, the file itself first.
pub(super) fn base_of(files: &dyn Files, path: &str) -> Result<(Source, Vec<Patch>), Vec<Problem>> {
    let mut path = path.to_owned();
    let mut patches: Vec<Patch> = Vec::new();
    loop {
        let source = evidence::read_text(files, &path).map_err(|problem| {
            vec![match patches.last() {
                Some(patch) => problem.at(base_place(patch)),
                None => problem,
            }]
        })?;
        let is_patch = match Document::parse(&source) {
            Ok(document) => document.root().has("base"),
            // It is told where it is read as a whole.
            Err(_) => false,
        };
        if !is_patch {
            return Ok((source, patches));
        }
        let patch = Patch::parse(source)?;
        let Some(base) = patch.base.clone() else { return Ok((patch.source, patches)) };
        let again = base == patch.file() || patches.iter().any(|known| known.file() == base);
        if again || patches.len() >= DEPTH_MAX {
            return Err(vec![
                Problem::error(
                    "cycle",
                    say!("`{base}` is its own base", "`{base}` の base が自分自身に戻ります"),
                )
                .at(base_place(&patch)),
            ]);
        }
        patches.push(patch);
        path = base;
    }
}

fn base_place(patch: &Patch) -> crate::problem::Place {
    match Document::parse(&patch.source) {
        Ok(document) => document.root().place("base"),
        Err(_) => patch.source.whole(),
    }
}

/// Refuses what would change nothing, or more than it says.
pub(super) fn check(document: &Document<'_>) {
    for entries in document.entries_over() {
        for entry in &entries {
            match (&entry.path[..], entry.below) {
                (["contract"], _) => document.report(
                    Problem::error(
                        "patched-contract",
                        say!(
                            "a patch keeps the contract of its scenario",
                            "パッチで契約を差し替えることはできません"
                        ),
                    )
                    .help(say!(
                        "change values of the contract under [params]; `seika compare` compares two contracts",
                        "契約の値は [params] で変えてください。二つの契約の比較は `seika compare` です"
                    ))
                    .at(entry.place.clone()),
                ),
                (path, Below::Table) if is_prose(path) => {}
                (path, Below::Table) => {
                    let name = path.join(".");
                    document.report(
                        Problem::error(
                            "patched-table",
                            say!(
                                "`{name}` is a table in the scenario, with entries that would be lost",
                                "`{name}` はシナリオでは表で、ほかの項目が失われます"
                            ),
                        )
                        .expected(say!(
                            "the entry that changes: [{name}] and is = \"…\"",
                            "変える項目: [{name}] と is = \"…\""
                        ))
                        .at(entry.place.clone()),
                    );
                }
                (["assume", rest @ ..], Below::Nothing) => unknown_cell(document, entry, rest, &entries),
                _ => {}
            }
        }
    }
}

/// A new cell that nothing of the patch uses would change nothing: its name is misspelt.
fn unknown_cell(document: &Document<'_>, entry: &Entry<'_>, rest: &[&str], all: &[Entry<'_>]) {
    let (name, at_each) = match rest {
        ["each", name, ..] => (*name, true),
        [name, ..] => (*name, false),
        [] => return,
    };
    let once = document.names_below(&["assume"]).into_iter().filter(|name| *name != "each");
    let [once, each] = [once.collect(), document.names_below(&["assume", "each"])];
    let (own, other) = if at_each { (&each, &once) } else { (&once, &each) };
    if own.contains(&name) {
        return;
    }
    if other.contains(&name) {
        return document.report(misplaced(entry, name, at_each));
    }
    let known: Vec<&str> = once.into_iter().chain(each).collect();
    let prose = |path: &[&str]| is_prose(path) || matches!(path, [.., "unit"]);
    let used = all.iter().filter(|other| !prose(&other.path) && !other.path.contains(&name));
    if used.into_iter().any(|other| words(other.text).any(|word| word == name)) {
        return;
    }
    let problem = Problem::error(
        "unknown-cell",
        say!(
            "the scenario has no cell `{name}`, and nothing of the patch uses it",
            "`{name}` というセルはシナリオになく、パッチの中でも使われていません"
        ),
    )
    .expected(Text::from(known.join(", ")))
    .at(entry.place.clone());
    document.report(match did_you_mean(name, known.iter().copied()) {
        Some(near) => problem.help(near),
        None => problem,
    });
}

/// A cell that the scenario draws once, patched as one that is drawn at every evaluation, or the
/// other way round.
fn misplaced(entry: &Entry<'_>, name: &str, at_each: bool) -> Problem {
    let drawn = match at_each {
        true => say!("once", "一度だけ"),
        false => say!("at every evaluation", "評価ごとに"),
    };
    let section = if at_each { "assume" } else { "assume.each" };
    Problem::error(
        "misplaced-cell",
        say!(
            "the scenario draws `{name}` {}: it stands under [{section}]",
            "シナリオの `{name}` は{}引かれるセルで、[{section}] にあります",
            drawn
        ),
    )
    .help(say!("write [{section}.{name}]", "[{section}.{name}] と書いてください"))
    .at(entry.place.clone())
}

/// Whether an entry is what people read: it changes no figure, and needs no `base` to be kept.
pub(super) fn is_prose(path: &[&str]) -> bool {
    let within = path.strip_suffix(&["ja"]).or_else(|| path.strip_suffix(&["en"])).unwrap_or(path);
    matches!(path, ["title" | "why" | "base", ..])
        || matches!(within, [_, _, .., "title" | "source" | "note"])
}

/// The title of a scenario, with those of its patches.
pub(super) fn title(document: &Document<'_>, source: &Source, patches: &[&Patch]) -> Text {
    let base = document.bottom().title("title").unwrap_or_else(|| Text::from(source.file()));
    let titles = patches.iter().map(|patch| patch.title.clone());
    let titles: Vec<Text> = titles.filter(|title| !title.en.is_empty()).collect();
    if titles.is_empty() {
        return base;
    }
    let titles = Text::join(&titles, &say!(", ", "、"));
    say!("{}: {}", "{}：{}", base, titles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    const CONTRACT: &str = r#"
        contract("c", #{ title: "c", currency: "JPY", from: "2024-04-01", to: "2025-03-31",
            tax: unstated(), rounding: down(1) });
        let city = party("city", #{ role: "payer" });
        let vendor = party("vendor", #{ role: "provider" });
        evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }]);
        let most = param("most", yen(1_000_000), [yen(0), yen(2_000_000)]);
        let rate = share("rate", #{ of: |p| p.yes, read: half_up(3), source: "s", missing: "as_no" });
        pay("line", |e| linear(e[rate], [0, yen(0)], [1, most]), #{ by: city, to: vendor });
    "#;
    const SCENARIO: &str = r#"
        title = { ja = "基本", en = "Base" }
        contract = "c.rhai"
        paths = 100
        seed = 7
        [assume]
        p = { is = "beta(3, 5)", no_effect = "0.1", source = "a study" }
        people = 100
        [outcomes.rate]
        value = "p"
        n = "people"
    "#;

    struct Folder(Vec<(&'static str, String)>);

    impl Files for Folder {
        fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
            let found = self.0.iter().find(|(name, _)| *name == path);
            let text = found.ok_or(std::io::ErrorKind::NotFound)?;
            Ok(text.1.as_bytes().to_vec())
        }
    }

    fn with(patches: &[&str]) -> Result<Scenario, Vec<Problem>> {
        let files = Folder(vec![("c.rhai", CONTRACT.into()), ("s.toml", SCENARIO.into())]);
        let patches: Vec<Patch> = (0..)
            .zip(patches)
            .map(|(at, text)| Patch::parse(Source::new(format!("p{at}.toml"), *text)).unwrap())
            .collect();
        Scenario::read_with(&files, "s.toml", &patches)
    }

    fn cell(scenario: &Scenario, name: &str) -> (String, Option<String>, Option<String>) {
        let found = scenario.assumptions.iter().find(|of| of.name == name).unwrap();
        let source = found.source.as_ref().map(|source| source.en.clone());
        (found.is.clone(), found.no_effect.clone(), source)
    }

    #[test]
    fn an_expression_stands_for_the_one_it_replaces_and_its_source_goes_with_it() {
        let half = "title = \"Half\"\n[assume.p]\nis = \"0.5 * base\"";
        let patched = with(&[half]).unwrap();
        let expected = ("0.5 * (beta(3, 5))".to_owned(), Some("0.1".to_owned()), None);
        assert_eq!(cell(&patched, "p"), expected);
        assert_eq!(patched.title.en, "Base: Half");
        let again = with(&[half, "[assume.p]\nis = \"base + 0.1\"\nsource = \"b\""]).unwrap();
        let (is, no_effect, source) = cell(&again, "p");
        assert_eq!(is, "(0.5 * (beta(3, 5))) + 0.1");
        assert_eq!((no_effect.as_deref(), source.as_deref()), (Some("0.1"), Some("b")));
        assert_eq!(again.title.ja, "基本：Half、p1.toml");
    }

    #[test]
    fn plain_cells_outcomes_and_parameters_are_patched_too() {
        let patched = with(&[
            "[assume]\npeople = \"base / 2\"",
            "[assume.people]\nis = \"base - 10\"\n[outcomes.rate]\nvalue = \"min(1, 2 * base)\"\n[params]\nmost = 500_000",
        ])
        .unwrap();
        assert_eq!(cell(&patched, "people").0, "((100) / 2) - 10");
        assert_eq!(cell(&patched, "outcomes.rate").0, "value: min(1, 2 * (p)), n: people");
        assert_eq!(patched.contract.parameters[0].value, rust_decimal::Decimal::from(500_000));
    }

    #[test]
    fn a_table_over_a_plain_cell_keeps_its_value_until_it_states_another() {
        let idle = "[assume.people]\nno_effect = 90\ntitle = \"People\"";
        let expected = |is: &str| (is.to_owned(), Some("90".to_owned()), None);
        assert_eq!(cell(&with(&[idle]).unwrap(), "people"), expected("100"));
        // The value of an earlier patch, and one that a later patch makes of it.
        let half = "[assume]\npeople = \"base / 2\"";
        assert_eq!(cell(&with(&[half, idle]).unwrap(), "people"), expected("(100) / 2"));
        let less = "[assume.people]\nis = \"base - 10\"";
        let all = with(&[half, idle, less]).unwrap();
        assert_eq!(cell(&all, "people"), expected("((100) / 2) - 10"));
        // A cell of its own still needs a value.
        let problems = with(&["[assume]\nq.no_effect = 1\n[assume.p]\nis = \"q\""]).unwrap_err();
        assert!(problems.iter().any(|problem| problem.id == "missing-key"), "{problems:?}");
    }

    #[test]
    fn what_would_change_nothing_or_too_much_is_refused_in_its_own_file() {
        for (text, id, line) in [
            ("[assume]\nq = \"0.5\"", "unknown-cell", 2),
            ("\n[assume.pp]\nis = \"0.5\"", "unknown-cell", 3),
            ("why = \"of pp\"\n[assume.pp]\nis = \"0.5\"\nsource = \"pp\"", "unknown-cell", 3),
            ("[assume]\np = \"0.5 * base\"", "patched-table", 2),
            ("contract = \"d.rhai\"", "patched-contract", 1),
            ("[outcomes.ratio]\nvalue = 1", "unknown-indicator", 1),
            ("[asume.p]\nis = 1", "unknown-key", 1),
            ("[assume.each.p]\nis = \"0.5 * base\"", "misplaced-cell", 2),
            ("[assume.each]\np = 0.5", "misplaced-cell", 2),
            ("[params]\nmost = 2_000_001", "parameter-out-of-range", 2),
            ("[assume.p]\nis = \"0.5 * basis\"", "unknown-cell", 2),
            ("[assume.p]\nis = \"normal(base, 0) * wrong\"", "unknown-cell", 2),
        ] {
            let problems = with(&[text]).unwrap_err();
            let place = problems[0].place.as_ref().unwrap();
            let found = (problems[0].id, place.file.as_str(), place.line);
            assert_eq!(found, (id, "p0.toml", line), "{text}: {problems:?}");
        }
    }

    #[test]
    fn the_base_is_drawn_once_and_before_anything_the_patch_draws() {
        use crate::simulate::{Settings, Unwatched, Wanted, columns};
        let payments = |scenario: &Scenario| {
            let wanted = [Wanted::everywhere(scenario.model.effect.payment)];
            columns(scenario, &Settings::default(), &Unwatched, &wanted, None).unwrap().remove(0)
        };
        let base = payments(&with(&[]).unwrap());
        for same in [
            "base",
            "0.5 * base + 0.5 * base",
            "if base > 0.4 { base } else { min(base, 1) }",
            "0 * uniform(0, 1) + base",
        ] {
            let patched = with(&[&format!("[assume.p]\nis = \"{same}\"")]).unwrap();
            assert_eq!(payments(&patched), base, "{same}");
        }
    }

    #[test]
    fn what_a_later_patch_takes_the_place_of_is_told() {
        let patch = |text: &str| Patch::parse(Source::new("p.toml", text)).unwrap();
        let half = patch("title = \"a\"\n[assume.p]\nis = \"0.5 * base\"\nsource = \"s\"");
        let anew = patch("title = \"b\"\n[assume.p]\nis = 0.1\nsource = \"t\"");
        assert_eq!(overwritten(&[&anew, &half]).unwrap(), []);
        let gone = Overwritten { earlier: 0, later: 1, entry: "assume.p".into() };
        assert_eq!(overwritten(&[&half, &anew]).unwrap(), [gone]);
    }

    #[test]
    fn a_new_cell_that_the_patch_uses_is_no_mistake() {
        let patched = with(&["[assume]\nloss = 0.2\n[assume.p]\nis = \"base * (1 - loss)\""]);
        assert_eq!(cell(&patched.unwrap(), "p").0, "(beta(3, 5)) * (1 - loss)");
    }

    #[test]
    fn a_patch_is_a_scenario_by_itself_if_it_names_its_base() {
        let files = Folder(vec![
            ("c.rhai", CONTRACT.into()),
            ("s.toml", SCENARIO.into()),
            ("stress/a.toml", "base = \"../s.toml\"\n[assume.p]\nis = \"base / 2\"".into()),
            ("stress/b.toml", "base = \"a.toml\"\nseed = 8".into()),
            ("loop.toml", "base = \"loop.toml\"".into()),
            ("lost.toml", "base = \"nowhere.toml\"".into()),
        ]);
        let scenario = Scenario::read(&files, "stress/b.toml").unwrap();
        assert_eq!((cell(&scenario, "p").0.as_str(), scenario.seed), ("(beta(3, 5)) / 2", 8));
        let id = |path| Scenario::read(&files, path).unwrap_err()[0].id;
        assert_eq!((id("loop.toml"), id("lost.toml")), ("cycle", "unreadable-file"));
    }
}
