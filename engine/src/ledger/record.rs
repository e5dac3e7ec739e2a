//! A settlement with all that is needed to compute it again.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::canonical::{bytes_of, canonical, hexadecimal, sha256};
use crate::contract::{Contract, DataKind, Overrides};
use crate::evidence::Evidence;
use crate::problem::{Language, Problem, Source, Text, say};
use crate::settle::{Flow, Request, Statement, evaluation_of, figures_csv, settle, settle_on};
use crate::{Files, FilesRead, Recorded, VERSION};

/// A file of evidence as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its name, as it was given.
    pub name: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The bytes themselves, when they are kept: they may be about people.
    pub content: Option<Vec<u8>>,
}

/// A settlement with all that is needed to compute it again: the script and the figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The version of the engine that computed it.
    pub engine: String,
    /// The contract's identifier.
    pub contract: String,
    /// The name of the contract's file.
    pub file: String,
    /// The script.
    pub script: String,
    /// The evidence the figures were estimated from.
    pub evidence: Vec<EvidenceFile>,
    /// Every outcome before it was read, as a file of figures.
    pub figures: String,
    /// The evaluation.
    pub at: Date,
    /// What was told to have been paid before.
    pub paid_before: Option<Decimal>,
    /// The day on which the contract ended early, as told.
    pub ended: Option<Date>,
    /// The day on which the invoice was received, as told.
    pub invoiced: Option<Date>,
    /// The statement in both languages.
    pub statement: Value,
    /// Every value before and after rounding.
    pub roundings: Value,
}

/// A place where what is stated is not what is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, such as `statement.en.lines[1].amount`.
    pub at: String,
    /// What is stated there.
    pub stated: String,
    /// What comes out.
    pub computed: String,
}

/// The name the figures go by while they are read from memory.
const FIGURES: &str = "figures.csv";

impl Record {
    /// Settles, and keeps what the settlement rests on. `known` are figures, as a CSV file, for
    /// outcomes of which the evidence says nothing; `inside` keeps the evidence itself.
    ///
    /// # Errors
    /// As [`settle`]; figures that cannot carry what was measured.
    pub fn make(
        contract: &Contract,
        files: &dyn Files,
        request: &Request,
        known: Option<&str>,
        inside: bool,
    ) -> Result<(Record, Statement), Vec<Problem>> {
        contract.examples_hold()?;
        let at = evaluation_of(contract, request)?;
        let recorded = Recorded::new(files);
        let mut evidence = Evidence::read(contract, &recorded, &request.evidence, Some(at))?;
        let read = recorded.read_so_far();
        if let Some(known) = known.filter(|known| !objects(known).is_empty()) {
            let held: FilesRead = vec![(FIGURES.to_owned(), known.as_bytes().to_vec())];
            evidence.add_known(contract, &held, FIGURES)?;
        }
        let request = Request { at: Some(at), ..request.clone() };
        let statement = settle_on(contract, files, &evidence, &request)?;
        let record = Record {
            engine: VERSION.to_owned(),
            contract: contract.id.clone(),
            file: contract.file.clone(),
            script: contract.script.clone(),
            evidence: read
                .into_iter()
                .map(|(name, bytes)| EvidenceFile {
                    name,
                    sha256: sha256(&bytes),
                    bytes: bytes.len() as u64,
                    content: inside.then_some(bytes),
                })
                .collect(),
            figures: figures_csv(contract, &statement)?,
            at,
            paid_before: request.paid_before,
            ended: request.ended,
            invoiced: request.invoiced,
            statement: both(&statement),
            roundings: statement.roundings(),
        };
        let differences = record.differences()?;
        match differences.first() {
            None => Ok((record, statement)),
            Some(difference) => Err(vec![figures_fall_short(contract, difference)]),
        }
    }

    /// Settles again on the script and the figures.
    ///
    /// # Errors
    /// As [`Contract::parse`] and [`settle`].
    pub fn recompute(&self) -> Result<(Contract, Statement), Vec<Problem>> {
        let source = Source::new(self.file.as_str(), self.script.as_str());
        let contract = Contract::parse(source, &Overrides::new())?;
        let files: FilesRead = vec![(FIGURES.to_owned(), self.figures.as_bytes().to_vec())];
        // A statement may rest on no outcome at all.
        let evidence = match objects(&self.figures).is_empty() {
            true => Vec::new(),
            false => vec![FIGURES.to_owned()],
        };
        let request = Request {
            evidence,
            at: Some(self.at),
            paid_before: self.paid_before,
            ended: self.ended,
            invoiced: self.invoiced,
            earlier: Vec::new(),
        };
        let mut statement = settle(&contract, &files, &request)?;
        // What kind of data the figures were estimated from is known from the rows alone.
        statement.data_kind = DataKind::ALL.into_iter().find(|kind| {
            serde_json::to_value(kind).ok().as_ref() == Some(&self.statement["en"]["data_kind"])
        });
        Ok((contract, statement))
    }

    /// What the statement tells its reader, as it was told when it was made: also of rows that are
    /// not kept.
    #[must_use]
    pub fn notes(&self) -> Vec<Problem> {
        let [en, ja] = ["en", "ja"].map(|language| self.statement[language]["notes"].as_array());
        let pairs = en.into_iter().flatten().zip(ja.into_iter().flatten());
        let text = |key: &str, (en, ja): (&Value, &Value)| {
            let said = |value: &Value| value[key].as_str().map(str::to_owned);
            Some(Text { en: said(en)?, ja: said(ja)? })
        };
        pairs
            .map(|pair| {
                let message = text("message", pair).unwrap_or_default();
                let note = match pair.0["severity"].as_str() {
                    Some("warning") => Problem::warning("recorded", message),
                    _ => Problem::note("recorded", message),
                };
                match text("help", pair) {
                    Some(help) => note.help(help),
                    None => note,
                }
            })
            .collect()
    }

    /// Tells the reader of the statement one thing more.
    pub(super) fn tell(&mut self, note: &Problem) {
        for (name, language) in [("en", Language::En), ("ja", Language::Ja)] {
            if let Some(notes) = self.statement[name]["notes"].as_array_mut() {
                notes.push(note.to_json(language));
            }
        }
    }

    /// Where the statement and its roundings are not what the script and the figures come to.
    ///
    /// Notes on the files of evidence, checks of them and other readings of their rows cannot be
    /// found again in the figures; every other note must be there.
    ///
    /// # Errors
    /// As [`recompute`](Self::recompute).
    pub fn differences(&self) -> Result<Vec<Difference>, Vec<Problem>> {
        let (contract, statement) = self.recompute()?;
        let mut found = Vec::new();
        if contract.id != self.contract {
            found.push(Difference {
                at: "contract".into(),
                stated: self.contract.clone(),
                computed: contract.id.clone(),
            });
        }
        let mut computed = both(&statement);
        for language in ["en", "ja"] {
            let stated = self.statement[language]["notes"].as_array();
            let notes = computed[language]["notes"].as_array().cloned().unwrap_or_default();
            for note in notes {
                if !stated.is_some_and(|stated| stated.contains(&note)) {
                    found.push(Difference {
                        at: format!("statement.{language}.notes"),
                        stated: "-".into(),
                        computed: note["message"].as_str().unwrap_or_default().to_owned(),
                    });
                }
            }
            // What was seen in rows cannot be seen in figures.
            let outcomes = computed[language]["outcomes"].as_array_mut();
            for (position, outcome) in outcomes.into_iter().flatten().enumerate() {
                for seen in ["method", "balance"] {
                    outcome[seen] = self.statement[language]["outcomes"][position][seen].clone();
                }
            }
            for seen in ["notes", "data_kind", "readings", "checks"] {
                computed[language][seen] = self.statement[language][seen].clone();
            }
        }
        compare("statement", &self.statement, &computed, &mut found);
        compare("roundings", &self.roundings, &statement.roundings(), &mut found);
        let figures = figures_csv(&contract, &statement)?;
        if figures != self.figures {
            found.push(Difference {
                at: "figures".into(),
                stated: self.figures.clone(),
                computed: figures,
            });
        }
        Ok(found)
    }

    /// The record as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let evidence = self.evidence.iter().map(|file| {
            let content = file.content.as_ref().map(|bytes| match std::str::from_utf8(bytes) {
                Ok(text) => json!({ "text": text }),
                Err(_) => json!({ "hex": hexadecimal(bytes) }),
            });
            json!({
                "name": file.name, "sha256": file.sha256, "bytes": file.bytes, "content": content,
            })
        });
        json!({
            "engine": self.engine,
            "contract": self.contract,
            "script": {
                "name": self.file,
                "sha256": sha256(self.script.as_bytes()),
                "text": self.script,
            },
            "evidence": evidence.collect::<Vec<_>>(),
            "figures": objects(&self.figures),
            "request": {
                "at": self.at.to_string(),
                "paid_before": self.paid_before.map(|paid| paid.normalize().to_string()),
                "ended": self.ended.map(|day| day.to_string()),
                "invoiced": self.invoiced.map(|day| day.to_string()),
            },
            "statement": self.statement,
            "roundings": self.roundings,
        })
    }

    /// Reads what [`to_json`](Self::to_json) wrote; `None` where anything is missing, of another
    /// kind or left over, or where a hash is not that of its text.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Record> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let day = |value: &Value| match value {
            Value::Null => Some(None),
            day => Some(Some(day.as_str()?.parse::<Date>().ok()?)),
        };
        let evidence = value["evidence"].as_array()?.iter().map(|file| {
            let content = match (&file["content"]["text"], &file["content"]["hex"]) {
                (Value::String(text), _) => Some(text.as_bytes().to_vec()),
                (_, Value::String(digits)) => Some(bytes_of(digits)?),
                _ => None,
            };
            Some(EvidenceFile {
                name: text(&file["name"])?,
                sha256: text(&file["sha256"])?,
                bytes: file["bytes"].as_u64()?,
                content,
            })
        });
        let record = Record {
            engine: text(&value["engine"])?,
            contract: text(&value["contract"])?,
            file: text(&value["script"]["name"])?,
            script: text(&value["script"]["text"])?,
            evidence: evidence.collect::<Option<_>>()?,
            figures: table(value["figures"].as_array()?)?,
            at: value["request"]["at"].as_str()?.parse().ok()?,
            paid_before: match &value["request"]["paid_before"] {
                Value::Null => None,
                paid => Some(paid.as_str()?.parse().ok()?),
            },
            ended: day(&value["request"]["ended"])?,
            invoiced: day(&value["request"]["invoiced"])?,
            statement: value["statement"].clone(),
            roundings: value["roundings"].clone(),
        };
        let hashes = record.evidence.iter().all(|file| {
            let content = file.content.as_ref();
            content.is_none_or(|content| {
                sha256(content) == file.sha256 && content.len() as u64 == file.bytes
            })
        });
        (hashes && canonical(&record.to_json()) == canonical(value)).then_some(record)
    }

    /// Where another record of the same settlement says otherwise.
    pub(super) fn compare_with(&self, again: &Record) -> Vec<Difference> {
        let mut found = Vec::new();
        let value = |record: &Record| {
            json!({
                "figures": objects(&record.figures),
                "statement": record.statement,
                "roundings": record.roundings,
            })
        };
        let (stated, computed) = (value(self), value(again));
        for part in ["figures", "statement", "roundings"] {
            compare(part, &stated[part], &computed[part], &mut found);
        }
        found
    }

    /// What is payable by the statement.
    #[must_use]
    pub fn payable(&self) -> Decimal {
        let payable = self.statement["en"]["payable"].as_str();
        payable.and_then(|payable| payable.parse().ok()).unwrap_or_default()
    }

    /// Who pays whom by the statement.
    #[must_use]
    pub fn flows(&self) -> Vec<Flow> {
        super::event::flows_of(&self.statement["en"]["flows"]).unwrap_or_default()
    }

    /// The value and the number of people of each outcome, by indicator and date.
    pub(super) fn values(&self) -> BTreeMap<(String, String), (String, String)> {
        let text =
            |object: &Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
        let entry = |object: &Value| {
            let key = (text(object, "indicator"), text(object, "at"));
            (key, (text(object, "value"), text(object, "n")))
        };
        objects(&self.figures).iter().map(entry).collect()
    }

    /// The lines of its figures that belong to its own evaluation, without the headings.
    pub(super) fn own_figures(&self) -> String {
        let at = self.at.to_string();
        let own = objects(&self.figures).into_iter().filter(|object| object["at"] == at.as_str());
        let text = table(&own.collect::<Vec<_>>()).unwrap_or_default();
        text.split_once('\n').map(|(_, lines)| lines.to_owned()).unwrap_or_default()
    }

    /// What makes two settlements the same: the script, the evidence, the figures and the request.
    #[must_use]
    pub fn key(&self) -> String {
        let evidence = self.evidence.iter().map(|file| file.sha256.as_str());
        sha256(
            canonical(&json!({
                "script": sha256(self.script.as_bytes()),
                "evidence": evidence.collect::<Vec<_>>(),
                "figures": self.figures,
                "at": self.at.to_string(),
                "paid_before": self.paid_before.map(|paid| paid.normalize().to_string()),
                "ended": self.ended.map(|day| day.to_string()),
                "invoiced": self.invoiced.map(|day| day.to_string()),
            }))
            .as_bytes(),
        )
    }
}

fn both(statement: &Statement) -> Value {
    json!({ "en": statement.to_json(Language::En), "ja": statement.to_json(Language::Ja) })
}

/// Lines of figures as objects, one per outcome.
fn objects(figures: &str) -> Vec<Value> {
    let mut reader = csv::Reader::from_reader(figures.as_bytes());
    let headings = reader.headers().cloned().unwrap_or_default();
    let object = |record: csv::StringRecord| {
        let fields = headings.iter().zip(&record);
        Value::Object(fields.map(|(name, field)| (name.to_owned(), field.into())).collect())
    };
    reader.records().filter_map(Result::ok).map(object).collect()
}

/// The inverse of [`objects`].
fn table(objects: &[Value]) -> Option<String> {
    let headings = crate::settle::FIGURES_HEADINGS;
    let mut text = headings.join(",") + "\n";
    for object in objects {
        let object: &Map<String, Value> = object.as_object()?;
        let field = |name: &&str| object.get(*name)?.as_str().map(crate::settle::quoted);
        let fields: Option<Vec<String>> = headings.iter().map(field).collect();
        text += &(fields?.join(",") + "\n");
    }
    Some(text)
}

/// Compares two values all the way down.
fn compare(at: &str, stated: &Value, computed: &Value, found: &mut Vec<Difference>) {
    match (stated, computed) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            for key in keys {
                compare(&format!("{at}.{key}"), &stated[key], &computed[key], found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (position, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{at}[{position}]"), a, b, found);
            }
        }
        _ if stated == computed => {}
        _ => {
            let shown = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
            found.push(Difference {
                at: at.to_owned(),
                stated: shown(stated),
                computed: shown(computed),
            });
        }
    }
}

fn figures_fall_short(contract: &Contract, difference: &Difference) -> Problem {
    let Difference { at, stated, computed } = difference;
    Problem::error(
        "figures-fall-short",
        say!(
            "the figures alone do not lead to the same statement: `{at}` would be {computed}, not {stated}",
            "集計値だけでは同じ計算書になりません。`{at}` が {stated} でなく {computed} になります"
        ),
    )
    .help(say!(
        "settle without a receipt, a ledger or a file of figures, and report this as a fault of Seika",
        "検証票・台帳・集計値のファイルなしで精算し、Seika の不具合として報告してください"
    ))
    .at(Source::new(contract.file.as_str(), "").whole())
}
