//! Local accounts: names, passwords that are slow to guess, and roles per contract, in one file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use engine::problem::Text;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::roles::{Act, Role};

/// The fewest characters of a password.
pub const PASSWORD_LEAST: usize = 12;
/// The most, so that nobody keeps the server busy by hashing a book.
const PASSWORD_MOST: usize = 256;
const NAME_MOST: usize = 64;

/// A role that holds for every contract.
pub const EVERY_CONTRACT: &str = "*";

/// A person who may sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// How the person is named in the ledger.
    pub name: String,
    /// What is kept of the password.
    password: String,
    /// What the person is, by the identifier of the contract; `*` for every contract.
    pub roles: BTreeMap<String, Role>,
}

impl Account {
    /// By which the password is known again, without saying anything of it.
    pub(crate) fn mark(&self) -> String {
        let hash = Sha256::digest(self.password.as_bytes());
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the person is to a contract.
    #[must_use]
    pub fn role(&self, contract: &str) -> Option<Role> {
        self.roles.get(contract).or_else(|| self.roles.get(EVERY_CONTRACT)).copied()
    }

    /// Whether the person may do that with a contract.
    #[must_use]
    pub fn may(&self, act: Act, contract: &str) -> bool {
        self.role(contract).is_some_and(|role| role.may(act))
    }

    /// Whether the person may do that with any contract.
    #[must_use]
    pub fn may_somewhere(&self, act: Act) -> bool {
        self.roles.values().any(|role| role.may(act))
    }
}

/// Why an account cannot be made or changed.
#[derive(Debug)]
pub enum Refused {
    /// What was asked for cannot be.
    Words(Text),
    /// The file cannot be read or written.
    File(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        Refused::File(error)
    }
}

/// All accounts, kept in a file.
#[derive(Debug)]
pub struct Accounts {
    path: PathBuf,
    known: Mutex<Known>,
    /// Checked where nobody has the name, so that this takes as long as a wrong password.
    nobody: String,
}

/// The accounts as they were read.
#[derive(Debug)]
struct Known {
    accounts: Vec<Account>,
    /// Of which file: another program may have changed it since.
    stamp: Option<(SystemTime, u64)>,
}

impl Accounts {
    /// The accounts of a file; none where there is no file yet.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no list of accounts.
    pub fn open(path: &Path) -> io::Result<Accounts> {
        let known = Known { stamp: stamp(path), accounts: read(path)? };
        let nobody = hashed("a password that nobody has").map_err(io::Error::other)?;
        Ok(Accounts { path: path.to_owned(), known: Mutex::new(known), nobody })
    }

    /// The accounts as the file has them now: `seika account` may change it while it is served. A
    /// file that cannot be read meanwhile changes nothing.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.again().0
    }

    /// The accounts to be changed: a file that cannot be read is not written over.
    fn to_change(&self) -> io::Result<MutexGuard<'_, Known>> {
        let (known, read) = self.again();
        read.map(|()| known)
    }

    /// The accounts, read again where the file was changed, and whether that could be done.
    fn again(&self) -> (MutexGuard<'_, Known>, io::Result<()>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.path);
        if now == known.stamp {
            return (known, Ok(()));
        }
        let read = read(&self.path).map(|accounts| *known = Known { accounts, stamp: now });
        (known, read)
    }

    /// Keeps changed accounts.
    fn keep(&self, known: &mut Known, changed: Vec<Account>) -> io::Result<()> {
        self.write(&changed)?;
        *known = Known { accounts: changed, stamp: stamp(&self.path) };
        Ok(())
    }

    /// Everyone, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Account> {
        let mut known = self.known().accounts.clone();
        known.sort_by(|a, b| a.name.cmp(&b.name));
        known
    }

    /// The account of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Account> {
        self.known().accounts.iter().find(|account| same_name(&account.name, name)).cloned()
    }

    /// The account whose name and password these are. It takes as long when nobody has the name.
    #[must_use]
    pub fn sign_in(&self, name: &str, password: &str) -> Option<Account> {
        let account = self.named(name);
        let kept = account.as_ref().map_or(self.nobody.as_str(), |account| &account.password);
        let short: String = password.chars().take(PASSWORD_MOST).collect();
        let right = PasswordHash::new(kept)
            .is_ok_and(|kept| Argon2::default().verify_password(short.as_bytes(), &kept).is_ok());
        account.filter(|_| right)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// A name that is taken or cannot be one, a password that is too short, no file.
    pub fn add(
        &self,
        name: &str,
        password: &str,
        roles: BTreeMap<String, Role>,
    ) -> Result<(), Refused> {
        let name = name.trim();
        let fits = !name.is_empty()
            && name.chars().count() <= NAME_MOST
            && !name.chars().any(char::is_control);
        if !fits {
            return Err(Refused::Words(Text {
                en: format!("a name has 1 to {NAME_MOST} characters"),
                ja: format!("名前は 1〜{NAME_MOST} 文字です"),
            }));
        }
        let password = fitting(password)?;
        let mut known = self.to_change()?;
        if known.accounts.iter().any(|account| same_name(&account.name, name)) {
            return Err(Refused::Words(Text {
                en: format!("there is an account named {name} already"),
                ja: format!("{name} という利用者は既にいます"),
            }));
        }
        let mut changed = known.accounts.clone();
        changed.push(Account { name: name.to_owned(), password, roles });
        Ok(self.keep(&mut known, changed)?)
    }

    /// Gives an account another password.
    ///
    /// # Errors
    /// No such account, a password that is too short, no file.
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), Refused> {
        let password = fitting(password)?;
        self.change(name, |account| {
            account.password = password;
            Ok(())
        })
    }

    /// Gives an account other roles.
    ///
    /// # Errors
    /// No such account, no file.
    pub fn set_roles(&self, name: &str, roles: BTreeMap<String, Role>) -> Result<(), Refused> {
        self.change_roles(name, |kept| {
            *kept = roles;
            Ok(())
        })
    }

    /// Changes the roles that an account has, in one step: what others change at the same time is
    /// not lost.
    ///
    /// # Errors
    /// No such account, what `change` refuses, no file; then nothing is changed.
    pub fn change_roles(
        &self,
        name: &str,
        change: impl FnOnce(&mut BTreeMap<String, Role>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.change(name, |account| change(&mut account.roles))
    }

    fn change(
        &self,
        name: &str,
        change: impl FnOnce(&mut Account) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let mut known = self.to_change()?;
        let mut changed = known.accounts.clone();
        match changed.iter_mut().find(|account| same_name(&account.name, name)) {
            Some(account) => change(account)?,
            None => return Err(nobody_named(name)),
        }
        Ok(self.keep(&mut known, changed)?)
    }

    /// Takes an account away. What the person did stays in the ledger.
    ///
    /// # Errors
    /// No such account, no file.
    pub fn remove(&self, name: &str) -> Result<(), Refused> {
        let mut known = self.to_change()?;
        let mut changed = known.accounts.clone();
        changed.retain(|account| !same_name(&account.name, name));
        if changed.len() == known.accounts.len() {
            return Err(nobody_named(name));
        }
        Ok(self.keep(&mut known, changed)?)
    }

    /// Writes the file as a whole, for its owner alone.
    fn write(&self, accounts: &[Account]) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(accounts).map_err(io::Error::other)?;
        // Another program that changes the accounts writes another file.
        let aside = self.path.with_extension(format!("{}.new", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let write = || {
            let mut file = options.open(&aside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&aside, &self.path)
        };
        // What could not be written whole is not left lying about.
        write().inspect_err(|_| drop(fs::remove_file(&aside)))
    }
}

fn read(path: &Path) -> io::Result<Vec<Account>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// When a file was changed, and how long it is.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Names that a person would take for the same: the ledger must not know one person by two.
fn same_name(a: &str, b: &str) -> bool {
    engine::ledger::same_person(a, b)
}

fn nobody_named(name: &str) -> Refused {
    Refused::Words(Text {
        en: format!("there is no account named {name}"),
        ja: format!("{name} という利用者はいません"),
    })
}

fn fitting(password: &str) -> Result<String, Refused> {
    let count = password.chars().count();
    if !(PASSWORD_LEAST..=PASSWORD_MOST).contains(&count) {
        return Err(Refused::Words(Text {
            en: format!("a password has {PASSWORD_LEAST} to {PASSWORD_MOST} characters"),
            ja: format!("パスワードは {PASSWORD_LEAST}〜{PASSWORD_MOST} 文字です"),
        }));
    }
    hashed(password).map_err(|error| Refused::File(io::Error::other(error)))
}

fn hashed(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(contract: &str, role: Role) -> BTreeMap<String, Role> {
        BTreeMap::from([(contract.to_owned(), role)])
    }

    #[test]
    fn an_account_signs_in_with_its_password_alone_and_lasts() {
        let path = std::env::temp_dir().join(format!("seika-accounts-{}.json", std::process::id()));
        let _ = fs::remove_file(&path);
        let accounts = Accounts::open(&path).unwrap();
        accounts.add("山田", "correct horse battery", of("tama", Role::Payer)).unwrap();
        for (name, password) in
            [("山田", "wrong horse battery"), ("山田", ""), ("佐藤", "correct horse battery")]
        {
            assert!(accounts.sign_in(name, password).is_none(), "{name} {password}");
        }
        let again = Accounts::open(&path).unwrap();
        let account = again.sign_in("山田", "correct horse battery").unwrap();
        assert!(account.may(Act::Approve, "tama") && !account.may(Act::Read, "kobe"));
        let kept = fs::read_to_string(&path).unwrap();
        assert!(kept.contains("$argon2id$") && !kept.contains("horse"), "{kept}");
        // The same person under a name that looks the same.
        assert!(again.add(" 山田 ", "another long password", of("*", Role::Provider)).is_err());
        assert!(again.add("x", "short", of("*", Role::Payer)).is_err());
        again.set_password("山田", "another long password").unwrap();
        assert!(again.sign_in("山田", "correct horse battery").is_none());
        again.remove("山田").unwrap();
        assert!(again.sign_in("山田", "another long password").is_none());
        assert!(again.remove("山田").is_err());
        fs::remove_file(path).unwrap();
    }
}
