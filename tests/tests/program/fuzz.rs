//! No file makes a reader panic or hang: evidence as text and as workbooks, contracts, scenarios.
//!
//! `SEIKA_FUZZ_CASES=100000 cargo test -p seika-tests --release --test program fuzz` looks longer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use engine::contract::{Contract, Overrides};
use engine::problem::Source;
use engine::scenario::Scenario;
use engine::settle::{Request, settle};
use proptest::prelude::*;
use proptest::sample::Index;
use seika_tests::{Memory, Repository};

const CONTRACT: &str = r#"contract("t", #{ from: "2024-04-01", to: "2026-03-31", rounding: down(1), tax: unstated() });
party("city", #{ role: "payer" }); party("vendor", #{ role: "provider" });
evaluations([#{ at: "2025-03-31", paid: "2025-03-31" }, #{ at: "2026-03-31", paid: "2026-03-31" }]);
rows(#{ missing: ["NA", "－"], several: #{ cost: "sum" }, orphans: "leave_out", last_digits: ["y"],
    groups: ["sex"] });
columns(#{ y: number("mmHg", 0, 300), seen: date("2020-01-01", "2025-03-31"), ok: yes_no() });
let x = mean("x", #{ of: |p| p.y, digits: 1, who: |p| p.sex == "F" });
let s = share("s", #{ of: |p| p.ok, digits: 3, who: |p| p.seen > date("2021-01-01") });
let c = total("c", #{ of: |p| p.cost, digits: 0 });
pay("a", |e| if available(e[x]) && available(e[s]) && available(e[c]) { yen(1000) * e[x] } else { yen(0) });"#;

const ROWS: &str = "participant,at,sex,y,seen,ok,cost,note\n\
    a,2025-03-31,F,150,令和6年5月1日,はい,\"1,000\",\"x \"\"y\"\"\nz\"\n\
    b,2025-03-31,M,１２３．５,2024/5/1,×,50,\n\
    b,2025-03-31,M,123.5,2024/5/1,×,70,\n\
    c,2026-03-31,F,NA,R6.5.3,0,－,#N/A\n";

fn cases() -> ProptestConfig {
    let cases = std::env::var("SEIKA_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(48),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    }
}

/// Small changes to bytes: one put in, taken out or changed, a stretch repeated or moved.
#[derive(Debug, Clone)]
enum Change {
    Put(Index, Vec<u8>),
    Take(Index, u8),
    Copy(Index, Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let words: Vec<&'static [u8]> = vec![
        b"\"",
        b",",
        b"\n",
        b"\r",
        b"\t",
        b"\0",
        b"#",
        b"-",
        b"0",
        b"9",
        b"1e9",
        b"1e-28",
        b"%",
        b"\xff",
        b"\x81",
        b"\xe3\x81",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"NA",
        b"{",
        b"}",
        b"(",
        b")",
        b"[",
        b"]",
        b"|p|",
        b"|e|",
        b"<",
        b">",
        b"/>",
        b"&#0;",
        b"=",
        b"*",
        b"99999999999999999999",
        b"XFD1048576",
        b"A0",
        b"fn f() { f() }",
        b"loop {}",
        b"e",
        b"yen(",
        b"if",
        b"\xe5\x85\x83",
    ];
    let word = prop::sample::select(words).prop_map(<[u8]>::to_vec);
    let bytes = prop_oneof![4 => word, 1 => prop::collection::vec(any::<u8>(), 1..6)];
    prop_oneof![
        (any::<Index>(), bytes).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Change::Take(at, length % 12)),
        (any::<Index>(), any::<Index>(), any::<u8>())
            .prop_map(|(from, to, length)| Change::Copy(from, to, length)),
    ]
}

fn changed(text: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        match change {
            Change::Put(at, put) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, put.iter().copied());
            }
            Change::Take(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + usize::from(*length) + 1).min(bytes.len()));
            }
            Change::Copy(from, to, length) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let end = (from + usize::from(*length)).min(bytes.len());
                let piece = bytes[from..end].to_vec();
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 1..12)
}

/// Works on an input; fails where it panics or takes longer than anyone would wait.
fn sound<T>(work: impl FnOnce() -> T) -> Result<(), TestCaseError> {
    let start = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(work));
    prop_assert!(done.is_ok(), "it panicked");
    prop_assert!(start.elapsed() < Duration::from_secs(20), "it took {:?}", start.elapsed());
    Ok(())
}

fn settled(path: &str, bytes: Vec<u8>) {
    let contract = Contract::parse(Source::new("t.rhai", CONTRACT), &Overrides::new())
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let files = Memory::default()
        .with_bytes(path, bytes)
        .with("base.csv", "participant,sex,y\na,F,1\nb,M,2\nc,F,3\n")
        .with("before.csv", ROWS);
    for (evidence, earlier) in [(vec![path], vec![]), (vec!["base.csv", path], vec!["before.csv"])]
    {
        let request = Request {
            evidence: evidence.into_iter().map(str::to_owned).collect(),
            earlier: earlier.into_iter().map(str::to_owned).collect(),
            at: Some("2025-03-31".parse().unwrap()),
            ..Request::default()
        };
        let _ = settle(&contract, &files, &request);
    }
}

#[test]
fn the_unchanged_files_are_read() {
    let contract = Contract::parse(Source::new("t.rhai", CONTRACT), &Overrides::new()).unwrap();
    let request = Request {
        evidence: vec!["a".into()],
        at: Some("2025-03-31".parse().unwrap()),
        ..Request::default()
    };
    let mut outcomes = Vec::new();
    for bytes in [ROWS.replace("#N/A", "").into_bytes(), workbook(&SHEET.replace("E5", "F5"))] {
        let files = Memory::default().with_bytes("a", bytes);
        let statement = settle(&contract, &files, &request);
        let statement = statement.unwrap_or_else(|problems| panic!("{problems:#?}"));
        outcomes.push(statement.outcomes.iter().map(|outcome| outcome.value).collect::<Vec<_>>());
    }
    assert_eq!(outcomes[0], [Some(150.into()), Some("0.5".parse().unwrap()), Some(1_120.into())]);
    assert_eq!(outcomes[1], outcomes[0]);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_text_of_rows_is_too_odd(changes in changes(), coding in 0..4) {
        let text = ROWS;
        let seed: Vec<u8> = match coding {
            0 => text.as_bytes().to_vec(),
            1 => encoding_rs::SHIFT_JIS.encode(text).0.into_owned(),
            2 => [0xFF, 0xFE].into_iter()
                .chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
            _ => text.replace(',', "\t").into_bytes(),
        };
        let bytes = changed(&seed, &changes);
        sound(|| settled("a.csv", bytes))?;
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        sound(|| settled("a.csv", bytes.clone()))?;
        sound(|| settled("a.xlsx", bytes))?;
    }

    #[test]
    fn no_workbook_is_too_odd(changes in changes(), whole in any::<bool>()) {
        let bytes = if whole {
            changed(&workbook(SHEET), &changes)
        } else {
            workbook(&String::from_utf8_lossy(&changed(SHEET.as_bytes(), &changes)))
        };
        sound(|| settled("a.xlsx", bytes))?;
    }

    #[test]
    fn no_script_is_too_odd(changes in changes(), which in 0..6_usize) {
        let mut scripts = Repository::files_in("scripts/contracts", ".rhai");
        scripts.push("t.rhai".into());
        let path = &scripts[which % scripts.len()];
        let text = std::fs::read_to_string(Repository::top().join(path));
        let text = text.unwrap_or_else(|_| CONTRACT.to_owned());
        let text = String::from_utf8_lossy(&changed(text.as_bytes(), &changes)).into_owned();
        sound(|| Contract::parse(Source::new(path.as_str(), text), &Overrides::new()))?;
    }

    #[test]
    fn no_scenario_is_too_odd(changes in changes(), which in 0..6_usize) {
        let scenarios = Repository::files_in("scenarios", ".toml");
        let path = &scenarios[which % scenarios.len()];
        let text = std::fs::read_to_string(Repository::top().join(path)).unwrap();
        let text = String::from_utf8_lossy(&changed(text.as_bytes(), &changes)).into_owned();
        sound(|| Scenario::parse(&Repository, &Source::new(path.as_str(), text)))?;
    }
}

/// The rows of [`ROWS`] as a sheet; the note of the last is an error of a formula.
const SHEET: &str = r##"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:H5"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>participant</t></is></c><c r="B1" t="inlineStr"><is><t>at</t></is></c><c r="C1" t="inlineStr"><is><t>sex</t></is></c><c r="D1" t="inlineStr"><is><t>y</t></is></c><c r="E1" t="inlineStr"><is><t>seen</t></is></c><c r="F1" t="inlineStr"><is><t>ok</t></is></c><c r="G1" t="inlineStr"><is><t>cost</t></is></c><c r="H1" t="inlineStr"><is><t>note</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>a</t></is></c><c r="B2" s="1"><v>45747</v></c><c r="C2" t="s"><v>0</v></c><c r="D2"><v>150</v></c><c r="E2" t="inlineStr"><is><t>令和6年5月1日</t></is></c><c r="F2" t="b"><v>1</v></c><c r="G2"><f>500*2</f><v>1000</v></c></row><row r="3"><c r="A3" t="inlineStr"><is><t>b</t></is></c><c r="B3" s="1"><v>45747</v></c><c r="C3" t="s"><v>1</v></c><c r="D3"><v>123.5</v></c><c r="E3" s="1"><v>45413</v></c><c r="F3" t="b"><v>0</v></c><c r="G3"><v>50</v></c></row><row r="4"><c r="A4" t="inlineStr"><is><t>b</t></is></c><c r="B4" s="1"><v>45747</v></c><c r="C4" t="s"><v>1</v></c><c r="D4"><v>123.5</v></c><c r="E4" s="1"><v>45413</v></c><c r="F4" t="b"><v>0</v></c><c r="G4"><v>70</v></c></row><row r="5"><c r="A5" t="inlineStr"><is><t>c</t></is></c><c r="B5" s="1"><v>46112</v></c><c r="C5" t="s"><v>0</v></c><c r="D5" t="inlineStr"><is><t>NA</t></is></c><c r="H5" t="e"><v>#N/A</v></c></row></sheetData></worksheet>"##;

/// A workbook of one sheet: the parts of Office Open XML, stored in a ZIP archive uncompressed.
fn workbook(sheet: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |id: &str, kind: &str, target: &str| {
        format!(r#"<Relationship Id="{id}" Type="{office}/{kind}" Target="{target}"/>"#)
    };
    let parts = [
        (
            "_rels/.rels",
            format!(
                r#"<Relationships xmlns="{package}">{}</Relationships>"#,
                relation("rId1", "officeDocument", "xl/workbook.xml"),
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                r#"<Relationships xmlns="{package}">{}{}{}</Relationships>"#,
                relation("rId1", "worksheet", "worksheets/sheet1.xml"),
                relation("rId2", "sharedStrings", "sharedStrings.xml"),
                relation("rId3", "styles", "styles.xml"),
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!(
                r#"<sst xmlns="{main}" count="2" uniqueCount="2"><si><t>F</t></si><si><t>M</t></si></sst>"#,
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                r#"<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
            ),
        ),
        ("xl/worksheets/sheet1.xml", sheet.to_owned()),
    ];
    stored(&parts)
}

/// A ZIP archive of files as they are (APPNOTE 4.3: local headers, central directory, its end).
fn stored(files: &[(&str, String)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let at = archive.len() as u32;
        let mut header = Vec::new();
        header.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]);
        header.extend(crc32(text.as_bytes()).to_le_bytes());
        header.extend((text.len() as u32).to_le_bytes());
        header.extend((text.len() as u32).to_le_bytes());
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&header);
        archive.extend(name.as_bytes());
        archive.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, count) = (archive.len() as u32, files.len() as u16);
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend((directory.len() as u32).to_le_bytes());
    archive.extend(start.to_le_bytes());
    archive.extend([0, 0]);
    archive
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
        crc
    })
}
