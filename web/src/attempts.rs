//! How often somebody may try to sign in, and how many passwords are checked at once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::failure::Failure;
use crate::words::text;

/// Attempts that are free.
const ATTEMPTS_FREE: u32 = 5;
/// How long the first further one waits; each doubles it.
const WAIT_FIRST: Duration = Duration::from_secs(5);
const WAIT_MOST: Duration = Duration::from_secs(15 * 60);
/// Failures that one address may have, whatever the names, within [`WAIT_MOST`].
const ADDRESS_MOST: u32 = 50;
/// Names and addresses that attempts are remembered of.
const REMEMBERED_MAX: usize = 10_000;

/// Passwords that are checked at once: each takes 19 MiB meanwhile.
const CHECKED_AT_ONCE: usize = 4;
/// Those who wait for their turn, and for how long.
const WAITING_MOST: usize = 64;
const TURN_WAIT: Duration = Duration::from_secs(10);

/// What attempts are counted of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Of {
    /// A name, tried from an address where that is known: who guesses elsewhere keeps nobody out.
    Name(String, Option<IpAddr>),
    Address(IpAddr),
}

/// Attempts that failed, or whose end is not known yet.
#[derive(Debug, Clone, Copy)]
struct Failed {
    count: u32,
    first: Instant,
    last: Instant,
}

/// The attempts to sign in.
#[derive(Debug)]
pub(crate) struct Attempts {
    failed: Mutex<HashMap<Of, Failed>>,
    checking: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Default for Attempts {
    fn default() -> Attempts {
        Attempts {
            failed: Mutex::default(),
            checking: Arc::new(Semaphore::new(CHECKED_AT_ONCE)),
            waiting: Semaphore::new(WAITING_MOST),
        }
    }
}

impl Attempts {
    /// Begins an attempt. It counts as failed until [`Attempts::succeeded`] or
    /// [`Attempts::not_made`] says otherwise, so that many at once are no way around. The address
    /// is `None` where all share one.
    ///
    /// # Errors
    /// How long to wait before the next; then nothing is counted.
    pub(crate) fn begin(&self, name: &str, from: Option<IpAddr>) -> Result<(), Duration> {
        let now = Instant::now();
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counted(name, from);
        let waits = counted.iter().filter_map(|of| failed.get(of)?.wait(of, now));
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        for of in counted {
            if failed.len() >= REMEMBERED_MAX && !failed.contains_key(&of) {
                let oldest = failed.iter().min_by_key(|(_, failed)| failed.last);
                if let Some(oldest) = oldest.map(|(of, _)| of.clone()) {
                    failed.remove(&oldest);
                }
            }
            let fresh = Failed { count: 0, first: now, last: now };
            let known = failed.get(&of).copied().unwrap_or(fresh);
            // An address begins anew after a while; a name does when it signs in.
            let over = matches!(of, Of::Address(_)) && known.age(now) >= WAIT_MOST;
            let known = if over { fresh } else { known };
            let count = known.count.saturating_add(1);
            failed.insert(of, Failed { count, last: now, ..known });
        }
        Ok(())
    }

    /// The attempt that was begun was the right one.
    pub(crate) fn succeeded(&self, name: &str, from: Option<IpAddr>) {
        self.not_made(name, from);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        for of in counted(name, from) {
            if matches!(of, Of::Name(..)) {
                failed.remove(&of);
            }
        }
    }

    /// The attempt that was begun was not made after all.
    pub(crate) fn not_made(&self, name: &str, from: Option<IpAddr>) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        for of in counted(name, from) {
            if let Some(known) = failed.get_mut(&of) {
                known.count = known.count.saturating_sub(1);
                if known.count == 0 {
                    failed.remove(&of);
                }
            }
        }
    }

    /// Waits until a password may be checked; it may be while what is given is held.
    ///
    /// # Errors
    /// Too many want that at the same time.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let busy = || {
            Failure::new(
                StatusCode::SERVICE_UNAVAILABLE,
                text!(
                    "too many people sign in at this moment: try again in a minute",
                    "ログインが集中しています。1 分ほどしてからもう一度お試しください"
                ),
            )
        };
        let _waiting = self.waiting.try_acquire().map_err(|_| busy())?;
        let turn = tokio::time::timeout(TURN_WAIT, Arc::clone(&self.checking).acquire_owned());
        turn.await.map_err(|_| busy())?.map_err(Failure::internal)
    }
}

impl Failed {
    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.first)
    }

    /// How long the next attempt waits.
    fn wait(&self, of: &Of, now: Instant) -> Option<Duration> {
        let (wait, since) = match of {
            Of::Name(..) => {
                let over = self.count.checked_sub(ATTEMPTS_FREE)?;
                let wait = WAIT_FIRST.saturating_mul(1 << over.min(16)).min(WAIT_MOST);
                (wait, now.saturating_duration_since(self.last))
            }
            Of::Address(_) if self.count >= ADDRESS_MOST => (WAIT_MOST, self.age(now)),
            Of::Address(_) => return None,
        };
        wait.checked_sub(since).filter(|wait| !wait.is_zero())
    }
}

/// What an attempt counts for.
fn counted(name: &str, from: Option<IpAddr>) -> Vec<Of> {
    let from = from.map(network);
    // As accounts and the ledger compare names, or another spelling would be another name here.
    let name = engine::ledger::plain_name(name).chars().take(64).collect();
    std::iter::once(Of::Name(name, from)).chain(from.map(Of::Address)).collect()
}

/// The address, or of a longer one the half that is not its holder's to choose.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_some_failures_a_name_waits_longer_each_time_however_it_is_written() {
        let attempts = Attempts::default();
        for name in ["Yamada T", "yamada t", " YamadaT", "Ｙamada  t", "yamadat"] {
            attempts.begin(name, None).unwrap();
        }
        let first = attempts.begin("yamada t", None).unwrap_err();
        assert!(first <= WAIT_FIRST, "{first:?}");
        let of = Of::Name("yamadat".to_owned(), None);
        let now = Instant::now();
        let failed = Failed { count: ATTEMPTS_FREE + 1, first: now, last: now };
        assert_eq!(failed.wait(&of, now), Some(2 * WAIT_FIRST));
        assert_eq!(failed.wait(&of, now + 2 * WAIT_FIRST), None);
        assert!(attempts.begin("sato", None).is_ok());
        attempts.succeeded("yamada t", None);
        assert!(attempts.begin("yamada t", None).is_ok());
    }

    #[test]
    fn who_guesses_elsewhere_keeps_nobody_out_and_an_address_guesses_only_so_often() {
        let attempts = Attempts::default();
        let here = "192.0.2.1".parse().ok();
        for _ in 0..ATTEMPTS_FREE {
            attempts.begin("yamada", here).unwrap();
        }
        assert!(attempts.begin("yamada", here).is_err());
        assert!(attempts.begin("yamada", "192.0.2.2".parse().ok()).is_ok());
        for other in ATTEMPTS_FREE..ADDRESS_MOST {
            attempts.begin(&format!("somebody {other}"), here).unwrap();
        }
        assert!(attempts.begin("one more", here).is_err());
        attempts.not_made("somebody 9", here);
        assert!(attempts.begin("one more", here).is_ok());
        assert_eq!(network("2001:db8::1:2:3:4".parse().unwrap()).to_string(), "2001:db8::");
    }

    #[test]
    fn only_so_many_passwords_are_checked_at_once_and_only_so_many_wait() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let attempts = Attempts::default();
            let mut turns = Vec::new();
            for _ in 0..CHECKED_AT_ONCE {
                turns.push(attempts.turn().await.unwrap());
            }
            let soon = tokio::time::timeout(Duration::from_millis(50), attempts.turn());
            assert!(soon.await.is_err(), "the next one waits");
            turns.pop();
            turns.push(attempts.turn().await.unwrap());
            let all = u32::try_from(WAITING_MOST).unwrap();
            let _waiting = attempts.waiting.try_acquire_many(all).unwrap();
            let busy = attempts.turn().await.unwrap_err();
            assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE);
        });
    }

    #[test]
    fn names_are_not_remembered_without_end() {
        let attempts = Attempts::default();
        for name in 0..REMEMBERED_MAX + 10 {
            attempts.begin(&format!("name {name}"), None).unwrap();
        }
        assert_eq!(attempts.failed.lock().unwrap().len(), REMEMBERED_MAX);
    }
}
