//! The templates: their files, their main indicator, and what is assumed where nobody answers.

use engine::problem::Text;
use rust_decimal::Decimal;

use super::text::grouped;
use crate::arguments::TemplateName;

/// A template.
pub(super) struct Kind {
    /// The contract, with places for what is answered.
    pub(super) contract: &'static str,
    /// The scenario, with places for what is answered.
    pub(super) scenario: &'static str,
    /// Asks for the target of the main indicator: the value from which its full amount is paid.
    pub(super) question: Text,
    /// What the target is counted in.
    pub(super) unit: Text,
    /// The target, unless answered.
    pub(super) target: Decimal,
    /// The least and the most that a target may be.
    pub(super) range: [Decimal; 2],
    /// Decimals of the target, and of every value derived from it.
    pub(super) digits: u32,
    /// What is measured without the programme, as a part of the target.
    pub(super) without: Decimal,
    /// The most that is paid in all, unless answered: yen.
    pub(super) cap: Decimal,
    /// Years from the first to the last day, unless answered.
    pub(super) years: i64,
    /// How the main indicator is paid.
    pub(super) main: Main,
    /// How the other indicator is paid.
    pub(super) second: Second,
    /// Yen of the most of one evaluation, for each person of the second indicator.
    pub(super) yen_per_person: Decimal,
    /// The fewest people, however small the amount.
    pub(super) fewest_people: u32,
    /// The outcomes of an evaluation that is on target, as an example states them.
    pub(super) on_target: &'static str,
    /// The scenario's cell that holds what the programme achieves.
    pub(super) cell: &'static str,
}

/// How a main indicator is paid, up to its full amount at the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Main {
    /// In three steps, on half, three quarters and all of the target.
    Steps,
    /// In a straight line up to the target.
    Line,
}

/// How the other indicator is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// In a straight line between two shares.
    Share,
    /// By the head.
    Heads,
}

impl Kind {
    /// The template of this name.
    pub(super) fn of(template: TemplateName) -> Self {
        match template {
            TemplateName::BloodPressure => Self {
                contract: include_str!("../../templates/blood-pressure.rhai"),
                scenario: include_str!("../../templates/blood-pressure.toml"),
                question: text!(
                    "From what mean fall in systolic blood pressure is the full amount paid?",
                    "収縮期血圧が平均でどれだけ下がれば満額を支払いますか"
                ),
                unit: Text::from("mmHg"),
                target: Decimal::from(5),
                range: [3, 30].map(Decimal::from),
                digits: 1,
                without: Decimal::new(20, 2),
                cap: Decimal::from(18_000_000),
                years: 2,
                main: Main::Steps,
                second: Second::Share,
                yen_per_person: Decimal::from(15_000),
                fewest_people: 200,
                on_target: "sbp_reduction: {{target}}, participation: percent(50)",
                cell: "effect",
            },
            TemplateName::CarePrevention => Self {
                contract: include_str!("../../templates/care-prevention.rhai"),
                scenario: include_str!("../../templates/care-prevention.toml"),
                question: text!(
                    "What part of the participants must keep or improve their strength for the full amount?",
                    "参加者のどれだけが身体機能を維持・改善すれば満額を支払いますか"
                ),
                unit: Text::from("%"),
                target: Decimal::from(70),
                range: [20, 95].map(Decimal::from),
                digits: 1,
                without: Decimal::new(75, 2),
                cap: Decimal::from(15_000_000),
                years: 3,
                main: Main::Line,
                second: Second::Heads,
                yen_per_person: Decimal::from(30_000),
                fewest_people: 100,
                on_target: "kept: percent({{target}}), participants: {{people}}",
                cell: "kept",
            },
            TemplateName::Screening => Self {
                contract: include_str!("../../templates/screening.rhai"),
                scenario: include_str!("../../templates/screening.toml"),
                question: text!(
                    "What part of those invited must be screened for the full amount?",
                    "勧奨した人のどれだけが受診すれば満額を支払いますか"
                ),
                unit: Text::from("%"),
                target: Decimal::from(20),
                range: [2, 95].map(Decimal::from),
                digits: 1,
                without: Decimal::new(50, 2),
                cap: Decimal::from(10_000_000),
                years: 2,
                main: Main::Line,
                second: Second::Share,
                yen_per_person: Decimal::from(500),
                fewest_people: 1_000,
                on_target: "uptake: percent({{target}}), workup: percent(90)",
                cell: "uptake",
            },
            TemplateName::Medication => Self {
                contract: include_str!("../../templates/medication.rhai"),
                scenario: include_str!("../../templates/medication.toml"),
                question: text!(
                    "What part of those notified must improve their medication for the full amount?",
                    "通知した人のどれだけが重複・多剤服薬を解消すれば満額を支払いますか"
                ),
                unit: Text::from("%"),
                target: Decimal::from(30),
                range: [5, 95].map(Decimal::from),
                digits: 1,
                without: Decimal::new(40, 2),
                cap: Decimal::from(12_000_000),
                years: 2,
                main: Main::Line,
                second: Second::Share,
                yen_per_person: Decimal::from(8_000),
                fewest_people: 100,
                on_target: "improved: percent({{target}}), consulted: percent(40)",
                cell: "improved",
            },
            TemplateName::HealthPoints => Self {
                contract: include_str!("../../templates/health-points.rhai"),
                scenario: include_str!("../../templates/health-points.toml"),
                question: text!(
                    "How many more steps a day must people walk on average for the full amount?",
                    "一日の歩数が平均でどれだけ増えれば満額を支払いますか"
                ),
                unit: text!("steps", "歩"),
                target: Decimal::from(1_500),
                range: [500, 10_000].map(Decimal::from),
                digits: 0,
                without: Decimal::new(20, 2),
                cap: Decimal::from(30_000_000),
                years: 3,
                main: Main::Line,
                second: Second::Heads,
                yen_per_person: Decimal::from(10_000),
                fewest_people: 200,
                on_target: "steps: {{target}}, participants: {{people}}",
                cell: "effect",
            },
            TemplateName::Employment => Self {
                contract: include_str!("../../templates/employment.rhai"),
                scenario: include_str!("../../templates/employment.toml"),
                question: text!(
                    "What part of the participants must be in work for six months for the full amount?",
                    "参加者のどれだけが六か月以上働き続ければ満額を支払いますか"
                ),
                unit: Text::from("%"),
                target: Decimal::from(40),
                range: [5, 95].map(Decimal::from),
                digits: 1,
                without: Decimal::new(50, 2),
                cap: Decimal::from(24_000_000),
                years: 3,
                main: Main::Line,
                second: Second::Heads,
                yen_per_person: Decimal::from(150_000),
                fewest_people: 40,
                on_target: "in_work: percent({{target}}), participants: {{people}}",
                cell: "in_work",
            },
        }
    }

    /// A target with its unit: `1,500 steps`, `70%`.
    pub(super) fn with_unit(&self, target: Decimal) -> Text {
        let target = grouped(target, ',');
        let said = |unit: &str| match unit {
            "%" => format!("{target}%"),
            unit => format!("{target} {unit}"),
        };
        Text { en: said(&self.unit.en), ja: said(&self.unit.ja) }
    }
}
