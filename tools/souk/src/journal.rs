//! `souk journal`: writes the journal of levels and switches, and checks that it holds together.
//!
//! Not here: what a record is and how it is checked (`souk_operations`).

use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use souk_operations::{Record, verify};
use souk_protocol::operations::AFTER;
use souk_protocol::staff;

use crate::client::StaffClient;
use crate::shop::ShopArgs;

/// Arguments of `souk journal`.
#[derive(Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    task: JournalTask,
}

#[derive(Subcommand)]
enum JournalTask {
    /// Prints the journal as JSON lines, one record each.
    Export {
        #[command(flatten)]
        shop: ShopArgs,
        /// Begins after the record of this number.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
    },
    /// Checks a whole journal as `export` prints it, and prints how many records it has and its head;
    /// needs no shop.
    Verify {
        /// The journal; without it standard input.
        file: Option<PathBuf>,
        /// The hash that its last record has to have. Without it a journal whose end was cut off is
        /// not found out.
        #[arg(long, value_name = "HASH", value_parser = hash)]
        head: Option<String>,
    },
}

/// A hash as `souk switches` and `verify` print it.
fn hash(text: &str) -> Result<String, String> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_hash {
        true => Ok(text.to_owned()),
        false => Err("64 hexadecimal digits".to_owned()),
    }
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer; when the journal does not hold together, with the line.
pub(crate) fn run(args: &JournalArgs) -> Result<()> {
    match &args.task {
        JournalTask::Export { shop, after } => {
            let client = shop.client()?;
            export(*after, |after| page(&client, after), io::stdout().lock())
        }
        JournalTask::Verify { file, head } => {
            let journal = match file {
                Some(file) => {
                    fs::read_to_string(file).with_context(|| file.display().to_string())?
                }
                None => {
                    let mut text = String::new();
                    let read = io::stdin().lock().read_to_string(&mut text);
                    read.context("standard input")?;
                    text
                }
            };
            println!("{}", verified(&journal, head.as_deref())?);
            Ok(())
        }
    }
}

fn page(client: &StaffClient, after: u64) -> Result<String> {
    let address = staff::READ_JOURNAL.query(&format!("{AFTER}={after}"));
    String::from_utf8(client.read(&address)?).context("the journal is no text")
}

/// Writes page after page, until there is none. What is written is whole records, also where a page
/// fails.
pub(crate) fn export(
    mut after: u64,
    mut page: impl FnMut(u64) -> Result<String>,
    mut out: impl Write,
) -> Result<()> {
    loop {
        let records = page(after)?;
        let Some(last) = records.trim_end().lines().last() else {
            out.flush()?;
            return Ok(());
        };
        let last: Record = serde_json::from_str(last).context("the last record of a page")?;
        ensure!(
            last.seq > after,
            "the journal goes back to record {}",
            last.seq
        );
        after = last.seq;
        writeln!(out, "{}", records.trim_end())?;
    }
}

/// What is printed of a journal that holds together.
fn verified(journal: &str, head: Option<&str>) -> Result<String> {
    let verified = verify(journal, head)?;
    Ok(format!(
        "{} records, head {}",
        verified.records, verified.head
    ))
}

#[cfg(test)]
mod tests {
    use souk_operations::{Draft, Journal};

    use super::*;

    /// A journal of so many records, a line each.
    fn lines(records: i64) -> Vec<String> {
        let mut journal = Journal::default();
        let line = |number: i64| {
            let draft = Draft {
                who: "anna".to_owned(),
                what: format!("level {}", number % 6),
                effect: "none".to_owned(),
            };
            serde_json::to_string(&journal.append(draft, number)).unwrap()
        };
        (1..=records).map(line).collect()
    }

    #[test]
    fn an_export_has_every_page_once_and_verifies() {
        let lines = lines(5);
        let exported = |after: u64| {
            let mut out = Vec::new();
            let page = |after: u64| {
                let from = usize::try_from(after)?;
                let to = lines.len().min(from + 2);
                Ok(lines[from..to]
                    .iter()
                    .map(|line| format!("{line}\n"))
                    .collect())
            };
            export(after, page, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let all = exported(0);
        assert_eq!(all.lines().collect::<Vec<_>>(), lines);
        assert!(
            verified(&all, None)
                .unwrap()
                .starts_with("5 records, head ")
        );
        assert_eq!(exported(3).lines().collect::<Vec<_>>(), lines[3..]);
        assert_eq!(exported(5), "");
    }

    #[test]
    fn a_page_that_does_not_go_on_ends_the_export() {
        let lines = lines(1);
        let error = export(0, |_| Ok(lines[0].clone()), Vec::new()).unwrap_err();
        assert!(error.to_string().contains("record 1"), "{error}");
    }

    #[test]
    fn a_journal_that_was_changed_is_named_with_its_line() {
        let changed = lines(3).join("\n").replace("level 2", "level 5");
        let error = verified(&changed, None).unwrap_err().to_string();
        assert!(error.starts_with("line 2: "), "{error}");
        let whole = lines(3);
        let head = verified(&whole.join("\n"), None).unwrap();
        let head = head.rsplit(' ').next().map(str::to_owned);
        let cut = verified(&whole[..2].join("\n"), head.as_deref()).unwrap_err();
        assert!(cut.to_string().contains("the journal ends with"), "{cut}");
    }

    #[test]
    fn a_head_is_a_whole_hash() {
        assert!(hash(&"0aF".repeat(22)[..64]).is_ok());
        for wrong in ["", "abc", &"g".repeat(64), &"0".repeat(65)] {
            assert!(hash(wrong).is_err(), "{wrong}");
        }
    }
}
