//! Stems and readings, which `tests/search/judges.py` compares with those of other packages.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use souk_search::analysis::Stemmer;
use souk_search::format::{Readings, Root};
use souk_search_build::Index;

/// Prints the stem of each word of a file: languages and words, with a tab between.
pub(crate) fn print_stems(words: &Path) -> Result<()> {
    for line in fs::read_to_string(words).context("the words")?.lines() {
        let (language, word) = line.split_once('\t').context("a line has no tab")?;
        println!("{line}\t{}", Stemmer::of(language).stem(word));
    }
    Ok(())
}

/// Prints every character of the table of an index and how it is read.
pub(crate) fn print_readings(index: &Index) -> Result<()> {
    let root = Root::decode(&index.blobs[&index.root])?;
    let readings = root.readings.context("the index has no readings")?;
    let readings = Readings::decode(&index.blobs[&readings])?;
    for char in '\u{4E00}'..='\u{9FFF}' {
        if let Some(read) = readings.of(char) {
            println!("{char}\t{read}");
        }
    }
    Ok(())
}
