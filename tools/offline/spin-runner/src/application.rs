//! From a manifest and the options of the command line to an application that can be served.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use wasmtime_wasi_http::handler::ProxyHandler;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::guest::Component;
use crate::hosts::AllowedHosts;
use crate::instances::{InstanceFactory, Reuse};
use crate::manifest::{self, DEFAULT_LABEL, Manifest};
use crate::outbound::Services;
use crate::output::Output;
use crate::postgres::Pools;
use crate::routes::Router;
use crate::variables::Variables;
use crate::{engine, key_value, sqlite};

/// The settings of the command line.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where stores, databases and logs are kept.
    pub state_directory: PathBuf,
    /// Where the output of components is logged; `None` is nowhere.
    pub log_directory: Option<PathBuf>,
    /// Where compiled components are kept; `None` is nowhere.
    pub cache_directory: Option<PathBuf>,
    /// Values of variables, by name.
    pub variables: BTreeMap<String, String>,
    /// Environment variables for every component.
    pub environment: Vec<(String, String)>,
    /// Keeps the output of components off the terminal.
    pub quiet: bool,
    /// Whether instances come from a pool that is reserved at the start.
    pub pooling: bool,
    /// How long and for how much an instance is used.
    pub reuse: Reuse,
    /// Components that the others reach through an address, by name.
    pub detours: HashMap<String, SocketAddr>,
}

/// An application whose components are compiled and linked.
pub struct Application {
    /// Finds the component for a request.
    pub router: Router,
    /// Lets a component answer.
    pub services: Arc<Services>,
    handlers: HashMap<String, ProxyHandler<InstanceFactory>>,
    routes: Vec<(String, String)>,
    name: String,
    version: String,
}

impl Application {
    /// Checks everything, opens the stores and compiles the components.
    ///
    /// # Errors
    /// One sentence that says what is missing, invalid or not supported.
    pub fn load(manifest: &Manifest, options: &Options) -> Result<Self> {
        let router = Router::new(&manifest.triggers)?;
        let components = settings(manifest, options)?;
        check_sources(manifest)?;
        let engine = engine::new_engine(options.pooling)?;
        let linker = engine::new_linker(&engine)?;
        if let Some(name) = options
            .detours
            .keys()
            .find(|name| !components.contains_key(*name))
        {
            bail!("there is no component `{name}` to which a detour could lead");
        }
        let services = Arc::new(Services::with_detours(options.detours.clone()));
        let mut handlers = HashMap::new();
        for (name, component) in components {
            let source = &manifest.components[&name].source;
            let context = || format!("component `{name}`");
            let compiled = engine::load(&engine, &name, source, options.cache_directory.as_deref())
                .with_context(context)?;
            let linked = linker.instantiate_pre(&compiled).map_err(|error| {
                anyhow!("component `{name}` needs what this runner does not implement: {error:#}")
            })?;
            let prepared = ServicePre::new(linked).map_err(|error| {
                anyhow!("component `{name}` does not export wasi:http/handler@0.3.0: {error:#}")
            })?;
            let services = Arc::clone(&services);
            let factory = InstanceFactory::new(component, services, prepared, options.reuse);
            handlers.insert(name, ProxyHandler::new(factory));
        }
        let routes = manifest
            .triggers
            .iter()
            .filter_map(|trigger| Some((trigger.component.clone(), trigger.route.clone()?)))
            .collect();
        Ok(Self {
            router,
            services,
            handlers,
            routes,
            name: manifest.name.clone(),
            version: manifest.version.clone(),
        })
    }

    /// The runtime's description of the application, as JSON.
    pub fn info(&self) -> String {
        let info = serde_json::json!({"name": self.name, "version": self.version});
        format!("{info:#}")
    }

    /// An application none of whose components is there: each of them answers with 500.
    #[cfg(test)]
    pub(crate) fn without_components(manifest: &Manifest) -> Self {
        Self {
            router: Router::new(&manifest.triggers).unwrap(),
            services: Arc::default(),
            handlers: HashMap::new(),
            routes: Vec::new(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
        }
    }

    /// Makes the components known to each other, once the address is known.
    pub fn start(&mut self, own_address: SocketAddr) {
        self.services
            .start(std::mem::take(&mut self.handlers), own_address);
    }

    /// The public routes, each with its component, in the manifest's order.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.routes
            .iter()
            .map(|(component, route)| (component.as_str(), route.as_str()))
    }
}

/// The settings of every component that has a trigger.
/// Compiles the components of an application into the folder `cache`, for a start with or without
/// `pooling`.
///
/// # Errors
/// When a file is missing or no component.
pub fn compile(manifest: &Manifest, cache: &Path, pooling: bool) -> Result<()> {
    check_sources(manifest)?;
    let engine = engine::new_engine(pooling)?;
    for (name, component) in &manifest.components {
        engine::load(&engine, name, &component.source, Some(cache))
            .with_context(|| format!("component `{name}`"))?;
    }
    Ok(())
}

/// What cannot be served is said before anything is compiled.
fn check_sources(manifest: &Manifest) -> Result<()> {
    for trigger in &manifest.triggers {
        let source = &manifest.components[&trigger.component].source;
        ensure!(
            source.is_file(),
            "component `{}`: the WASM file {} is missing; \
             run `cargo xtask build --on spin` first",
            trigger.component,
            source.display()
        );
    }
    Ok(())
}

fn settings(manifest: &Manifest, options: &Options) -> Result<BTreeMap<String, Arc<Component>>> {
    let variables = Variables::resolve(&manifest.variables, &options.variables, |name| {
        std::env::var(name).ok()
    })?;
    create_directory(&options.state_directory)?;
    if let Some(directory) = &options.log_directory {
        create_directory(directory)?;
    }
    let stores = key_value_stores(manifest, &options.state_directory)?;
    let pools = Arc::<Pools>::default();
    let mut components = BTreeMap::new();
    for trigger in &manifest.triggers {
        let name = &trigger.component;
        if components.contains_key(name) {
            continue;
        }
        let declared = &manifest.components[name];
        let component = component(name, declared, &variables, options, &stores, &pools)
            .with_context(|| format!("component `{name}`"))?;
        components.insert(name.clone(), Arc::new(component));
    }
    for component in components.values() {
        for target in component.allowed_hosts.service_chaining_targets() {
            ensure!(
                components.contains_key(target),
                "component `{}` may reach `{target}.spin.internal`, but there is no component \
                 `{target}` with a trigger",
                component.name
            );
        }
    }
    Ok(components)
}

fn component(
    name: &str,
    declared: &manifest::Component,
    variables: &Variables,
    options: &Options,
    stores: &HashMap<String, Arc<key_value::Database>>,
    pools: &Arc<Pools>,
) -> Result<Component> {
    let expanded: Vec<String> = declared
        .allowed_outbound_hosts
        .iter()
        .map(|entry| variables.expand(entry))
        .collect::<Result<_>>()?;
    let own_variables = declared
        .variables
        .iter()
        .map(|(variable, template)| Ok((variable.clone(), variables.expand(template)?)))
        .collect::<Result<_>>()?;
    let environment = declared
        .environment
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()));
    let output = |stream| {
        Output::new(
            name,
            stream,
            options.log_directory.as_deref(),
            options.quiet,
        )
    };
    Ok(Component {
        name: name.to_owned(),
        environment: environment.chain(options.environment.clone()).collect(),
        variables: own_variables,
        allowed_hosts: AllowedHosts::parse(expanded)?,
        key_value_stores: stores
            .iter()
            .filter(|(label, _)| declared.key_value_stores.contains(label))
            .map(|(label, store)| (label.clone(), Arc::clone(store)))
            .collect(),
        sqlite_databases: declared
            .sqlite_databases
            .iter()
            .map(|label| {
                (
                    label.clone(),
                    options.state_directory.join(sqlite::FILE_NAME),
                )
            })
            .collect(),
        postgres_pools: Arc::clone(pools),
        stdout: output("stdout")?,
        stderr: output("stderr")?,
    })
}

/// Opens the key-value file when some component uses it.
fn key_value_stores(
    manifest: &Manifest,
    state_directory: &Path,
) -> Result<HashMap<String, Arc<key_value::Database>>> {
    let used = manifest
        .components
        .values()
        .any(|component| !component.key_value_stores.is_empty());
    if !used {
        return Ok(HashMap::new());
    }
    let database = key_value::Database::open(&state_directory.join(key_value::FILE_NAME))?;
    Ok(HashMap::from([(
        DEFAULT_LABEL.to_owned(),
        Arc::new(database),
    )]))
}

fn create_directory(path: &Path) -> Result<()> {
    fs::create_dir_all(path)
        .with_context(|| format!("cannot create the directory {}", path.display()))
}
