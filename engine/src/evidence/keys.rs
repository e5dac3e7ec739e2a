//! Keys in the place of names, so that files of several departments can be linked without them.

use hmac::{Hmac, KeyInit, Mac};
use rustc_hash::FxHashMap;
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;

use super::field;
use super::privacy::personal_columns;
use super::table::{SHOWN, Table, more_problems};
use crate::Files;
use crate::problem::{Problem, Source, Text, did_you_mean, say};

/// The heading of the column of keys: the one that evidence has unless a contract says otherwise.
pub const HEADING: &str = "participant";

/// The fewest characters of a secret: below it all names could be tried.
const SECRET_LEAST: usize = 32;

/// Which columns become a key, and which are left out.
#[derive(Debug, Clone, Default)]
pub struct KeyRequest {
    /// The file.
    pub file: String,
    /// The columns that together say who somebody is, in order.
    pub key: Vec<String>,
    /// Other columns to leave out.
    pub drop: Vec<String>,
    /// The file with the secret.
    pub secret_file: String,
}

/// A table with keys in the place of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// It as CSV in UTF-8, keys first.
    pub csv: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many different keys.
    pub keys: u64,
    /// How many rows share their key with an earlier row.
    pub repeated: u64,
}

/// Replaces the key columns by their HMAC-SHA256 under the secret.
///
/// Each field is brought to one form first, so that the same person gets the same key from every
/// department: NFKC, spaces trimmed and single, dates as 2024-03-31.
///
/// # Errors
/// Files that cannot be read; a short secret; columns that are not there; a blank in a key; columns
/// left that seem to say who somebody is.
pub fn keyed(files: &dyn Files, request: &KeyRequest) -> Result<Keyed, Vec<Problem>> {
    let secret = secret(files, &request.secret_file).map_err(|problem| vec![problem])?;
    let table = Table::read(files, &request.file)?;
    let mut problems = Vec::new();
    let key: Vec<usize> = columns(&table, &request.key, &mut problems);
    let drop: Vec<usize> = columns(&table, &request.drop, &mut problems);
    problems.extend(
        personal_columns(&table)
            .into_iter()
            .map(|(column, _)| column)
            .filter(|column| !key.contains(column) && !drop.contains(column))
            .map(|column| left_over(&table, column)),
    );
    let kept: Vec<usize> = (0..table.headings.len())
        .filter(|column| !key.contains(column) && !drop.contains(column))
        .collect();
    let named = kept.iter().find(|column| table.headings[**column] == HEADING);
    problems.extend(named.map(|column| taken(&table, *column)));
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut csv = String::from(HEADING);
    for column in &kept {
        push_field(&mut csv, &table.headings[*column]);
    }
    csv.push_str("\r\n");
    let (mut seen, mut blank) = (FxHashMap::<String, u64>::default(), Vec::new());
    let mut fields = table.fields();
    for record in 0..table.len() {
        fields.go_to(record);
        let parts: Vec<String> = key.iter().map(|column| one_form(&fields.get(*column))).collect();
        if let Some(position) = parts.iter().position(String::is_empty) {
            blank.push((record, key[position]));
            continue;
        }
        let key = code(&secret, &parts);
        csv.push_str(&key);
        for column in &kept {
            push_field(&mut csv, &fields.get(*column));
        }
        csv.push_str("\r\n");
        *seen.entry(key).or_default() += 1;
    }
    if !blank.is_empty() {
        let shown = blank.iter().take(SHOWN).map(|(record, column)| {
            let heading = &table.headings[*column];
            Problem::error(
                "key-missing",
                say!(
                    "`{heading}` is blank, so there is no key",
                    "`{heading}` が空欄でキーを作れません"
                ),
            )
            .help(say!("fill it in, or take the row out", "値を補うか、行を除いてください"))
            .at(table.place(*record, *column))
        });
        return Err(shown.chain(more_problems(table.file(), blank.len())).collect());
    }
    let (rows, keys) = (table.len() as u64, seen.len() as u64);
    Ok(Keyed { csv, rows, keys, repeated: rows - keys })
}

fn secret(files: &dyn Files, path: &str) -> Result<Vec<u8>, Problem> {
    let bytes = super::read_bytes(files, path)?;
    let secret = bytes.trim_ascii();
    let length = String::from_utf8_lossy(secret).chars().count();
    if length >= SECRET_LEAST {
        return Ok(secret.to_vec());
    }
    Err(Problem::error(
        "short-secret",
        say!("the secret in `{path}` is too short", "`{path}` の秘密の文字列が短すぎます"),
    )
    .found(say!("{length} characters", "{length} 文字"))
    .expected(say!("at least {SECRET_LEAST} characters", "{SECRET_LEAST} 文字以上"))
    .help(say!(
        "make a long random one, share it between the departments and with nobody else",
        "長い乱数の文字列を作り、部署間だけで共有してください"
    ))
    .at(Source::new(path, "").whole()))
}

fn columns(table: &Table, names: &[String], problems: &mut Vec<Problem>) -> Vec<usize> {
    let mut columns = Vec::new();
    for name in names {
        match table.column(name.trim()) {
            Some(column) => columns.push(column),
            None => {
                let file = table.file();
                let problem = Problem::error(
                    "missing-column",
                    say!("`{file}` has no column `{name}`", "`{file}` に列 `{name}` がありません"),
                )
                .found(Text::from(table.headings.join(", ")))
                .at(table.heading_place());
                let known = table.headings.iter().map(String::as_str);
                problems.push(match did_you_mean(name, known) {
                    Some(near) => problem.help(near),
                    None => problem,
                });
            }
        }
    }
    columns
}

fn left_over(table: &Table, column: usize) -> Problem {
    let heading = &table.headings[column];
    Problem::error(
        "personal-column",
        say!(
            "the column `{heading}` seems to say who somebody is",
            "列 `{heading}` は個人が分かる内容のようです"
        ),
    )
    .help(say!(
        "make it part of the key, or leave it out: --drop {heading}",
        "キーに含めるか、取り除いてください: --drop {heading}"
    ))
    .at(table.heading_of(column))
}

fn taken(table: &Table, column: usize) -> Problem {
    Problem::error(
        "heading-taken",
        say!(
            "there is a column `{HEADING}` already, and keys go by that name",
            "列 `{HEADING}` が既にあり、キーの列と名前が重なります"
        ),
    )
    .help(say!(
        "make it part of the key, or leave it out: --drop {HEADING}",
        "キーに含めるか、取り除いてください: --drop {HEADING}"
    ))
    .at(table.heading_of(column))
}

/// The one form of a field: NFKC, spaces trimmed and single, hyphens alike, dates as 2024-03-31.
fn one_form(field: &str) -> String {
    if let Some(date) = field::date(field) {
        return date.to_string();
    }
    let text: String =
        field.nfkc().map(|c| if matches!(c, '‐' | '‑' | '–' | '−') { '-' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// HMAC-SHA256 of the parts, each behind its length, as 64 hexadecimal digits.
///
/// Source: RFC 2104 and FIPS 180-4, by the crates `hmac` and `sha2`.
fn code(secret: &[u8], parts: &[String]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    for part in parts {
        // The length first, so that ("ab", "c") and ("a", "bc") differ.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn push_field(csv: &mut String, field: &str) {
    csv.push(',');
    if field.contains([',', '"', '\n', '\r']) {
        csv.push('"');
        csv.push_str(&field.replace('"', "\"\""));
        csv.push('"');
    } else {
        csv.push_str(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn request(key: &[&str], drop: &[&str]) -> KeyRequest {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        KeyRequest {
            file: "a.csv".into(),
            key: owned(key),
            drop: owned(drop),
            secret_file: "secret".into(),
        }
    }

    fn made(csv: &[u8], secret: &str, request: &KeyRequest) -> Result<Keyed, Vec<Problem>> {
        let files: crate::FilesRead =
            vec![("a.csv".into(), csv.to_vec()), ("secret".into(), secret.as_bytes().to_vec())];
        keyed(&files, request)
    }

    fn ids(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.id).collect()
    }

    #[test]
    fn two_departments_give_the_same_person_the_same_key() {
        let one = "氏名,生年月日,sbp\nﾔﾏﾀﾞ　ﾀﾛｳ,昭和30年4月1日,150\n";
        let other = "生年月日,氏名,cost,住所\n1955/4/1, ヤマダ  タロウ ,\"1,000\",多摩市\n";
        let one = made(one.as_bytes(), SECRET, &request(&["氏名", "生年月日"], &[])).unwrap();
        let other = made(other.as_bytes(), SECRET, &request(&["氏名", "生年月日"], &["住所"]));
        let other = other.unwrap();
        let key = |keyed: &Keyed| keyed.csv.lines().nth(1).unwrap()[..64].to_owned();
        assert_eq!(key(&one), key(&other));
        assert!(one.csv.starts_with("participant,sbp\r\n"), "{}", one.csv);
        assert!(other.csv.ends_with(",\"1,000\"\r\n") && !other.csv.contains("多摩"));
        // hmac.new(secret, b"\0\0\0\0\0\0\0\x13" + "ヤマダ タロウ".encode() + b"\0\0\0\0\0\0\0\n" +
        // b"1955-04-01", "sha256") in Python.
        assert_eq!(key(&one), PYTHON);
        let salted = made(
            "氏名,生年月日,sbp\nヤマダ タロウ,1955-04-01,150\n".as_bytes(),
            &SECRET.replace('0', "1"),
            &request(&["氏名", "生年月日"], &[]),
        );
        assert_ne!(key(&salted.unwrap()), key(&one));
    }

    const PYTHON: &str = "e9bb45743115a852a362523b7f26ad19a6ac46f5734046b732f69b202f88ed80";

    #[test]
    fn repeated_keys_are_counted() {
        let csv = b"no,v\n1,a\n2,b\n\xef\xbc\x91,c\n";
        let keyed = made(csv, SECRET, &request(&["no"], &[])).unwrap();
        assert_eq!((keyed.rows, keyed.keys, keyed.repeated), (3, 2, 1));
    }

    #[test]
    fn what_would_leak_or_not_link_is_refused() {
        let csv = "氏名,電話,v\nA,03-1234-5678,1\n,,2\n".as_bytes();
        let refused = |secret: &str, key: &[&str], drop: &[&str]| {
            made(csv, secret, &request(key, drop)).unwrap_err()
        };
        assert_eq!(ids(&refused("short", &["氏名"], &["電話"])), ["short-secret"]);
        assert_eq!(ids(&refused(SECRET, &["氏名"], &[])), ["personal-column"]);
        assert_eq!(ids(&refused(SECRET, &["v"], &["電話"])), ["personal-column"]);
        assert_eq!(ids(&refused(SECRET, &["氏名", "生年"], &["電話"])), ["missing-column"]);
        let blank = refused(SECRET, &["氏名"], &["電話"]);
        let place = blank[0].place.as_ref().unwrap();
        assert_eq!((blank[0].id, place.line, place.column), ("key-missing", 3, 1));
    }
}
