//! `spin:postgres@4.2.0`: connections to PostgreSQL, pooled per address as in Spin.
//!
//! Invariants: an address is reached only when `allowed_outbound_hosts` has it as `postgres://…`;
//! a guest's handle holds one pooled connection until it is dropped. What goes back to the pool
//! loses its settings, cursors, locks and temporary tables before its next use, but not an open
//! transaction: a component must end each one that it begins.
//! Not supported, and said so: TLS (`sslmode=require`), a CA of the component's own, range types.

#![allow(
    clippy::result_large_err,
    reason = "the error type is the one of the WIT"
)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures::TryStreamExt as _;
use tokio_postgres::config::{Host as PostgresHost, SslMode};
use tokio_postgres::{Config, NoTls};
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::bindings::spin::postgres::postgres::{
    Column, DbError, DbValue, Error, Host, HostConnection, HostConnectionBuilder,
    HostConnectionBuilderWithStore, HostConnectionWithStore, ParameterValue, QueryError, RowSet,
};
use crate::guest::{Component, Guest, SpinHost};
use crate::postgres_values::{from_row, to_parameter, type_name};

/// Connections to one address at a time, as in Spin.
const CONNECTIONS_MAX: usize = 64;

/// The pools of the whole application, by address.
#[derive(Debug, Default)]
pub struct Pools {
    by_address: Mutex<HashMap<String, Pool>>,
}

impl Pools {
    async fn connect(&self, address: &str) -> Result<Connection, Error> {
        let pool = self.pool(address)?;
        let connection = pool
            .get()
            .await
            .map_err(|error| connection_failed(&error))?;
        Ok(Connection(Arc::new(connection)))
    }

    fn pool(&self, address: &str) -> Result<Pool, Error> {
        let mut pools = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(address) {
            return Ok(pool.clone());
        }
        let config = parse(address)?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(unsupported("sslmode=require"));
        }
        let manager_config = ManagerConfig {
            recycling_method: RecyclingMethod::Clean,
        };
        let manager = Manager::from_config(config, NoTls, manager_config);
        let pool = Pool::builder(manager).max_size(CONNECTIONS_MAX).build();
        let pool = pool.map_err(|error| connection_failed(&error))?;
        pools.insert(address.to_owned(), pool.clone());
        Ok(pool)
    }
}

fn parse(address: &str) -> Result<Config, Error> {
    address.parse().map_err(|error| connection_failed(&error))
}

/// Checks every host of an address against the component's `allowed_outbound_hosts`.
fn check_allowed(component: &Component, address: &str) -> Result<(), Error> {
    let config = parse(address)?;
    let ports = config.get_ports();
    for (index, host) in config.get_hosts().iter().enumerate() {
        let port = ports.get(index).or_else(|| ports.first()).copied();
        let allowed = match host {
            PostgresHost::Tcp(name) => component.allowed_hosts.allows("postgres", name, port),
            #[cfg(unix)]
            PostgresHost::Unix(_) => false,
        };
        if !allowed {
            let host = match host {
                PostgresHost::Tcp(name) => format!("postgres://{name}:{}", port.unwrap_or(5432)),
                #[cfg(unix)]
                PostgresHost::Unix(path) => path.display().to_string(),
            };
            component.report_denied(&host);
            return Err(Error::ConnectionFailed(format!(
                "address {host} is not permitted"
            )));
        }
    }
    Ok(())
}

fn connection_failed(error: &dyn std::error::Error) -> Error {
    let reasons: Vec<String> = std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect();
    Error::ConnectionFailed(reasons.join(": "))
}

fn unsupported(what: &str) -> Error {
    Error::Other(format!("{what} is not supported by the local Spin runner"))
}

fn query_failed(error: tokio_postgres::Error) -> Error {
    let as_text = format!("{error:?}");
    let Some(db) = error.as_db_error() else {
        return Error::QueryFailed(QueryError::Text(as_text));
    };
    let extras = [
        ("column", db.column().map(str::to_owned)),
        ("constraint", db.constraint().map(str::to_owned)),
        ("routine", db.routine().map(str::to_owned)),
        ("hint", db.hint().map(str::to_owned)),
        ("table", db.table().map(str::to_owned)),
        ("datatype", db.datatype().map(str::to_owned)),
        ("schema", db.schema().map(str::to_owned)),
        ("file", db.file().map(str::to_owned)),
        ("line", db.line().map(|line| line.to_string())),
        ("where_", db.where_().map(str::to_owned)),
    ];
    Error::QueryFailed(QueryError::DbError(DbError {
        as_text,
        severity: db.severity().to_owned(),
        code: db.code().code().to_owned(),
        message: db.message().to_owned(),
        detail: db.detail().map(str::to_owned),
        extras: extras
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
            .collect(),
    }))
}

/// What a guest's `connection` resource stands for.
#[derive(Clone)]
pub struct Connection(Arc<Object>);

/// What a guest's `connection-builder` resource stands for.
#[derive(Clone, Debug)]
pub struct ConnectionBuilder {
    address: String,
}

/// The outcome of a query: the rows that came before any error, and that error.
#[derive(Default)]
struct Queried {
    /// Empty when there is no row, as in Spin.
    columns: Vec<Column>,
    rows: Vec<Vec<DbValue>>,
}

impl Connection {
    async fn execute(&self, statement: &str, params: &[ParameterValue]) -> Result<u64, Error> {
        let params = params
            .iter()
            .map(to_parameter)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::ValueConversionFailed(format!("{error:#}")))?;
        self.0
            .execute_raw(statement, params)
            .await
            .map_err(query_failed)
    }

    async fn query(
        &self,
        statement: &str,
        params: &[ParameterValue],
    ) -> Result<(Queried, Result<(), Error>), Error> {
        let params = params
            .iter()
            .map(to_parameter)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| Error::BadParameter(format!("{error:#}")))?;
        let rows = self
            .0
            .query_raw(statement, params)
            .await
            .map_err(query_failed)?;
        let mut queried = Queried::default();
        let result = collect(rows, &mut queried).await;
        Ok((queried, result))
    }
}

async fn collect(rows: tokio_postgres::RowStream, queried: &mut Queried) -> Result<(), Error> {
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(query_failed)? {
        if queried.rows.is_empty() {
            let columns = row.columns().iter().map(|column| Column {
                name: column.name().to_owned(),
                data_type: type_name(column.type_()),
            });
            queried.columns = columns.collect();
        }
        let values = from_row(&row)
            .map_err(|error| Error::QueryFailed(QueryError::Text(format!("{error:#}"))))?;
        queried.rows.push(values);
    }
    Ok(())
}

/// Opens a connection for a component, which may take as long as the database needs.
async fn open(component: &Component, address: &str) -> Result<Connection, Error> {
    check_allowed(component, address)?;
    component.postgres_pools.connect(address).await
}

impl Host for Guest {}

impl HostConnectionBuilder for Guest {
    async fn new(&mut self, address: String) -> wasmtime::Result<Resource<ConnectionBuilder>> {
        Ok(self.table.push(ConnectionBuilder { address })?)
    }

    async fn set_ca_root(
        &mut self,
        _builder: Resource<ConnectionBuilder>,
        _certificate: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(Err(unsupported("a CA certificate for PostgreSQL")))
    }

    async fn build(
        &mut self,
        builder: Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let address = self.table.get(&builder)?.address.clone();
        HostConnection::open(self, address).await
    }

    async fn drop(&mut self, builder: Resource<ConnectionBuilder>) -> wasmtime::Result<()> {
        self.table.delete(builder)?;
        Ok(())
    }
}

impl HostConnection for Guest {
    async fn open(
        &mut self,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        match open(&self.component, &address).await {
            Ok(connection) => Ok(Ok(self.table.push(connection)?)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let connection = self.table.get(&connection)?.clone();
        Ok(connection
            .query(&statement, &params)
            .await
            .and_then(|(queried, result)| {
                result.map(|()| RowSet {
                    columns: queried.columns,
                    rows: queried.rows,
                })
            }))
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let connection = self.table.get(&connection)?.clone();
        Ok(connection.execute(&statement, &params).await)
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

async fn open_async<T: Send>(
    accessor: &Accessor<T, SpinHost>,
    address: &str,
) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
    let component = accessor.with(|mut access| Arc::clone(&access.get().component));
    match open(&component, address).await {
        Ok(connection) => {
            accessor.with(|mut access| Ok(Ok(access.get().table.push(connection)?)))
        }
        Err(error) => Ok(Err(error)),
    }
}

fn connection<T: Send>(
    accessor: &Accessor<T, SpinHost>,
    connection: &Resource<Connection>,
) -> wasmtime::Result<Connection> {
    accessor.with(|mut access| Ok(access.get().table.get(connection)?.clone()))
}

impl<T: Send> HostConnectionBuilderWithStore<T> for SpinHost {
    async fn build_async(
        accessor: &Accessor<T, Self>,
        builder: Resource<ConnectionBuilder>,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let builder = accessor.with(|mut access| access.get().table.get(&builder).cloned())?;
        open_async(accessor, &builder.address).await
    }
}

impl<T: Send> HostConnectionWithStore<T> for SpinHost {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        open_async(accessor, &address).await
    }

    async fn query_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> wasmtime::Result<
        Result<
            (
                Vec<Column>,
                StreamReader<Vec<DbValue>>,
                FutureReader<Result<(), Error>>,
            ),
            Error,
        >,
    > {
        let connection = connection(accessor, &handle)?;
        let (queried, result) = match connection.query(&statement, &params).await {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, queried.rows)?;
            let result =
                FutureReader::new(&mut access, async move { wasmtime::error::Ok(result) })?;
            Ok(Ok((queried.columns, rows, result)))
        })
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        params: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        let connection = connection(accessor, &handle)?;
        Ok(connection.execute(&statement, &params).await)
    }
}
