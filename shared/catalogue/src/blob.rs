//! How a blob is written: one byte with the number of the format, then CBOR (RFC 8949).
//!
//! A struct is a CBOR array, and a field's place in it is the number of its attribute, `n(3)` or
//! `b(3)`. A reader skips places that it does not know, and a field that is `None` at the end is
//! not written at all. So a field is added like this, and [`FORMAT`] stays:
//!
//! - it is an `Option`, or has `#[cbor(default)]`;
//! - its number is the next one that the struct never had;
//! - numbers are never used again, and fields that are not optional never go away.
//!
//! Blobs in which no product has the new field keep their bytes, hence their names: a new build
//! writes nothing again. Everything else is a new format with pointers of its own: see [`FORMAT`].
//!
//! The blobs of the search index have other fields behind the first byte: `souk-search`'s `format`.
//!
//! `tests/formats` holds blobs of this format as bytes; they are read as long as it is.

use minicbor::{Decode, Decoder, Encode, decode};

/// The number of the encoding of all blobs. The keys of the pointers carry it
/// (`catalogue/FORMAT/current`), so functions of two formats run beside each other, each with the
/// version that was published for it. A new optional field needs no new number.
pub const FORMAT: u32 = 3;

/// What every blob begins with. No two formats have a blob in common, so each may delete what its
/// own versions no longer need.
pub const FIRST_BYTE: u8 = {
    assert!(FORMAT < 256, "the number of the format is one byte");
    FORMAT as u8
};

/// Why a blob could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue blob is not a {what}: {reason}")]
pub struct DecodeError {
    /// What was expected.
    pub what: &'static str,
    /// What the decoder says.
    pub reason: String,
}

/// A blob: the byte of the format, then `value` in CBOR.
pub fn encode_blob<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut blob = vec![FIRST_BYTE];
    minicbor::encode(value, &mut blob).expect("a Vec takes all bytes");
    blob
}

/// Reads a blob to its end; `what` names it in the error.
///
/// # Errors
/// When it has another format, does not fit, or goes on behind its end.
pub fn decode_blob<'b, T: Decode<'b, ()>>(
    what: &'static str,
    blob: &'b [u8],
) -> Result<T, DecodeError> {
    decode_part(what, content(what, blob)?)
}

/// What a blob holds behind the byte of the format.
///
/// # Errors
/// When it has another format.
pub fn content<'b>(what: &'static str, blob: &'b [u8]) -> Result<&'b [u8], DecodeError> {
    match blob.split_first() {
        Some((&FIRST_BYTE, content)) => Ok(content),
        Some((first, _)) => Err(DecodeError {
            what,
            reason: format!("its format is {first}, not {FORMAT}"),
        }),
        None => Err(DecodeError {
            what,
            reason: "it is empty".to_owned(),
        }),
    }
}

/// A part of a blob that is read by itself.
pub(crate) fn encode_part<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("a Vec takes all bytes")
}

/// Reads a part of a blob to its end.
pub(crate) fn decode_part<'b, T: Decode<'b, ()>>(
    what: &'static str,
    part: &'b [u8],
) -> Result<T, DecodeError> {
    let mut decoder = Decoder::new(part);
    match decoder.decode() {
        Ok(value) if decoder.position() >= part.len() => Ok(value),
        Ok(_) => Err(damaged(
            what,
            &decode::Error::message("bytes follow its end"),
        )),
        Err(error) => Err(damaged(what, &error)),
    }
}

/// Not inlined: [`decode_part`] is there for every kind of blob.
#[inline(never)]
fn damaged(what: &'static str, error: &decode::Error) -> DecodeError {
    DecodeError {
        what,
        reason: error.to_string(),
    }
}

/// Lists with room for all of their items from the start: a quarter less time for a product.
pub(crate) mod list {
    use minicbor::{Decode, Decoder, Encode, Encoder, decode::Error, encode::Write};

    pub(crate) fn encode<C, T: Encode<C>, W: Write>(
        list: &Vec<T>,
        out: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        list.encode(out, context)
    }

    pub(crate) fn decode<'b, C, T: Decode<'b, C>>(
        input: &mut Decoder<'b>,
        context: &mut C,
    ) -> Result<Vec<T>, Error> {
        let length = super::length(input)?;
        let mut list = Vec::with_capacity(length);
        for _ in 0..length {
            list.push(T::decode(input, context)?);
        }
        Ok(list)
    }
}

/// A list of a field that came later: left out where it is empty, as an optional field is.
pub(crate) mod later_list {
    use minicbor::data::Type;
    use minicbor::{Decode, Decoder, decode::Error};

    pub(crate) use super::list::encode;

    pub(crate) fn decode<'b, C, T: Decode<'b, C>>(
        input: &mut Decoder<'b>,
        context: &mut C,
    ) -> Result<Vec<T>, Error> {
        if input.datatype()? == Type::Null {
            input.null()?;
            return Ok(Vec::new());
        }
        super::list::decode(input, context)
    }

    pub(crate) fn nil<T>() -> Option<Vec<T>> {
        Some(Vec::new())
    }

    pub(crate) fn is_nil<T>(list: &[T]) -> bool {
        list.is_empty()
    }
}

/// The length of a list. An item has at least one byte, so a wrong length takes little memory.
pub(crate) fn length(input: &mut Decoder<'_>) -> Result<usize, decode::Error> {
    let length = input.array()?.and_then(|n| usize::try_from(n).ok());
    length
        .filter(|&length| length <= input.input().len() - input.position())
        .ok_or_else(|| decode::Error::message("a list that is longer than its blob"))
}
