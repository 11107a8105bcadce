//! The journal: who changed what when, and what that did. Each record has the hash of the one before
//! it, so none can be changed or left out without the last hash being another.
//!
//! A record is `{seq, at, who, what, effect, prev, hash}`. Its hash is SHA-256 over the record without
//! `hash`, as canonical JSON (RFC 8785), in hexadecimal digits. All values are integers and strings,
//! so canonical JSON is plain: the keys in alphabetical order, no white space, and strings escaped as
//! `serde_json` does it.
//!
//! Not here: where records are kept, and the audit of the books (`souk-order-store`).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// `prev` of the first record.
pub const FIRST_PREV: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The largest integer that every reader of JSON has exactly: 2^53 - 1.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// 1 for the first one.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Which person or process.
    pub who: String,
    /// What was done, and why.
    pub what: String,
    /// What is different now.
    pub effect: String,
    /// The hash of the record before it.
    pub prev: String,
    /// The hash of this one.
    pub hash: String,
}

/// What is hashed: the fields in alphabetical order.
#[derive(Serialize)]
struct Hashed<'a> {
    at: i64,
    effect: &'a str,
    prev: &'a str,
    seq: u64,
    what: &'a str,
    who: &'a str,
}

/// A record before it has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which person or process.
    pub who: String,
    /// What was done, and why.
    pub what: String,
    /// What is different now.
    pub effect: String,
}

/// The end of a journal, which the next record is appended to.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Journal {
    #[n(0)]
    seq: u64,
    #[n(1)]
    head: String,
}

/// An empty one.
impl Default for Journal {
    fn default() -> Self {
        Self {
            seq: 0,
            head: FIRST_PREV.to_owned(),
        }
    }
}

impl Record {
    /// The hash that it must have.
    pub fn expected_hash(&self) -> String {
        let hashed = Hashed {
            at: self.at,
            effect: &self.effect,
            prev: &self.prev,
            seq: self.seq,
            what: &self.what,
            who: &self.who,
        };
        let canonical = serde_json::to_vec(&hashed).expect("integers and texts are JSON");
        let digest = Sha256::digest(canonical);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Journal {
    /// How many records it has.
    pub fn records(&self) -> u64 {
        self.seq
    }

    /// The hash of the last record.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// The next record, at `now_ms`, which the journal then ends with.
    pub fn append(&mut self, draft: Draft, now_ms: i64) -> Record {
        let Draft { who, what, effect } = draft;
        let mut record = Record {
            seq: self.seq + 1,
            at: now_ms,
            who,
            what,
            effect,
            prev: self.head.clone(),
            hash: String::new(),
        };
        record.hash = record.expected_hash();
        (self.seq, self.head) = (record.seq, record.hash.clone());
        record
    }
}

/// A journal that holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many records it has.
    pub records: u64,
    /// The hash of the last one; [`FIRST_PREV`] where it has none.
    pub head: String,
}

/// What is wrong with a journal, and on which line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It is not a record.
    #[error("line {line}: this is not a record: {reason}")]
    Malformed {
        /// Where.
        line: u64,
        /// What the reader says.
        reason: String,
    },
    /// A number is beyond 2^53 - 1, or a moment before 1970.
    #[error("line {line}: a number is out of bounds")]
    OutOfBounds {
        /// Where.
        line: u64,
    },
    /// Records are missing, or in another order.
    #[error("line {line}: record {found} stands where record {line} belongs")]
    WrongNumber {
        /// Where.
        line: u64,
        /// What it is numbered.
        found: u64,
    },
    /// It does not follow on the record before it.
    #[error("line {line}: it does not follow on the record before it")]
    WrongPrev {
        /// Where.
        line: u64,
    },
    /// Its content is another than when it was written.
    #[error("line {line}: its hash is not that of its content")]
    WrongHash {
        /// Where.
        line: u64,
    },
    /// It holds together, and ends otherwise than it should: the end is missing, or all of it was made
    /// anew.
    #[error("the journal ends with {found}, not with {wanted}")]
    WrongHead {
        /// The hash of its last record.
        found: String,
        /// What was wanted.
        wanted: String,
    },
}

/// Checks a journal as JSON lines, and with `head` that it ends there. Empty lines at the end are
/// none.
///
/// # Errors
/// At the first thing that is wrong.
pub fn verify(text: &str, head: Option<&str>) -> Result<Verified, JournalError> {
    let mut journal = Journal::default();
    for (line, text) in (1..).zip(text.trim_end().lines()) {
        let record: Record =
            serde_json::from_str(text).map_err(|error| JournalError::Malformed {
                line,
                reason: error.to_string(),
            })?;
        let at = u64::try_from(record.at).unwrap_or(u64::MAX);
        if record.seq > INTEGER_MAX || at > INTEGER_MAX {
            return Err(JournalError::OutOfBounds { line });
        }
        if record.seq != line {
            let found = record.seq;
            return Err(JournalError::WrongNumber { line, found });
        }
        if record.prev != journal.head {
            return Err(JournalError::WrongPrev { line });
        }
        if record.hash != record.expected_hash() {
            return Err(JournalError::WrongHash { line });
        }
        (journal.seq, journal.head) = (record.seq, record.hash);
    }
    let Journal { seq, head: found } = journal;
    match head.filter(|wanted| !wanted.eq_ignore_ascii_case(&found)) {
        Some(wanted) => Err(JournalError::WrongHead {
            found,
            wanted: wanted.to_owned(),
        }),
        None => Ok(Verified {
            records: seq,
            head: found,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(what: &str) -> Draft {
        Draft {
            who: "Ada \"the\" operator\u{1}\u{7f}é\n".to_owned(),
            what: what.to_owned(),
            effect: "搜索已关闭 \\ /".to_owned(),
        }
    }

    fn journal() -> (Vec<Record>, String) {
        let mut journal = Journal::default();
        let append = |(at, what)| journal.append(draft(what), at);
        let records: Vec<_> = [(5, "level 1"), (6, "level 2"), (7, "level 0")]
            .map(append)
            .into();
        let head = journal.head().to_owned();
        (records, head)
    }

    fn lines(records: &[Record]) -> String {
        let lines = records
            .iter()
            .map(|one| serde_json::to_string(one).unwrap() + "\n");
        lines.collect()
    }

    /// Made with Python's `json.dumps(..., sort_keys=True, separators=(",", ":"),
    /// ensure_ascii=False)` and `hashlib`, which agree with RFC 8785 for integers and strings.
    #[test]
    fn a_hash_can_be_checked_with_common_tools() {
        let (records, _) = journal();
        assert_eq!(
            records[0].hash,
            "b15e35c2c6dd6dc6e49fffc295d44f242b1008caead81fce00a377e8da474b53"
        );
        assert_eq!(
            records[1].hash,
            "23873927d631ed4b48cb1b5e640acf444fb89174ff4788d1cd6a87d51f79a2b5"
        );
    }

    #[test]
    fn a_journal_verifies_to_its_head() {
        let (records, head) = journal();
        let verified = Verified {
            records: 3,
            head: head.clone(),
        };
        assert_eq!(verify(&lines(&records), None), Ok(verified.clone()));
        assert_eq!(verify(&lines(&records), Some(&head)), Ok(verified));
        let empty = verify("\n", None).unwrap();
        assert_eq!((empty.records, empty.head.as_str()), (0, FIRST_PREV));
    }

    #[test]
    fn every_change_of_a_journal_is_found() {
        let (records, head) = journal();
        let changed = |change: &dyn Fn(&mut Vec<Record>)| {
            let mut records = records.clone();
            change(&mut records);
            verify(&lines(&records), Some(&head)).unwrap_err()
        };
        let line = 2;
        let wrong_hash = JournalError::WrongHash { line };
        assert_eq!(changed(&|all| all[1].who = "Eve".into()), wrong_hash);
        assert_eq!(changed(&|all| all[1].what = "level 5".into()), wrong_hash);
        assert_eq!(changed(&|all| all[1].effect = String::new()), wrong_hash);
        assert_eq!(changed(&|all| all[1].at = 8), wrong_hash);
        assert_eq!(changed(&|all| all[1].hash = FIRST_PREV.into()), wrong_hash);
        let wrong_number = JournalError::WrongNumber { line, found: 3 };
        assert_eq!(changed(&|all| all.swap(1, 2)), wrong_number);
        assert_eq!(changed(&|all| drop(all.remove(1))), wrong_number);
        let rewritten = changed(&|all| {
            all[0].what = "level 5".into();
            all[0].hash = all[0].expected_hash();
        });
        assert_eq!(rewritten, JournalError::WrongPrev { line });
        let cut = changed(&|all| drop(all.pop()));
        assert!(matches!(cut, JournalError::WrongHead { .. }), "{cut:?}");
    }

    #[test]
    fn what_is_no_record_is_named_with_its_line() {
        let (records, _) = journal();
        let first = lines(&records[..1]);
        for line in [
            "{}",
            "x",
            r#"{"seq":2.0}"#,
            &lines(&records[1..2]).replace("\"seq\":2", "\"seq\":2,\"more\":1"),
        ] {
            let error = verify(&format!("{first}{line}"), None).unwrap_err();
            assert!(
                matches!(error, JournalError::Malformed { line: 2, .. }),
                "{error:?}"
            );
        }
        let large = lines(&records[1..2]).replace("\"at\":6", "\"at\":9007199254740992");
        let error = verify(&format!("{first}{large}"), None).unwrap_err();
        assert_eq!(error, JournalError::OutOfBounds { line: 2 });
    }
}
