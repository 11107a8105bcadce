//! The room before the checkout of all products, which is there while the level asks for it.
//!
//! It is a session without units that is open from its first moment: nothing is drawn, and the usher calls
//! by arrival, at the pace of an origin that is well. Edges report nothing of it, so every ticket counts
//! as there.
//!
//! Not here: from which level on it is there (`souk-operations`), who has to have a ticket (the edge).

use crate::published::Published;
use crate::rank::Rank;
use crate::schedule::{Plan, PlanError, Session};
use crate::usher::{Terms, Units};

/// What it is called where sales have an id. No sale is called so: ids of sales have no underscore.
pub const CHECKOUT: &str = "_checkout";

/// How long one who was called has for the checkout, in milliseconds.
pub const TURN_MS: i64 = 15 * 60 * 1_000;

/// It ends when the level falls; until then the clock does not end it: a year in milliseconds.
const SESSION_MS: i64 = 365 * 24 * 60 * 60 * 1_000;

/// So many that only the pace holds the usher back.
const UNITS: i64 = 10_000_000;

/// Of how many minutes those who are called next look often.
const NEAR_MINUTES: u64 = 2;
/// How many they are at least.
const NEAR_MIN: u64 = 500;

/// Its session, from `now_ms` on, in milliseconds since 1970.
///
/// # Errors
/// When the moment is so late that no session fits behind it.
pub fn session(now_ms: i64) -> Result<Session, PlanError> {
    let plan = Plan {
        sale: CHECKOUT,
        opens_at_ms: now_ms,
        closes_at_ms: now_ms.saturating_add(SESSION_MS),
        gathers_ms: 0,
        daily: &[],
    };
    let mut sessions = plan.sessions(|_| 0)?;
    sessions.pop().ok_or(PlanError::NoSession)
}

/// What its usher goes by.
pub fn terms() -> Terms {
    Terms {
        limit: 1,
        overbook_permille: 1_000,
        turn_ms: TURN_MS,
        hears: false,
    }
}

/// The units that its usher counts with: no stock limits who is called here.
pub fn units() -> Units {
    Units {
        available: UNITS,
        held: 0,
    }
}

/// The same with the front at those who are called next: they look often, and others as their turn is
/// near.
pub fn with_near_front(room: Published) -> Published {
    let before = room
        .window
        .called()
        .map_or(0, |rank| room.queue.up_to(rank));
    let near = u64::from(room.called_per_minute) * NEAR_MINUTES;
    let front = room.queue.rank_of(before + near.max(NEAR_MIN));
    Published {
        front: front.or(Some(Rank::LAST)),
        ..room
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Door;
    use crate::published::Secrets;
    use crate::rank::DrawKey;
    use crate::schedule::{Control, State, Stock};
    use crate::ticket::PULSE_AGE_MS_MAX;
    use crate::usher::{Facts, Health, Stored, Usher};

    const NOW_MS: i64 = 1_790_000_000_000;
    const SECRETS: Secrets = Secrets {
        door: Door([1; 32]),
        draw: DrawKey([2; 32]),
    };

    /// So many seconds with an origin that answers after `p90_ms`; in each `arriving` tickets come.
    fn pass(usher: &mut Usher, seconds: i64, p90_ms: u32, arriving: u64) -> Published {
        for _ in 0..seconds {
            let now_ms = usher.stepped_at_ms() + 1_000;
            let arrived = (arriving > 0).then_some((now_ms - 1_000, arriving));
            let arrived: Vec<_> = arrived.into_iter().collect();
            usher.step(Facts {
                now_ms,
                control: Control::Running,
                units: units(),
                orders: &[],
                reports: &[],
                drawn: 0,
                arrived: &arrived,
                counted_until_ms: now_ms,
                unknowing_permille: 0,
                health: Health {
                    p90_ms: Some(p90_ms),
                    is_failing: false,
                },
            });
        }
        with_near_front(usher.publish(SECRETS, Vec::new()))
    }

    fn usher() -> Usher {
        let session = session(NOW_MS).expect("a session");
        Usher::new(session, terms(), Stored::default(), NOW_MS)
    }

    fn called(room: &Published) -> u64 {
        room.window
            .called()
            .map_or(0, |rank| room.queue.up_to(rank))
    }

    #[test]
    fn it_is_open_at_once_and_has_its_keys() {
        let room = pass(&mut usher(), 1, 20, 0);
        assert_eq!(room.state(NOW_MS + 1_000), State::Open);
        assert_eq!(room.stock, Stock::Available);
        assert!(room.secrets.is_some());
        assert_ne!(session(NOW_MS), session(NOW_MS + 1));
    }

    #[test]
    fn a_few_are_called_as_soon_as_no_earlier_ticket_can_come() {
        let mut usher = usher();
        let early = pass(&mut usher, 5, 20, 3);
        assert_eq!(called(&early), 0, "an edge may still issue an earlier one");
        let later = pass(&mut usher, 5, 20, 0);
        assert_eq!(called(&later), 15);
    }

    #[test]
    fn a_crowd_is_called_at_the_pace_of_the_origin() {
        let in_a_minute = |p90_ms| {
            let mut usher = usher();
            let before = called(&pass(&mut usher, 60, 20, 4_000));
            (called(&pass(&mut usher, 60, p90_ms, 0)) - before) / 60
        };
        let (well, slow) = (in_a_minute(20), in_a_minute(2_000));
        assert!((1_000..=2_000).contains(&well), "{well} in a second");
        assert!(slow < well / 10, "{slow} in a second");
        assert!(slow > 0);
    }

    #[test]
    fn a_crowd_that_waits_from_the_first_second_is_called_from_the_sixth() {
        let mut usher = usher();
        pass(&mut usher, 1, 20, 100_000);
        let after_ms = PULSE_AGE_MS_MAX + 5_000;
        let room = pass(&mut usher, after_ms / 1_000, 20, 0);
        assert!(called(&room) >= 400, "{}", called(&room));
        let front = room
            .front
            .map(|rank| room.queue.up_to(rank))
            .unwrap_or_default();
        assert!(front > called(&room) && front < 100_000, "{front}");
    }

    #[test]
    fn a_turn_ends() {
        let mut usher = usher();
        pass(&mut usher, 10, 20, 2);
        let room = pass(&mut usher, TURN_MS / 1_000 + 60, 20, 0);
        let missed = room
            .window
            .missed()
            .map_or(0, |rank| room.queue.up_to(rank));
        assert_eq!(missed, 20);
    }
}
