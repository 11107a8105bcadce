//! Times as scenarios write them: `250ms`, `20s`, `5m`, or two of them, `2s..8s`.

use std::time::Duration;

use fastrand::Rng;

/// The longest time that a scenario may have.
const TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// A time that is drawn anew each time, between two others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// At least.
    pub least: Duration,
    /// At most.
    pub most: Duration,
}

impl Span {
    /// Reads one time or two.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (least, most) = match text.split_once("..") {
            Some((least, most)) => (time(least)?, time(most)?),
            None => (time(text)?, time(text)?),
        };
        match least <= most {
            true => Ok(Self { least, most }),
            false => Err(format!("'{text}' ends before it begins")),
        }
    }

    /// A time of it.
    pub fn draw(self, random: &mut Rng) -> Duration {
        self.least + (self.most - self.least).mul_f64(random.f64())
    }
}

/// Reads a time such as `250ms`, `20s`, `1.5s` or `5m`.
///
/// # Errors
/// Says what is wrong.
pub fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time such as 250ms, 20s or 5m, of 24 hours at most");
    let text = text.trim();
    let unit_at = text.find(|sign: char| sign.is_ascii_alphabetic());
    let (number, unit) = text.split_at(unit_at.ok_or_else(wrong)?);
    let unit_s = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    let time = Duration::try_from_secs_f64(number * unit_s).map_err(|_| wrong())?;
    match time <= TIME_MAX {
        true => Ok(time),
        false => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, ms) in [
            ("250ms", 250),
            ("20s", 20_000),
            ("1.5s", 1_500),
            ("5m", 300_000),
        ] {
            assert_eq!(time(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "20", "s", "-1s", "1d", "25h", "nans", "1e9s"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_lies_between_its_ends() {
        let span = Span::parse("2s..8s").unwrap();
        let mut random = Rng::with_seed(1);
        let drawn: Vec<_> = (0..100).map(|_| span.draw(&mut random)).collect();
        assert!(
            drawn
                .iter()
                .all(|time| (span.least..=span.most).contains(time))
        );
        assert!(drawn.iter().max() > drawn.iter().min());
        assert_eq!(Span::parse("3s").unwrap().draw(&mut random).as_secs(), 3);
        assert!(Span::parse("8s..2s").is_err());
    }
}
