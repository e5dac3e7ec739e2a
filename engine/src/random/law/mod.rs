//! Laws: what a draw follows, be it a family with its few parameters, weights, or a column of data.
//!
//! As in the families, a path reads nothing but its own numbers of the stream and its own
//! parameters.

mod choice;
mod data;
mod parts;

#[cfg(test)]
mod check;

use std::sync::Arc;

use super::stream::Stream;
use super::{Family, Impossible};
pub use data::Data;

/// The most weights, probabilities or shapes that a law with a list of them may have.
pub const ENTRIES_MAX: usize = 60;

/// What a draw follows.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// A family; its parameters are the family's.
    Family(Family),
    /// The number of an entry, from 0, that is chosen with a probability in proportion to its
    /// weight; the parameters are the weights.
    Choice,
    /// The first count of a multinomial distribution; the parameters are `n` and the
    /// probabilities.
    Multinomial,
    /// The first share of a Dirichlet distribution; the parameters are its shapes.
    Dirichlet,
    /// A value of a column of data, each row as likely as any other; no parameters.
    Data(Arc<Data>),
}

impl From<Family> for Law {
    fn from(family: Family) -> Self {
        Self::Family(family)
    }
}

impl Law {
    /// The name that scripts use.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Family(family) => family.name(),
            Self::Choice => "choice by weights",
            Self::Multinomial => "multinomial",
            Self::Dirichlet => "dirichlet",
            Self::Data(_) => "empirical",
        }
    }

    /// The name of a parameter and what its value must be.
    ///
    /// # Panics
    /// If a family has no such parameter.
    #[must_use]
    pub fn parameter(&self, index: usize) -> (String, &'static str) {
        match self {
            Self::Family(family) => {
                let parameter = family.parameters()[index];
                (parameter.name.to_owned(), parameter.requirement)
            }
            Self::Choice => (format!("weight {}", index + 1), choice::REQUIREMENT),
            Self::Multinomial if index == 0 => ("n".to_owned(), parts::WHOLE),
            Self::Multinomial => (format!("p{index}"), parts::PROBABILITY),
            Self::Dirichlet => (format!("a{}", index + 1), parts::SHAPE),
            Self::Data(_) => (String::new(), ""),
        }
    }

    /// The values of the parameters with their names: `n = 10, p = 0.5`.
    #[must_use]
    pub fn described(&self, values: &[f64]) -> String {
        let parts = values.iter().enumerate();
        let parts = parts.map(|(index, value)| format!("{} = {value}", self.parameter(index).0));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The index of the first parameter whose value is impossible, `None` if all are possible.
    #[must_use]
    pub fn impossible(&self, values: &[f64]) -> Option<usize> {
        match self {
            Self::Family(family) => family.impossible(values),
            Self::Choice => choice::impossible(values),
            Self::Multinomial => parts::impossible_multinomial(values),
            Self::Dirichlet => parts::impossible_dirichlet(values),
            Self::Data(_) => None,
        }
    }

    /// Draws one value for each of the paths `first_path`, `first_path + 1`, …; see
    /// [`Family::fill`].
    ///
    /// # Errors
    /// [`Impossible`] if any path has impossible parameters.
    pub fn fill(
        &self,
        stream: &Stream,
        first_path: u64,
        parameters: &[&[f64]],
        out: &mut [f64],
    ) -> Result<(), Impossible> {
        if let Self::Family(family) = self {
            return family.fill(stream, first_path, parameters, out);
        }
        self.check(parameters, out.len())?;
        match self {
            Self::Family(_) => {}
            Self::Choice => choice::fill(stream, first_path, parameters, out),
            Self::Data(data) => data.fill(stream, first_path, out),
            Self::Multinomial | Self::Dirichlet => {
                return parts::fill(self.part(), parameters, out, |start, columns, out| {
                    self.part().0.fill(stream, first_path + start as u64, columns, out)
                });
            }
        }
        Ok(())
    }

    /// Writes, for each path, the value at the standard normal deviate `z` of the path; see
    /// [`Family::fill_from_normal`]. A choice by weights takes its entries to stand in ascending
    /// order.
    ///
    /// # Errors
    /// [`Impossible`] if any path has impossible parameters.
    pub fn fill_from_normal(
        &self,
        z: &[f64],
        parameters: &[&[f64]],
        out: &mut [f64],
    ) -> Result<(), Impossible> {
        if let Self::Family(family) = self {
            return family.fill_from_normal(z, parameters, out);
        }
        self.check(parameters, out.len())?;
        match self {
            Self::Family(_) => {}
            Self::Choice => choice::fill_from_normal(z, parameters, out),
            Self::Data(data) => data.fill_from_normal(z, out),
            Self::Multinomial | Self::Dirichlet => {
                return parts::fill(self.part(), parameters, out, |start, columns, out| {
                    self.part().0.fill_from_normal(&z[start..start + out.len()], columns, out)
                });
            }
        }
        Ok(())
    }

    /// The family that a first part follows, and its parameters given those of the law.
    fn part(&self) -> parts::Part {
        match self {
            Self::Dirichlet => (Family::Beta, parts::first_share),
            _ => (Family::Binomial, parts::first_count),
        }
    }

    /// Refuses the first path with impossible parameters.
    fn check(&self, parameters: &[&[f64]], length: usize) -> Result<(), Impossible> {
        let mut values = [0.0; ENTRIES_MAX + 1];
        let values = &mut values[..parameters.len()];
        for offset in 0..length {
            gather(parameters, offset, values);
            if let Some(parameter) = self.impossible(values) {
                return Err(Impossible { offset, parameter, values: values.to_vec() });
            }
        }
        Ok(())
    }
}

/// The parameters of one path.
fn gather(parameters: &[&[f64]], offset: usize, values: &mut [f64]) {
    for (value, column) in values.iter_mut().zip(parameters) {
        *value = column[offset];
    }
}
