//! Where the values of a chart lie on its picture.

use super::{Chart, Mark};

/// Where the values of both axes lie on the picture.
pub(super) struct Place {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) across: (f64, f64),
    pub(super) up: (f64, f64),
    /// Of categories that run from the top, how high each is and how much of that its name takes,
    /// which stands over what is drawn; `None` where values run from the bottom.
    pub(super) rows: Option<Rows>,
}

/// How high a category is, and how much of it, at its top, is its name's.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) height: f64,
    pub(super) name: f64,
}

impl Place {
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + self.width * part(self.across, value)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let Some(Rows { height, name }) = self.rows else {
            return self.top + self.height * (1.0 - part(self.up, value));
        };
        let last = (self.up.1 - 0.5).max(0.0);
        let row = value.round().clamp(0.0, last);
        let within = (value - row + 0.5).clamp(0.0, 1.0);
        self.top + row * height + name + within * (height - name)
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }
}

/// How far between two ends a value lies; a little outside where it does not lie between them.
pub(super) fn part((low, high): (f64, f64), value: f64) -> f64 {
    ((value - low) / (high - low)).clamp(-0.01, 1.01)
}

/// The least and the greatest of what is drawn, across and up.
pub(super) fn extent(chart: &Chart) -> ((f64, f64), (f64, f64)) {
    let (mut across, mut up) =
        ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
    let widen = |ends: &mut (f64, f64), value: f64| {
        if value.is_finite() {
            *ends = (ends.0.min(value), ends.1.max(value));
        }
    };
    for mark in &chart.marks {
        match mark {
            Mark::Boxes { boxes, .. } => {
                for [left, bottom, right, top] in boxes {
                    widen(&mut across, *left);
                    widen(&mut across, *right);
                    widen(&mut up, *bottom);
                    widen(&mut up, *top);
                }
            }
            Mark::Band { points, .. } => {
                for (at, low, high) in points {
                    widen(&mut across, *at);
                    widen(&mut up, *low);
                    widen(&mut up, *high);
                }
            }
            Mark::Line { points, .. } => {
                for (at, value) in points {
                    widen(&mut across, *at);
                    widen(&mut up, *value);
                }
            }
            Mark::Points { points, .. } => {
                for (at, low, value, high) in points {
                    widen(&mut across, *at);
                    for value in [low, value, high] {
                        widen(&mut up, *value);
                    }
                }
            }
            Mark::Upright { at, .. } => widen(&mut across, *at),
            Mark::Level { at, .. } => widen(&mut up, *at),
            Mark::Words { .. } => {}
        }
    }
    (across, up)
}
