//! How long each step of the checks took.

use std::fmt::Write;
use std::time::Duration;

/// Steps in the order in which they ended.
#[derive(Debug, Default)]
pub(super) struct Timings(Vec<(String, Duration)>);

impl Timings {
    /// Notes a step.
    pub(super) fn add(&mut self, step: &str, took: Duration) {
        self.0.push((step.to_owned(), took));
    }

    /// A line for each step, with its seconds and its share of all of them.
    pub(super) fn table(&self) -> String {
        let total: Duration = self.0.iter().map(|(_, took)| *took).sum();
        let mut text = String::from("    s    %  step\n");
        for (step, took) in &self.0 {
            let share = 100.0 * took.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
            writeln!(text, "{:>5.0}  {share:>3.0}  {step}", took.as_secs_f64())
                .expect("a String takes all text");
        }
        writeln!(text, "{:>5.0}  100  all steps", total.as_secs_f64())
            .expect("a String takes all text");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_seconds_and_its_share() {
        let mut timings = Timings::default();
        timings.add("Lints", Duration::from_millis(29_600));
        timings.add("End to end", Duration::from_secs(90));
        let expected = "    s    %  step\n   30   25  Lints\n   90   75  End to end\n  \
                        120  100  all steps\n";
        assert_eq!(timings.table(), expected);
    }

    #[test]
    fn a_table_of_nothing_has_no_share_that_is_no_number() {
        assert!(!Timings::default().table().contains("NaN"));
    }
}
