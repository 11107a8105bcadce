//! `spin.toml`, manifest version 2: what this runner reads of it, and what it refuses.
//!
//! Invariant: nothing that would change what an application does is ignored. A key that is unknown,
//! or known to Spin but not implemented here, stops the start with a sentence that says so. Keys
//! that only matter to `spin build` or `spin registry` are accepted.
//! Not here: matching requests (`routes.rs`), resolving variables (`variables.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde::Deserialize;

/// The only store and database label that Spin serves without a runtime-config file.
pub const DEFAULT_LABEL: &str = "default";

/// A manifest that this runner can serve.
#[derive(Debug)]
pub struct Manifest {
    /// `application.name`.
    pub name: String,
    /// `application.version`.
    pub version: String,
    /// `[variables]`, by name.
    pub variables: BTreeMap<String, VariableDeclaration>,
    /// `[[trigger.http]]`, in order.
    pub triggers: Vec<HttpTrigger>,
    /// `[component.NAME]`, by name.
    pub components: BTreeMap<String, Component>,
    /// The directory of the manifest, which relative paths start from.
    pub directory: PathBuf,
}

/// One entry of `[variables]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableDeclaration {
    /// The value when none is given.
    pub default: Option<String>,
    /// Whether a value must be given.
    #[serde(default)]
    pub required: bool,
    /// Whether the value must not be shown; this runner shows no values.
    #[serde(default)]
    pub secret: bool,
    /// What the variable is for.
    #[serde(default)]
    pub description: String,
}

/// One `[[trigger.http]]` that names a component.
#[derive(Debug)]
pub struct HttpTrigger {
    /// The component that answers.
    pub component: String,
    /// The route, or `None` for `{ private = true }`.
    pub route: Option<String>,
}

/// One `[component.NAME]`.
#[derive(Debug, Default)]
pub struct Component {
    /// The WASM file, absolute or relative to the working directory.
    pub source: PathBuf,
    /// Templates of the component's variables, by name.
    pub variables: BTreeMap<String, String>,
    /// Environment variables that the component sees.
    pub environment: BTreeMap<String, String>,
    /// Templates of the addresses that it may reach.
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels of the key-value stores that it may open.
    pub key_value_stores: Vec<String>,
    /// Labels of the SQLite databases that it may open.
    pub sqlite_databases: Vec<String>,
}

impl Manifest {
    /// Reads the manifest at `path`, which may also be the directory that holds `spin.toml`.
    ///
    /// # Errors
    /// One sentence that names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self> {
        let path = if path.is_dir() {
            path.join("spin.toml")
        } else {
            path.to_owned()
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read the manifest {}", path.display()))?;
        let directory = path.parent().map(Path::to_owned).unwrap_or_default();
        Self::parse(&text, directory).with_context(|| format!("in {}", path.display()))
    }

    /// Parses the text of a manifest whose relative paths start from `directory`.
    ///
    /// # Errors
    /// One sentence that says what is invalid or not supported.
    pub fn parse(text: &str, directory: PathBuf) -> Result<Self> {
        let file: ManifestFile = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            anyhow!(
                "line {line}: {}",
                error.message().trim_end().replace('\n', ", ")
            )
        })?;
        ensure!(
            file.spin_manifest_version == 2,
            "spin_manifest_version is {}, but only version 2 is supported",
            file.spin_manifest_version
        );
        for (trigger_type, settings) in &file.application.trigger {
            let empty = settings.as_table().is_some_and(toml::Table::is_empty);
            ensure!(
                empty,
                "[application.trigger.{trigger_type}] is not supported by this runner"
            );
        }
        for (name, variable) in &file.variables {
            crate::variables::validate_name(name)?;
            ensure!(
                variable.required != variable.default.is_some(),
                "variable `{name}` needs either `required = true` or a default"
            );
        }
        let components = file
            .component
            .into_iter()
            .map(|(name, component)| {
                let component = component.check(&name, &directory)?;
                Ok((name, component))
            })
            .collect::<Result<BTreeMap<_, _>>>()?;
        let triggers = check_triggers(file.trigger, &components)?;
        Ok(Self {
            name: file.application.name,
            version: file.application.version,
            variables: file.variables,
            triggers,
            components,
            directory,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestFile {
    spin_manifest_version: i64,
    application: ApplicationTable,
    #[serde(default)]
    variables: BTreeMap<String, VariableDeclaration>,
    #[serde(default)]
    trigger: BTreeMap<String, toml::Value>,
    #[serde(default)]
    component: BTreeMap<String, ComponentTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationTable {
    name: String,
    #[serde(default)]
    trigger: BTreeMap<String, toml::Value>,
    #[serde(default)]
    version: String,
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(default, rename = "authors")]
    _authors: Vec<String>,
    /// Checked by `spin build`.
    #[serde(default, rename = "targets")]
    _targets: Vec<toml::Value>,
    /// Free for other tools.
    #[serde(default, rename = "tool")]
    _tool: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TriggerTable {
    #[serde(default, rename = "id")]
    _id: String,
    route: RouteValue,
    component: Option<toml::Value>,
    static_response: Option<toml::Value>,
    components: Option<toml::Value>,
    dependencies: Option<toml::Value>,
    executor: Option<ExecutorTable>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a route must be a string or `{ private = true }`"
)]
enum RouteValue {
    Public(String),
    Private(PrivateTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivateTable {
    private: bool,
}

#[derive(Deserialize)]
struct ExecutorTable {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComponentTable {
    source: toml::Value,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    key_value_stores: Vec<String>,
    #[serde(default)]
    sqlite_databases: Vec<String>,
    #[serde(default)]
    files: Vec<toml::Value>,
    #[serde(default)]
    allowed_http_hosts: Vec<String>,
    #[serde(default)]
    ai_models: Vec<String>,
    dependencies: Option<toml::Table>,
    dependencies_inherit_configuration: Option<bool>,
    #[serde(default, rename = "description")]
    _description: String,
    /// Only has a meaning together with `files`.
    #[serde(default, rename = "exclude_files")]
    _exclude_files: Vec<String>,
    /// Checked by `spin build`.
    #[serde(default, rename = "targets")]
    _targets: Vec<toml::Value>,
    /// Used by `spin build`.
    #[serde(default, rename = "build")]
    _build: toml::Table,
    /// Free for other tools.
    #[serde(default, rename = "tool")]
    _tool: toml::Table,
    /// Only used with `spin up --profile`, which this runner does not have.
    #[serde(default, rename = "profile")]
    _profile: toml::Table,
}

impl ComponentTable {
    fn check(self, name: &str, directory: &Path) -> Result<Component> {
        let unsupported = [
            ("files", !self.files.is_empty()),
            ("allowed_http_hosts", !self.allowed_http_hosts.is_empty()),
            ("ai_models", !self.ai_models.is_empty()),
            (
                "dependencies",
                self.dependencies.is_some_and(|table| !table.is_empty()),
            ),
            (
                "dependencies_inherit_configuration",
                self.dependencies_inherit_configuration == Some(true),
            ),
        ];
        if let Some((key, _)) = unsupported.iter().find(|(_, used)| *used) {
            bail!("component `{name}`: `{key}` is not supported by this runner");
        }
        let toml::Value::String(source) = self.source else {
            bail!("component `{name}`: only a local file is supported as `source` by this runner");
        };
        for (key, labels) in [
            ("key_value_stores", &self.key_value_stores),
            ("sqlite_databases", &self.sqlite_databases),
        ] {
            if let Some(label) = labels.iter().find(|label| *label != DEFAULT_LABEL) {
                bail!(
                    "component `{name}`: label `{label}` in `{key}` needs a runtime-config file, \
                     which is not supported by this runner; only `{DEFAULT_LABEL}` is"
                );
            }
        }
        for variable in self.variables.keys() {
            crate::variables::validate_name(variable)
                .with_context(|| format!("component `{name}`"))?;
        }
        Ok(Component {
            source: directory.join(source),
            variables: self.variables,
            environment: self.environment,
            allowed_outbound_hosts: self.allowed_outbound_hosts,
            key_value_stores: self.key_value_stores,
            sqlite_databases: self.sqlite_databases,
        })
    }
}

fn check_triggers(
    triggers: BTreeMap<String, toml::Value>,
    components: &BTreeMap<String, Component>,
) -> Result<Vec<HttpTrigger>> {
    let mut checked = Vec::new();
    for (trigger_type, entries) in triggers {
        ensure!(
            trigger_type == "http",
            "trigger type `{trigger_type}` is not supported by this runner; only `http` is"
        );
        let tables: Vec<TriggerTable> = entries
            .try_into()
            .map_err(|error: toml::de::Error| anyhow!("[[trigger.http]]: {}", error.message()))?;
        for table in tables {
            checked.push(table.check(components)?);
        }
    }
    ensure!(
        !checked.is_empty(),
        "there is no [[trigger.http]], so there is nothing to serve"
    );
    Ok(checked)
}

impl TriggerTable {
    fn check(self, components: &BTreeMap<String, Component>) -> Result<HttpTrigger> {
        let route = match self.route {
            RouteValue::Public(route) => Some(route),
            RouteValue::Private(PrivateTable { private: true }) => None,
            RouteValue::Private(PrivateTable { private: false }) => {
                bail!("a route must be a string or `{{ private = true }}`")
            }
        };
        let shown = route.as_deref().unwrap_or("(private)");
        let unsupported = [
            ("static_response", self.static_response.is_some()),
            ("components", self.components.is_some()),
            ("dependencies", self.dependencies.is_some()),
        ];
        if let Some((key, _)) = unsupported.iter().find(|(_, used)| *used) {
            bail!("trigger for route `{shown}`: `{key}` is not supported by this runner");
        }
        if let Some(ExecutorTable { kind }) = self.executor {
            let supported = matches!(kind.as_str(), "http" | "spin");
            ensure!(
                supported,
                "trigger for route `{shown}`: executor `{kind}` is not supported"
            );
        }
        let component = match self.component {
            Some(toml::Value::String(component)) => component,
            Some(_) => bail!("trigger for route `{shown}`: an inline component is not supported"),
            None => bail!("trigger for route `{shown}` names no component"),
        };
        ensure!(
            components.contains_key(&component),
            "trigger for route `{shown}` names component `{component}`, which is not declared"
        );
        Ok(HttpTrigger { component, route })
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
