//! How the scripts of Cloudflare Workers are started: with the configurations that are deployed, in
//! one process.
//!
//! Which requests reach which script is the platform's routes. Miniflare takes those of the
//! environment `production`; `wrangler dev` has no routes, there the developer's front stands in.

mod next;
mod way;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::platform::{NextBuild, Settings};
use crate::server::free_port;
use crate::tools;

/// A script and its configuration, from the root. The first one gets what no route names.
const SCRIPTS: [(&str, &str); 6] = [
    ("storefront", "wrangler.toml"),
    ("origin", "functions/workers-origin/wrangler.toml"),
    ("backoffice", "functions/workers-backoffice/wrangler.toml"),
    ("payments", "functions/workers-payments/wrangler.toml"),
    ("mail", "functions/workers-mail/wrangler.toml"),
    ("operations", "functions/workers-operations/wrangler.toml"),
];
/// The developer's front.
const FRONT: &str = "tests/workers-front";
/// Where the scripts and their routes are listed for `serve.mjs`.
const LIST: &str = "scripts.json";

/// `workerd`, by Miniflare.
pub(crate) fn workerd(port: u16, directory: &Path, settings: &Settings) -> Result<Command> {
    let project = project(directory, settings)?;
    let mut command = Command::new(tools::node()?);
    command
        .arg(tools::root().join("tests/e2e/workerd/serve.mjs"))
        .arg(project.join(LIST))
        .arg(port.to_string())
        .arg(directory.join("state"))
        .arg(tools::node_modules()?)
        .current_dir(&project);
    for (name, value) in quiet(directory) {
        command.env(name, value);
    }
    Ok(command)
}

/// `workerd`, by `wrangler dev`, as `npm run dev` starts it.
pub(crate) fn wrangler(port: u16, directory: &Path, settings: &Settings) -> Result<Command> {
    let project = project(directory, settings)?;
    let front = project.join("front");
    fs::create_dir_all(&front)?;
    for file in ["front.js", "wrangler.toml"] {
        fs::copy(tools::root().join(FRONT).join(file), front.join(file))?;
    }
    let mut command = Command::new(tools::node()?);
    command
        .arg(tools::wrangler()?)
        .args(["dev", "--config", "front/wrangler.toml"])
        .args(SCRIPTS.iter().flat_map(|(name, _)| {
            let config = format!("{name}/wrangler.toml");
            ["--config".to_owned(), config]
        }))
        .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
        .args(["--inspector-port", &free_port()?.to_string()])
        .args(["--show-interactive-dev-session=false", "--persist-to"])
        .arg(directory.join("state"))
        .current_dir(&project);
    for (name, value) in quiet(directory) {
        command.env(name, value);
    }
    Ok(command)
}

/// What keeps wrangler to itself: no questions, no network, no files outside of the directory.
fn quiet(directory: &Path) -> [(&'static str, OsString); 5] {
    [
        ("CI", "true".into()),
        ("WRANGLER_SEND_METRICS", "false".into()),
        ("WRANGLER_LOG_PATH", directory.join("wrangler-logs").into()),
        (
            "WRANGLER_REGISTRY_PATH",
            directory.join("wrangler-registry").into(),
        ),
        // The tests need no copy of Cloudflare's `Request.cf`.
        ("CLOUDFLARE_CF_FETCH_ENABLED", "false".into()),
    ]
}

/// A directory with copies of the configurations and of the built bundles, so that editing and
/// building beside a running test do not disturb it.
fn project(directory: &Path, settings: &Settings) -> Result<PathBuf> {
    let project = directory.join("project");
    let mut list = Vec::new();
    for (name, config) in SCRIPTS {
        let folder = project.join(name);
        fs::create_dir_all(&folder)?;
        for file in ["index.js", "index_bg.wasm"] {
            let built = tools::built(&format!("build/{name}/{file}"))?;
            fs::copy(built, folder.join(file))?;
        }
        let manifest = fs::read_to_string(tools::root().join(config))?;
        let mut manifest: toml::Table = toml::from_str(&manifest).context(config)?;
        let script = manifest.get("name").and_then(toml::Value::as_str);
        list.push(serde_json::json!({
            "folder": name,
            "name": script.with_context(|| format!("{config} has a name"))?,
            "routes": routes(&manifest),
        }));
        manifest.remove("build");
        if !settings.queue {
            manifest.remove("queues");
        }
        manifest.insert("main".to_owned(), "index.js".into());
        if name == "storefront" {
            way::lead_over(&mut manifest, settings)?;
            next::bind(&mut manifest, settings)?;
        }
        let vars = manifest.get_mut("vars").and_then(toml::Value::as_table_mut);
        let vars = vars.with_context(|| format!("{config} has variables"))?;
        vars.extend(variables(name, settings));
        for (name, value) in &settings.set {
            if let Some(variable) = vars.get_mut(&name.to_ascii_uppercase()) {
                *variable = value.as_str().into();
            }
        }
        fs::write(folder.join("wrangler.toml"), toml::to_string(&manifest)?)?;
        let is_set = |name: &str| {
            let set = settings.set.iter().rev();
            let mut same = set.filter(|(set, _)| set.eq_ignore_ascii_case(name));
            same.next().map(|(_, secret)| secret.as_str())
        };
        let secrets: String = secrets(name, settings)
            .into_iter()
            .map(|(name, secret)| (name, is_set(name).unwrap_or(secret)))
            .map(|(name, secret)| format!("{name} = \"{secret}\"\n"))
            .collect();
        fs::write(folder.join(".dev.vars"), secrets)?;
    }
    if !settings.ways.is_empty() {
        list.push(way::write(&project, settings)?);
    }
    if settings.next != NextBuild::None {
        list.push(next::write(&project, settings)?);
    }
    fs::write(project.join(LIST), serde_json::to_vec(&list)?)?;
    Ok(project)
}

/// The routes of production, on whatever host.
fn routes(manifest: &toml::Table) -> Vec<String> {
    let routes = manifest
        .get("env")
        .and_then(|env| env.get("production")?.get("routes")?.as_array());
    let routes = routes.into_iter().flatten();
    let patterns = routes.filter_map(|route| route.get("pattern")?.as_str());
    // A custom domain has no path: it is the script that gets everything else.
    let patterns = patterns.filter_map(|pattern| pattern.split_once('/'));
    patterns.map(|(_host, path)| format!("*/{path}")).collect()
}

/// What a test changes of a script's variables.
fn variables(script: &str, settings: &Settings) -> BTreeMap<String, toml::Value> {
    let mut variables = BTreeMap::new();
    // It does not reach the origin.
    if script != "operations" {
        variables.insert("ORIGIN_SHARDS", settings.shards.to_string());
    }
    if script == "storefront" {
        let public = settings.metrics_are_public.to_string();
        variables.insert("METRICS_ARE_PUBLIC", public);
    }
    if let Some(cards) = settings.cards.as_ref().filter(|_| script == "payments") {
        variables.insert("PAYMENT_SANDBOX_PORT", cards.sandbox_port.to_string());
    }
    let variables = variables.into_iter();
    variables
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn secrets<'a>(script: &str, settings: &'a Settings) -> Vec<(&'static str, &'a str)> {
    match script {
        "storefront" => vec![
            ("SESSION_SECRET", &settings.session_secret),
            ("CODE_SECRET", &settings.code_secret),
            // Where a test sets a pool.
            ("ORIGIN_TOKEN", ""),
        ],
        "origin" => vec![
            ("DATA_KEYS", &settings.data_keys),
            ("CODE_SECRET", &settings.code_secret),
        ],
        "backoffice" => vec![("STAFF_TOKEN", &settings.staff_token)],
        // What a test sets of the others takes the place of these, also what is for local work alone.
        "mail" => vec![
            ("SESSION_SECRET", &settings.session_secret),
            ("RESEND_API_KEY", ""),
            ("RESEND_WEBHOOK_SECRETS", ""),
            ("MAIL_WEBHOOK_SECRET", ""),
            ("MAIL_OUTBOX_PORT", ""),
            ("MAIL_SHOP_PORT", ""),
        ],
        "operations" => Vec::new(),
        _ => settings.cards.as_ref().map_or_else(Vec::new, |cards| {
            vec![
                ("STRIPE_SECRET_KEY", cards.secret_key.as_str()),
                ("STRIPE_WEBHOOK_SECRETS", &cards.webhook_secret),
            ]
        }),
    }
}
