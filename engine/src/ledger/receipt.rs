//! One file from which the other party computes a statement again.

use serde_json::Value;

use super::{Difference, Record};
use crate::canonical::{canonical, sha256};
use crate::contract::{Contract, Overrides};
use crate::evidence::read_bytes;
use crate::problem::{Problem, Source, say};
use crate::settle::Request;
use crate::{Files, VERSION};

const FORMAT: &str = "seika-receipt-1";

/// A settlement to be handed over: the record and a hash over all of it.
///
/// `hash` is the SHA-256 of the canonical text (keys sorted, no spaces) of everything but itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// What was settled, on what.
    pub record: Record,
    /// Where the file's words are not those of its record: it was altered after it was written.
    pub altered: Vec<Difference>,
}

impl Receipt {
    /// The receipt of a record.
    #[must_use]
    pub fn of(record: Record) -> Receipt {
        Receipt { record, altered: Vec::new() }
    }

    /// The file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut value = self.content();
        let hash = sha256(canonical(&value).as_bytes());
        value["hash"] = hash.into();
        format!("{value:#}\n")
    }

    fn content(&self) -> Value {
        let mut value = serde_json::json!({ "format": FORMAT });
        if let (Value::Object(all), Value::Object(own)) = (&mut value, self.record.to_json()) {
            all.extend(own);
        }
        value
    }

    /// Reads a receipt. One that was altered but can still be read is returned with what was
    /// altered, so that it can be said where its figures are wrong.
    ///
    /// # Errors
    /// A file that cannot be read or is no receipt.
    pub fn read(files: &dyn Files, path: &str) -> Result<Receipt, Vec<Problem>> {
        let bytes = read_bytes(files, path).map_err(|problem| vec![problem])?;
        let no_receipt = |said: String| {
            vec![
                Problem::error(
                    "no-receipt",
                    say!("`{path}` is no receipt", "`{path}` は検証票（receipt）ではありません"),
                )
                .found(crate::problem::Text::from(said))
                .expected(say!(
                    "a file that `seika settle --receipt` wrote",
                    "`seika settle --receipt` が書いたファイル"
                ))
                .at(Source::new(path, "").whole()),
            ]
        };
        let mut value: Value =
            serde_json::from_slice(&bytes).map_err(|error| no_receipt(error.to_string()))?;
        if value["format"] != FORMAT {
            return Err(no_receipt(format!("format {}", value["format"])));
        }
        let stated = value.as_object_mut().and_then(|all| all.shift_remove("hash"));
        let stated = stated.and_then(|hash| hash.as_str().map(str::to_owned)).unwrap_or_default();
        let computed = sha256(canonical(&value).as_bytes());
        let mut altered = Vec::new();
        if stated != computed {
            altered.push(Difference { at: "hash".into(), stated, computed });
        }
        if let Some(all) = value.as_object_mut() {
            all.shift_remove("format");
        }
        let script = value["script"]["text"].as_str().unwrap_or_default();
        let (stated, computed) = (&value["script"]["sha256"], sha256(script.as_bytes()));
        if stated.as_str() != Some(computed.as_str()) {
            altered.push(Difference {
                at: "script.sha256".into(),
                stated: stated.as_str().unwrap_or_default().to_owned(),
                computed: computed.clone(),
            });
            value["script"]["sha256"] = computed.into();
        }
        let record = Record::from_json(&value)
            .ok_or_else(|| no_receipt("fields are missing, or others are there".into()))?;
        let receipt = Receipt { record, altered: Vec::new() };
        if altered.is_empty() && receipt.text().as_bytes() != bytes {
            // The content is what it was; the order of keys, a space or the end of a line is not.
            altered.push(Difference {
                at: "layout".into(),
                stated: sha256(&bytes),
                computed: sha256(receipt.text().as_bytes()),
            });
        }
        Ok(Receipt { altered, ..receipt })
    }

    /// Whether another version of the engine wrote it.
    #[must_use]
    pub fn other_version(&self) -> Option<&str> {
        (self.record.engine != VERSION).then_some(self.record.engine.as_str())
    }

    /// Everything in which the receipt is not what it should be: altered words, and a statement
    /// that the script and the figures do not come to.
    ///
    /// # Errors
    /// A script or figures on which nothing can be settled.
    pub fn verify(&self) -> Result<Vec<Difference>, Vec<Problem>> {
        let mut found = self.altered.clone();
        found.extend(self.record.differences()?);
        Ok(found)
    }

    /// Compares files of evidence with those the figures were estimated from, and the figures with
    /// what these files come to.
    ///
    /// # Errors
    /// A file that cannot be read; evidence that cannot be settled on.
    pub fn verify_evidence(
        &self,
        files: &dyn Files,
        paths: &[String],
    ) -> Result<Vec<Difference>, Vec<Problem>> {
        let mut found = Vec::new();
        let mut renamed = Vec::new();
        for path in paths {
            let bytes = read_bytes(files, path).map_err(|problem| vec![problem])?;
            let hash = sha256(&bytes);
            match self.record.evidence.iter().find(|file| file.sha256 == hash) {
                Some(file) => renamed.push((file.name.clone(), bytes)),
                None => found.push(Difference {
                    at: path.clone(),
                    stated: self.hashes(),
                    computed: hash,
                }),
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        for file in &self.record.evidence {
            if renamed.iter().all(|(name, _)| *name != file.name) {
                found.push(Difference {
                    at: file.name.clone(),
                    stated: file.sha256.clone(),
                    computed: "-".into(),
                });
            }
        }
        if found.is_empty() {
            found = self.estimated_again(renamed)?;
        }
        Ok(found)
    }

    /// Estimates the figures again from the evidence inside the receipt; `None` where it has none.
    ///
    /// # Errors
    /// Evidence that cannot be settled on.
    pub fn verify_inside(&self) -> Option<Result<Vec<Difference>, Vec<Problem>>> {
        let files: Option<Vec<(String, Vec<u8>)>> = self
            .record
            .evidence
            .iter()
            .map(|file| file.content.clone().map(|bytes| (file.name.clone(), bytes)))
            .collect();
        files.filter(|files| !files.is_empty()).map(|files| self.estimated_again(files))
    }

    fn estimated_again(
        &self,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Vec<Difference>, Vec<Problem>> {
        let record = &self.record;
        let source = Source::new(record.file.as_str(), record.script.as_str());
        let contract = Contract::parse(source, &Overrides::new())?;
        let request = Request {
            evidence: record.evidence.iter().map(|file| file.name.clone()).collect(),
            at: Some(record.at),
            paid_before: record.paid_before,
            ended: record.ended,
            invoiced: record.invoiced,
            earlier: Vec::new(),
        };
        let inside = record.evidence.iter().any(|file| file.content.is_some());
        // What no file speaks of came from figures that were known before.
        let known = Some(record.figures.as_str());
        let (again, _) = Record::make(&contract, &files, &request, known, inside)?;
        Ok(record.compare_with(&again))
    }

    fn hashes(&self) -> String {
        let hashes = self.record.evidence.iter().map(|file| file.sha256.as_str());
        hashes.collect::<Vec<_>>().join(", ")
    }
}
