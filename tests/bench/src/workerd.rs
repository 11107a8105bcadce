//! Plain `workerd serve`, without the proxy of `wrangler dev` and the entry worker of Miniflare.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
pub(crate) const SECRET: &str = "3b9e07d4c1a85f62e07b4d9318fa6c25";

/// Bundles of `worker-build` with what they are bound to.
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

/// A script of a bundle: its name, its classes of Durable Objects, its secrets.
struct Script {
    name: &'static str,
    /// Objects of its own.
    classes: &'static [&'static str],
    /// Objects that it reaches: binding, class, and the script that has them.
    objects: &'static [(&'static str, &'static str, &'static str)],
    /// Scripts that it reaches: binding and name.
    services: &'static [(&'static str, &'static str)],
    secrets: &'static [(&'static str, &'static str)],
}

/// As the `wrangler.toml` of each script has it.
const SHOP: [Script; 5] = [
    Script {
        name: "storefront",
        classes: &[],
        objects: &[
            ("ORIGIN", "Origin", "origin"),
            ("AVAILABILITY", "Availability", "origin"),
            ("OPERATIONS", "Operations", "operations"),
            ("COUNTERS", "Counters", "operations"),
        ],
        services: &[("PAYMENTS", "payments"), ("BACKOFFICE", "backoffice")],
        secrets: &[("SESSION_SECRET", SECRET)],
    },
    Script {
        name: "origin",
        classes: &["Origin", "Availability"],
        objects: &[
            ("ORIGIN", "Origin", "origin"),
            ("AVAILABILITY", "Availability", "origin"),
        ],
        services: &[],
        // As in a real shop, personal fields are sealed.
        secrets: &[("DATA_KEYS", DATA_KEYS)],
    },
    Script {
        name: "backoffice",
        classes: &["OrderIndex"],
        objects: &[
            ("ORIGIN", "Origin", "origin"),
            ("ORDER_INDEX", "OrderIndex", "backoffice"),
            ("OPERATIONS", "Operations", "operations"),
        ],
        services: &[("PAYMENTS", "payments")],
        secrets: &[("STAFF_TOKEN", SECRET)],
    },
    Script {
        name: "operations",
        classes: &["Operations", "Counters"],
        objects: &[
            ("OPERATIONS", "Operations", "operations"),
            ("COUNTERS", "Counters", "operations"),
            ("ORIGIN", "Origin", "origin"),
            ("AVAILABILITY", "Availability", "origin"),
        ],
        services: &[],
        secrets: &[],
    },
    Script {
        name: "payments",
        classes: &[],
        objects: &[("ORIGIN", "Origin", "origin")],
        services: &[],
        secrets: &[],
    },
];
const FLOOR: [Script; 1] = [Script {
    name: "floor",
    classes: &["Floor"],
    objects: &[("FLOOR", "Floor", "floor")],
    services: &[],
    secrets: &[],
}];

impl Bundle {
    /// The first one answers strangers.
    fn scripts(self) -> &'static [Script] {
        match self {
            Bundle::Shop { .. } => &SHOP,
            Bundle::Floor => &FLOOR,
        }
    }

    /// The script that answers staff, on a socket of its own: plain `workerd` has no routes.
    fn of_staff(self) -> &'static str {
        match self {
            Bundle::Shop { .. } => "backoffice",
            Bundle::Floor => "floor",
        }
    }

    fn folder(self, tools: &Tools, script: &Script) -> PathBuf {
        match self {
            Bundle::Shop { .. } => tools.root.join("build").join(script.name),
            Bundle::Floor => tools.floor_workers.clone(),
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
    for script in bundle.scripts() {
        let from = bundle.folder(tools, script);
        let to = directory.join(script.name);
        fs::create_dir_all(&to)?;
        for file in ["index.js", "index_bg.wasm"] {
            fs::copy(from.join(file), to.join(file))
                .with_context(|| format!("{} lacks {file}: cargo xtask build", from.display()))?;
        }
    }
    fs::create_dir_all(directory.join("objects"))?;
    let (address, staff) = (free_address()?, free_address()?);
    let config = directory.join("workerd.capnp");
    fs::write(&config, configuration(bundle, stores, address, staff))?;
    let mut command = Command::new(&tools.workerd);
    command.arg("serve").arg(&config).current_dir(directory);
    let mut server = Server::start(&mut command, directory, address)?;
    server.staff = staff;
    Ok(server)
}

fn configuration(bundle: Bundle, stores: Stores, address: SocketAddr, staff: SocketAddr) -> String {
    let Stores { kv, cache } = stores;
    let scripts = bundle.scripts();
    let services: String = scripts
        .iter()
        .map(|Script { name, .. }| format!("    (name = \"{name}\", worker = .{name}),\n"))
        .collect();
    let workers: String = scripts.iter().map(|one| worker(bundle, one)).collect();
    let (first, of_staff) = (scripts[0].name, bundle.of_staff());
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
{services}    (name = "kv", external = (address = "{kv}", http = ())),
    (name = "cache", external = (address = "{cache}", http = ())),
    (name = "objects", disk = (path = "objects", writable = true)),
  ],
  sockets = [
    (name = "http", address = "{address}", http = (), service = "{first}"),
    (name = "staff", address = "{staff}", http = (), service = "{of_staff}"),
  ],
);
{workers}"#
    )
}

fn worker(bundle: Bundle, script: &Script) -> String {
    let Script {
        name,
        classes,
        objects,
        services,
        secrets,
    } = script;
    let shards = match bundle {
        Bundle::Shop { shards } => shards.to_string(),
        Bundle::Floor => String::new(),
    };
    let namespaces = classes.iter().map(|class| {
        format!("    (className = \"{class}\", uniqueKey = \"bench-{class}\", enableSql = true),\n")
    });
    let objects = objects.iter().map(|(binding, class, script)| {
        format!(
            "    (name = \"{binding}\", durableObjectNamespace = (className = \"{class}\", \
             serviceName = \"{script}\")),\n"
        )
    });
    let services = services
        .iter()
        .map(|(binding, script)| format!("    (name = \"{binding}\", service = \"{script}\"),\n"));
    let variables = [
        ("ORIGIN_SHARDS", shards.as_str()),
        ("BASE_URL", ""),
        // The benchmark reads the counters.
        ("METRICS_ARE_PUBLIC", "true"),
    ];
    let texts = variables.iter().chain(*secrets);
    let texts =
        texts.map(|(name, value)| format!("    (name = \"{name}\", text = \"{value}\"),\n"));
    let bindings: String = objects.chain(services).chain(texts).collect();
    let namespaces: String = namespaces.collect();
    let storage = match classes {
        [] => "",
        _ => "  durableObjectStorage = (localDisk = \"objects\"),\n",
    };
    format!(
        r#"
const {name} :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "{name}/index.js"),
    (name = "index_bg.wasm", wasm = embed "{name}/index_bg.wasm"),
  ],
  compatibilityDate = "{COMPATIBILITY_DATE}",
  bindings = [
    (name = "CATALOGUE", kvNamespace = "kv"),
{bindings}  ],
  durableObjectNamespaces = [
{namespaces}  ],
{storage}  cacheApiOutbound = "cache",
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
        let address = SocketAddr::from(([127, 0, 0, 1], 3));
        let text = configuration(Bundle::Shop { shards: 1 }, stores, address, address);
        for class in [
            "Origin",
            "Availability",
            "OrderIndex",
            "Operations",
            "Counters",
        ] {
            let bound = format!("durableObjectNamespace = (className = \"{class}\"");
            assert!(text.contains(&bound));
            assert!(text.contains(&format!("uniqueKey = \"bench-{class}\", enableSql = true")));
        }
    }
}
