//! When a sale is what: its sessions as moments, and its state from the clock.
//!
//! Nothing has to arrive at the opening: every edge sees by its clock that the session is open. The
//! staff can pause, resume and close it; stock closes it for a while (`resting`) or for good.
//!
//! Not here: time zones (the program that publishes the sale knows them), and whether an order is
//! in time, which the order's write decides by the same session.

use minicbor::{Decode, Encode};

/// Sessions of one sale, at most. Each gives every item of the sale a stamp of its own, and all of them
/// are in the bundle that an edge reads.
pub const SESSIONS_MAX: usize = 100;

const DAY_S: i64 = 24 * 60 * 60;

/// One opening of a sale. A sale that is not repeated has one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Session {
    /// No other session of the shop has it.
    #[n(0)]
    pub number: u32,
    /// From when there are tickets for the draw, in milliseconds since 1970.
    #[n(1)]
    pub gathers_at_ms: i64,
    /// From when it sells, in milliseconds since 1970.
    #[n(2)]
    pub opens_at_ms: i64,
    /// From when it does not sell any more, in milliseconds since 1970.
    #[n(3)]
    pub closes_at_ms: i64,
}

/// What the staff want.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Control {
    /// It goes by the clock.
    #[default]
    #[n(0)]
    Running,
    /// It sells nothing until it is resumed.
    #[n(1)]
    Paused,
    /// It is over, before its end.
    #[n(2)]
    Closed,
}

/// What there is to sell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Stock {
    /// Units.
    #[default]
    #[n(0)]
    Available,
    /// None, but orders that hold units are not paid yet: some may come back.
    #[n(1)]
    Resting,
    /// None.
    #[n(2)]
    SoldOut,
}

/// The state of a session: `state` of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is known when it opens.
    Announced,
    /// There are tickets for the draw.
    Gathering,
    /// It sells.
    Open,
    /// The staff have stopped it for a while.
    Paused,
    /// All units are sold or held.
    Resting,
    /// All units are sold.
    SoldOut,
    /// It has ended.
    Over,
}

impl Control {
    /// As the staff write it.
    pub fn name(self) -> &'static str {
        match self {
            Control::Running => "running",
            Control::Paused => "paused",
            Control::Closed => "closed",
        }
    }
}

impl State {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            State::Announced => "announced",
            State::Gathering => "gathering",
            State::Open => "open",
            State::Paused => "paused",
            State::Resting => "resting",
            State::SoldOut => "sold_out",
            State::Over => "over",
        }
    }
}

impl Stock {
    /// From the account: units that can be ordered, and units of orders that wait for their payment.
    pub fn of(available: i64, held: i64) -> Self {
        match (available > 0, held > 0) {
            (true, _) => Stock::Available,
            (false, true) => Stock::Resting,
            (false, false) => Stock::SoldOut,
        }
    }
}

impl Session {
    /// Its state at a moment, in milliseconds since 1970. The first that holds of: over, announced,
    /// gathering, paused, sold out, resting, open.
    pub fn state(&self, now_ms: i64, control: Control, stock: Stock) -> State {
        if control == Control::Closed || now_ms >= self.closes_at_ms {
            return State::Over;
        }
        if now_ms < self.gathers_at_ms {
            return State::Announced;
        }
        if now_ms < self.opens_at_ms {
            return State::Gathering;
        }
        match (control, stock) {
            (Control::Paused, _) => State::Paused,
            (_, Stock::SoldOut) => State::SoldOut,
            (_, Stock::Resting) => State::Resting,
            (_, Stock::Available) => State::Open,
        }
    }

    /// When the clock changes its state next, in milliseconds since 1970: no response about it is
    /// valid for longer. `None` once it is over.
    pub fn next_change_ms(&self, now_ms: i64) -> Option<i64> {
        let moments = [self.gathers_at_ms, self.opens_at_ms, self.closes_at_ms];
        moments.into_iter().find(|&moment| moment > now_ms)
    }
}

/// A sale as its merchant writes it, with moments in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The id of the sale, of which the numbers of its sessions are made.
    pub sale: &'a str,
    /// The beginning.
    pub opens_at_ms: i64,
    /// The end.
    pub closes_at_ms: i64,
    /// How long before each opening there are tickets for the draw, in milliseconds.
    pub gathers_ms: i64,
    /// Times of the day at which it opens each day between the two, in minutes from midnight in the
    /// shop's time zone. Without any it opens once, at its beginning.
    pub daily: &'a [u16],
}

/// Why a plan has no sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The end is not after the beginning.
    #[error("it closes before it opens")]
    ClosesBeforeItOpens,
    /// None of its daily times lies between beginning and end.
    #[error("none of its sessions lies between its beginning and its end")]
    NoSession,
    /// A session would have no time to sell before the next one gathers.
    #[error("a session would gather before the one before it has opened")]
    GathersTooLong,
    /// It has more sessions than [`SESSIONS_MAX`].
    #[error("it has more than {SESSIONS_MAX} sessions")]
    TooMany,
}

impl Plan<'_> {
    /// The sessions, in order. `east_s_at` gives the seconds east of Greenwich of the shop's clocks at
    /// a moment in seconds since 1970. A session sells until the next one gathers, the last one until
    /// the end. A time of the day that clocks skip is as much later as they skip; of one that they
    /// show twice, the first is meant.
    ///
    /// # Errors
    /// When there are none, or too many, or they overlap.
    pub fn sessions(&self, east_s_at: impl Fn(i64) -> i32) -> Result<Vec<Session>, PlanError> {
        if self.closes_at_ms <= self.opens_at_ms {
            return Err(PlanError::ClosesBeforeItOpens);
        }
        let openings = self.openings(east_s_at)?;
        let mut sessions = Vec::with_capacity(openings.len());
        for (at, &opens_at_ms) in openings.iter().enumerate() {
            let next = openings.get(at + 1);
            let session = Session {
                number: session_number(self.sale, opens_at_ms),
                gathers_at_ms: opens_at_ms - self.gathers_ms,
                opens_at_ms,
                closes_at_ms: next.map_or(self.closes_at_ms, |next| next - self.gathers_ms),
            };
            if session.closes_at_ms <= session.opens_at_ms {
                return Err(PlanError::GathersTooLong);
            }
            sessions.push(session);
        }
        Ok(sessions)
    }

    fn openings(&self, east_s_at: impl Fn(i64) -> i32) -> Result<Vec<i64>, PlanError> {
        if self.daily.is_empty() {
            return Ok(vec![self.opens_at_ms]);
        }
        let between = self.opens_at_ms..self.closes_at_ms;
        let local_day = |ms: i64| {
            let s = ms.div_euclid(1_000);
            (s + i64::from(east_s_at(s))).div_euclid(DAY_S)
        };
        let days = local_day(self.opens_at_ms)..=local_day(self.closes_at_ms);
        let mut openings = Vec::new();
        for day in days {
            for &minute in self.daily {
                let local_s = day * DAY_S + i64::from(minute) * 60;
                let opens_at_ms = moment_s(local_s, &east_s_at) * 1_000;
                if between.contains(&opens_at_ms) {
                    openings.push(opens_at_ms);
                }
            }
            if openings.len() > SESSIONS_MAX {
                return Err(PlanError::TooMany);
            }
        }
        openings.sort_unstable();
        openings.dedup();
        match openings.is_empty() {
            true => Err(PlanError::NoSession),
            false => Ok(openings),
        }
    }
}

/// The number of the session of a sale that opens at a moment, in milliseconds since 1970: the upper 31
/// bits of a hash, so a session keeps its number whatever else of the sale is changed. That no two
/// sessions of a shop have the same one is checked where the sales are published.
pub fn session_number(sale: &str, opens_at_ms: i64) -> u32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(sale.as_bytes());
    hasher.update(&[0]);
    hasher.update(&opens_at_ms.to_be_bytes());
    let mut head = [0; 4];
    head.copy_from_slice(&hasher.finalize().as_bytes()[..4]);
    u32::from_be_bytes(head) >> 1
}

/// The moment at which clocks show `local_s`, in seconds since 1970.
fn moment_s(local_s: i64, east_s_at: impl Fn(i64) -> i32) -> i64 {
    let before = i64::from(east_s_at(local_s - DAY_S));
    let after = i64::from(east_s_at(local_s + DAY_S));
    let shows = |east: i64| i64::from(east_s_at(local_s - east)) == east;
    let (first, second) = (before.max(after), before.min(after));
    match (shows(first), shows(second)) {
        (true, _) => local_s - first,
        (false, true) => local_s - second,
        (false, false) => local_s - before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: Session = Session {
        number: 1,
        gathers_at_ms: 100,
        opens_at_ms: 200,
        closes_at_ms: 300,
    };

    #[test]
    fn the_state_follows_from_clock_staff_and_stock() {
        use Control::{Closed, Running};
        use State::{Announced, Gathering, Open, Over};
        use Stock::Available;
        for (now_ms, control, stock, state) in [
            (99, Running, Available, Announced),
            (99, Control::Paused, Stock::SoldOut, Announced),
            (100, Running, Available, Gathering),
            (199, Control::Paused, Available, Gathering),
            (200, Running, Available, Open),
            (200, Control::Paused, Available, State::Paused),
            (200, Control::Paused, Stock::SoldOut, State::Paused),
            (250, Running, Stock::Resting, State::Resting),
            (250, Running, Stock::SoldOut, State::SoldOut),
            (299, Running, Available, Open),
            (300, Running, Available, Over),
            (150, Closed, Available, Over),
        ] {
            assert_eq!(SESSION.state(now_ms, control, stock), state, "{now_ms}");
        }
    }

    #[test]
    fn a_response_ends_with_the_next_change() {
        for (now_ms, next) in [
            (0, Some(100)),
            (100, Some(200)),
            (250, Some(300)),
            (300, None),
        ] {
            assert_eq!(SESSION.next_change_ms(now_ms), next);
        }
    }

    #[test]
    fn stock_rests_while_units_are_held() {
        for (available, held, stock) in [
            (1, 0, Stock::Available),
            (1, 1, Stock::Available),
            (0, 1, Stock::Resting),
            (0, 0, Stock::SoldOut),
        ] {
            assert_eq!(Stock::of(available, held), stock);
        }
    }

    const HOUR_MS: i64 = 60 * 60 * 1_000;

    fn plan(days: i64, daily: &[u16]) -> Plan<'_> {
        Plan {
            sale: "drop",
            opens_at_ms: 0,
            closes_at_ms: days * 24 * HOUR_MS,
            gathers_ms: HOUR_MS / 2,
            daily,
        }
    }

    #[test]
    fn a_sale_without_times_opens_once() {
        let sessions = plan(2, &[]).sessions(|_| 0).unwrap();
        let only = Session {
            number: session_number("drop", 0),
            gathers_at_ms: -HOUR_MS / 2,
            opens_at_ms: 0,
            closes_at_ms: 48 * HOUR_MS,
        };
        assert_eq!(sessions, [only]);
    }

    #[test]
    fn daily_times_are_those_of_the_shop() {
        // UTC+8: 10:00 there is 02:00, 20:00 is 12:00.
        let sessions = plan(2, &[1_200, 600]).sessions(|_| 8 * 3_600).unwrap();
        let opens = [2, 12, 26, 36];
        assert!(
            sessions
                .iter()
                .map(|one| one.opens_at_ms / HOUR_MS)
                .eq(opens)
        );
        let numbers = sessions.iter().map(|one| one.number);
        let expected = opens.map(|hour| session_number("drop", hour * HOUR_MS));
        assert!(numbers.eq(expected));
        assert_eq!(sessions[0].closes_at_ms, 12 * HOUR_MS - HOUR_MS / 2);
        assert_eq!(sessions[3].closes_at_ms, 48 * HOUR_MS);
    }

    #[test]
    fn clocks_that_are_set_leave_no_day_without_its_session() {
        // From the 30th hour on, 06:00 of the second day, clocks show an hour more or an hour less.
        let jump = |by: i32| move |s: i64| if s < 30 * 3_600 { 0 } else { by };
        let opens = |by: i32| {
            let sessions = plan(3, &[390]).sessions(jump(by)).unwrap();
            let minutes = sessions.iter().map(|one| one.opens_at_ms / 60_000);
            minutes.collect::<Vec<_>>()
        };
        let second_day = 24 * 60 + 390;
        // Skipped: 06:30 becomes 07:30 by the new time, which is 06:30 by the old one.
        assert_eq!(opens(3_600), [390, second_day, 48 * 60 + 390 - 60]);
        // Set back, clocks show 06:30 an hour later.
        assert_eq!(opens(-3_600), [390, second_day + 60, 48 * 60 + 390 + 60]);
        // 05:30 is shown at hour 29.5 and at hour 30.5: the first is meant.
        let sessions = plan(3, &[330]).sessions(jump(-3_600)).unwrap();
        assert_eq!(sessions[1].opens_at_ms / 60_000, 29 * 60 + 30);
    }

    #[test]
    fn a_number_is_the_hash_of_the_sale_and_its_opening() {
        // By another implementation of BLAKE3: the hash begins with 73 4c 46 51.
        let opens_at_ms = 1_794_326_400_000;
        assert_eq!(session_number("drop", opens_at_ms), 0x734c_4651 >> 1);
        assert_ne!(
            session_number("drop", opens_at_ms),
            session_number("drop", 0)
        );
        assert_ne!(session_number("drop", 0), session_number("dro", 0));
    }

    #[test]
    fn a_plan_that_makes_no_sense_is_refused() {
        let refused = |plan: Plan<'_>| plan.sessions(|_| 0).unwrap_err();
        assert_eq!(refused(plan(0, &[])), PlanError::ClosesBeforeItOpens);
        let short = Plan {
            closes_at_ms: HOUR_MS,
            ..plan(1, &[600])
        };
        assert_eq!(refused(short), PlanError::NoSession);
        assert_eq!(refused(plan(1, &[600, 620])), PlanError::GathersTooLong);
        assert_eq!(refused(plan(9_999, &[600])), PlanError::TooMany);
    }
}
