//! The engine as a Python module.
//!
//! In: paths, numbers and bytes. Out: JSON as text, and chunks as bytes; the package around it makes
//! dataclasses of them. Computation lets other Python threads run, and stops at Ctrl-C.
//!
//! Never here: rules of contracts, which are the engine's.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::contract::{Contract, Overrides};
use engine::evidence::date_of;
use engine::ledger::Receipt;
use engine::problem::{Language, Problem, Text};
use engine::scenario::Scenario;
use engine::settle::{Request, settle as settle_contract};
use engine::simulate::{
    Chunk, Merger, Part, Settings, Target, Watch, simulate as simulate_scenario, simulate_part,
};
use engine::{Files, Recorded};
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};

pyo3::create_exception!(
    _seika,
    Refused,
    pyo3::exceptions::PyException,
    "What was given cannot be used. `args[0]` is the list of problems, as JSON."
);

/// Files as they are named.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

/// Asks now and then whether Python was interrupted.
struct Patience {
    stopped: AtomicBool,
    asked: Mutex<Instant>,
}

/// How often Python is asked.
const EVERY: Duration = Duration::from_millis(100);

impl Patience {
    fn new() -> Self {
        Self { stopped: AtomicBool::new(false), asked: Mutex::new(Instant::now()) }
    }

    /// What a run gave, unless it was interrupted.
    fn result<T>(&self, found: Result<T, Vec<Problem>>, language: Language) -> PyResult<T> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(PyKeyboardInterrupt::new_err(()));
        }
        found.map_err(|problems| refused(&problems, language))
    }
}

impl Watch for Patience {
    fn progress(&self, _: u64, _: u64) {}

    fn should_stop(&self) -> bool {
        if self.stopped.load(Ordering::Relaxed) {
            return true;
        }
        let Ok(mut asked) = self.asked.try_lock() else { return false };
        if asked.elapsed() < EVERY {
            return false;
        }
        *asked = Instant::now();
        let interrupted = Python::attach(|py| py.check_signals().is_err());
        self.stopped.fetch_or(interrupted, Ordering::Relaxed);
        interrupted
    }
}

fn refused(problems: &[Problem], language: Language) -> PyErr {
    let list: Vec<Value> = problems.iter().map(|problem| problem.to_json(language)).collect();
    Refused::new_err(json!(list).to_string())
}

fn language(name: &str) -> PyResult<Language> {
    match name {
        "en" => Ok(Language::En),
        "ja" => Ok(Language::Ja),
        _ => Err(PyValueError::new_err(format!("lang: \"ja\" or \"en\", not {name:?}"))),
    }
}

/// A value given as text, or what it should have been.
fn given<T>(
    name: &str,
    written: Option<&str>,
    read: impl Fn(&str) -> Option<T>,
    like: &str,
) -> PyResult<Option<T>> {
    let Some(written) = written else { return Ok(None) };
    match read(written) {
        Some(value) => Ok(Some(value)),
        None => Err(PyValueError::new_err(format!("{name}: {like}, not {written:?}"))),
    }
}

/// The result of checking a contract, as `seika check --json` prints it.
#[pyfunction]
#[pyo3(signature = (contract, *, lang = "en"))]
fn check(py: Python<'_>, contract: &str, lang: &str) -> PyResult<String> {
    let language = language(lang)?;
    py.detach(|| {
        let contract = Contract::read(&Disk, contract, &Overrides::new())
            .map_err(|problems| refused(&problems, language))?;
        Ok(contract.check().to_json(&contract, language).to_string())
    })
}

/// The term sheet of a contract, in Markdown.
#[pyfunction]
#[pyo3(signature = (contract, *, lang = "en"))]
fn explain(py: Python<'_>, contract: &str, lang: &str) -> PyResult<String> {
    let language = language(lang)?;
    py.detach(|| {
        let contract = Contract::read(&Disk, contract, &Overrides::new())
            .map_err(|problems| refused(&problems, language))?;
        Ok(contract.term_sheet(language))
    })
}

fn settings(
    paths: Option<u64>,
    seed: Option<u64>,
    threads: Option<usize>,
    antithetic: bool,
    until: Option<&str>,
) -> PyResult<Settings> {
    let until = match until {
        None => None,
        Some(written) => Some(
            Target::parse(written)
                .map_err(|words: Text| PyValueError::new_err(format!("until: {}", words.en)))?,
        ),
    };
    Ok(Settings { paths, seed, threads, antithetic, until })
}

/// What a contract pays under a scenario, as `seika simulate --json` prints it.
#[pyfunction]
#[pyo3(signature = (scenario, *, paths = None, seed = None, threads = None, antithetic = false, until = None, lang = "en"))]
#[expect(clippy::too_many_arguments, reason = "named arguments of Python")]
fn simulate(
    py: Python<'_>,
    scenario: &str,
    paths: Option<u64>,
    seed: Option<u64>,
    threads: Option<usize>,
    antithetic: bool,
    until: Option<&str>,
    lang: &str,
) -> PyResult<String> {
    let language = language(lang)?;
    let settings = settings(paths, seed, threads, antithetic, until)?;
    py.detach(|| {
        let patience = Patience::new();
        let scenario =
            Scenario::read(&Disk, scenario).map_err(|problems| refused(&problems, language))?;
        let found = simulate_scenario(&scenario, &settings, &patience);
        let projection = patience.result(found, language)?;
        Ok(projection.to_json(language).to_string())
    })
}

/// The files that a scenario is read from, by path: what a worker needs to compute its chunks.
#[pyfunction]
#[pyo3(signature = (scenario, *, lang = "en"))]
fn files<'py>(
    py: Python<'py>,
    scenario: &str,
    lang: &str,
) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
    let language = language(lang)?;
    let read = py.detach(|| {
        let recorded = Recorded::new(&Disk);
        Scenario::read(&recorded, scenario).map_err(|problems| refused(&problems, language))?;
        Ok::<_, PyErr>(recorded.read_so_far())
    })?;
    Ok(read.into_iter().map(|(path, bytes)| (path, PyBytes::new(py, &bytes))).collect())
}

/// One part of a run, as the bytes that `merge` reads; from `files`, or from the disk.
#[pyfunction]
#[pyo3(signature = (scenario, part, *, files = None, paths = None, seed = None, threads = None, antithetic = false, lang = "en"))]
#[expect(clippy::too_many_arguments, reason = "named arguments of Python")]
fn chunk<'py>(
    py: Python<'py>,
    scenario: &str,
    part: &str,
    files: Option<Vec<(String, Vec<u8>)>>,
    paths: Option<u64>,
    seed: Option<u64>,
    threads: Option<usize>,
    antithetic: bool,
    lang: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let language = language(lang)?;
    let settings = settings(paths, seed, threads, antithetic, None)?;
    let part: Part = part
        .parse()
        .map_err(|()| PyValueError::new_err(format!("part: such as \"2/7\", not {part:?}")))?;
    let bytes = py.detach(|| {
        let patience = Patience::new();
        let from: &dyn Files = match &files {
            Some(files) => files,
            None => &Disk,
        };
        let recorded = Recorded::new(from);
        let scenario =
            Scenario::read(&recorded, scenario).map_err(|problems| refused(&problems, language))?;
        let files = recorded.read_so_far();
        let found = simulate_part(&scenario, files, &settings, part, &patience);
        Ok::<_, PyErr>(patience.result(found, language)?.to_bytes())
    })?;
    Ok(PyBytes::new(py, &bytes))
}

/// The whole run of its chunks, as `seika merge --json` prints it.
#[pyfunction]
#[pyo3(signature = (chunks, *, lang = "en"))]
fn merge(py: Python<'_>, chunks: Vec<(String, Vec<u8>)>, lang: &str) -> PyResult<String> {
    let language = language(lang)?;
    py.detach(|| {
        let mut merger = Merger::default();
        let mut problems = Vec::new();
        let names: Vec<String> = chunks.iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            let added = Chunk::read(&chunks, &name)
                .map_err(|problem| vec![problem])
                .and_then(|chunk| merger.add(&name, chunk));
            problems.extend(added.err().into_iter().flatten());
        }
        if !problems.is_empty() {
            return Err(refused(&problems, language));
        }
        let (_, projection) = merger.finish().map_err(|problems| refused(&problems, language))?;
        Ok(projection.to_json(language).to_string())
    })
}

/// What is owed on measured outcomes, as `seika settle --json` prints it.
#[pyfunction]
#[pyo3(signature = (contract, evidence, *, at = None, paid_before = None, ended = None, invoiced = None, earlier = Vec::new(), lang = "en"))]
#[expect(clippy::too_many_arguments, reason = "named arguments of Python")]
fn settle(
    py: Python<'_>,
    contract: &str,
    evidence: Vec<String>,
    at: Option<&str>,
    paid_before: Option<&str>,
    ended: Option<&str>,
    invoiced: Option<&str>,
    earlier: Vec<String>,
    lang: &str,
) -> PyResult<String> {
    let language = language(lang)?;
    let date = |name, written| given(name, written, date_of, "a date such as 2026-03-31");
    let amount = |written: &str| {
        let amount = written.replace('_', "").parse::<rust_decimal::Decimal>().ok()?;
        (!amount.is_sign_negative()).then_some(amount)
    };
    let request = Request {
        evidence,
        at: date("at", at)?,
        paid_before: given("paid_before", paid_before, amount, "an amount of at least 0")?,
        ended: date("ended", ended)?,
        invoiced: date("invoiced", invoiced)?,
        earlier,
    };
    py.detach(|| {
        let found = Contract::read(&Disk, contract, &Overrides::new())
            .and_then(|contract| settle_contract(&contract, &Disk, &request));
        let statement = found.map_err(|problems| refused(&problems, language))?;
        Ok(statement.to_json(language).to_string())
    })
}

/// Whether a receipt's statement is what its script and figures come to: its differences, as JSON.
#[pyfunction]
#[pyo3(signature = (receipt, *, lang = "en"))]
fn verify(py: Python<'_>, receipt: &str, lang: &str) -> PyResult<String> {
    let language = language(lang)?;
    py.detach(|| {
        let found =
            Receipt::read(&Disk, receipt).map_err(|problem| refused(&[problem], language))?;
        let differences = found.verify().map_err(|problems| refused(&problems, language))?;
        let record = &found.record;
        Ok(json!({
            "ok": differences.is_empty(),
            "contract": record.contract,
            "at": record.at.to_string(),
            "payable": record.statement["en"]["payable"],
            "engine": record.engine,
            "computed_by": engine::VERSION,
            "differences": differences.len(),
        })
        .to_string())
    })
}

/// The engine of Seika.
#[pymodule]
fn _seika(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("Refused", module.py().get_type::<Refused>())?;
    module.add("VERSION", engine::VERSION)?;
    module.add_function(wrap_pyfunction!(check, module)?)?;
    module.add_function(wrap_pyfunction!(explain, module)?)?;
    module.add_function(wrap_pyfunction!(simulate, module)?)?;
    module.add_function(wrap_pyfunction!(files, module)?)?;
    module.add_function(wrap_pyfunction!(chunk, module)?)?;
    module.add_function(wrap_pyfunction!(merge, module)?)?;
    module.add_function(wrap_pyfunction!(settle, module)?)?;
    module.add_function(wrap_pyfunction!(verify, module)?)
}
