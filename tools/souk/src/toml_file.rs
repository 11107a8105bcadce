//! Files in TOML, with the place of what is wrong in one.
//!
//! Not here: the files of a shop's folder that a version is made of (`souk-shop-folder`).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde::de::DeserializeOwned;

/// Reads a text. `name` is what errors call it.
///
/// # Errors
/// `NAME:LINE:COLUMN: what is wrong`, both counted from 1.
pub(crate) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = &text[..text.floor_char_boundary(at)];
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let column = before[line_start..].chars().count() + 1;
        anyhow!("{name}:{line}:{column}: {}", error.message())
    })
}

/// Reads a file.
///
/// # Errors
/// When it cannot be read, or as of [`parse`].
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("read {name}"))?;
    parse(&name, &text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_mistake_has_its_line_and_column_in_characters() {
        let read = |text| parse::<BTreeMap<String, u8>>("x.toml", text);
        assert_eq!(read("a = 1\n").unwrap()["a"], 1);
        let said = read("a = 1\n\"茶\" = \"two\"\n").unwrap_err().to_string();
        assert!(said.starts_with("x.toml:2:7: "), "{said}");
        let said = read("a = \n").unwrap_err().to_string();
        assert!(said.starts_with("x.toml:1:"), "{said}");
    }
}
