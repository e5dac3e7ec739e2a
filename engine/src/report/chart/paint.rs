//! Colours and dashes.

/// A colour with its dashes. Lightness falls in the order `Second`, `Third`, `First`, so that a grey
/// print tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Blue, for what the chart is about.
    First,
    /// Orange, dashed, for what it is compared with.
    Second,
    /// Bluish green, dotted.
    Third,
    /// Reddish purple, dash and dot.
    Fourth,
    /// Vermilion, long dashes.
    Fifth,
    /// Sky blue, for what lies behind `First`.
    Pale,
    /// Grey, for limits and what explains.
    Quiet,
}

impl Paint {
    /// In the order in which series of equal rank take them.
    pub const SERIES: [Paint; 5] =
        [Paint::First, Paint::Second, Paint::Third, Paint::Fourth, Paint::Fifth];

    /// The colour, as HTML writes it (Okabe and Ito 2008, but for the grey).
    #[must_use]
    pub fn colour(self) -> &'static str {
        match self {
            Paint::First => "#0072b2",
            Paint::Second => "#e69f00",
            Paint::Third => "#009e73",
            Paint::Fourth => "#cc79a7",
            Paint::Fifth => "#d55e00",
            Paint::Pale => "#9fd0ee",
            Paint::Quiet => "#5f6670",
        }
    }

    /// The dashes of a line, as `stroke-dasharray`; `None` for a whole one.
    #[must_use]
    pub fn dashes(self) -> Option<&'static str> {
        match self {
            Paint::First | Paint::Pale => None,
            Paint::Second => Some("7 4"),
            Paint::Third => Some("2 3"),
            Paint::Fourth => Some("8 3 2 3"),
            Paint::Fifth => Some("12 4"),
            Paint::Quiet => Some("4 3"),
        }
    }
}
