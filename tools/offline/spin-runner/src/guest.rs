//! What one instance of a component holds (`Guest`), and what all of them share (`Component`).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::hosts::AllowedHosts;
use crate::key_value::Database;
use crate::outbound::Outbound;
use crate::output::Output;
use crate::postgres::Pools;

/// The settings of one component and the resources that it may use; the same for all its instances.
pub struct Component {
    /// Its name in the manifest.
    pub name: String,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
    /// Its variables with their templates expanded.
    pub variables: BTreeMap<String, String>,
    /// The addresses that it may reach.
    pub allowed_hosts: AllowedHosts,
    /// The key-value stores that it may open, by label.
    pub key_value_stores: HashMap<String, Arc<Database>>,
    /// The SQLite files that it may open, by label.
    pub sqlite_databases: HashMap<String, PathBuf>,
    /// The connection pools of the application.
    pub postgres_pools: Arc<Pools>,
    /// Its standard output.
    pub stdout: Output,
    /// Its standard error.
    pub stderr: Output,
}

impl fmt::Debug for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Variables can be secret, so only the name is shown.
        formatter
            .debug_struct("Component")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Component {
    /// Logs that `allowed_outbound_hosts` refused a connection.
    pub fn report_denied(&self, address: &str) {
        eprintln!(
            "[{}] may not reach {address}: add it to allowed_outbound_hosts to permit it",
            self.name
        );
    }
}

/// The state of one instance.
pub struct Guest {
    /// The component that this is an instance of.
    pub component: Arc<Component>,
    /// The resources that the instance holds handles of.
    pub table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl Guest {
    /// The state of a fresh instance.
    #[must_use]
    pub fn new(component: Arc<Component>, outbound: Outbound) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.envs(&component.environment);
        wasi.stdout(component.stdout.clone());
        wasi.stderr(component.stderr.clone());
        let (wasi, http) = (wasi.build(), WasiHttpCtx::new());
        Self {
            component,
            table: ResourceTable::new(),
            wasi,
            http,
            outbound,
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.outbound,
        }
    }
}

/// Names the type through which the host functions of `spin:*` reach the state of an instance.
#[derive(Debug)]
pub struct SpinHost;

impl HasData for SpinHost {
    type Data<'a> = &'a mut Guest;
}
