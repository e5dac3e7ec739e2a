//! What two versions are and in which clauses they differ.

use engine::analyse::compare::{Change, How, Priced, Settled, Version, Versions};
use engine::contract::Contract;
use engine::contract::explain::ClauseKind;
use engine::problem::Language;

use super::Under;
use crate::money::Currency;

pub(super) struct Layout<'a> {
    pub(super) versions: &'a Versions,
    /// The scenario of each, where each is priced under one of its own.
    under: Option<&'a [Under; 2]>,
    pub(super) language: Language,
    pub(super) currency: Currency<'a>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(
        versions: &'a Versions,
        under: Option<&'a [Under; 2]>,
        language: Language,
    ) -> Self {
        let currency = Currency::new(&versions.a.currency, language);
        Layout { versions, under, language, currency }
    }

    pub(super) fn report(&self, priced: Option<&Priced>, settled: Option<&Settled>) -> String {
        let mut parts = vec![self.heading(), self.changes(), self.cautions()];
        if self.under.is_some() {
            parts.push(self.drawn_apart());
        }
        if let Some(priced) = priced {
            parts.extend([self.figures(priced), self.by_date(priced), self.regions(priced)]);
            parts.push(self.furthest(priced));
        }
        parts.push(self.past(settled));
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    fn heading(&self) -> String {
        let line = |side: usize, letter: &str, of: &Contract| {
            let (title, file) = (of.title.within(self.language), &of.file);
            let own =
                pick!(self.language, "{letter}: {title} ({file})", "{letter}: {title}（{file}）");
            // One contract under two scenarios is told apart by them.
            let Some(under) = self.under else { return own + "\n" };
            let Under { path, scenario } = &under[side];
            let scenario = scenario.title.within(self.language);
            own + pick!(self.language, ", {scenario} ({path})\n", "、{scenario}（{path}）\n")
                .as_str()
        };
        [line(0, "A", &self.versions.a), line(1, "B", &self.versions.b)].concat()
    }

    fn changes(&self) -> String {
        let changes = self.versions.changes();
        let (renamed, others): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| change.how == How::Renamed);
        let count = others.len();
        let mut text = match (count, self.language) {
            (0, Language::En) => "No clause says anything else\n".to_owned(),
            (0, Language::Ja) => "内容の異なる条項はありません\n".to_owned(),
            (1, Language::En) => "Clauses that differ: 1\n".to_owned(),
            (_, Language::En) => format!("Clauses that differ: {count}\n"),
            (_, Language::Ja) => format!("異なる条項: {count} 件\n"),
        };
        for change in others {
            text += &self.change(change);
        }
        if !renamed.is_empty() {
            text += &pick!(self.language, "\nOnly renamed\n", "\n名称だけが異なるもの\n");
            for change in renamed {
                text += &self.renamed(change);
            }
        }
        text
    }

    fn change(&self, change: &Change) -> String {
        let kind = change.kind.words();
        let kind = kind.within(self.language);
        let how = match (change.how, self.language) {
            (How::Added, Language::En) => "added",
            (How::Removed, Language::En) => "removed",
            (How::Changed | How::Renamed, Language::En) => "changed",
            (How::Added, Language::Ja) => "追加",
            (How::Removed, Language::Ja) => "削除",
            (How::Changed | How::Renamed, Language::Ja) => "変更",
        };
        let title = change.title().map(|title| title.within(self.language)).unwrap_or_default();
        let mut head = match title == kind {
            true => kind.to_owned(),
            false => pick!(self.language, "{kind} \"{title}\"", "{kind}「{title}」"),
        };
        let clause = change.b.as_ref().or(change.a.as_ref()).and_then(|of| of.clause.as_ref());
        if let Some(clause) = clause {
            head += &pick!(self.language, ", {clause}", "、{clause}");
        }
        let mut text = pick!(self.language, "\n{head}: {how}\n", "\n{head}: {how}\n");
        let places: Vec<String> =
            [&change.a, &change.b].into_iter().flatten().filter_map(place).collect();
        if !places.is_empty() {
            text += &format!("  --> {}\n", places.join(" -> "));
        }
        for term in &change.terms {
            let item = term.item.within(self.language);
            if !item.is_empty() && item != title {
                text += &format!("  {item}\n");
            }
            let lines = |words: &Option<engine::problem::Text>| -> Vec<String> {
                let words = words.iter().flat_map(|words| words.within(self.language).lines());
                words.map(str::to_owned).collect()
            };
            let (before, after) = (lines(&term.before), lines(&term.after));
            // Of a long rule only the lines that differ are shown.
            for line in before.iter().filter(|line| !after.contains(line)) {
                text += &format!("    A  {}\n", unmarked(line));
            }
            for line in after.iter().filter(|line| !before.contains(line)) {
                text += &format!("    B  {}\n", unmarked(line));
            }
            if before == after {
                let line = before.first().map(String::as_str).unwrap_or_default();
                text += &format!("    A, B  {}\n", unmarked(line));
            }
        }
        text
    }

    fn renamed(&self, change: &Change) -> String {
        let kind = change.kind.words();
        let kind = kind.within(self.language);
        let name = |of: &Option<Version>| {
            of.as_ref().map_or_else(String::new, |of| {
                let title = of.title.within(self.language);
                if title == of.id { title.to_owned() } else { format!("{title} (`{}`)", of.id) }
            })
        };
        format!("  {kind}: {} -> {}\n", name(&change.a), name(&change.b))
    }

    /// What must be known before the figures are read.
    fn cautions(&self) -> String {
        let mut text = String::new();
        for (letter, only) in ["A", "B"].into_iter().zip(self.versions.only_in_one()) {
            if only.is_empty() {
                continue;
            }
            let list: Vec<String> = only.iter().map(|(id, at)| format!("{id} ({at})")).collect();
            let list = list.join(", ");
            text += &pick!(
                self.language,
                "Only {letter} measures: {list}\n",
                "{letter} だけが測定する成果: {list}\n"
            );
        }
        for title in self.versions.measured_otherwise() {
            let title = title.within(self.language);
            text += &pick!(
                self.language,
                "\"{title}\" is not measured alike in both; figures below take one value for both\n",
                "「{title}」の測り方は両者で異なります。以下の金額は同じ値を両者に当てはめたものです\n"
            );
        }
        text
    }

    /// Measurements that two scenarios draw under two names have two sets of random numbers.
    fn drawn_apart(&self) -> String {
        let changes = self.versions.changes();
        let renamed = changes.iter().filter(|change| {
            let ids = [&change.a, &change.b].map(|of| of.as_ref().map(|of| &of.id));
            change.kind == ClauseKind::Indicator
                && ids[0].is_some()
                && ids[1].is_some()
                && ids[0] != ids[1]
        });
        let titles: Vec<&str> = renamed
            .filter_map(|change| change.title())
            .map(|title| title.within(self.language))
            .collect();
        if titles.is_empty() {
            return String::new();
        }
        let list = titles.join(&pick!(self.language, ", ", "、"));
        pick!(
            self.language,
            "Measured with other random numbers in each scenario, being called otherwise: {list}\n",
            "名称が異なるため、測定の乱数がシナリオごとに異なるもの: {list}\n"
        )
    }
}

/// A line without the mark of a bullet.
fn unmarked(line: &str) -> &str {
    let line = line.trim();
    line.strip_prefix("- ").unwrap_or(line)
}

fn place(of: &Version) -> Option<String> {
    let place = of.place.as_ref()?;
    Some(match place.line {
        0 => place.file.clone(),
        line => format!("{}:{line}", place.file),
    })
}
