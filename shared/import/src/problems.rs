//! What is wrong and what was changed, collected while files are read.
//!
//! Owns what a fault stops: a broken file stops the import, and anything else only what it is in (a
//! product, a collection, a translation, a redirect), unless the import is strict or nothing would
//! remain.

use crate::{
    ImportError, ImportErrors, Note, Place, Reason, Warning,
    limits::{ERRORS_MAX, FAULTS_MAX, WARNINGS_MAX},
    table::Broken,
};

/// Collects faults and warnings up to their bounds.
#[derive(Debug)]
pub(crate) struct Problems {
    strict: bool,
    broken: bool,
    faults: Vec<ImportError>,
    faults_left_out: usize,
    warnings: Vec<Warning>,
    warnings_left_out: usize,
}

/// What did not stop the import.
pub(crate) struct Found {
    pub(crate) faults: Vec<ImportError>,
    pub(crate) faults_left_out: usize,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) warnings_left_out: usize,
}

impl Problems {
    pub(crate) fn new(strict: bool) -> Self {
        Self {
            strict,
            broken: false,
            faults: Vec::new(),
            faults_left_out: 0,
            warnings: Vec::new(),
            warnings_left_out: 0,
        }
    }

    /// Adds a fault of one thing; beyond the bound it is only counted.
    pub(crate) fn error(&mut self, place: Place, reason: Reason) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(ImportError { place, reason });
        } else {
            self.faults_left_out += 1;
        }
    }

    /// Adds the reason why a file cannot be read further.
    pub(crate) fn broken(&mut self, (place, reason): Broken) {
        self.broken = true;
        self.faults.push(ImportError { place, reason });
    }

    /// Adds a warning; beyond the bound it is only counted.
    pub(crate) fn warn(&mut self, place: Place, note: Note) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(Warning { place, note });
        } else {
            self.warnings_left_out += 1;
        }
    }

    /// Faults so far: more of them after a row was read are faults of the row.
    pub(crate) fn faults(&self) -> usize {
        self.faults.len() + self.faults_left_out
    }

    /// Whether reading should stop: a strict import has failed, and has said enough.
    pub(crate) fn full(&self) -> bool {
        self.strict && self.faults.len() >= ERRORS_MAX
    }

    /// What did not stop the import, of which this many products remain.
    ///
    /// # Errors
    /// When it is not to be imported.
    pub(crate) fn finish(mut self, products: usize) -> Result<Found, ImportErrors> {
        let fails = !self.faults.is_empty() && (self.strict || products == 0);
        if !(self.broken || fails) {
            return Ok(Found {
                faults: self.faults,
                faults_left_out: self.faults_left_out,
                warnings: self.warnings,
                warnings_left_out: self.warnings_left_out,
            });
        }
        let stopped = self.faults() > ERRORS_MAX || self.full();
        if self.broken && self.faults.len() > ERRORS_MAX {
            // What stopped the reading is the last of them.
            self.faults.drain(ERRORS_MAX - 1..self.faults.len() - 1);
        }
        self.faults.truncate(ERRORS_MAX);
        Err(ImportErrors {
            stopped,
            errors: self.faults,
        })
    }
}
