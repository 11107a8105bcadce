//! Warns when the local stores were made by a build that stored other shapes.
//!
//! Nothing is released yet, so schemas change in place and old stores are not migrated: an order
//! would fail without a reason that a developer can see.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

/// What is stored, as source: tables, and the order in its JSON.
const SHAPES: [&str; 4] = [
    "shared/order-store-sqlite/src/schema.rs",
    "shared/order-store-postgres/src/tables.sql",
    "shared/order-index/src/sqlite/schema.rs",
    "shared/protocol/src/origin/orders.rs",
];
/// In the directory of the stores: what [`SHAPES`] were when it was made.
const STAMP: &str = "shapes";

/// Stamps new stores, and prints a warning for stores with another stamp.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn look_at(root: &Path, stores: &Path) -> Result<()> {
    let stamp = stores.join(STAMP);
    let now = shapes(root)?;
    let is_new = fs::read_dir(stores)
        .with_context(|| format!("list {}", stores.display()))?
        .next()
        .is_none();
    if is_new {
        return fs::write(&stamp, now).with_context(|| format!("write {}", stamp.display()));
    }
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&now) {
        println!(
            "warning: the local stores were made by another build, which may have stored other \
             shapes: if orders fail, start with --fresh, which empties {}",
            stores.display()
        );
    }
    Ok(())
}

fn shapes(root: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in SHAPES {
        let text = fs::read_to_string(root.join(file)).with_context(|| format!("read {file}"))?;
        text.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    #[test]
    fn new_stores_are_stamped_and_old_ones_keep_their_stamp() {
        let root = paths::repo_root().unwrap();
        let stores = std::env::temp_dir().join(format!("souk-stores-{}", std::process::id()));
        fs::create_dir_all(&stores).unwrap();
        let stamp = stores.join(STAMP);
        look_at(&root, &stores).unwrap();
        assert_eq!(fs::read_to_string(&stamp).unwrap(), shapes(&root).unwrap());
        fs::write(&stamp, "of another build").unwrap();
        look_at(&root, &stores).unwrap();
        assert_eq!(fs::read_to_string(&stamp).unwrap(), "of another build");
        fs::remove_dir_all(&stores).unwrap();
    }
}
