//! Members of a request that are looked at one by one, so that its problem has an entry for everything
//! that is wrong, with a JSON pointer.
//!
//! Not here: which members there are (`switches`, `sales`).

use serde_json::{Map, Value};
use souk_protocol::operations::REASON_CHARS_MAX;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What was found to be wrong.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<FieldError>);

impl Mistakes {
    pub(crate) fn note(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError {
            pointer: pointer.to_owned(),
            detail: detail.into(),
        });
    }

    /// Notes what is wrong with a member, which then has no value.
    pub(crate) fn wrong<T>(&mut self, pointer: &str, detail: impl Into<String>) -> Option<T> {
        self.note(pointer, detail);
        None
    }

    /// Notes members that there are not.
    pub(crate) fn note_others(&mut self, below: &str, others: &Map<String, Value>) {
        for name in others.keys() {
            let name = name.replace('~', "~0").replace('/', "~1");
            self.note(&format!("{below}/{name}"), "there is no such member");
        }
    }

    /// A moment as RFC 3339, in milliseconds since 1970.
    pub(crate) fn moment_ms(&mut self, pointer: &str, value: Option<&Value>) -> Option<i64> {
        let text = value.and_then(Value::as_str);
        let moment = text.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        let Some(moment) = moment else {
            let detail = "a moment as RFC 3339, such as 2027-11-11T02:00:00Z";
            return self.wrong(pointer, detail);
        };
        let ms = moment.unix_timestamp_nanos().div_euclid(1_000_000);
        Some(i64::try_from(ms).expect("a moment of RFC 3339 is before the year 10,000"))
    }

    /// A reason for the journal; empty where none is given.
    pub(crate) fn reason(&mut self, reason: Option<&Value>) -> String {
        let reason = match reason {
            Some(reason) => reason.as_str().map(str::trim),
            None => Some(""),
        };
        let fits = |text: &&str| text.chars().count() <= REASON_CHARS_MAX;
        match reason.filter(fits) {
            Some(reason) => reason.to_owned(),
            None => {
                let detail = format!("a text of at most {REASON_CHARS_MAX} characters");
                self.note("/reason", detail);
                String::new()
            }
        }
    }

    /// What was read, if nothing is wrong.
    ///
    /// # Errors
    /// 422 with everything that is.
    pub(crate) fn unless_any<T>(self, read: Option<T>) -> Result<T, Problem> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            Some(_) | None => {
                let mut problem = Problem::new(ProblemKind::InvalidRequest);
                problem.errors = self.0;
                Err(problem.detail("nothing was changed"))
            }
        }
    }
}
