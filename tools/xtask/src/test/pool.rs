//! Test programs of which several run at the same time.
//!
//! Programs that mostly wait, or that have one long test among many short ones, leave a core idle when
//! they run one after the other. The output of a program is shown when it has ended, so that those of
//! two programs do not mix.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::programs::TestProgram;

/// Runs test programs, `at_a_time` of them at the same time; `prepare` adds arguments and variables. After
/// one has failed no other begins.
///
/// # Errors
/// Naming those that failed.
pub(super) fn run(
    root: &Path,
    tests: &[&TestProgram],
    at_a_time: usize,
    prepare: &(impl Fn(&mut Command) + Sync),
) -> Result<()> {
    let left = Mutex::new(tests.iter());
    let failed = Mutex::new(Vec::new());
    let next = || {
        let has_failed = !failed.lock().expect("no holder panics").is_empty();
        let mut left = left.lock().expect("no holder panics");
        left.next().filter(|_| !has_failed)
    };
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                while let Some(test) = next() {
                    if let Err(error) = run_one(root, test, prepare) {
                        failed.lock().expect("no holder panics").push(error);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no holder panics");
    if failed.is_empty() {
        return Ok(());
    }
    let failed: Vec<_> = failed.iter().map(|error| format!("{error:#}")).collect();
    bail!("{}", failed.join("; "))
}

fn run_one(root: &Path, test: &TestProgram, prepare: &impl Fn(&mut Command)) -> Result<()> {
    let name = format!("{}: {}", test.folder.display(), test.name);
    println!("-- {name}");
    let started = Instant::now();
    let mut command = test.command(root);
    prepare(&mut command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .output()
        .with_context(|| format!("{name} cannot be started"))?;
    let took_s = started.elapsed().as_secs_f32();
    let (said, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    println!(
        "-- {name}, after {took_s:.0} s:\n{}{wrong}",
        said.trim_start()
    );
    if !output.status.success() {
        bail!("{name}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Programs of a shell, in a folder that goes with the test.
    fn programs(texts: &[&str]) -> (tempfile::TempDir, Vec<TestProgram>) {
        let folder = tempfile::tempdir().unwrap();
        let programs = texts.iter().enumerate().map(|(n, text)| {
            let path = folder.path().join(format!("program-{n}"));
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            TestProgram::at(&format!("program-{n}"), path)
        });
        let programs = programs.collect();
        (folder, programs)
    }

    fn run_all(texts: &[&str], at_a_time: usize) -> (Vec<bool>, Result<()>) {
        let (folder, programs) = programs(texts);
        let tests: Vec<_> = programs.iter().collect();
        let outcome = run(folder.path(), &tests, at_a_time, &|_: &mut Command| {});
        let ran = (0..texts.len()).map(|n| folder.path().join(format!("ran-{n}")).exists());
        (ran.collect(), outcome)
    }

    #[test]
    fn two_run_at_the_same_time() {
        let waits = "mkfifo way 2>/dev/null; ";
        let speaks = format!("{waits} echo > way; touch ran-0");
        let listens = format!("{waits} cat way; touch ran-1");
        let (ran, outcome) = run_all(&[&speaks, &listens], 2);
        assert!(outcome.is_ok());
        assert_eq!(ran, [true, true]);
    }

    #[test]
    fn after_a_failure_none_begins_and_it_is_named() {
        let (ran, outcome) = run_all(&["touch ran-0; exit 3", "touch ran-1"], 1);
        assert_eq!(ran, [true, false]);
        assert!(format!("{:#}", outcome.unwrap_err()).contains("program-0"));
    }
}
