//! The engine as a Python module.
//!
//! In: paths, numbers and bytes. Out: JSON as text, and chunks as bytes; the package around it makes
//! dataclasses of them. Computation lets other Python threads run, and stops at Ctrl-C.
//!
//! Never here: rules of contracts, which are the engine's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::contract::{Contract, Overrides};
use engine::disk::Disk;
use engine::evidence::date_of;
use engine::ledger::{Difference, Receipt, Record};
use engine::problem::{Language, Problem, Text};
use engine::scenario::Scenario;
use engine::settle::Request;
use engine::simulate::{
    Chunk, Gathered, Merger, Part, Portfolio, PortfolioChunk, PortfolioMerger, Settings, Target,
    Watch, simulate as simulate_scenario, simulate_part, simulate_portfolio,
    simulate_portfolio_part,
};
use engine::{Files, Recorded};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::{Value, json};

pyo3::create_exception!(
    _seika,
    Refused,
    pyo3::exceptions::PyException,
    "What was given cannot be used. `args[0]` is the list of problems, as JSON."
);

/// Whether a computation is to stop, asked by its threads.
#[derive(Default)]
struct Patience(AtomicBool);

impl Watch for Patience {
    fn progress(&self, _: u64, _: u64) {}

    fn should_stop(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often Python is asked whether it was interrupted.
const EVERY: Duration = Duration::from_millis(100);

/// What a long computation gives. It runs on a thread of its own, while this one asks now and then
/// whether Python was interrupted: signals are told to the main thread alone.
fn patiently<T: Send>(
    language: Language,
    work: impl FnOnce(&Patience) -> Result<T, Vec<Problem>> + Send,
) -> PyResult<T> {
    let patience = Patience::default();
    let (done, finished) = mpsc::channel();
    let found = std::thread::scope(|scope| {
        let patience = &patience;
        let worker = scope.spawn(move || {
            let found = work(patience);
            // Nobody listens only once the result is taken.
            let _ = done.send(());
            found
        });
        let mut interrupted = None;
        while let Err(mpsc::RecvTimeoutError::Timeout) = finished.recv_timeout(EVERY) {
            if interrupted.is_none() {
                interrupted = Python::attach(|py| py.check_signals()).err();
                patience.0.store(interrupted.is_some(), Ordering::Relaxed);
            }
        }
        match (interrupted, worker.join()) {
            (Some(interrupted), _) => Err(interrupted),
            (None, Ok(found)) => Ok(found),
            (None, Err(panic)) => std::panic::resume_unwind(panic),
        }
    })?;
    found.map_err(|problems| refused(&problems, language))
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
        let contract = Contract::read(&Disk(language), contract, &Overrides::new())
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
        let contract = Contract::read(&Disk(language), contract, &Overrides::new())
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
        let found = patiently(language, |patience| {
            let scenario = Scenario::read(&Disk(language), scenario)?;
            simulate_scenario(&scenario, &settings, patience)
        })?;
        Ok(found.to_json(language).to_string())
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
        let disk = Disk(language);
        let recorded = Recorded::new(&disk);
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
        let from: &(dyn Files + Sync) = match &files {
            Some(files) => files,
            None => &Disk(language),
        };
        let found = patiently(language, |patience| {
            let recorded = Recorded::new(from);
            let scenario = Scenario::read(&recorded, scenario)?;
            simulate_part(&scenario, recorded.read_so_far(), &settings, part, patience)
        })?;
        Ok::<_, PyErr>(found.to_bytes())
    })?;
    Ok(PyBytes::new(py, &bytes))
}

/// What chunks are added to: those of a run, or of a portfolio.
enum Sum {
    Run(Box<Merger>),
    Portfolio(Box<PortfolioMerger>),
}

/// The whole run of its chunks, one after another in whatever order: only their sum is kept.
#[pyclass(frozen)]
struct Merging {
    /// Nothing before the first chunk, which says what they are.
    sum: Mutex<Option<Sum>>,
    language: Language,
}

impl Merging {
    fn sum(&self) -> MutexGuard<'_, Option<Sum>> {
        self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Merging {
    #[new]
    #[pyo3(signature = (*, lang = "en"))]
    fn new(lang: &str) -> PyResult<Self> {
        Ok(Merging { sum: Mutex::new(None), language: language(lang)? })
    }

    /// Adds a chunk. One that was there already counts once.
    fn add(&self, py: Python<'_>, name: &str, chunk: &[u8]) -> PyResult<()> {
        py.detach(|| {
            let mut held = self.sum();
            let known = held.is_some();
            let mut sum = held.take().unwrap_or_else(|| match PortfolioChunk::is_one(chunk) {
                true => Sum::Portfolio(Box::default()),
                false => Sum::Run(Box::default()),
            });
            let one = |problem| vec![problem];
            let added = match &mut sum {
                Sum::Run(merger) => Chunk::from_bytes(name, chunk)
                    .map_err(one)
                    .and_then(|chunk| merger.add(name, chunk)),
                Sum::Portfolio(merger) => PortfolioChunk::from_bytes(name, chunk)
                    .map_err(one)
                    .and_then(|chunk| merger.add(name, chunk)),
            };
            // What is refused at first says nothing of the others.
            *held = (known || added.is_ok()).then_some(sum);
            added.map(drop).map_err(|problems| refused(&problems, self.language))
        })
    }

    /// The run, as `seika merge --json` prints it.
    fn finish(&self, py: Python<'_>) -> PyResult<String> {
        let language = self.language;
        py.detach(|| {
            let json = match self.sum().take() {
                Some(Sum::Portfolio(merger)) => {
                    merger.finish().map(|found| found.to_json(language))
                }
                Some(Sum::Run(merger)) => merger.finish().map(|(_, found)| found.to_json(language)),
                None => Merger::default().finish().map(|(_, found)| found.to_json(language)),
            };
            json.map(|json| json.to_string()).map_err(|problems| refused(&problems, language))
        })
    }
}

/// A run until a target, put together from chunks in whatever order they arrive.
#[pyclass(frozen)]
struct Gathering {
    gathered: Mutex<Option<Gathered>>,
    language: Language,
}

impl Gathering {
    fn with<T>(&self, work: impl FnOnce(&mut Gathered) -> PyResult<T>) -> PyResult<T> {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        match gathered.as_mut() {
            Some(gathered) => work(gathered),
            None => Err(PyValueError::new_err("the run is finished")),
        }
    }
}

#[pymethods]
impl Gathering {
    #[new]
    #[pyo3(signature = (scenario, until, *, files = None, paths = None, seed = None, antithetic = false, lang = "en"))]
    #[expect(clippy::too_many_arguments, reason = "named arguments of Python")]
    fn new(
        py: Python<'_>,
        scenario: &str,
        until: &str,
        files: Option<Vec<(String, Vec<u8>)>>,
        paths: Option<u64>,
        seed: Option<u64>,
        antithetic: bool,
        lang: &str,
    ) -> PyResult<Self> {
        let language = language(lang)?;
        let settings = settings(paths, seed, None, antithetic, Some(until))?;
        let Some(target) = settings.until.clone() else {
            return Err(PyValueError::new_err("until: a precision such as \"0.1%\""));
        };
        py.detach(|| {
            let from: &dyn Files = match &files {
                Some(files) => files,
                None => &Disk(language),
            };
            let recorded = Recorded::new(from);
            let told = |problems: Vec<Problem>| refused(&problems, language);
            let scenario = Scenario::read(&recorded, scenario).map_err(told)?;
            let read = recorded.read_so_far();
            let gathered = Gathered::new(scenario, read, &settings, target).map_err(told)?;
            Ok(Gathering { gathered: Mutex::new(Some(gathered)), language })
        })
    }

    /// The parts of the run, in order, each round in at most so many pieces.
    fn parts(&self, pieces: u64) -> PyResult<Vec<String>> {
        self.with(|gathered| Ok(gathered.parts(pieces).map(|part| part.to_string()).collect()))
    }

    /// Adds a chunk; says whether the run is over.
    fn add(&self, py: Python<'_>, name: &str, chunk: &[u8]) -> PyResult<bool> {
        py.detach(|| {
            self.with(|gathered| {
                Chunk::from_bytes(name, chunk)
                    .map_err(|one| vec![one])
                    .and_then(|chunk| gathered.add(name, chunk))
                    .map_err(|problems| refused(&problems, self.language))
            })
        })
    }

    /// How many paths are summed up, and the most there may be.
    fn progress(&self) -> PyResult<(u64, u64)> {
        self.with(|gathered| Ok(gathered.progress()))
    }

    /// The result, as `seika simulate --json` prints it.
    fn finish(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| {
            let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(gathered) = gathered.take() else {
                return Err(PyValueError::new_err("the run is finished"));
            };
            let (_, projection) =
                gathered.finish().map_err(|problems| refused(&problems, self.language))?;
            Ok(projection.to_json(self.language).to_string())
        })
    }
}

/// What the contracts of a folder pay together, as `seika portfolio --json` prints it.
#[pyfunction]
#[pyo3(signature = (folder, *, paths = None, seed = None, threads = None, lang = "en"))]
fn portfolio(
    py: Python<'_>,
    folder: &str,
    paths: Option<u64>,
    seed: Option<u64>,
    threads: Option<usize>,
    lang: &str,
) -> PyResult<String> {
    let language = language(lang)?;
    let settings = settings(paths, seed, threads, false, None)?;
    py.detach(|| {
        let found = patiently(language, |patience| {
            let portfolio = Portfolio::read(&Disk(language), folder)?;
            simulate_portfolio(&portfolio, &Disk(language), &settings, patience)
        })?;
        Ok(found.to_json(language).to_string())
    })
}

/// The files a portfolio is read from.
#[pyfunction]
#[pyo3(signature = (folder, *, lang = "en"))]
fn portfolio_files<'py>(
    py: Python<'py>,
    folder: &str,
    lang: &str,
) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
    let language = language(lang)?;
    let read = py.detach(|| {
        Portfolio::files(&Disk(language), folder).map_err(|problems| refused(&problems, language))
    })?;
    Ok(read.into_iter().map(|(path, bytes)| (path, PyBytes::new(py, &bytes))).collect())
}

/// One part of a portfolio's paths, as the bytes that `merge` reads; from `files`, or from the disk.
#[pyfunction]
#[pyo3(signature = (folder, part, *, files = None, paths = None, seed = None, threads = None, lang = "en"))]
#[expect(clippy::too_many_arguments, reason = "named arguments of Python")]
fn portfolio_chunk<'py>(
    py: Python<'py>,
    folder: &str,
    part: &str,
    files: Option<Vec<(String, Vec<u8>)>>,
    paths: Option<u64>,
    seed: Option<u64>,
    threads: Option<usize>,
    lang: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let language = language(lang)?;
    let settings = settings(paths, seed, threads, false, None)?;
    let part = match part.parse() {
        Ok(part @ Part::Numbered { .. }) => part,
        _ => return Err(PyValueError::new_err(format!("part: such as \"2/7\", not {part:?}"))),
    };
    let bytes = py.detach(|| {
        let from: &(dyn Files + Sync) = match &files {
            Some(files) => files,
            None => &Disk(language),
        };
        let found = patiently(language, |patience| {
            let portfolio = Portfolio::read(from, folder)?;
            simulate_portfolio_part(&portfolio, from, &settings, part, patience)
        })?;
        Ok::<_, PyErr>(found.to_bytes())
    })?;
    Ok(PyBytes::new(py, &bytes))
}

/// What is owed on measured outcomes, as `seika settle --json` prints it, and its receipt.
#[pyfunction]
#[pyo3(signature = (contract, evidence, *, at = None, paid_before = None, ended = None, invoiced = None, earlier = Vec::new(), evidence_inside = false, lang = "en"))]
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
    evidence_inside: bool,
    lang: &str,
) -> PyResult<(String, String)> {
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
        let found =
            Contract::read(&Disk(language), contract, &Overrides::new()).and_then(|contract| {
                Record::make(&contract, &Disk(language), &request, None, evidence_inside)
            });
        let (record, statement) = found.map_err(|problems| refused(&problems, language))?;
        Ok((statement.to_json(language).to_string(), Receipt::of(record).text()))
    })
}

/// Whether a receipt's statement is what its script and figures come to, and the figures what the
/// evidence comes to that is given or inside: where it differs, as JSON.
#[pyfunction]
#[pyo3(signature = (receipt, *, evidence = Vec::new(), lang = "en"))]
fn verify(py: Python<'_>, receipt: &str, evidence: Vec<String>, lang: &str) -> PyResult<String> {
    let language = language(lang)?;
    let verified = || -> Result<Value, Vec<Problem>> {
        let found = Receipt::read(&Disk(language), receipt)?;
        let mut differences = found.verify()?;
        let looked_at = if !evidence.is_empty() {
            differences.extend(found.verify_evidence(&Disk(language), &evidence)?);
            "same"
        } else if let Some(inside) = found.verify_inside() {
            differences.extend(inside?);
            "inside"
        } else {
            "not given"
        };
        let record = &found.record;
        let told =
            |of: &Difference| json!({ "at": of.at, "stated": of.stated, "computed": of.computed });
        Ok(json!({
            "ok": differences.is_empty(),
            "contract": record.contract,
            "at": record.at.to_string(),
            "payable": record.statement["en"]["payable"],
            "engine": record.engine,
            "computed_by": engine::VERSION,
            "evidence": looked_at,
            "differences": differences.iter().map(told).collect::<Vec<_>>(),
        }))
    };
    py.detach(|| Ok(verified().map_err(|problems| refused(&problems, language))?.to_string()))
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
    module.add_class::<Merging>()?;
    module.add_class::<Gathering>()?;
    module.add_function(wrap_pyfunction!(portfolio, module)?)?;
    module.add_function(wrap_pyfunction!(portfolio_files, module)?)?;
    module.add_function(wrap_pyfunction!(portfolio_chunk, module)?)?;
    module.add_function(wrap_pyfunction!(settle, module)?)?;
    module.add_function(wrap_pyfunction!(verify, module)?)
}
