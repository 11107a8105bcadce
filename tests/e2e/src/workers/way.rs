//! The way between the storefront and the objects that it asks, where a drill may break it: a script of
//! the tests (`workerd/way.js`), whose classes the storefront binds in the place of the real ones.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::platform::{Goal, Settings};
use crate::tools;

/// Of the script.
const NAME: &str = "souk-dev-way";
/// Its folder in the project.
const FOLDER: &str = "way";
/// Where ways end, on the shop's own port.
const ROUTE: &str = "*/.way/*";

/// The binding of the storefront that a way takes over.
fn binding(goal: Goal) -> &'static str {
    match goal {
        Goal::Origin => "ORIGIN",
        Goal::Board => "AVAILABILITY",
    }
}

/// Has the storefront ask over the ways that there are.
pub(super) fn lead_over(storefront: &mut toml::Table, settings: &Settings) -> Result<()> {
    let bindings = storefront
        .get_mut("durable_objects")
        .and_then(|objects| objects.get_mut("bindings")?.as_array_mut());
    let bindings = bindings.context("the storefront binds objects")?;
    for binding in bindings {
        let is_over_a_way = |goal: &Goal| {
            let name = binding.get("name").and_then(toml::Value::as_str);
            name == Some(self::binding(*goal))
        };
        if settings.ways.keys().any(is_over_a_way) {
            let binding = binding.as_table_mut().context("a binding is a table")?;
            binding.insert("script_name".to_owned(), NAME.into());
        }
    }
    Ok(())
}

/// Writes the script's folder; how `serve.mjs` finds it.
pub(super) fn write(project: &Path, settings: &Settings) -> Result<Value> {
    let folder = project.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let script = tools::root().join("tests/e2e/workerd/way.js");
    fs::copy(script, folder.join("index.js"))?;
    let mut manifest = toml::toml! {
        main = "index.js"
        compatibility_date = "2026-04-01"

        [[durable_objects.bindings]]
        name = "ORIGIN"
        class_name = "Origin"

        [[durable_objects.bindings]]
        name = "AVAILABILITY"
        class_name = "Availability"

        [[durable_objects.bindings]]
        name = "REAL_ORIGIN"
        class_name = "Origin"
        script_name = "souk-dev-origin"

        [[durable_objects.bindings]]
        name = "REAL_AVAILABILITY"
        class_name = "Availability"
        script_name = "souk-dev-origin"

        [[migrations]]
        tag = "v1"
        new_sqlite_classes = ["Origin", "Availability"]
    };
    manifest.insert("name".to_owned(), NAME.into());
    let ways = settings.ways.iter().map(|(goal, way)| {
        let name = format!("{}_WAY", goal.name().to_ascii_uppercase());
        (name, toml::Value::from(format!("http://{way}")))
    });
    let vars: toml::Table = ways.collect();
    manifest.insert("vars".to_owned(), vars.into());
    fs::write(folder.join("wrangler.toml"), toml::to_string(&manifest)?)?;
    Ok(serde_json::json!({ "folder": FOLDER, "name": NAME, "routes": [ROUTE] }))
}
