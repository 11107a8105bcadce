//! The build of a release on Workers: the storefront's own bundle once more, or a script that crashes.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::secrets;
use crate::platform::{NextBuild, Settings};
use crate::tools;

const CONFIG: &str = "functions/workers-storefront-next/wrangler.toml";
/// Its folder in the project.
const FOLDER: &str = "storefront-next";
const BINDING: &str = "NEXT";

/// Leaves the binding out where there is no such build: what is bound has to be there.
pub(super) fn bind(storefront: &mut toml::Table, settings: &Settings) -> Result<()> {
    if settings.next != NextBuild::None {
        return Ok(());
    }
    let services = storefront.get_mut("services");
    let services = services.and_then(toml::Value::as_array_mut);
    let services = services.context("the storefront binds scripts")?;
    services
        .retain(|service| service.get("binding").and_then(toml::Value::as_str) != Some(BINDING));
    Ok(())
}

/// Writes the script's folder; how `serve.mjs` finds it.
pub(super) fn write(project: &Path, settings: &Settings) -> Result<Value> {
    let folder = project.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let manifest = fs::read_to_string(tools::root().join(CONFIG))?;
    let mut manifest: toml::Table = toml::from_str(&manifest).context(CONFIG)?;
    let name = manifest.get("name").and_then(toml::Value::as_str);
    let name = name.context("it has a name")?.to_owned();
    manifest.remove("build");
    manifest.remove("queues");
    manifest.insert("main".to_owned(), "index.js".into());
    if settings.next == NextBuild::Broken {
        fs::copy(
            tools::root().join("tests/e2e/workerd/broken.js"),
            folder.join("index.js"),
        )?;
    } else {
        for file in ["index.js", "index_bg.wasm"] {
            let built = tools::built(&format!("build/storefront/{file}"))?;
            fs::copy(built, folder.join(file))?;
        }
    }
    let vars = manifest.get_mut("vars").and_then(toml::Value::as_table_mut);
    let vars = vars.context("it has variables")?;
    vars.extend(super::variables("storefront", settings));
    fs::write(folder.join("wrangler.toml"), toml::to_string(&manifest)?)?;
    let secrets = secrets("storefront", settings).into_iter();
    let secrets: String = secrets
        .map(|(name, secret)| format!("{name} = \"{secret}\"\n"))
        .collect();
    fs::write(folder.join(".dev.vars"), secrets)?;
    let routes: [&str; 0] = [];
    Ok(serde_json::json!({ "folder": FOLDER, "name": name, "routes": routes }))
}
