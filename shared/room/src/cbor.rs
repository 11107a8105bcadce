//! Byte strings of a fixed length in CBOR, for keys, seeds and ranks.

use minicbor::{Decoder, Encoder, decode, encode};

/// Writes a byte string.
///
/// # Errors
/// When the writer takes no more bytes.
pub fn write<W: encode::Write, const N: usize>(
    bytes: &[u8; N],
    out: &mut Encoder<W>,
) -> Result<(), encode::Error<W::Error>> {
    out.bytes(bytes)?.ok()
}

/// Reads a byte string of this length.
///
/// # Errors
/// When it is none, or has another length.
pub fn read<const N: usize>(input: &mut Decoder<'_>) -> Result<[u8; N], decode::Error> {
    let bytes = input.bytes()?;
    let array = <[u8; N]>::try_from(bytes);
    array.map_err(|_| decode::Error::message("a byte string of another length"))
}

/// Makes a wrapper of bytes one byte string in CBOR.
macro_rules! byte_string {
    ($name:ident) => {
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                out: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                $crate::cbor::write(&self.0, out)
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                input: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                $crate::cbor::read(input).map(Self)
            }
        }
    };
}

pub(crate) use byte_string;
