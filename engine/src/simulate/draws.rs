//! One row per path, for those who analyse elsewhere.

use std::fmt::Write as _;
use std::io;

use rayon::prelude::*;

use super::fault::explain;
use super::pass::{BLOCK, Pass, Wanted};
use super::run::{Run, on_threads, traced};
use super::{Settings, Watch};
use crate::expr::NodeId;
use crate::problem::Problem;
use crate::scenario::Scenario;

/// Why rows were not written.
#[derive(Debug)]
pub enum Unwritten {
    /// The scenario cannot be simulated.
    Problems(Vec<Problem>),
    /// The rows cannot be taken.
    Output(io::Error),
}

/// Blocks computed before their rows are written, for every thread.
const BLOCKS_WAITING: u64 = 4;

/// Writes every path of a run as a row of a CSV table: the cells, outcomes as they are measured
/// (blank where too few are), payments, benefits, what investors earn (blank where no one rate of
/// return fits) and totals. A column of an evaluation ends in `@` and its date; amounts are in the
/// contract's currency, undiscounted but for `payment_discounted`, benefits and `net`.
///
/// # Errors
/// As [`simulate`](super::simulate()), or that of the writer.
pub fn write_draws(
    scenario: &Scenario,
    settings: &Settings,
    watch: &dyn Watch,
    out: &mut (dyn io::Write + Send),
) -> Result<(), Unwritten> {
    let one = |problem| Unwritten::Problems(vec![problem]);
    let done = on_threads(settings.threads, || {
        let run = Run::new(scenario, settings)?;
        Ok(write_all(&run, watch, out))
    });
    done.map_err(one)?
}

fn write_all(run: &Run<'_>, watch: &dyn Watch, out: &mut dyn io::Write) -> Result<(), Unwritten> {
    let stopped = |fault| {
        let fault = traced(run.scenario, &run.draws, fault);
        Unwritten::Problems(vec![explain(run.scenario, &fault)])
    };
    let columns = columns(run.scenario);
    let mut header = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let names = columns.iter().map(|(name, _)| name.as_str());
    header.write_record(std::iter::once("path").chain(names)).map_err(output)?;
    let out = header.into_inner().map_err(|error| Unwritten::Output(error.into_error()))?;
    let wanted = columns.iter().map(|(_, wanted)| *wanted).collect();
    let model = &run.scenario.model;
    let pass = Pass::new(
        &model.graph,
        (wanted, &[]),
        &model.required,
        (run.paths, run.antithetic),
        &run.draws,
    )
    .map_err(stopped)?;
    let step = BLOCKS_WAITING * rayon::current_num_threads() as u64;
    let mut first = 0;
    while first < run.blocks() {
        if watch.should_stop() {
            return Err(stopped(super::fault::Fault::Stopped));
        }
        let blocks = first..(first + step).min(run.blocks());
        let rows = |block| -> Result<String, Unwritten> {
            let mut workspace = pass.workspace();
            pass.run(block, &run.draws, &mut workspace).map_err(stopped)?;
            Ok(text(&pass, block, &workspace))
        };
        // Collected in order, so that the first faulty block is the one that is reported.
        let texts: Vec<Result<String, Unwritten>> =
            blocks.clone().into_par_iter().map(rows).collect();
        for text in texts {
            out.write_all(text?.as_bytes()).map_err(Unwritten::Output)?;
        }
        first = blocks.end;
        watch.progress(run.paths_of(&(0..first)), run.paths);
    }
    Ok(())
}

fn output(error: csv::Error) -> Unwritten {
    Unwritten::Output(error.into())
}

/// The rows of a block. Numbers are written with the fewest digits that read back the same.
fn text(pass: &Pass<'_>, block: u64, workspace: &crate::expr::block::Workspace) -> String {
    let columns: Vec<_> = (0..pass.wanted.len()).map(|at| pass.column(at, workspace)).collect();
    let mut text = String::new();
    for offset in 0..pass.count(block) {
        let _ = write!(text, "{}", block * BLOCK + offset as u64);
        for (column, available) in &columns {
            text.push(',');
            if available.is_none_or(|available| available[offset] != 0.0) {
                let _ = write!(text, "{}", column[offset]);
            }
        }
        text.push_str("\r\n");
    }
    text
}

/// The columns: name and result.
fn columns(scenario: &Scenario) -> Vec<(String, Wanted)> {
    let (model, contract) = (&scenario.model, &scenario.contract);
    let everywhere = |node: NodeId| Wanted { node, where_available: None };
    let at = |evaluation: usize| contract.evaluations[evaluation].at;
    let mut columns: Vec<(String, Wanted)> = Vec::new();
    for cell in &model.cells {
        let name = match cell.evaluation {
            Some(evaluation) => format!("{}@{}", cell.name, at(evaluation)),
            None => cell.name.clone(),
        };
        columns.push((name, everywhere(cell.node)));
    }
    for (position, evaluation) in model.effect.evaluations.iter().enumerate() {
        let date = at(position);
        for (outcome, value, available) in &evaluation.outcomes {
            let id = &contract.indicators[contract.terms.outcomes[*outcome].indicator].id;
            let wanted = Wanted { node: *value, where_available: Some(*available) };
            columns.push((format!("outcomes.{id}@{date}"), wanted));
        }
        for (line, node) in model.lines.iter().zip(&evaluation.lines) {
            columns.push((format!("lines.{}@{date}", line.name), everywhere(*node)));
        }
        columns.push((format!("payment@{date}"), everywhere(evaluation.payment)));
    }
    for benefit in &model.benefits {
        columns.push((format!("benefits.{}", benefit.name), everywhere(benefit.amount)));
    }
    for investor in &model.investors {
        let (node, available) = (investor.rate, Some(investor.rate_available));
        let rate = Wanted { node, where_available: available };
        columns.push((format!("investors.{}.irr", investor.name), rate));
        let multiple = everywhere(investor.multiple);
        columns.push((format!("investors.{}.multiple", investor.name), multiple));
    }
    let totals = [
        ("payment", model.effect.payment),
        ("payment_discounted", model.effect.payment_discounted),
        ("benefit", model.benefit),
        ("net", model.net),
        ("no_effect.payment", model.no_effect.payment),
    ];
    columns.extend(totals.map(|(name, node)| (name.to_owned(), everywhere(node))));
    columns
}
