//! Folders and files that only their owner reads and writes: a backup has the personal fields of
//! orders and the keys to their pages, and other users of the machine have no part in it.
//!
//! Where the system has no such modes, what the folder above allows counts.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder and those above it, as far as they are missing. One that is there keeps its mode:
/// it is the operator's, and the files in it are closed all the same.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    mode::of_folder(builder.recursive(true));
    builder.create(path)
}

/// A file to be written anew.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    mode::of_file(options.create(true).write(true).truncate(true));
    options.open(path)
}

/// A file that is written on at its end.
pub(super) fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    mode::of_file(options.create(true).append(true));
    options.open(path)
}

#[cfg(unix)]
mod mode {
    use std::fs::{DirBuilder, OpenOptions};
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

    pub(super) fn of_folder(builder: &mut DirBuilder) {
        builder.mode(0o700);
    }

    pub(super) fn of_file(options: &mut OpenOptions) {
        options.mode(0o600);
    }

    #[cfg(test)]
    mod tests {
        use std::fs;
        use std::os::unix::fs::PermissionsExt as _;

        use serde_json::json;
        use souk_protocol::origin::Ledger;

        use super::super::super::folder::Folder;

        #[test]
        fn a_backup_is_read_by_its_owner_alone() {
            let above = std::env::temp_dir().join(format!("souk-modes-{}", std::process::id()));
            let path = above.join("backup");
            let mut folder = Folder::begin(&path, "one".to_owned(), 7, || Ok(1)).unwrap();
            let rows = [json!({"name": "Li Lei"})];
            folder.write(Some(Ledger::Orders), &rows, None).unwrap();
            folder.end(8).unwrap();
            let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(above.clone()), mode(path.clone())), (0o700, 0o700));
            let files = fs::read_dir(&path).unwrap();
            let files: Vec<_> = files.map(|file| mode(file.unwrap().path())).collect();
            assert_eq!(files, [0o600, 0o600]);
            fs::remove_dir_all(above).unwrap();
        }
    }
}

#[cfg(not(unix))]
mod mode {
    use std::fs::{DirBuilder, OpenOptions};

    pub(super) fn of_folder(_: &mut DirBuilder) {}

    pub(super) fn of_file(_: &mut OpenOptions) {}
}
