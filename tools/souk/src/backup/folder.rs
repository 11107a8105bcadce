//! The folder of a backup: chunks of rows, and a list of them with their checksums.
//!
//! The list is `backup.jsonl`: what the backup is, then a line for each chunk, written when the chunk
//! is, and a line for the end. A line that was not written whole is left out when the folder is opened
//! again; a chunk without a line is written again.
//!
//! Not here: who may read the files (`private`).

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use souk_catalogue::Hash;
use souk_protocol::origin::Ledger;

use super::private;

const LIST: &str = "backup.jsonl";
/// The form of the folder.
const FORM: u32 = 1;
/// How long after its beginning a backup may be continued: the origin deletes orders that were never
/// paid, and the movements of their stock, a day after they are over at the earliest.
const AGE_MS_MAX: i64 = 12 * 60 * 60 * 1_000;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line {
    Backup(Header),
    Chunk(Chunk),
    End {
        /// In milliseconds since 1970.
        ended_ms: i64,
    },
}

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    form: u32,
    /// Names it, so that it is put back once.
    pub(super) backup: String,
    /// The moment at which it is cut, in milliseconds since 1970.
    pub(super) until_ms: i64,
    /// How many shards the shop had when it was begun, and has to have until it ends.
    pub(super) shards: u16,
}

/// Rows in a file of their own, one a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chunk {
    file: String,
    /// Of what; absent: names of values of the catalogue store.
    pub(super) ledger: Option<Ledger>,
    pub(super) rows: usize,
    hash: String,
    /// Where the next one begins; absent after the last one.
    pub(super) after: Option<String>,
}

/// A folder.
pub(super) struct Folder {
    path: PathBuf,
    pub(super) header: Header,
    pub(super) chunks: Vec<Chunk>,
    is_whole: bool,
}

impl Folder {
    /// The folder of a backup that is begun now, or was begun before.
    pub(super) fn begin(
        path: &Path,
        backup: String,
        until_ms: i64,
        shards: impl FnOnce() -> Result<u16>,
    ) -> Result<Self> {
        if path.join(LIST).exists() {
            let folder = Self::open(path)?;
            ensure!(
                !folder.is_whole,
                "{} has a backup that came to its end: name another folder",
                path.display()
            );
            ensure!(
                until_ms - folder.header.until_ms <= AGE_MS_MAX,
                "the backup in {} was begun more than 12 hours ago, and the shop may have deleted \
                 since what it has not copied yet: name another folder",
                path.display()
            );
            return Ok(folder);
        }
        let shards = shards()?;
        private::make_folder(path).with_context(|| format!("{}", path.display()))?;
        let header = Header {
            form: FORM,
            backup,
            until_ms,
            shards,
        };
        let folder = Self {
            path: path.to_owned(),
            header,
            chunks: Vec::new(),
            is_whole: false,
        };
        folder.append(&Line::Backup(folder.header.clone()))?;
        Ok(folder)
    }

    /// The folder of a backup that came to its end, every chunk of which is intact.
    pub(super) fn whole(path: &Path) -> Result<Self> {
        let folder = Self::open(path)?;
        ensure!(
            folder.is_whole,
            "the backup in {} did not come to its end: `souk backup {}` goes on with it",
            path.display(),
            path.display()
        );
        for chunk in &folder.chunks {
            folder.rows(chunk)?;
        }
        Ok(folder)
    }

    fn open(path: &Path) -> Result<Self> {
        let list = path.join(LIST);
        let text = fs::read_to_string(&list).with_context(|| format!("{}", list.display()))?;
        let (mut header, mut chunks, mut is_whole, mut kept) = (None, Vec::new(), false, 0);
        for line in text.split_inclusive('\n') {
            let parsed = serde_json::from_str(line);
            match parsed {
                Ok(_) if !line.ends_with('\n') => break,
                Ok(Line::Backup(found)) => header = Some(found),
                Ok(Line::Chunk(chunk)) => chunks.push(chunk),
                Ok(Line::End { .. }) => is_whole = true,
                Err(_) if kept + line.len() == text.len() => break,
                Err(error) => bail!("{}: {error}", list.display()),
            }
            kept += line.len();
        }
        let header = header.with_context(|| format!("{} is no backup", path.display()))?;
        ensure!(
            header.form == FORM,
            "the backup has the form {}, this tool knows {FORM}",
            header.form
        );
        if kept < text.len() {
            fs::write(&list, &text[..kept])?;
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            chunks,
            is_whole,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the chunks of a ledger end so far: `None` where there is none yet.
    pub(super) fn reached(&self, ledger: Option<Ledger>) -> Option<&Chunk> {
        let mut chunks = self.chunks.iter().rev();
        chunks.find(|chunk| chunk.ledger == ledger)
    }

    /// Writes a chunk, and then its line.
    pub(super) fn write(
        &mut self,
        ledger: Option<Ledger>,
        rows: &[Value],
        after: Option<String>,
    ) -> Result<()> {
        let mut content = String::new();
        for row in rows {
            content.push_str(&row.to_string());
            content.push('\n');
        }
        let name = ledger.map_or("catalogue", Ledger::name);
        let file = format!("{name}-{:06}.jsonl", self.chunks.len() + 1);
        let partial = self.path.join("partial");
        let mut out = private::create(&partial).context("write a chunk")?;
        out.write_all(content.as_bytes())?;
        out.sync_all()?;
        fs::rename(&partial, self.path.join(&file))?;
        let chunk = Chunk {
            file,
            ledger,
            rows: rows.len(),
            hash: Hash::of(content.as_bytes()).to_string(),
            after,
        };
        self.append(&Line::Chunk(chunk.clone()))?;
        self.chunks.push(chunk);
        Ok(())
    }

    /// Ends the backup.
    pub(super) fn end(&mut self, ended_ms: i64) -> Result<()> {
        self.append(&Line::End { ended_ms })?;
        self.is_whole = true;
        Ok(())
    }

    /// How many rows of a ledger the chunks have so far.
    pub(super) fn rows_of(&self, ledger: Ledger) -> usize {
        self.chunks_of(ledger).map(|chunk| chunk.rows).sum()
    }

    /// The chunks of a ledger, in their order.
    pub(super) fn chunks_of(&self, ledger: Ledger) -> impl Iterator<Item = &Chunk> {
        let chunks = self.chunks.iter();
        chunks.filter(move |chunk| chunk.ledger == Some(ledger))
    }

    /// The rows of a chunk.
    ///
    /// # Errors
    /// When it is not what was written.
    pub(super) fn rows(&self, chunk: &Chunk) -> Result<Vec<Value>> {
        let path = self.path.join(&chunk.file);
        let content = fs::read(&path).with_context(|| format!("{}", path.display()))?;
        ensure!(
            Hash::of(&content).to_string() == chunk.hash,
            "{} is damaged: its checksum is another one",
            path.display()
        );
        let text = String::from_utf8(content)?;
        text.lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }

    fn append(&self, line: &Line) -> Result<()> {
        let list = self.path.join(LIST);
        let mut file = private::append(&list)?;
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        file.write_all(text.as_bytes())?;
        Ok(file.sync_all()?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("souk-{name}-{}", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path).unwrap();
        }
        path
    }

    #[test]
    fn a_backup_goes_on_behind_its_last_whole_chunk() {
        let path = folder("backup-resumed");
        let mut first = Folder::begin(&path, "one".to_owned(), 7, || Ok(2)).unwrap();
        let rows = [json!({"sku": "tea"}), json!({"sku": "茶"})];
        let after = Some("place".to_owned());
        first.write(Some(Ledger::Offers), &rows, after).unwrap();
        // The machine stops in the middle of a line.
        let list = path.join(LIST);
        let text = fs::read_to_string(&list).unwrap();
        fs::write(&list, format!("{text}{{\"line\":\"chunk\",\"fi")).unwrap();
        let late_ms = 7 + AGE_MS_MAX;
        let refused = Folder::begin(&path, "two".to_owned(), late_ms + 1, || Ok(3));
        let refused = refused.err().unwrap().to_string();
        assert!(refused.contains("more than 12 hours ago"), "{refused}");
        let mut second = Folder::begin(&path, "two".to_owned(), late_ms, || Ok(3)).unwrap();
        assert_eq!(second.header.shards, 2);
        assert_eq!(
            (second.header.backup.as_str(), second.header.until_ms),
            ("one", 7)
        );
        let reached = second.reached(Some(Ledger::Offers)).unwrap();
        assert_eq!(reached.after.as_deref(), Some("place"));
        assert!(second.reached(Some(Ledger::Orders)).is_none());
        assert!(Folder::whole(&path).is_err());
        second.write(Some(Ledger::Orders), &[], None).unwrap();
        second.end(10).unwrap();
        let whole = Folder::whole(&path).unwrap();
        assert_eq!(whole.chunks.len(), 2);
        assert_eq!(whole.rows(&whole.chunks[0]).unwrap(), rows);
        assert!(Folder::begin(&path, "three".to_owned(), 9, || Ok(2)).is_err());
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_chunk_that_was_changed_is_refused() {
        let path = folder("backup-damaged");
        let mut made = Folder::begin(&path, "one".to_owned(), 7, || Ok(1)).unwrap();
        made.write(Some(Ledger::Funds), &[json!({"amount": 1})], None)
            .unwrap();
        made.end(8).unwrap();
        fs::write(path.join(&made.chunks[0].file), "{\"amount\":2}\n").unwrap();
        let refused = Folder::whole(&path).err().unwrap().to_string();
        assert!(refused.contains("is damaged"), "{refused}");
        fs::remove_dir_all(path).unwrap();
    }
}
