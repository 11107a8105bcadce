//! When visitors come.

use std::time::Duration;

use fastrand::Rng;

/// How visitors come. Moments count from the beginning of these arrivals.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// So many a second, at equal distances.
    Constant {
        /// A second.
        rate: f64,
        /// For so long.
        lasts: Duration,
    },
    /// So many a second in the mean, each independent of the others.
    Poisson {
        /// A second.
        rate: f64,
        /// For so long.
        lasts: Duration,
    },
    /// From one rate to another one in a straight line.
    Ramp {
        /// A second, at first.
        from: f64,
        /// A second, in the end.
        to: f64,
        /// For so long.
        lasts: Duration,
    },
    /// All within a moment, as after a push message.
    Herd {
        /// How many.
        visitors: u32,
        /// The moment.
        within: Duration,
    },
    /// At these moments.
    File(Vec<Duration>),
}

impl Arrivals {
    /// The moments, in the order of time.
    pub fn moments(&self, random: &mut Rng) -> Vec<Duration> {
        match self {
            Arrivals::Constant { rate, lasts } => constant(*rate, *lasts),
            Arrivals::Poisson { rate, lasts } => poisson(*rate, *lasts, random),
            Arrivals::Ramp { from, to, lasts } => ramp(*from, *to, *lasts),
            Arrivals::Herd { visitors, within } => {
                let places = (0..*visitors).map(|_| within.mul_f64(random.f64()));
                let mut moments: Vec<_> = places.collect();
                moments.sort_unstable();
                moments
            }
            Arrivals::File(moments) => moments.clone(),
        }
    }
}

/// Moments at equal distances, the first one at once.
pub fn constant(rate: f64, lasts: Duration) -> Vec<Duration> {
    let moments = (0_u64..).map(|place| Duration::from_secs_f64(place as f64 / rate));
    moments.take_while(|moment| *moment < lasts).collect()
}

fn poisson(rate: f64, lasts: Duration, random: &mut Rng) -> Vec<Duration> {
    let mut at_s = 0.0;
    let gaps = std::iter::from_fn(|| {
        // Above 0, so that its logarithm exists.
        let share = 1.0 - random.f64();
        at_s -= share.ln() / rate;
        Some(Duration::from_secs_f64(at_s))
    });
    gaps.take_while(|moment| *moment < lasts).collect()
}

/// The visitors until a moment t are `from · t + (to − from) · t² / 2T`: solved for each number.
fn ramp(from: f64, to: f64, lasts: Duration) -> Vec<Duration> {
    let total_s = lasts.as_secs_f64();
    let slope = (to - from) / total_s;
    let count = (from + to) / 2.0 * total_s;
    let moment = |number: f64| {
        let root = (from * from + 2.0 * slope * number).max(0.0).sqrt();
        // This form is exact also where the slope is nearly nothing.
        let at_s = if number == 0.0 {
            0.0
        } else {
            2.0 * number / (from + root)
        };
        Duration::from_secs_f64(at_s)
    };
    let numbers = (0_u64..).map(|number| number as f64);
    let numbers = numbers.take_while(|number| *number < count);
    numbers
        .map(moment)
        .filter(|moment| *moment < lasts)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Duration = Duration::from_secs(10);

    fn moments(arrivals: &Arrivals) -> Vec<Duration> {
        let moments = arrivals.moments(&mut Rng::with_seed(7));
        assert!(moments.is_sorted());
        moments
    }

    #[test]
    fn a_constant_rate_has_equal_distances() {
        let moments = constant(4.0, Duration::from_secs(1));
        let after: Vec<_> = moments.iter().map(Duration::as_millis).collect();
        assert_eq!(after, [0, 250, 500, 750]);
    }

    #[test]
    fn gaps_of_poisson_arrivals_are_exponential() {
        let lasts = Duration::from_secs(1_000);
        let moments = moments(&Arrivals::Poisson { rate: 20.0, lasts });
        let count = moments.len() as f64;
        // The mean of a count is 20,000 and its deviation 141.
        assert!((count - 20_000.0).abs() < 4.0 * 141.0, "{count}");
        let gaps = moments.windows(2).map(|two| two[1] - two[0]);
        let longer = gaps.filter(|gap| gap.as_secs_f64() > 0.05).count() as f64;
        // As many as exp(-1) are longer than the mean.
        assert!(
            (longer / count - (-1.0_f64).exp()).abs() < 0.015,
            "{longer}"
        );
    }

    #[test]
    fn a_ramp_has_the_rate_of_its_place() {
        for (from, to) in [(0.0, 100.0), (100.0, 0.0), (50.0, 50.0), (10.0, 90.0)] {
            let moments = moments(&Arrivals::Ramp {
                from,
                to,
                lasts: TEN,
            });
            let all = moments.len() as f64;
            assert!((all - (from + to) * 5.0).abs() <= 1.0, "{from} {to}: {all}");
            let half = moments.partition_point(|moment| *moment < TEN / 2) as f64;
            let expected = from * 5.0 + (to - from) * 1.25;
            assert!((half - expected).abs() <= 1.0, "{from} {to}: {half}");
        }
    }

    #[test]
    fn a_herd_is_there_within_its_moment() {
        let within = Duration::from_millis(200);
        let moments = moments(&Arrivals::Herd {
            visitors: 500,
            within,
        });
        assert_eq!(moments.len(), 500);
        assert!(moments[499] < within && moments[0] < within / 20);
    }
}
