//! A text that ICU4X has formatted, with what each piece of it is.

use std::fmt;

use writeable::{Part, PartsWrite, Writeable};

/// A formatted text in pieces.
#[derive(Default)]
pub(crate) struct Sample {
    pieces: Vec<(String, Vec<Part>)>,
    inside: Vec<Part>,
}

impl Sample {
    /// The pieces of a formatted text.
    pub(crate) fn of(written: &impl Writeable) -> Self {
        let mut sample = Self::default();
        written
            .write_to_parts(&mut sample)
            .expect("a sample takes every text");
        sample
    }

    /// The whole text.
    pub(crate) fn text(&self) -> String {
        self.pieces.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// The innermost of some kinds of part that each run of characters belongs to, and the run.
    pub(crate) fn runs(&self, kinds: &[Part]) -> Vec<(Option<Part>, String)> {
        let mut runs: Vec<(Option<Part>, String)> = Vec::new();
        for (text, parts) in &self.pieces {
            let kind = parts
                .iter()
                .rev()
                .find(|part| kinds.contains(part))
                .copied();
            match runs.last_mut() {
                Some((last, run)) if *last == kind => run.push_str(text),
                _ => runs.push((kind, text.clone())),
            }
        }
        runs
    }
}

impl fmt::Write for Sample {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.pieces.push((text.to_owned(), self.inside.clone()));
        Ok(())
    }
}

impl PartsWrite for Sample {
    type SubPartsWrite = Self;

    fn with_part(
        &mut self,
        part: Part,
        mut write: impl FnMut(&mut Self) -> fmt::Result,
    ) -> fmt::Result {
        self.inside.push(part);
        let written = write(self);
        self.inside.pop();
        written
    }
}
