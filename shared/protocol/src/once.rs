//! Headers that a request has once at most.
//!
//! Two of them may differ, and which one counts would depend on the reader: a proxy takes the
//! first, a function the last. Platforms hand them over differently, as two headers (Spin) or with
//! the values joined to a list (Workers), so a list is refused as two headers are: no value that
//! the shop ingests one of these headers has a comma.

use crate::problem::{FieldError, Problem, ProblemKind};

/// Their names, as a client writes them.
pub const ONCE: [&str; 3] = ["Authorization", "Content-Type", "Idempotency-Key"];

/// Refuses more than one value of such a header; `values` are those that the platform hands over.
///
/// # Errors
/// 400, naming the header.
pub fn at_most_once<'a>(
    name: &str,
    values: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), Problem> {
    let mut values = values.into_iter();
    let first_is_list = values.next().is_some_and(|value| value.contains(&b','));
    if !first_is_list && values.next().is_none() {
        return Ok(());
    }
    let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
    problem.errors.push(FieldError {
        pointer: name.to_owned(),
        detail: "send this header once, with one value and no comma in it".to_owned(),
    });
    Err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_taken_and_two_are_refused_however_they_come() {
        let check = |values: &[&str]| {
            let values = values.iter().map(|value| value.as_bytes());
            at_most_once("Idempotency-Key", values)
        };
        for single in [
            &[][..],
            &["7f0c1a52-9a3f"],
            &["application/json; charset=utf-8"],
            &[""],
        ] {
            assert_eq!(check(single), Ok(()), "{single:?}");
        }
        for several in [
            &["a", "b"][..],
            &["a", "a"],
            &["a", ""],
            &["a, b"],
            &["a,b"],
            &[", "],
        ] {
            let problem = check(several).expect_err("several values");
            assert_eq!(problem.status, 400, "{several:?}");
            assert_eq!(problem.errors[0].pointer, "Idempotency-Key");
        }
    }
}
