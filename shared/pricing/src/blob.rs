//! How terms and facts are written: one byte with the number of the format, then CBOR (RFC 8949).
//!
//! Structs are arrays, and a new field is an option with the next number, as in the blobs of the
//! catalogue: readers skip what they do not know.

use minicbor::{Decode, Decoder, Encode};

/// The number of the encoding.
const FORMAT: u8 = 1;

/// Why a blob could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the blob does not hold {what}: {reason}")]
pub struct BlobError {
    /// What was expected.
    pub what: &'static str,
    /// What the decoder says.
    pub reason: String,
}

/// Equal values give equal bytes.
pub(crate) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut blob = vec![FORMAT];
    minicbor::encode(value, &mut blob).expect("a Vec takes all bytes");
    blob
}

/// Reads a blob to its end.
pub(crate) fn decode<'b, T: Decode<'b, ()>>(
    what: &'static str,
    blob: &'b [u8],
) -> Result<T, BlobError> {
    let fails = |reason: String| BlobError { what, reason };
    let content = match blob.split_first() {
        Some((&FORMAT, content)) => content,
        Some((other, _)) => return Err(fails(format!("its format is {other}, not {FORMAT}"))),
        None => return Err(fails("it is empty".to_owned())),
    };
    let mut decoder = Decoder::new(content);
    let value = decoder.decode().map_err(|error| fails(error.to_string()))?;
    match decoder.position() == content.len() {
        true => Ok(value),
        false => Err(fails("bytes follow its end".to_owned())),
    }
}
