//! The file of a ledger: an SQLite database with one table that is only ever added to.
//!
//! It keeps a rollback journal rather than a write-ahead log. Once an entry is confirmed it is in
//! the one file that people copy; a log would leave it in a second file beside. `synchronous =
//! EXTRA` waits for the disk before and after the journal is taken away, so that a loss of power
//! cannot bring the journal back and undo what was confirmed. A log does not work on shared folders
//! either, and writing fast is not what a ledger is for.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::Event;
use super::chain::Entry;
use super::state::State;
use crate::VERSION;
use crate::problem::{Problem, Source, Text, say};

/// Marks the file as a ledger of Seika: "Seik" as four bytes.
const APPLICATION: i64 = 0x5365_696b;

/// The layout of the file.
const LAYOUT: i64 = 1;

/// The file holds these and nothing else.
const SCHEMA: [(&str, &str, &str); 4] = [
    (
        "table",
        "entry",
        "CREATE TABLE entry (\n    number INTEGER PRIMARY KEY,\n    body TEXT NOT NULL,\n    previous TEXT NOT NULL,\n    hash TEXT NOT NULL\n) STRICT",
    ),
    (
        "trigger",
        "entry_is_added_at_the_end",
        "CREATE TRIGGER entry_is_added_at_the_end BEFORE INSERT ON entry\nWHEN new.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM entry)\n    OR new.previous IS NOT coalesce((SELECT hash FROM entry ORDER BY number DESC LIMIT 1), printf('%064d', 0))\nBEGIN SELECT RAISE(ABORT, 'an entry is added at the end of the chain'); END",
    ),
    (
        "trigger",
        "entry_is_never_changed",
        "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry\nBEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END",
    ),
    (
        "trigger",
        "entry_is_never_removed",
        "CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry\nBEGIN SELECT RAISE(ABORT, 'an entry is never removed'); END",
    ),
];

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(super) connection: Connection,
    pub(super) path: String,
}

/// The entries of a ledger and where every settlement stands by them.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) entries: Vec<Entry>,
    pub(super) state: State,
}

impl Ledger {
    /// Begins a ledger in a new file.
    ///
    /// # Errors
    /// A file that is there already, or a folder that cannot be written to.
    pub fn create(path: &str, recorded: jiff::Timestamp) -> Result<Ledger, Vec<Problem>> {
        let failed = |error: rusqlite::Error| vec![database(path, &error)];
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        let mut ledger = Ledger { connection, path: path.to_owned() };
        ledger.prepare(Duration::from_secs(30)).map_err(failed)?;
        let transaction = ledger
            .connection
            .transaction_with_behavior(TransactionBehavior::Exclusive)
            .map_err(failed)?;
        let count = "SELECT count(*) FROM sqlite_schema";
        let known: i64 = transaction.query_row(count, [], |row| row.get(0)).map_err(failed)?;
        if known > 0 {
            return Err(vec![
                Problem::error(
                    "file-exists",
                    say!("`{path}` is there already", "`{path}` は既にあります"),
                )
                .help(say!(
                    "submit to it, or name another file",
                    "そのまま提出に使うか、別の名前にしてください"
                ))
                .at(Source::new(path, "").whole()),
            ]);
        }
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
        transaction.pragma_update(None, "user_version", LAYOUT).map_err(failed)?;
        for (_, _, sql) in SCHEMA {
            transaction.execute_batch(sql).map_err(failed)?;
        }
        let key: String = transaction
            .query_row("SELECT lower(hex(randomblob(32)))", [], |row| row.get(0))
            .map_err(failed)?;
        let event = Event::Open { recorded, engine: VERSION.to_owned(), key };
        add(&transaction, &Entry::behind(None, &event)).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(ledger)
    }

    /// Opens a ledger; whoever finds it in use waits at most so long.
    ///
    /// # Errors
    /// A file that is not there, is no ledger, or is one of a newer Seika.
    pub fn open(path: &str, wait: Duration) -> Result<Ledger, Vec<Problem>> {
        let failed = |error: rusqlite::Error| vec![database(path, &error)];
        // Reading may have to undo what a writer that was killed left half done.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        let ledger = Ledger { connection, path: path.to_owned() };
        ledger.prepare(wait).map_err(failed)?;
        ledger.expect_layout().map_err(|problem| vec![problem])?;
        Ok(ledger)
    }

    fn prepare(&self, wait: Duration) -> rusqlite::Result<()> {
        self.connection.busy_timeout(wait)?;
        self.connection.pragma_update(None, "synchronous", "EXTRA")?;
        self.connection.pragma_update(None, "fullfsync", true)?;
        self.connection.pragma_update(None, "trusted_schema", false)?;
        self.connection.pragma_update(None, "cell_size_check", true)
    }

    /// Refuses what is not a ledger of this layout.
    fn expect_layout(&self) -> Result<(), Problem> {
        let path = self.path.as_str();
        let failed = |error: rusqlite::Error| database(path, &error);
        let pragma = |name: &str| -> Result<i64, Problem> {
            self.connection.pragma_query_value(None, name, |row| row.get(0)).map_err(failed)
        };
        if pragma("application_id")? != APPLICATION {
            return Err(no_ledger(path));
        }
        let layout = pragma("user_version")?;
        if layout != LAYOUT {
            return Err(Problem::error(
                "ledger-newer",
                say!(
                    "`{path}` has layout {layout}, which this version of Seika does not know",
                    "`{path}` の形式 {layout} は、この版の Seika では扱えません"
                ),
            )
            .expected(say!("layout {LAYOUT}", "形式 {LAYOUT}"))
            .help(say!("use a newer Seika", "新しい版の Seika を使ってください"))
            .at(Source::new(path, "").whole()));
        }
        let mode: String = self
            .connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .map_err(failed)?;
        if mode != "delete" {
            return Err(altered(
                path,
                &say!("its journal mode is {mode}", "ジャーナル方式が {mode} です"),
            ));
        }
        let mut statement = self
            .connection
            .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
            .map_err(failed)?;
        let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<(String, String, Option<String>)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        };
        let known: Vec<(String, String, Option<String>)> =
            statement.query_map([], row).and_then(Iterator::collect).map_err(failed)?;
        let same = known.len() == SCHEMA.len()
            && known.iter().zip(SCHEMA).all(|(known, wanted)| {
                (known.0.as_str(), known.1.as_str(), known.2.as_deref())
                    == (wanted.0, wanted.1, Some(wanted.2))
            });
        if same {
            return Ok(());
        }
        Err(altered(
            path,
            &say!(
                "its tables or triggers are not a ledger's",
                "表やトリガーが台帳のものと違います"
            ),
        ))
    }

    /// Reads every entry and follows the chain.
    ///
    /// # Errors
    /// An entry that was altered.
    pub(super) fn read(&self) -> Result<Read, Vec<Problem>> {
        read(&self.connection, &self.path)
    }

    /// Begins to write: nobody else writes until the transaction ends.
    pub(super) fn begin(&mut self) -> Result<Transaction<'_>, Vec<Problem>> {
        let path = self.path.clone();
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| vec![database(&path, &error)])
    }

    /// Copies the ledger to a new file, as it stands between two entries.
    ///
    /// # Errors
    /// A file that is there already or cannot be written.
    pub fn backup(&self, to: &str) -> Result<(), Vec<Problem>> {
        let failed = |error: rusqlite::Error| vec![database(to, &error)];
        self.read()?;
        if Path::new(to).exists() {
            return Err(vec![
                Problem::error(
                    "file-exists",
                    say!("`{to}` is there already", "`{to}` は既にあります"),
                )
                .help(say!("name a new file", "新しいファイル名にしてください"))
                .at(Source::new(to, "").whole()),
            ]);
        }
        let quietly: Option<fn(rusqlite::backup::Progress)> = None;
        self.connection.backup("main", to, quietly).map_err(failed)?;
        let copy = Ledger::open(to, Duration::from_secs(5))?;
        copy.read().map(|_| ())
    }

    /// What SQLite itself finds wrong with the file.
    pub(super) fn integrity(&self) -> Result<(), Vec<Problem>> {
        let path = self.path.as_str();
        let failed = |error: rusqlite::Error| vec![database(path, &error)];
        let mut statement = self.connection.prepare("PRAGMA integrity_check").map_err(failed)?;
        let found: Vec<String> = statement
            .query_map([], |row| row.get(0))
            .and_then(Iterator::collect)
            .map_err(failed)?;
        if found == ["ok"] {
            return Ok(());
        }
        let found = found.join("; ");
        Err(vec![altered(
            path,
            &say!("its pages are damaged: {found}", "ページが壊れています: {found}"),
        )])
    }
}

/// Reads every entry through a connection or a transaction.
pub(super) fn read(connection: &Connection, path: &str) -> Result<Read, Vec<Problem>> {
    let failed = |error: rusqlite::Error| vec![database(path, &error)];
    let mut statement = connection
        .prepare("SELECT number, body, previous, hash FROM entry ORDER BY number")
        .map_err(failed)?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Entry {
            number: u64::from(row.get::<_, u32>(0)?),
            body: row.get(1)?,
            previous: row.get(2)?,
            hash: row.get(3)?,
        })
    };
    let entries: Vec<Entry> =
        statement.query_map([], row).and_then(Iterator::collect).map_err(failed)?;
    let mut state = State::default();
    let mut last = None;
    for entry in &entries {
        let number = entry.number;
        if !entry.follows(last) {
            return Err(vec![altered(
                path,
                &say!(
                    "entry {number} does not follow the one before it",
                    "{number} 番が前の記帳につながりません"
                ),
            )]);
        }
        let event = entry.event().ok_or_else(|| {
            vec![altered(path, &say!("entry {number} cannot be read", "{number} 番を読めません"))]
        })?;
        state.apply(number, &event).map_err(|refusal| {
            let why = refusal.problem(path).message;
            vec![altered(
                path,
                &say!("entry {number} cannot be: {}", "{number} 番はありえません。{}", why),
            )]
        })?;
        last = Some(entry);
    }
    if entries.is_empty() {
        return Err(vec![altered(path, &say!("it has no entries", "記帳がありません"))]);
    }
    Ok(Read { entries, state })
}

/// Adds an entry.
pub(super) fn add(transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<()> {
    let number = i64::try_from(entry.number).unwrap_or(i64::MAX);
    transaction
        .execute(
            "INSERT INTO entry (number, body, previous, hash) VALUES (?1, ?2, ?3, ?4)",
            (number, &entry.body, &entry.previous, &entry.hash),
        )
        .map(|_| ())
}

fn no_ledger(path: &str) -> Problem {
    Problem::error("no-ledger", say!("`{path}` is no ledger", "`{path}` は台帳ではありません"))
        .expected(say!(
            "a file begun with `seika ledger init`",
            "`seika ledger init` で作ったファイル"
        ))
        .at(Source::new(path, "").whole())
}

pub(super) fn altered(path: &str, how: &Text) -> Problem {
    Problem::error(
        "ledger-altered",
        say!("`{path}` was altered or damaged: {}", "`{path}` は改変または破損しています。{}", how),
    )
    .help(say!(
        "do not write to it; compare it with the backups and the receipts",
        "書き込まず、バックアップや検証票と照合してください"
    ))
    .at(Source::new(path, "").whole())
}

/// What SQLite says, for the person who must act.
pub(super) fn database(path: &str, error: &rusqlite::Error) -> Problem {
    let said = Text::from(error.to_string());
    let problem = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => return no_ledger(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Problem::error(
            "ledger-in-use",
            say!("`{path}` is in use", "`{path}` は使用中です"),
        )
        .help(say!(
            "try again, or wait longer with --wait SECONDS; nothing was written",
            "もう一度実行するか、--wait 秒数 で待つ時間を延ばしてください。何も書き込んでいません"
        )),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Problem::error(
            "ledger-read-only",
            say!("`{path}` cannot be written to", "`{path}` に書き込めません"),
        )
        .help(say!(
            "ask for the right to write to the file and its folder",
            "ファイルとフォルダへの書込権限を得てください"
        )),
        Some(ErrorCode::DiskFull) => Problem::error(
            "disk-full",
            say!("there is no room for `{path}`", "`{path}` を書き込む空きがありません"),
        )
        .help(say!(
            "make room and try again; nothing was written",
            "空きを作ってからやり直してください。何も書き込んでいません"
        )),
        Some(ErrorCode::CannotOpen) => Problem::error(
            "ledger-not-there",
            say!("`{path}` cannot be opened", "`{path}` を開けません"),
        )
        .help(say!(
            "begin a ledger with: seika ledger init {path}",
            "台帳を作るには: seika ledger init {path}"
        )),
        Some(ErrorCode::DatabaseCorrupt) => {
            return altered(path, &say!("its pages are damaged", "ページが壊れています"));
        }
        _ => Problem::error(
            "ledger-failed",
            say!("`{path}` cannot be used as a ledger", "`{path}` を台帳として使えません"),
        ),
    };
    problem.found(said).at(Source::new(path, "").whole())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::By;

    fn by(name: &str) -> By {
        let recorded = "2026-04-01T09:00:00Z".parse().unwrap();
        By { name: name.into(), recorded, dry_run: false }
    }

    fn path(name: &str) -> String {
        let file = format!("seika-store-{name}-{}", std::process::id());
        std::env::temp_dir().join(file).to_string_lossy().into_owned()
    }

    #[test]
    fn whoever_finds_the_ledger_in_use_waits_and_then_is_told() {
        let path = path("in-use");
        let mut one = Ledger::create(&path, by("Sato").recorded).unwrap();
        let mut other = Ledger::open(&path, Duration::from_millis(20)).unwrap();
        let writing = one.begin().unwrap();
        let refused = other.approve(2, &by("Kato")).unwrap_err();
        assert_eq!(refused[0].id, "ledger-in-use");
        // Reading goes on meanwhile.
        assert_eq!(other.entries().unwrap().len(), 1);
        drop(writing);
        assert_eq!(other.approve(2, &by("Kato")).unwrap_err()[0].id, "unknown-entry");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_full_disk_leaves_the_ledger_as_it_was() {
        let path = path("full");
        let mut ledger = Ledger::create(&path, by("Sato").recorded).unwrap();
        let kept = ledger.entries().unwrap();
        // A file that may not grow fails as a full disk does.
        ledger.connection.pragma_update(None, "max_page_count", 1).unwrap();
        let long = Entry {
            body: "x".repeat(100_000),
            ..Entry::behind(
                kept.last(),
                &Event::Open {
                    recorded: by("Sato").recorded,
                    engine: String::new(),
                    key: String::new(),
                },
            )
        };
        let transaction = ledger.begin().unwrap();
        let error = add(&transaction, &long).unwrap_err();
        assert_eq!(database("x", &error).id, "disk-full");
        drop(transaction);
        assert_eq!(ledger.entries().unwrap(), kept);
        std::fs::remove_file(&path).unwrap();
    }
}
