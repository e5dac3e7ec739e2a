//! What a scenario draws, in groups that are redrawn together.

use super::cells::{Groups, base_of, draws_in};
use crate::problem::{Language, Text, say};
use crate::scenario::{Model, Scenario};
use crate::simulate::Wanted;

/// What draws random numbers of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorKind {
    /// A cell, at all evaluations together; correlated cells are one factor.
    Cells(Vec<String>),
    /// What `[outcomes]` draws: the luck of measurement.
    Measurement,
    /// Another section that draws: `cohort.residents`, `benefits.care`, `early_end`.
    Section(String),
}

/// A part of a scenario's draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// What draws them.
    pub kind: FactorKind,
    /// As positions in the model's draws.
    pub(super) draws: Vec<usize>,
}

impl Factor {
    /// Every factor, in the order in which its first draw was made; draws of the second
    /// measurement are in no figure.
    pub(super) fn all(model: &Model) -> Vec<Factor> {
        let groups = Groups::of(model);
        let mut all: Vec<Factor> = Vec::new();
        for (position, draw) in model.draws.iter().enumerate() {
            if draw.cell.contains('\u{0}') {
                continue;
            }
            let mut parts = draw.cell.split('.');
            let kind = match (parts.next().unwrap_or_default(), parts.next()) {
                ("outcomes", Some(_)) => FactorKind::Measurement,
                (section, Some(name)) => FactorKind::Section(format!("{section}.{name}")),
                (cell, None) if model.cells.iter().any(|known| base_of(&known.name) == cell) => {
                    FactorKind::Cells(groups.with(cell))
                }
                (section, None) => FactorKind::Section(section.to_owned()),
            };
            match all.iter_mut().find(|factor| factor.kind == kind) {
                Some(factor) => factor.draws.push(position),
                None => all.push(Factor { kind, draws: vec![position] }),
            }
        }
        all
    }

    /// What a figure is made from that is no cell: nobody can hold it, or know it by itself.
    pub(in crate::analyse) fn beside_cells(model: &Model, wanted: Wanted) -> Vec<Factor> {
        let mut all = Factor::all(model);
        all.retain(|of| !matches!(of.kind, FactorKind::Cells(_)) && of.moves(model, wanted));
        all
    }

    /// Whether a figure is made from any of its draws.
    pub(super) fn moves(&self, model: &Model, wanted: Wanted) -> bool {
        let nodes: Vec<_> = std::iter::once(wanted.node).chain(wanted.where_available).collect();
        draws_in(model, &nodes).any(|draw| self.draws.contains(&draw))
    }

    /// Its name in JSON: cells joined by `+`, `outcomes`, or the section.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.kind {
            FactorKind::Cells(cells) => cells.join("+"),
            FactorKind::Measurement => "outcomes".to_owned(),
            FactorKind::Section(name) => name.clone(),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self, scenario: &Scenario) -> Text {
        match &self.kind {
            FactorKind::Cells(cells) => {
                let titles = |language| {
                    let titles = cells.iter().map(|cell| scenario.cell_title(cell, language));
                    titles.collect::<Vec<_>>().join(" + ")
                };
                Text { en: titles(Language::En), ja: titles(Language::Ja) }
            }
            FactorKind::Measurement => {
                say!("Luck of measurement", "測定の偶然")
            }
            FactorKind::Section(name) => {
                let model = &scenario.model;
                let (cohorts, benefits) = (model.cohorts.iter(), model.benefits.iter());
                let mut titles = cohorts
                    .map(|of| (format!("cohort.{}", of.name), &of.title))
                    .chain(benefits.map(|of| (format!("benefits.{}", of.name), &of.title)));
                let title = titles.find(|(known, _)| known == name).map(|(_, title)| title.clone());
                if name == "early_end" {
                    return say!("Early end", "途中終了");
                }
                title.unwrap_or_else(|| Text::from(name.as_str()))
            }
        }
    }
}
