//! Prints which step of how many a task has reached.

/// The steps of a task, counted.
pub(super) struct Steps {
    number: usize,
    total: usize,
}

impl Steps {
    /// A task of `total` steps, none begun.
    pub(super) fn of(total: usize) -> Self {
        Self { number: 0, total }
    }

    /// Begins the next step.
    pub(super) fn next(&mut self, title: &str) {
        println!("{}", self.line(title));
    }

    fn line(&mut self, title: &str) -> String {
        self.number += 1;
        debug_assert!(self.number <= self.total, "one step more than announced");
        format!("step {} of {}: {title}", self.number, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_names_its_number_and_how_many_there_are() {
        let mut steps = Steps::of(2);
        assert_eq!(steps.line("build"), "step 1 of 2: build");
        assert_eq!(steps.line("open"), "step 2 of 2: open");
    }
}
