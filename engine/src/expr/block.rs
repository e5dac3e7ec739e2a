//! Block evaluation: whole columns of `f64` at a time, for simulation.
//!
//! A [`Program`] is compiled once from the nodes some roots need. Each thread runs it in its own
//! [`Workspace`], whose columns are allocated once; a run allocates nothing and interprets one
//! instruction per column, not per value.

use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;

use super::rate::Rate;
use super::rounding::SNAP;
use super::{DrawId, Function, Graph, Node, NodeId, Relation, Rounding, SymbolId};

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
    Round(Register, Rounding, f64),
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
                Node::Round(a, rounding) => {
                    let step = rounding.step.to_f64().unwrap_or(f64::NAN);
                    Operation::Round(at(a), *rounding, step)
                }
                Node::Draw(draw, parameters) => {
                    Operation::Draw(*draw, parameters.iter().map(at).collect())
                }
                Node::Mark(_, a) => Operation::Copy(at(a)),
                Node::RateOfReturn { invested, receipts } => {
                    Operation::RateOfReturn(Rate::new(invested, receipts, at))
                }
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
            let mut out = std::mem::take(&mut workspace.columns[*into]);
            let filled = self.column(operation, inputs, first_path, &mut out[..paths], workspace);
            workspace.columns[*into] = out;
            filled?;
        }
        Ok(())
    }

    /// The column of the root at `position` after a run.
    #[must_use]
    pub fn root<'w>(&self, position: usize, workspace: &'w Workspace) -> &'w [f64] {
        &workspace.columns[self.roots[position]]
    }

    fn column<I: Inputs>(
        &self,
        operation: &Operation,
        inputs: &I,
        first_path: u64,
        out: &mut [f64],
        workspace: &Workspace,
    ) -> Result<(), I::Error> {
        let of = |register: &Register| &workspace.columns[*register][..];
        match operation {
            Operation::Symbol(symbol) => inputs.symbol(*symbol, first_path, out)?,
            Operation::RateOfReturn(rate) => rate.fill(of, out),
            Operation::Copy(a) => each(out, of(a), |x| x),
            Operation::Apply(function, a) => {
                let function: fn(f64) -> f64 = match function {
                    Function::Negate => |x| -x,
                    Function::Magnitude => f64::abs,
                    Function::Exponential => f64::exp,
                    Function::Logarithm => f64::ln,
                    Function::SquareRoot => f64::sqrt,
                };
                each(out, of(a), function);
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
            Operation::Compare(relation, a, b) => compare(*relation, out, of(a), of(b)),
            Operation::Select(when, then, otherwise) => {
                let (when, then, otherwise) = (of(when), of(then), of(otherwise));
                for (((out, when), then), otherwise) in
                    out.iter_mut().zip(when).zip(then).zip(otherwise)
                {
                    *out = if when.is_nan() {
                        f64::NAN
                    } else if *when == 0.0 {
                        *otherwise
                    } else {
                        *then
                    };
                }
            }
            Operation::Round(a, rounding, step) => {
                each(out, of(a), |x| rounding.block(x, *step));
            }
            Operation::Draw(draw, parameters) => {
                let mut columns: [&[f64]; PARAMETERS_MAX] = [&[]; PARAMETERS_MAX];
                for (column, register) in columns.iter_mut().zip(parameters) {
                    *column = &of(register)[..out.len()];
                }
                inputs.draw(*draw, first_path, &columns[..parameters.len()], out)?;
            }
        }
        Ok(())
    }
}

/// The columns one thread computes in.
#[derive(Debug, Clone)]
pub struct Workspace {
    columns: Vec<Vec<f64>>,
}

fn each(out: &mut [f64], a: &[f64], function: impl Fn(f64) -> f64) {
    for (out, a) in out.iter_mut().zip(a) {
        *out = function(*a);
    }
}

fn pairs(out: &mut [f64], a: &[f64], b: &[f64], operation: impl Fn(f64, f64) -> f64) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = operation(*a, *b);
    }
}

/// Compares after snapping: values that differ by less than one part in 10⁹ are equal, as they
/// would be in decimals.
fn compare(relation: Relation, out: &mut [f64], a: &[f64], b: &[f64]) {
    pairs(out, a, b, |x, y| {
        if x.is_nan() || y.is_nan() {
            return f64::NAN;
        }
        let largest = x.abs().max(y.abs());
        let equal = x == y || (largest.is_finite() && (x - y).abs() <= SNAP * largest);
        let holds = match relation {
            Relation::Less => !equal && x < y,
            Relation::AtMost => equal || x < y,
            Relation::Equal => equal,
        };
        f64::from(u8::from(holds))
    });
}
