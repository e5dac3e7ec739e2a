//! In which clauses two versions differ.

use super::Layout;
use crate::analyse::compare::{Change, How, Version};
use crate::contract::explain::ClauseKind;
use crate::contract::wording::phrase;
use crate::problem::{Language, Text};
use crate::report::document::Document;

impl Layout<'_> {
    pub(super) fn changes(&self, document: &mut Document) {
        let changes = self.versions.changes();
        let (renamed, others): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| change.how == How::Renamed);
        let count = others.len();
        document.heading(phrase!(self.language, "Clauses", "条項"));
        document.paragraph(match (count, self.language) {
            (0, Language::En) => "No clause says anything else".to_owned(),
            (0, Language::Ja) => "内容の異なる条項はありません".to_owned(),
            (1, Language::En) => "Clauses that differ: 1".to_owned(),
            (_, Language::En) => format!("Clauses that differ: {count}"),
            (_, Language::Ja) => format!("異なる条項: {count} 件"),
        });
        for change in others {
            document.gap();
            self.change(change, document);
        }
        if !renamed.is_empty() {
            document.gap();
            document.caption(phrase!(self.language, "Only renamed", "名称だけが異なるもの"));
            document.list(renamed.into_iter().map(|change| self.renamed(change)).collect());
        }
    }

    fn change(&self, change: &Change, document: &mut Document) {
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
            false => phrase!(self.language, "{kind} \"{title}\"", "{kind}「{title}」"),
        };
        let clause = change.b.as_ref().or(change.a.as_ref()).and_then(|of| of.clause.as_ref());
        if let Some(clause) = clause {
            head += &phrase!(self.language, ", {clause}", "、{clause}");
        }
        document.paragraph(format!("{head}: {how}"));
        let mut items = Vec::new();
        let places: Vec<String> =
            [&change.a, &change.b].into_iter().flatten().filter_map(place).collect();
        if !places.is_empty() {
            items.push(format!("--> {}", places.join(" -> ")));
        }
        for term in &change.terms {
            let item = term.item.within(self.language);
            if !item.is_empty() && item != title {
                items.push(item.to_owned());
            }
            let lines = |words: &Option<Text>| -> Vec<String> {
                let words = words.iter().flat_map(|words| words.within(self.language).lines());
                words.map(str::to_owned).collect()
            };
            let (before, after) = (lines(&term.before), lines(&term.after));
            // Of a long rule only the lines that differ are shown.
            for line in before.iter().filter(|line| !after.contains(line)) {
                items.push(format!("  A  {}", unmarked(line)));
            }
            for line in after.iter().filter(|line| !before.contains(line)) {
                items.push(format!("  B  {}", unmarked(line)));
            }
            if before == after {
                let line = before.first().map(String::as_str).unwrap_or_default();
                items.push(format!("  A, B  {}", unmarked(line)));
            }
        }
        document.list(items);
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
        format!("{kind}: {} -> {}", name(&change.a), name(&change.b))
    }

    /// What must be known before the figures are read.
    pub(super) fn cautions(&self, document: &mut Document) {
        for (letter, only) in ["A", "B"].into_iter().zip(self.versions.only_in_one()) {
            if only.is_empty() {
                continue;
            }
            let list: Vec<String> = only.iter().map(|(id, at)| format!("{id} ({at})")).collect();
            let list = list.join(self.language.comma());
            document.paragraph(phrase!(
                self.language,
                "Only {letter} measures: {list}",
                "{letter} だけが測定する成果: {list}"
            ));
        }
        for title in self.versions.measured_otherwise() {
            let title = title.within(self.language);
            document.paragraph(phrase!(
                self.language,
                "\"{title}\" is not measured alike in both; figures below take one value for both",
                "「{title}」の測り方は両者で異なります。以下の金額は同じ値を両者に当てはめたものです"
            ));
        }
    }

    /// Measurements that two scenarios draw under two names have two sets of random numbers.
    pub(super) fn drawn_apart(&self, document: &mut Document) {
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
            return;
        }
        let list = titles.join(self.language.comma());
        document.paragraph(phrase!(
            self.language,
            "Measured with other random numbers in each scenario, being called otherwise: {list}",
            "名称が異なるため、測定の乱数がシナリオごとに異なるもの: {list}"
        ));
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
