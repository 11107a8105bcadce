//! Records the inputs of an output, so that an unchanged output is not made again.

use std::{
    fs,
    hash::{DefaultHasher, Hasher},
    io::ErrorKind,
    path::Path,
};

use anyhow::{Context, Result};

/// The identity of some inputs, by content.
///
/// The hash is the standard library's: quick, 64 bits, and without a promise to stay the same in
/// the next Rust. Then the output is made once more, which does no harm.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

impl Stamp {
    /// The stamp of `parts`, in this order.
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = DefaultHasher::new();
        for part in parts {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        Self(hasher.finish())
    }

    /// Whether this very stamp was written to `path`.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        fs::read_to_string(path).is_ok_and(|found| found == self.text())
    }

    /// Writes it; to be called when the output is complete.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, self.text()).with_context(|| format!("write {}", path.display()))
    }

    /// Forgets what was at `path`; to be called before the output is touched.
    ///
    /// # Errors
    /// When there is a file that cannot be removed.
    pub(crate) fn remove(path: &Path) -> Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("remove {}", path.display()))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn text(&self) -> String {
        format!("{:016x}\n", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;

    #[test]
    fn a_stamp_tells_where_one_part_ends_and_the_next_begins() {
        let parts = |first: &'static str, second: &'static str| {
            Stamp::of([first.as_bytes(), second.as_bytes()])
        };
        assert_eq!(parts("ab", "c"), parts("ab", "c"));
        assert_ne!(parts("ab", "c"), parts("a", "bc"));
        assert_ne!(parts("ab", "c"), parts("c", "ab"));
    }

    #[test]
    fn a_written_stamp_is_found_until_it_is_removed() {
        let path = env::temp_dir().join(format!("souk-stamp-{}", process::id()));
        let stamp = Stamp::of([b"content".as_slice()]);
        assert!(!stamp.is_at(&path));
        stamp
            .write(&path)
            .expect("the temporary directory is writable");
        assert!(stamp.is_at(&path) && !Stamp::of([b"other".as_slice()]).is_at(&path));
        Stamp::remove(&path).expect("the file is this test's own");
        Stamp::remove(&path).expect("removing twice is no failure");
        assert!(!stamp.is_at(&path));
    }
}
