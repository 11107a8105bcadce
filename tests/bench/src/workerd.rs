//! Plain `workerd serve`, without the proxy of `wrangler dev` and the entry worker of Miniflare.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::kv::Stores;
use crate::server::{Server, free_address};
use crate::tools::Tools;

/// As in `wrangler.toml`, so that the runtime behaves alike.
const COMPATIBILITY_DATE: &str = "2026-04-01";
/// Secrets of shops that live for a benchmark only.
/// A key for personal fields, of 32 bytes.
pub(crate) const DATA_KEYS: &str = "bench:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const SECRET: &str = "a secret of the benchmark alone";

/// A bundle of `worker-build` with what it is bound to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bundle {
    /// The shop, with so many objects of the origin.
    Shop {
        /// From 1.
        shards: u16,
    },
    /// Hello and the bare write.
    Floor,
}

impl Bundle {
    /// Classes of Durable Objects.
    fn classes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Bundle::Shop { .. } => &[("ORIGIN", "Origin"), ("BOARD", "Board"), ("DESK", "Desk")],
            Bundle::Floor => &[("FLOOR", "Floor")],
        }
    }
}

/// Starts a bundle; its databases are kept in `directory`.
///
/// # Errors
/// When the bundle is not built or the runtime cannot be started.
pub(crate) fn start(
    tools: &Tools,
    bundle: Bundle,
    stores: Stores,
    directory: &Path,
) -> Result<Server> {
    let from = match bundle {
        Bundle::Shop { .. } => tools.root.join("build"),
        Bundle::Floor => tools.floor_workers.clone(),
    };
    for file in ["index.js", "index_bg.wasm"] {
        fs::copy(from.join(file), directory.join(file))
            .with_context(|| format!("{} lacks {file}: cargo xtask build", from.display()))?;
    }
    fs::create_dir_all(directory.join("objects"))?;
    let address = free_address()?;
    let config = directory.join("workerd.capnp");
    fs::write(&config, configuration(bundle, stores, address.port()))?;
    let mut command = Command::new(&tools.workerd);
    command.arg("serve").arg(&config).current_dir(directory);
    Server::start(&mut command, directory, address)
}

fn configuration(bundle: Bundle, stores: Stores, port: u16) -> String {
    let classes = bundle.classes();
    let namespaces: String = classes
        .iter()
        .map(|(_, class)| {
            format!(
                "    (className = \"{class}\", uniqueKey = \"bench-{class}\", enableSql = true),\n"
            )
        })
        .collect();
    let objects: String = classes
        .iter()
        .map(|(name, class)| {
            format!("    (name = \"{name}\", durableObjectNamespace = \"{class}\"),\n")
        })
        .collect();
    let shards = match bundle {
        Bundle::Shop { shards } => shards.to_string(),
        Bundle::Floor => String::new(),
    };
    let texts: String = [
        ("ORIGIN_SHARDS", shards.as_str()),
        ("SHOP_NAME", "Souk"),
        ("BASE_URL", ""),
        ("EXPRESS_FEE_MINOR", "1500"),
        ("SESSION_SECRET", SECRET),
        ("STAFF_TOKEN", SECRET),
        // As in a real shop, personal fields are sealed.
        ("DATA_KEYS", DATA_KEYS),
    ]
    .iter()
    .map(|(name, value)| format!("    (name = \"{name}\", text = \"{value}\"),\n"))
    .collect();
    let Stores { kv, cache } = stores;
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .mainWorker),
    (name = "kv", external = (address = "{kv}", http = ())),
    (name = "cache", external = (address = "{cache}", http = ())),
    (name = "objects", disk = (path = "objects", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")],
);

const mainWorker :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
  ],
  compatibilityDate = "{COMPATIBILITY_DATE}",
  bindings = [
    (name = "CATALOGUE", kvNamespace = "kv"),
{objects}{texts}  ],
  durableObjectNamespaces = [
{namespaces}  ],
  durableObjectStorage = (localDisk = "objects"),
  cacheApiOutbound = "cache",
);
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_binding_and_a_namespace_with_sql() {
        let stores = Stores {
            kv: ([127, 0, 0, 1], 1).into(),
            cache: ([127, 0, 0, 1], 2).into(),
        };
        let text = configuration(Bundle::Shop { shards: 1 }, stores, 3);
        for class in ["Origin", "Board", "Desk"] {
            assert!(text.contains(&format!("durableObjectNamespace = \"{class}\"")));
            assert!(text.contains(&format!("uniqueKey = \"bench-{class}\", enableSql = true")));
        }
    }
}
