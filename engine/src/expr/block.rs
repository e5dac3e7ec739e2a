//! Block evaluation: whole columns of `f64` at a time, for simulation.
//!
//! A [`Program`] is compiled once from the nodes some roots need. Each thread runs it in its own
//! [`Workspace`], whose columns are allocated once; a run allocates nothing and interprets one
//! instruction per column, not per value.

use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;

use super::rate::Rate;
use super::rounding::Grid;
use super::rounding::SNAP;
use super::{DrawId, Function, Graph, Mode, Node, NodeId, Relation, SymbolId};
use crate::numeric::elementary::{exp, ln_of_any};
use crate::numeric::{Loops, widest};

/// Where a program's symbols and random quantities come from.
pub trait Inputs {
    /// Why a column could not be filled.
    type Error;

    /// Fills the column of a symbol.
    ///
    /// # Errors
    /// Whatever keeps the symbol from having values.
    fn symbol(&self, symbol: SymbolId, first_path: u64, out: &mut [f64])
    -> Result<(), Self::Error>;

    /// Fills the column of a random quantity, given the columns of its parameters.
    ///
    /// # Errors
    /// Whatever keeps it from being drawn, such as an impossible parameter on some path.
    fn draw(
        &self,
        draw: DrawId,
        first_path: u64,
        parameters: &[&[f64]],
        out: &mut [f64],
    ) -> Result<(), Self::Error>;
}

type Register = usize;

#[derive(Debug, Clone)]
enum Operation {
    Symbol(SymbolId),
    Copy(Register),
    Apply(Function, Register),
    Add(Register, Register),
    Subtract(Register, Register),
    Multiply(Register, Register),
    Divide(Register, Register),
    Smaller(Register, Register),
    Larger(Register, Register),
    Compare(Relation, Register, Register),
    Select(Register, Register, Register),
    Round(Register, Grid),
    Draw(DrawId, Vec<Register>),
    RateOfReturn(Rate),
}

#[derive(Debug, Clone)]
struct Instruction {
    operation: Operation,
    into: Register,
}

/// The most parameters a random quantity may have.
pub const PARAMETERS_MAX: usize = 64;

/// A straight list of column operations over a small set of reused registers.
#[derive(Debug, Clone)]
pub struct Program {
    constants: Vec<f64>,
    instructions: Vec<Instruction>,
    registers: usize,
    roots: Vec<Register>,
}

impl Program {
    /// Compiles what `roots` need.
    ///
    /// Constants have registers of their own, written once; other registers are reused as soon as
    /// their last reader has run.
    #[must_use]
    pub fn compile(graph: &Graph, roots: &[NodeId]) -> Program {
        let order = graph.needed(roots);
        let mut readers: FxHashMap<NodeId, usize> = FxHashMap::default();
        for id in &order {
            graph.node(*id).operands(|operand| *readers.entry(operand).or_default() += 1);
        }
        for root in roots {
            *readers.entry(*root).or_default() += 1;
        }
        let mut held: FxHashMap<NodeId, Register> = FxHashMap::default();
        let mut constants = Vec::new();
        for id in &order {
            if let Node::Number(value, _) = graph.node(*id) {
                held.insert(*id, constants.len());
                constants.push(value.to_f64().unwrap_or(f64::NAN));
            }
        }
        let (mut registers, mut free) = (constants.len(), Vec::new());
        let mut instructions = Vec::new();
        for id in &order {
            let node = graph.node(*id);
            let at = |id: &NodeId| held[id];
            let operation = match node {
                Node::Number(..) => continue,
                Node::Symbol(symbol) => Operation::Symbol(*symbol),
                Node::Apply(function, a) => Operation::Apply(*function, at(a)),
                Node::Add(a, b) => Operation::Add(at(a), at(b)),
                Node::Subtract(a, b) => Operation::Subtract(at(a), at(b)),
                Node::Multiply(a, b) => Operation::Multiply(at(a), at(b)),
                Node::Divide(a, b) => Operation::Divide(at(a), at(b)),
                Node::Smaller(a, b) => Operation::Smaller(at(a), at(b)),
                Node::Larger(a, b) => Operation::Larger(at(a), at(b)),
                Node::Compare(relation, a, b) => Operation::Compare(*relation, at(a), at(b)),
                Node::Select { when, then, otherwise } => {
                    Operation::Select(at(when), at(then), at(otherwise))
                }
                Node::Round(a, rounding) => Operation::Round(at(a), rounding.grid()),
                Node::Draw(draw, parameters) => {
                    Operation::Draw(*draw, parameters.iter().map(at).collect())
                }
                Node::Mark(_, a) => Operation::Copy(at(a)),
                Node::RateOfReturn { flows } => Operation::RateOfReturn(Rate::new(flows, at)),
            };
            let into = free.pop().unwrap_or_else(|| {
                registers += 1;
                registers - 1
            });
            instructions.push(Instruction { operation, into });
            held.insert(*id, into);
            node.operands(|operand| {
                let left = readers.entry(operand).or_default();
                *left -= 1;
                if *left == 0 && held[&operand] >= constants.len() {
                    free.push(held[&operand]);
                }
            });
        }
        let roots = roots.iter().map(|root| held[root]).collect();
        Program { constants, instructions, registers, roots }
    }

    /// How many columns a workspace holds.
    #[must_use]
    pub fn registers(&self) -> usize {
        self.registers
    }

    /// Columns for blocks of at most `paths` paths.
    #[must_use]
    pub fn workspace(&self, paths: usize) -> Workspace {
        let mut columns = vec![vec![0.0; paths]; self.registers];
        for (column, constant) in columns.iter_mut().zip(&self.constants) {
            column.fill(*constant);
        }
        Workspace { columns }
    }

    /// Runs the program for `paths` paths from `first_path` on.
    ///
    /// # Errors
    /// Whatever the inputs report.
    pub fn run<I: Inputs>(
        &self,
        inputs: &I,
        first_path: u64,
        paths: usize,
        workspace: &mut Workspace,
    ) -> Result<(), I::Error> {
        for Instruction { operation, into } in &self.instructions {
            let mut column = std::mem::take(&mut workspace.columns[*into]);
            let out = &mut column[..paths];
            let filled = match operation {
                Operation::Symbol(symbol) => inputs.symbol(*symbol, first_path, out),
                Operation::Draw(draw, parameters) => {
                    let mut columns: [&[f64]; PARAMETERS_MAX] = [&[]; PARAMETERS_MAX];
                    for (column, register) in columns.iter_mut().zip(parameters) {
                        *column = &workspace.columns[*register][..paths];
                    }
                    inputs.draw(*draw, first_path, &columns[..parameters.len()], out)
                }
                Operation::RateOfReturn(rate) => {
                    rate.fill(|register| &workspace.columns[*register][..paths], out);
                    Ok(())
                }
                _ => {
                    let columns = &workspace.columns;
                    widest(Step { operation, constants: &self.constants, columns, out });
                    Ok(())
                }
            };
            workspace.columns[*into] = column;
            filled?;
        }
        Ok(())
    }

    /// The column of the root at `position` after a run.
    #[must_use]
    pub fn root<'w>(&self, position: usize, workspace: &'w Workspace) -> &'w [f64] {
        &workspace.columns[self.roots[position]]
    }
}

/// The columns one thread computes in. Those of constants are read by the inputs only.
#[derive(Debug, Clone)]
pub struct Workspace {
    columns: Vec<Vec<f64>>,
}

/// One instruction whose column is made of other columns alone.
struct Step<'a> {
    operation: &'a Operation,
    constants: &'a [f64],
    columns: &'a [Vec<f64>],
    out: &'a mut [f64],
}

/// What an instruction reads: a number that is the same on every path takes no column.
#[derive(Clone, Copy)]
enum Operand<'a> {
    Constant(f64),
    Column(&'a [f64]),
}

impl Loops for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Step { operation, constants, columns, out } = self;
        let length = out.len();
        let of = |register: &Register| match constants.get(*register) {
            Some(constant) => Operand::Constant(*constant),
            None => Operand::Column(&columns[*register][..length]),
        };
        match operation {
            Operation::Symbol(_) | Operation::Draw(..) | Operation::RateOfReturn(_) => {
                unreachable!("no loop over one column")
            }
            Operation::Copy(a) => each(out, of(a), |x| x),
            Operation::Apply(function, a) => {
                let a = of(a);
                match function {
                    Function::Negate => each(out, a, |x| -x),
                    Function::Magnitude => each(out, a, f64::abs),
                    Function::Exponential => each(out, a, exp),
                    Function::Logarithm => each(out, a, ln_of_any),
                    Function::SquareRoot => each(out, a, f64::sqrt),
                    Function::IsNumber => each(out, a, |x| f64::from(u8::from(x.is_finite()))),
                }
            }
            Operation::Add(a, b) => pairs(out, of(a), of(b), |x, y| x + y),
            Operation::Subtract(a, b) => pairs(out, of(a), of(b), |x, y| x - y),
            Operation::Multiply(a, b) => pairs(out, of(a), of(b), |x, y| x * y),
            // As exactly: a division by zero has no value, and shows wherever one is chosen.
            Operation::Divide(a, b) => {
                pairs(out, of(a), of(b), |x, y| if y == 0.0 { f64::NAN } else { x / y });
            }
            Operation::Smaller(a, b) => {
                pairs(out, of(a), of(b), |x, y| if x <= y || x.is_nan() { x } else { y });
            }
            Operation::Larger(a, b) => {
                pairs(out, of(a), of(b), |x, y| if x >= y || x.is_nan() { x } else { y });
            }
            Operation::Compare(relation, a, b) => {
                let (a, b) = (of(a), of(b));
                match relation {
                    Relation::Less => {
                        pairs(out, a, b, |x, y| compare(x, y, !is_equal(x, y) & (x < y)))
                    }
                    Relation::AtMost => {
                        pairs(out, a, b, |x, y| compare(x, y, is_equal(x, y) | (x < y)))
                    }
                    Relation::Equal => pairs(out, a, b, |x, y| compare(x, y, is_equal(x, y))),
                }
            }
            Operation::Select(when, then, otherwise) => {
                select(out, of(when), of(then), of(otherwise));
            }
            Operation::Round(a, grid) => {
                let a = of(a);
                // Each mode has a loop of its own, in which nothing depends on the mode.
                let with = |mode| Grid { mode, ..*grid };
                match grid.mode {
                    Mode::Down => each(out, a, |x| with(Mode::Down).round(x)),
                    Mode::Up => each(out, a, |x| with(Mode::Up).round(x)),
                    Mode::HalfUp => each(out, a, |x| with(Mode::HalfUp).round(x)),
                    Mode::HalfEven => each(out, a, |x| with(Mode::HalfEven).round(x)),
                }
            }
        }
    }
}

#[inline(always)]
fn each(out: &mut [f64], a: Operand<'_>, function: impl Fn(f64) -> f64) {
    match a {
        Operand::Constant(a) => out.fill(function(a)),
        Operand::Column(a) => {
            for (out, a) in out.iter_mut().zip(a) {
                *out = function(*a);
            }
        }
    }
}

#[inline(always)]
fn pairs(out: &mut [f64], a: Operand<'_>, b: Operand<'_>, operation: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Operand::Constant(a), b) => each(out, b, |b| operation(a, b)),
        (a, Operand::Constant(b)) => each(out, a, |a| operation(a, b)),
        (Operand::Column(a), Operand::Column(b)) => {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = operation(*a, *b);
            }
        }
    }
}

#[inline(always)]
fn select(out: &mut [f64], when: Operand<'_>, then: Operand<'_>, otherwise: Operand<'_>) {
    let choose = |when: f64, then: f64, otherwise: f64| {
        let chosen = if when == 0.0 { otherwise } else { then };
        if when.is_nan() { f64::NAN } else { chosen }
    };
    match (when, then, otherwise) {
        (Operand::Constant(when), then, otherwise) => {
            pairs(out, then, otherwise, |then, otherwise| choose(when, then, otherwise));
        }
        (when, Operand::Constant(then), otherwise) => {
            pairs(out, when, otherwise, |when, otherwise| choose(when, then, otherwise));
        }
        (when, then, Operand::Constant(otherwise)) => {
            pairs(out, when, then, |when, then| choose(when, then, otherwise));
        }
        (Operand::Column(when), Operand::Column(then), Operand::Column(otherwise)) => {
            for (((out, when), then), otherwise) in
                out.iter_mut().zip(when).zip(then).zip(otherwise)
            {
                *out = choose(*when, *then, *otherwise);
            }
        }
    }
}

/// Whether two numbers are equal after snapping: values that differ by less than one part in 10⁹
/// would be equal in decimals.
#[inline(always)]
fn is_equal(x: f64, y: f64) -> bool {
    let (x_size, y_size) = (x.abs(), y.abs());
    let largest = if x_size > y_size { x_size } else { y_size };
    (x == y) | ((largest < f64::INFINITY) & ((x - y).abs() <= SNAP * largest))
}

/// What a comparison of `x` and `y` gives: whether it holds, or NaN where one of them is NaN.
#[inline(always)]
fn compare(x: f64, y: f64, holds: bool) -> f64 {
    let answer = if holds { 1.0 } else { 0.0 };
    if x.is_nan() | y.is_nan() { f64::NAN } else { answer }
}

/// Whether every value is a number from `low` to `high`.
pub(crate) fn every_within(column: &[f64], low: f64, high: f64) -> bool {
    widest(Within { column, low, high })
}

struct Within<'a> {
    column: &'a [f64],
    low: f64,
    high: f64,
}

impl Loops for Within<'_> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        let Within { column, low, high } = self;
        column.iter().fold(true, |all, value| all & (low <= *value) & (*value <= high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Rounding;
    use crate::numeric::with_every_set;

    /// Every operation, on the registers 0 to 2.
    fn operations() -> Vec<Operation> {
        let functions = [
            Function::Negate,
            Function::Magnitude,
            Function::Exponential,
            Function::Logarithm,
            Function::SquareRoot,
            Function::IsNumber,
        ];
        let relations = [Relation::Less, Relation::AtMost, Relation::Equal];
        let modes = [Mode::Down, Mode::Up, Mode::HalfUp, Mode::HalfEven];
        let mut operations = vec![
            Operation::Copy(0),
            Operation::Add(0, 1),
            Operation::Subtract(0, 1),
            Operation::Multiply(0, 1),
            Operation::Divide(0, 1),
            Operation::Smaller(0, 1),
            Operation::Larger(0, 1),
            Operation::Select(0, 1, 2),
        ];
        operations.extend(functions.map(|function| Operation::Apply(function, 0)));
        operations.extend(relations.map(|relation| Operation::Compare(relation, 0, 1)));
        operations
            .extend(modes.map(|mode| Operation::Round(0, Rounding::to_digits(mode, 1).grid())));
        operations
    }

    const VALUES: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        1.0 + 1e-12,
        -2.25,
        0.35,
        1e9,
        1e-310,
        3.7e250,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];

    fn run(operation: &Operation, constants: &[f64], columns: &[Vec<f64>]) -> Vec<u64> {
        let mut out = vec![0.0; columns[2].len()];
        widest(Step { operation, constants, columns, out: &mut out });
        // All that is not a number is alike.
        out.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }).collect()
    }

    #[test]
    fn a_constant_gives_what_a_column_of_it_gives_with_every_set_of_instructions() {
        let mixed = |stride: usize| -> Vec<f64> {
            (0..100).map(|path| VALUES[path * stride % 12]).collect()
        };
        for operation in operations() {
            for value in VALUES {
                for constants in 0..=2 {
                    let mut columns: Vec<Vec<f64>> = vec![vec![value; 100]; constants];
                    columns.extend([mixed(1), mixed(5), mixed(7)].into_iter().skip(constants));
                    let results = with_every_set(|| {
                        [
                            run(&operation, &[], &columns),
                            run(&operation, &[value; 2][..constants], &columns),
                        ]
                    });
                    for [columns, constant] in &results {
                        assert_eq!(columns, constant, "{operation:?} {value} {constants}");
                        assert_eq!(columns, &results[0][0], "{operation:?} {value} {constants}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_outside_and_no_numbers_are_not_within() {
        let mut column = vec![0.5; 77];
        assert!(every_within(&column, 0.0, 0.5) && every_within(&[], 0.0, 0.0));
        for wrong in [-1e-300, 0.6, f64::NAN, f64::INFINITY] {
            column[76] = wrong;
            assert!(!every_within(&column, 0.0, 0.5), "{wrong}");
        }
    }
}
