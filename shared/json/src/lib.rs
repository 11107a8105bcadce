//! Reads JSON: `serde_json`, and a struct is an object, never a list of its fields.
//!
//! `serde` derives two readers for each struct, one for objects and one for lists. No message is such
//! a list, but `serde_json` calls both, so every function would have both. Here the second is never
//! called, and the linker leaves it out. The names of fields are read by one function for all structs.
//!
//! Invariant: what is read, and what errors say, is as `serde_json` has it, except that a list in the
//! place of a struct is an error.
//!
//! Not here: writing JSON (`serde_json`), the shapes of messages (`souk_protocol`).

mod reader;

use serde::Deserialize;

use reader::Within;

/// Reads a value from the whole of a text in UTF-8; it may borrow from the text.
///
/// # Errors
/// When the text is no JSON, or is not such a value; with the place in the text.
pub fn read<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = T::deserialize(Within(&mut json))?;
    json.end()?;
    Ok(value)
}

#[cfg(test)]
mod tests;
