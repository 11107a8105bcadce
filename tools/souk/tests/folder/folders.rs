//! Directories of a test's own, and the program in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory of a test's own, removed when dropped.
pub(crate) struct Folder(PathBuf);

/// What the program did.
pub(crate) struct Ran(Output);

/// The root of the repository, where the shops of the tests are.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("souk-folder-{name}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// With the German shop as `shop`.
    pub(crate) fn kontor(name: &str) -> Self {
        let folder = Self::new(name);
        for (path, content) in files(&repository().join("tests/shops/kontor")) {
            let file = folder.0.join("shop").join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn souk(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_souk"))
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("XDG_CACHE_HOME", self.0.join("cache"))
            .env("SOUK_STAFF_TOKEN", "test")
            .output()
            .expect("the program starts");
        Ran(output)
    }

    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the temporary directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Ran {
    /// What it printed, where it did what it was told.
    pub(crate) fn ok(self) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.0;
        let [stdout, stderr] =
            [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(status.success(), "{stdout}\n{stderr}");
        stdout
    }

    /// What it warned of, where it did what it was told.
    pub(crate) fn warned(self) -> String {
        let warned = String::from_utf8_lossy(&self.0.stderr).into_owned();
        assert!(self.0.status.success(), "{warned}");
        warned
    }

    /// What it printed, where it refused.
    pub(crate) fn refused(self) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.0;
        let [stdout, stderr] =
            [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(!status.success(), "{stdout}\n{stderr}");
        stdout + &stderr
    }
}

/// Every file of a folder by its path.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}
