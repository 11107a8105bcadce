//! The availability snapshot and the sold-out holds in one answer, for edges that read both over the
//! network.
//!
//! It is the length of the holds, 4 bytes little-endian, then the holds, then the snapshot.

use bytes::{BufMut, Bytes, BytesMut};

const LENGTH_BYTES: usize = 4;

/// Both in one answer.
///
/// # Panics
/// When the holds have 4 GiB, which their bound excludes.
pub fn together(availability: &[u8], sold_out_holds: &[u8]) -> Bytes {
    let bytes = LENGTH_BYTES + sold_out_holds.len() + availability.len();
    let mut answer = BytesMut::with_capacity(bytes);
    let length = u32::try_from(sold_out_holds.len());
    answer.put_u32_le(length.expect("holds are far below 4 GiB"));
    answer.put_slice(sold_out_holds);
    answer.put_slice(availability);
    answer.freeze()
}

/// The availability snapshot and the sold-out holds of an answer; `None` where it is cut.
pub fn apart(mut answer: Bytes) -> Option<(Bytes, Bytes)> {
    let (length, _) = answer.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let _ = answer.split_to(LENGTH_BYTES);
    if answer.len() < length {
        return None;
    }
    let sold_out_holds = answer.split_to(length);
    Some((answer, sold_out_holds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_both_and_a_cut_one_has_none() {
        let answer = together(b"snapshot", b"holds");
        let both = (
            Bytes::from_static(b"snapshot"),
            Bytes::from_static(b"holds"),
        );
        assert_eq!(apart(answer.clone()), Some(both));
        for length in 0..LENGTH_BYTES + 5 {
            assert_eq!(apart(answer.slice(..length)), None, "{length}");
        }
        assert_eq!(
            apart(together(b"", b"")),
            Some((Bytes::new(), Bytes::new()))
        );
    }
}
