//! How many shards a shop is created with, as its operator writes it.

use crate::SHARDS_MAX;

/// A number of shards that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "ORIGIN_SHARDS is '{0}': a number from 1 to {SHARDS_MAX} is wanted. The origin answers nothing \
     until it is one"
)]
pub struct ShardsError(String);

/// Reads the number of shards; nothing is one shard.
///
/// # Errors
/// When it is no number, or beyond [`SHARDS_MAX`]. It is not taken for one shard then: a shop that
/// is created by such a slip would have to grow.
pub fn shards(text: &str) -> Result<u16, ShardsError> {
    if text.trim().is_empty() {
        return Ok(1);
    }
    let number = text.trim().parse::<u16>().ok();
    let number = number.filter(|number| (1..=SHARDS_MAX).contains(number));
    number.ok_or_else(|| ShardsError(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_shards_is_read_or_refused_but_never_guessed() {
        for (text, number) in [("", 1), (" ", 1), ("1", 1), (" 3 ", 3), ("1024", 1_024)] {
            assert_eq!(shards(text), Ok(number), "'{text}'");
        }
        for nonsense in ["0", "1025", "-1", "three", "1.5", "99999"] {
            let error = shards(nonsense).unwrap_err().to_string();
            assert!(error.contains(&format!("'{nonsense}'")), "{error}");
        }
    }
}
