//! Families of distributions: which parameters are possible, and draws for whole blocks of paths.
//!
//! A family is a type that implements [`Law`] in one of the files here. To add one: implement
//! [`Law`], add a variant to [`Family`], a line to [`Family::definition`] and one to
//! [`Family::ALL`].
//!
//! Every path reads nothing but its own numbers of the [`Stream`] and its own parameters, in an
//! order that depends on nothing else. What is shared between the paths of a block, such as
//! constants computed once for equal parameters, never changes a result by even one bit.

mod beta;
mod beta_binomial;
mod binomial;
mod binomial_few;
mod binomial_many;
mod exponential;
mod gamma;
pub mod normal;
mod pert;
mod poisson;
mod quantile;
mod simple;
mod special;
pub mod stated;
mod student;
mod truncated;

#[cfg(test)]
mod check;

use super::stream::Stream;
use crate::numeric::{Loops, widest};
use std::fmt;
use std::marker::PhantomData;

/// The most parameters that a family has.
const MOST_PARAMETERS: usize = 4;
/// Paths that the families work on at a time, in arrays on the stack. An index fits a byte.
const CHUNK: usize = 128;

/// A family of distributions that a draw can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Normal distribution with mean and standard deviation.
    Normal,
    /// Distribution of `exp(X)` for a normal `X` with mean `mu` and standard deviation `sigma`.
    Lognormal,
    /// Beta distribution on 0 to 1 with the shapes `alpha` and `beta`.
    Beta,
    /// Gamma distribution with `shape` and `scale`; its mean is `shape * scale`.
    Gamma,
    /// Number of successes in `n` independent trials, each a success with probability `p`.
    Binomial,
    /// Uniform distribution between `low` and `high`.
    Uniform,
    /// Triangular distribution between `low` and `high` with its peak at `mode`.
    Triangular,
    /// 1 with probability `p`, otherwise 0.
    Bernoulli,
    /// Beta distribution between `low` and `high` with its peak at `mode`.
    Pert,
    /// Normal distribution with `mean` and `sd`, given that the value is between `low` and `high`.
    TruncatedNormal,
    /// Student's t distribution with `df` degrees of freedom.
    StudentT,
    /// Exponential distribution with its mean.
    Exponential,
    /// Weibull distribution with `shape` and `scale`.
    Weibull,
    /// Poisson distribution with its mean.
    Poisson,
    /// Number of failures before success number `r`, each trial a success with probability `p`.
    NegativeBinomial,
    /// Number of successes in `n` trials whose common probability has a beta distribution.
    BetaBinomial,
}

/// A parameter of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name, such as "sd".
    pub name: &'static str,
    /// What its value must be, such as "at least 0".
    pub requirement: &'static str,
}

/// A block holds parameters from which no value can be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Impossible {
    /// The first path of the block with impossible parameters, counted from 0 within the block.
    pub offset: usize,
    /// The first parameter of that path whose value is impossible, as its index.
    pub parameter: usize,
    /// The values of all parameters of that path.
    pub values: Vec<f64>,
}

impl fmt::Display for Impossible {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, parameter, values } = self;
        write!(formatter, "parameter {parameter} of path {offset} is impossible in {values:?}")
    }
}

impl std::error::Error for Impossible {}

impl Family {
    /// Every family.
    pub const ALL: &'static [Family] = &[
        Family::Normal,
        Family::Lognormal,
        Family::Beta,
        Family::Gamma,
        Family::Binomial,
        Family::Uniform,
        Family::Triangular,
        Family::Bernoulli,
        Family::Pert,
        Family::TruncatedNormal,
        Family::StudentT,
        Family::Exponential,
        Family::Weibull,
        Family::Poisson,
        Family::NegativeBinomial,
        Family::BetaBinomial,
    ];

    fn definition(self) -> &'static Definition {
        match self {
            Self::Normal => const { &Definition::of::<normal::Normal, 2>() },
            Self::Lognormal => const { &Definition::of::<normal::Lognormal, 2>() },
            Self::Beta => const { &Definition::of::<beta::Beta, 2>() },
            Self::Gamma => const { &Definition::of::<gamma::Gamma, 2>() },
            Self::Binomial => const { &Definition::of::<binomial::Binomial, 2>() },
            Self::Uniform => const { &Definition::of::<simple::Uniform, 2>() },
            Self::Triangular => const { &Definition::of::<simple::Triangular, 3>() },
            Self::Bernoulli => const { &Definition::of::<simple::Bernoulli, 1>() },
            Self::Pert => const { &Definition::of::<pert::Pert, 3>() },
            Self::TruncatedNormal => const { &Definition::of::<truncated::TruncatedNormal, 4>() },
            Self::StudentT => const { &Definition::of::<student::StudentT, 1>() },
            Self::Exponential => const { &Definition::of::<exponential::Exponential, 1>() },
            Self::Weibull => const { &Definition::of::<exponential::Weibull, 2>() },
            Self::Poisson => const { &Definition::of::<poisson::Poisson, 1>() },
            Self::NegativeBinomial => const { &Definition::of::<poisson::NegativeBinomial, 2>() },
            Self::BetaBinomial => const { &Definition::of::<beta_binomial::BetaBinomial, 3>() },
        }
    }

    /// The name that scripts use.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The family with this name.
    pub fn named(name: &str) -> Option<Family> {
        Self::ALL.iter().copied().find(|family| family.name() == name)
    }

    /// The parameters in the order in which values are given.
    pub fn parameters(self) -> &'static [Parameter] {
        self.definition().parameters
    }

    /// The index of the first parameter whose value is impossible, `None` if all are possible.
    ///
    /// Only finite numbers are possible. A standard deviation of 0 is possible and stands for a
    /// constant. A value that is possible by itself is impossible if it contradicts one before it,
    /// such as a `mode` below `low`.
    ///
    /// # Panics
    ///
    /// If the number of values is not the number of parameters.
    pub fn impossible(self, values: &[f64]) -> Option<usize> {
        (self.definition().impossible)(values)
    }

    /// Draws one value for each of the paths `first_path`, `first_path + 1`, ...
    ///
    /// `parameters` holds the values of each parameter for these paths. The draws have the exact
    /// distribution, as far as 64-bit floating-point numbers express it, and depend on nothing
    /// but the stream, the path and its parameters.
    ///
    /// # Errors
    ///
    /// [`Impossible`] if any path has impossible parameters; `out` is then left as it was.
    ///
    /// # Panics
    ///
    /// If the number of parameters or the length of one is wrong.
    pub fn fill(
        self,
        stream: &Stream,
        first_path: u64,
        parameters: &[&[f64]],
        out: &mut [f64],
    ) -> Result<(), Impossible> {
        (self.definition().fill)(stream, first_path, parameters, out)
    }

    /// Writes, for each path, the value whose cumulative probability is that of the standard
    /// normal deviate `z` of the path: `F^-1(Phi(z))`, where for a discrete family `F^-1(u)` is
    /// the least value with `F(value) >= u`.
    ///
    /// With normal deviates that are correlated between draws this is a Gaussian copula. The
    /// results of gamma and beta are accurate to about 1e-9 standard deviations, with shapes from
    /// 10,000 on to 1e-7. A count with a variance from 10,000 on can be off by one, with a
    /// probability of less than 1e-7 (binomial and Poisson) or 1e-4 (the others), and one beyond
    /// 2^53 by 1e-7 standard deviations.
    ///
    /// # Errors
    ///
    /// [`Impossible`] if any path has impossible parameters; `out` is then left as it was.
    ///
    /// # Panics
    ///
    /// If the number of parameters or the length of one or of `z` is wrong.
    pub fn fill_from_normal(
        self,
        z: &[f64],
        parameters: &[&[f64]],
        out: &mut [f64],
    ) -> Result<(), Impossible> {
        (self.definition().fill_from_normal)(z, parameters, out)
    }

    /// The expectation of the distribution with these parameters, NaN where it has none.
    ///
    /// # Panics
    ///
    /// If the number of values is not the number of parameters.
    pub fn mean(self, values: &[f64]) -> f64 {
        (self.definition().mean)(values)
    }
}

/// A family with `N` parameters.
trait Law<const N: usize> {
    const NAME: &'static str;
    const PARAMETERS: &'static [Parameter];

    /// See [`Family::impossible`].
    fn impossible(values: [f64; N]) -> Option<usize>;

    /// See [`Family::mean`].
    fn mean(values: [f64; N]) -> f64;

    /// Draws a value for each path of a block whose parameters are all possible.
    ///
    /// Only what is `#[inline(always)]` is compiled for the vectors of the processor.
    fn fill(stream: &Stream, first_path: u64, block: &Block<'_, N>, out: &mut [f64]);

    /// The value at the standard normal deviate `z`, for possible parameters.
    fn at(z: f64, values: [f64; N]) -> f64;
}

/// The possible parameters of the paths of a block.
struct Block<'a, const N: usize> {
    columns: [&'a [f64]; N],
    /// All paths have the same parameters.
    constant: bool,
}

impl<'a, const N: usize> Block<'a, N> {
    /// Checks the parameters of a block of `length` paths.
    #[inline(always)]
    fn of<L: Law<N>>(parameters: &[&'a [f64]], length: usize) -> Result<Self, Impossible> {
        assert_eq!(parameters.len(), N, "wrong number of parameters for {}", L::NAME);
        for column in parameters {
            assert_eq!(column.len(), length, "wrong length of a parameter of {}", L::NAME);
        }
        let columns = std::array::from_fn(|index| parameters[index]);
        let mut block = Self { columns, constant: columns.iter().all(|column| is_same(column)) };
        let checked = if block.constant { length.min(1) } else { length };
        let mut possible = true;
        for path in 0..checked {
            possible &= L::impossible(block.at(path)).is_none();
        }
        if !possible {
            for offset in 0..checked {
                let values = block.at(offset);
                if let Some(parameter) = L::impossible(values) {
                    return Err(Impossible { offset, parameter, values: values.to_vec() });
                }
            }
        }
        block.constant &= length > 0;
        Ok(block)
    }

    /// The parameters of `length` paths from the path `start` of the block on.
    #[inline(always)]
    fn part(&self, start: usize, length: usize) -> [&'a [f64]; N] {
        self.columns.map(|column| &column[start..start + length])
    }

    /// The parameters of the path with this index in the block.
    #[inline(always)]
    fn at(&self, path: usize) -> [f64; N] {
        std::array::from_fn(|index| self.columns[index][path])
    }
}

/// Whether all values are the same, bit by bit.
#[inline(always)]
fn is_same(values: &[f64]) -> bool {
    let Some(first) = values.first().map(|value| value.to_bits()) else {
        return true;
    };
    // Whole pieces are compared at a time, because a loop that can stop at each value cannot be
    // spread over the lanes of a vector.
    for piece in values.chunks(64) {
        let mut differing = 0;
        for value in piece {
            differing |= value.to_bits() ^ first;
        }
        if differing != 0 {
            return false;
        }
    }
    true
}

/// See [`Family::fill`].
type Fill = fn(&Stream, u64, &[&[f64]], &mut [f64]) -> Result<(), Impossible>;
/// See [`Family::fill_from_normal`].
type FillFromNormal = fn(&[f64], &[&[f64]], &mut [f64]) -> Result<(), Impossible>;

/// The functions of a family, with the number of its parameters out of sight.
struct Definition {
    name: &'static str,
    parameters: &'static [Parameter],
    impossible: fn(&[f64]) -> Option<usize>,
    mean: fn(&[f64]) -> f64,
    fill: Fill,
    fill_from_normal: FillFromNormal,
}

impl Definition {
    const fn of<L: Law<N>, const N: usize>() -> Self {
        assert!(L::PARAMETERS.len() == N && N <= MOST_PARAMETERS);
        Self {
            name: L::NAME,
            parameters: L::PARAMETERS,
            impossible: |values| L::impossible(exactly::<L, N>(values)),
            mean: |values| L::mean(exactly::<L, N>(values)),
            fill: |stream, first_path, parameters, out| {
                widest(Filling::<L, N> { stream, first_path, parameters, out, law: PhantomData })
            },
            fill_from_normal: |z, parameters, out| {
                assert_eq!(z.len(), out.len(), "wrong number of normal deviates");
                widest(Placing::<L, N> { z, parameters, out, law: PhantomData })
            },
        }
    }
}

/// A call of [`Law::fill`].
struct Filling<'a, L, const N: usize> {
    stream: &'a Stream,
    first_path: u64,
    parameters: &'a [&'a [f64]],
    out: &'a mut [f64],
    law: PhantomData<L>,
}

impl<L: Law<N>, const N: usize> Loops for Filling<'_, L, N> {
    type Output = Result<(), Impossible>;

    #[inline(always)]
    fn call(self) -> Result<(), Impossible> {
        let block = Block::of::<L>(self.parameters, self.out.len())?;
        L::fill(self.stream, self.first_path, &block, self.out);
        Ok(())
    }
}

/// Calls of [`Law::at`] for all paths.
struct Placing<'a, L, const N: usize> {
    z: &'a [f64],
    parameters: &'a [&'a [f64]],
    out: &'a mut [f64],
    law: PhantomData<L>,
}

impl<L: Law<N>, const N: usize> Loops for Placing<'_, L, N> {
    type Output = Result<(), Impossible>;

    #[inline(always)]
    fn call(self) -> Result<(), Impossible> {
        let block = Block::of::<L>(self.parameters, self.out.len())?;
        for (path, (slot, z)) in self.out.iter_mut().zip(self.z).enumerate() {
            *slot = L::at(*z, block.at(path));
        }
        Ok(())
    }
}

fn exactly<L: Law<N>, const N: usize>(values: &[f64]) -> [f64; N] {
    assert_eq!(values.len(), N, "wrong number of parameters for {}", L::NAME);
    std::array::from_fn(|index| values[index])
}

/// The index of the first parameter that is not finite or for which the test of the same index
/// failed.
#[inline(always)]
fn first_failing<const N: usize>(values: [f64; N], tests: [bool; N]) -> Option<usize> {
    (0..N).find(|&index| !(values[index].is_finite() && tests[index]))
}
