//! A database that another connection is writing to: what found it busy is tried again.
//!
//! An engine that waits by itself looks again ever more seldom, so the connection that has waited
//! longest is the last to see that the database is free. Here every attempt is as likely as any
//! other to be the next one: pauses are short, random each time, and do not grow.
//!
//! Not here: how long the engine itself waits within an attempt (a setting of the connection).

use souk_ports::{Clock, Randomness, is_within};

use crate::StoreError;

/// Pauses between two attempts, both ends included, in milliseconds. A write takes about as long.
const PAUSE_MS_MIN: u32 = 1;
const PAUSE_MS_MAX: u32 = 8;

/// Repeats an attempt as long as it finds the database busy, for `busy_ms_max` milliseconds from
/// `since_ms` (milliseconds since 1970).
///
/// [`StoreError::Transient`] is what a busy database is, so an attempt that fails this way must
/// have written nothing.
///
/// # Errors
/// Those of the attempt; [`StoreError::Transient`] when the time is over.
pub async fn while_busy<P: Clock + Randomness, T>(
    platform: &P,
    since_ms: i64,
    busy_ms_max: i64,
    attempt: impl AsyncFn() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    loop {
        match attempt().await {
            Err(StoreError::Transient(_))
                if is_within(busy_ms_max, since_ms, platform.now_ms()) =>
            {
                let spread = PAUSE_MS_MAX - PAUSE_MS_MIN + 1;
                let drawn = u32::from(platform.random_bytes()[0]) % spread;
                platform.pause_ms(PAUSE_MS_MIN + drawn).await;
            }
            ended => return ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A clock that pauses move on, and that remembers them.
    #[derive(Default)]
    struct Platform {
        now_ms: Cell<i64>,
        pauses: RefCell<Vec<u32>>,
        drawn: Cell<u8>,
    }

    impl Clock for Platform {
        fn now_ms(&self) -> i64 {
            self.now_ms.get()
        }

        async fn pause_ms(&self, ms: u32) {
            self.now_ms.set(self.now_ms.get() + i64::from(ms));
            self.pauses.borrow_mut().push(ms);
        }
    }

    impl Randomness for Platform {
        fn random_bytes(&self) -> [u8; 16] {
            self.drawn.set(self.drawn.get().wrapping_add(37));
            [self.drawn.get(); 16]
        }
    }

    fn at_once<T>(work: impl Future<Output = T>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("the pauses of this platform do not wait"),
        }
    }

    fn locked() -> StoreError {
        StoreError::Transient("database is locked".into())
    }

    #[test]
    fn an_attempt_is_repeated_until_the_database_is_free() {
        let platform = Platform::default();
        let attempts = Cell::new(0);
        let answer = at_once(while_busy(&platform, 0, 10_000, async || {
            attempts.set(attempts.get() + 1);
            match attempts.get() {
                ..100 => Err(locked()),
                number => Ok(number),
            }
        }));
        assert_eq!(answer, Ok(100));
        let pauses = platform.pauses.take();
        assert_eq!(pauses.len(), 99);
        let within = |pause: &u32| (PAUSE_MS_MIN..=PAUSE_MS_MAX).contains(pause);
        assert!(pauses.iter().all(within), "{pauses:?}");
        for pause in PAUSE_MS_MIN..=PAUSE_MS_MAX {
            assert!(pauses[..50].contains(&pause), "{pause} is never drawn");
            assert!(pauses[50..].contains(&pause), "the pauses change with time");
        }
    }

    #[test]
    fn a_database_that_stays_busy_is_given_up_at_the_deadline_and_not_before() {
        let platform = Platform::default();
        let last_ms = Cell::new(0);
        let answer = at_once(while_busy(
            &platform,
            0,
            1_000,
            async || -> Result<(), _> {
                last_ms.set(platform.now_ms());
                Err(locked())
            },
        ));
        assert_eq!(answer, Err(locked()));
        assert!((1_000..1_010).contains(&last_ms.get()), "{}", last_ms.get());
    }

    #[test]
    fn a_clock_that_is_set_back_ends_the_tries() {
        let platform = Platform::default();
        let attempts = Cell::new(0);
        let answer = at_once(while_busy(&platform, 3_600_000, 1_000, async || {
            attempts.set(attempts.get() + 1);
            Err::<(), _>(locked())
        }));
        assert_eq!((answer, attempts.get()), (Err(locked()), 1));
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        let platform = Platform::default();
        for error in [
            StoreError::Rejected("a value".into()),
            StoreError::Corrupt("a check".into()),
        ] {
            let answer = at_once(while_busy(
                &platform,
                0,
                1_000,
                async || -> Result<(), _> { Err(error.clone()) },
            ));
            assert_eq!(answer, Err(error));
        }
        assert!(platform.pauses.take().is_empty());
    }
}
