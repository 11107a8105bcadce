//! Waiting in a queue before several servers: M/M/c.
//!
//! Requests come at random moments, λ in a second on average; each of c servers answers μ in a second.
//! With a = λ/μ, the share of requests that wait is Erlang's C, and the mean time of waiting is
//! C / (cμ − λ) seconds (A. K. Erlang, 1917).

/// The share of requests that wait; 1 where more come than are answered.
pub(super) fn waiting_share(arrivals: f64, served: f64, servers: u32) -> f64 {
    let offered = arrivals / served;
    let count = f64::from(servers);
    if offered >= count {
        return 1.0;
    }
    // Erlang's B, by its recursion: it stays between 0 and 1, whatever the number of servers is.
    let blocked = (1..=servers).fold(1.0, |blocked, number| {
        let product = offered * blocked;
        product / (f64::from(number) + product)
    });
    let utilised = offered / count;
    blocked / (1.0 - utilised * (1.0 - blocked))
}

/// How long a request waits on average, in milliseconds; `None` where the queue grows for ever.
pub(super) fn waiting_ms(arrivals: f64, served: f64, servers: u32) -> Option<f64> {
    let spare = f64::from(servers) * served - arrivals;
    let seconds = waiting_share(arrivals, served, servers) / spare;
    (spare > 0.0).then_some(seconds * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-9,
            "{found} and not {expected}"
        );
    }

    /// By hand: with one server C = ρ and the wait is ρ/(μ−λ); with two servers and a = 1, C = 1/3. The
    /// last two were computed with Python, from the sum of the formula and not the recursion.
    #[test]
    fn the_formula_gives_what_is_known() {
        near(waiting_share(0.5, 1.0, 1), 0.5);
        near(waiting_ms(50.0, 100.0, 1).unwrap(), 10.0);
        near(waiting_share(1.0, 1.0, 2), 1.0 / 3.0);
        near(waiting_ms(1.0, 1.0, 2).unwrap(), 1_000.0 / 3.0);
        near(waiting_share(8.0, 1.0, 10), 0.4091801507964435);
        near(waiting_ms(180.0, 100.0, 2).unwrap(), 42.631578947368425);
    }

    #[test]
    fn a_queue_that_gets_more_than_it_serves_never_ends() {
        assert_eq!(waiting_ms(100.0, 100.0, 1), None);
        assert_eq!(waiting_ms(250.0, 100.0, 2), None);
        near(waiting_share(250.0, 100.0, 2), 1.0);
        near(waiting_ms(0.0, 100.0, 2).unwrap(), 0.0);
    }
}
