//! Keeps two set-ups on one machine from writing the same files, and unfinished installations from
//! being taken for finished ones.
//!
//! Invariant: whatever is installed in the cache appears there by one `rename` from a `.partial-…`
//! neighbour, made while the lock is held. So a directory that exists is complete.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, Result};

/// The right to change the tool cache, until dropped. The operating system releases it as well
/// when the process dies.
pub(crate) struct SetupLock {
    _file: File,
}

impl SetupLock {
    /// Waits for its turn.
    ///
    /// # Errors
    /// When the cache directory or the lock file in it cannot be written.
    pub(crate) fn acquire(cache: &Path) -> Result<Self> {
        fs::create_dir_all(cache).with_context(|| format!("make {} writable", cache.display()))?;
        let path = cache.join("setup.lock");
        let file = File::create(&path)
            .with_context(|| format!("make the lock file {} writable", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("Another set-up is running; waiting for it to finish.");
                file.lock().context("wait for the other set-up")?;
            }
            Err(TryLockError::Error(error)) => return Err(error).context("lock the tool cache"),
        }
        Ok(Self { _file: file })
    }

    /// Has `fill` write a new directory, then puts it at `destination` in one step.
    /// What a previous, interrupted attempt left behind is removed first.
    ///
    /// # Errors
    /// Those of `fill`; nothing is at `destination` then, or what was there before.
    pub(crate) fn install_directory(
        &self,
        destination: &Path,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        remove_partial(destination)?;
        let partial = partial_path(destination, process::id());
        fs::create_dir_all(&partial)
            .with_context(|| format!("make {} writable", partial.display()))?;
        fill(&partial)?;
        remove_directory(destination)?;
        fs::rename(&partial, destination)
            .with_context(|| format!("move {} into place", destination.display()))
    }
}

/// Named after the process: a tool that outlived an interrupted set-up goes on writing into a
/// directory that is never looked at again.
fn partial_path(destination: &Path, process_id: u32) -> PathBuf {
    let mut name = destination.as_os_str().to_owned();
    name.push(format!(".partial-{process_id}"));
    PathBuf::from(name)
}

/// Removes what interrupted attempts left beside `destination`.
fn remove_partial(destination: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (destination.parent(), destination.file_name()) else {
        return Ok(());
    };
    let prefix = format!("{}.partial-", name.to_string_lossy());
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            remove_directory(&entry.path())?;
        }
    }
    Ok(())
}

fn remove_directory(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{env, sync::mpsc, thread, time::Duration};

    use anyhow::bail;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = env::temp_dir().join(format!("souk-lock-{name}-{}", process::id()));
        remove_directory(&path).expect("the scratch directory can be removed");
        path
    }

    #[test]
    fn the_second_setup_waits_for_the_first() {
        let cache = scratch("two");
        let first = SetupLock::acquire(&cache).expect("no other process has this lock");
        let (sender, receiver) = mpsc::channel();
        let second = {
            let cache = cache.clone();
            thread::spawn(move || {
                let lock = SetupLock::acquire(&cache).expect("the lock is released in the end");
                sender.send(()).expect("the test waits");
                drop(lock);
            })
        };
        assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err());
        drop(first);
        receiver
            .recv_timeout(Duration::from_secs(20))
            .expect("the second set-up has its turn");
        second.join().expect("the second set-up ends well");
        fs::remove_dir_all(cache).expect("the scratch directory can be removed");
    }

    #[test]
    fn an_interrupted_installation_leaves_nothing_behind_that_counts() {
        let cache = scratch("partial");
        let lock = SetupLock::acquire(&cache).expect("no other process has this lock");
        let tool = cache.join("tool-1");
        let interrupted = lock.install_directory(&tool, |partial| {
            fs::write(partial.join("half"), "")?;
            bail!("interrupted")
        });
        assert!(interrupted.is_err() && !tool.exists());
        let of_another_process = partial_path(&tool, 1);
        fs::create_dir_all(&of_another_process).expect("the cache is writable");
        lock.install_directory(&tool, |partial| Ok(fs::write(partial.join("whole"), "")?))
            .expect("the second attempt succeeds");
        assert!(tool.join("whole").exists() && !tool.join("half").exists());
        assert!(!of_another_process.exists());
        fs::remove_dir_all(cache).expect("the scratch directory can be removed");
    }
}
