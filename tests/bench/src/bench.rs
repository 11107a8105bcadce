//! What all rows share: how long things are measured, in which order, and on what.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context, Result};
use souk_contract::{PostgresCluster, TokioPostgres};
use tempfile::TempDir;

use crate::kv::Stores;
use crate::load::{Pace, Sample, Target};
use crate::report::Row;
use crate::server::Server;
use crate::spin::Application;
use crate::tools::Tools;
use crate::workerd::Bundle;
use crate::{spin, workerd};

/// How often each side of a comparison is measured, one side after the other.
/// Many short rounds: on a machine with other work a long one only catches more of it.
const ROUNDS: usize = 7;

/// Objects of the origin where there are several.
pub(crate) const SHARDS: u16 = 4;

/// Where a shop runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    /// Plain `workerd`.
    Workers,
    /// Spin with its SQLite.
    Spin,
    /// Spin with PostgreSQL.
    Postgres,
}

impl Platform {
    /// First part of the names of its rows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Platform::Workers => "workers",
            Platform::Spin => "spin",
            Platform::Postgres => "postgres",
        }
    }
}

/// Which of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Shop,
    /// The shop with an origin of [`SHARDS`] objects; only on Workers.
    Sharded,
    Floor,
}

/// One run of the benchmark.
pub(crate) struct Bench {
    pub(crate) tools: Tools,
    pub(crate) quick: bool,
    /// Parts of names of rows; empty: all.
    pub(crate) only: Vec<String>,
    /// Started when it is first needed.
    pub(crate) cluster: RefCell<Option<PostgresCluster>>,
    pub(crate) rows: RefCell<Vec<Row>>,
}

/// A started server with its files.
pub(crate) struct Host {
    pub(crate) server: Server,
    directory: TempDir,
    platform: Platform,
    side: Side,
    stores: Stores,
    /// Of its database, where it is PostgreSQL.
    pub(crate) url: Option<String>,
}

/// The medians of two sides that were measured in turn.
pub(crate) struct Compared {
    pub(crate) floor: Sample,
    pub(crate) shop: Sample,
    /// The median of the ratios of neighbouring measurements.
    pub(crate) ratio: f64,
}

impl Bench {
    /// Whether a row is asked for.
    pub(crate) fn wants(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| id.contains(part.as_str()))
    }

    /// Whether any of these rows is asked for.
    pub(crate) fn wants_any(&self, platform: Platform, names: &[&str]) -> bool {
        names
            .iter()
            .any(|name| self.wants(&format!("{}/{name}", platform.name())))
    }

    /// Adds a row to the table, and says so, because a run takes minutes.
    pub(crate) fn add(&self, row: Row) {
        let ratio = row.ratio.map(|ratio| format!(", ratio {ratio:.2}"));
        eprintln!(
            "{}: {:.1} {}{}",
            row.id,
            row.value,
            row.unit,
            ratio.unwrap_or_default()
        );
        self.rows.borrow_mut().push(row);
    }

    /// How often something that is not a load is done; the median counts.
    pub(crate) fn repeats(&self) -> usize {
        if self.quick { 3 } else { 7 }
    }

    /// How long is warmed up, and how long each round measures.
    pub(crate) fn seconds(&self) -> (Duration, Duration) {
        let (warm_ms, measured_ms) = if self.quick {
            (1_000, 700)
        } else {
            (5_000, 2_000)
        };
        (
            Duration::from_millis(warm_ms),
            Duration::from_millis(measured_ms),
        )
    }

    /// Starts one side on empty stores and waits until it answers.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) async fn start(&self, platform: Platform, side: Side) -> Result<Host> {
        let directory = tempfile::Builder::new().prefix("souk-bench-").tempdir()?;
        let url = match platform {
            Platform::Workers | Platform::Spin => None,
            Platform::Postgres => Some(self.postgres(side).await?),
        };
        let stores = Stores::start()?;
        let server = launch(
            &self.tools,
            platform,
            side,
            stores,
            url.as_deref(),
            &directory,
        )?;
        let mut host = Host {
            server,
            directory,
            platform,
            side,
            stores,
            url,
        };
        host.server.wait_for(side.health()).await?;
        Ok(host)
    }

    /// Address of the database of one side; both are on one server, with the same settings. A shop gets
    /// an empty one each time that it is started.
    async fn postgres(&self, side: Side) -> Result<String> {
        if self.cluster.borrow().is_none() {
            self.cluster.replace(Some(PostgresCluster::start()?));
        }
        let (url, name, url_of_name) = {
            let cluster = self.cluster.borrow();
            let cluster = cluster
                .as_ref()
                .context("the server was started just now")?;
            let name = cluster.new_name();
            let url_of_name = cluster.url_of(&name);
            (cluster.url(), name, url_of_name)
        };
        if side == Side::Floor {
            crate::orders::make_bare_function(&url).await?;
            return Ok(url);
        }
        let connection = TokioPostgres::connect(&url).await?;
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        connection.client().batch_execute(&create).await?;
        Ok(url_of_name)
    }

    /// Warms both sides up, then measures them in turn.
    ///
    /// # Errors
    /// When one does not answer.
    pub(crate) async fn compare(
        &self,
        floor: &Target,
        shop: &Target,
        pace: Pace,
    ) -> Result<Compared> {
        let (warm, measured) = self.seconds();
        for side in [floor, shop] {
            side.run(pace, warm).await?;
        }
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push((
                floor.run(pace, measured).await?,
                shop.run(pace, measured).await?,
            ));
        }
        let ratios = rounds
            .iter()
            .map(|(floor, shop)| shop.per_second / floor.per_second);
        let ratio = median(ratios.collect());
        Ok(Compared {
            floor: middle(rounds.iter().map(|(floor, _)| floor)),
            shop: middle(rounds.iter().map(|(_, shop)| shop)),
            ratio,
        })
    }

    /// [`Self::compare`] in a closed loop, as a row.
    ///
    /// # Errors
    /// When a side does not answer.
    pub(crate) async fn throughput(
        &self,
        id: &str,
        (limit_is, floor): (&str, &Target),
        shop: &Target,
        goal: Option<f64>,
    ) -> Result<Row> {
        let compared = self.compare(floor, shop, Pace::Closed).await;
        let Compared { floor, shop, ratio } = compared.with_context(|| id.to_owned())?;
        let refused = match shop.refused + floor.refused {
            0 => String::new(),
            refused => format!(", {refused} REFUSED"),
        };
        let ms = |us: u32| f64::from(us) / 1000.0;
        Ok(Row {
            id: id.to_owned(),
            value: shop.per_second,
            unit: "/s".to_owned(),
            limit: Some(floor.per_second),
            limit_is: limit_is.to_owned(),
            ratio: Some(ratio),
            goal,
            cpu_us: Some(shop.cpu_us),
            note: format!(
                "{:.0}/{:.0} µs of processor; p50 {:.1} p99 {:.1} ms{refused}",
                shop.cpu_us,
                floor.cpu_us,
                ms(shop.p50_us),
                ms(shop.p99_us)
            ),
        })
    }
}

impl Host {
    /// Ends the server and starts it again on the same stores, without waiting for it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn restart(&mut self, tools: &Tools) -> Result<()> {
        self.server.end();
        let url = self.url.as_deref();
        self.server = launch(
            tools,
            self.platform,
            self.side,
            self.stores,
            url,
            &self.directory,
        )?;
        Ok(())
    }
}

impl Side {
    fn health(self) -> &'static str {
        match self {
            Side::Shop | Side::Sharded => "/healthz",
            Side::Floor => "/",
        }
    }
}

fn launch(
    tools: &Tools,
    platform: Platform,
    side: Side,
    stores: Stores,
    url: Option<&str>,
    directory: &TempDir,
) -> Result<Server> {
    let directory = directory.path();
    let (bundle, application) = match side {
        Side::Shop => (Bundle::Shop { shards: 1 }, Application::Shop),
        Side::Sharded => (Bundle::Shop { shards: SHARDS }, Application::Shop),
        Side::Floor => (Bundle::Floor, Application::Floor),
    };
    match platform {
        Platform::Workers => workerd::start(tools, bundle, stores, directory),
        Platform::Spin | Platform::Postgres => spin::start(tools, application, url, directory),
    }
}

/// The middle one of some numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

fn middle<'a>(samples: impl Iterator<Item = &'a Sample>) -> Sample {
    let mut samples: Vec<_> = samples.cloned().collect();
    samples.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    let refused = samples.iter().map(|sample| sample.refused).sum();
    let cpu_us = median(samples.iter().map(|sample| sample.cpu_us).collect());
    let middle = samples.into_iter().nth(ROUNDS / 2).unwrap_or_default();
    Sample {
        refused,
        cpu_us,
        ..middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }
}
