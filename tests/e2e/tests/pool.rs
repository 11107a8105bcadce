//! A pool of origins: two on Spin over one PostgreSQL, asked over HTTP by an edge on Workers and by one
//! on Spin. They get their shares, one that dies costs no order, and two edges on different platforms
//! sell exactly the units that there are.
//!
//! What fails and comes back is a process of an origin, killed as by `kill -9`.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use souk_e2e::buyers::{self, Outcome, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::server::free_port;
use souk_e2e::{Client, Instance, Platform, Shop, eventually};
use souk_protocol::origin::{
    AUDIT_PATH, ENTRANCE, IDENTITY_PATH, OTHER_STORE, RECEIPTS_PATH, STORE_HEADER,
};

const TOKEN: &str = "e4d909c290d0fb1ca068ffaddf22cbd05d41402abc4b2a76b9719d911017c592";
const OTHER_TOKEN: &str = "5d41402abc4b2a76b9719d911017c592e4d909c290d0fb1ca068ffaddf22cbd0";
/// The weight of the first origin; the second one has 1.
const WEIGHT: u32 = 3;
/// There is enough of it for every buyer.
const PLENTY: &str = "PLENTY";
const UNITS: u32 = 5_000;
/// There is less of it than is wanted.
const SCARCE: &str = "SCARCE";
const FEW: u32 = 60;
/// Orders one after the other, to count where they go.
const COUNTED: usize = 400;
/// Orders while an origin dies.
const ORDERS: usize = 400;
/// So many of them are placed when it is killed.
const KILLED_AFTER: usize = 100;
const IN_FLIGHT: usize = 16;

/// Two origins over one database, and the edge that asks them.
struct World {
    /// The first origin; staff reach it.
    first: Shop,
    second: Option<Instance>,
    second_port: u16,
    /// On Workers the edge is a shop of its own, with a catalogue of its own.
    workers: Option<Shop>,
    spin: Option<Instance>,
}

impl World {
    async fn with_edges_on(platforms: &[Platform]) -> Result<Self> {
        let products = [single(PLENTY, 1_999, UNITS), single(SCARCE, 900, FEW)];
        let file = CatalogueFile::new(&products)?;
        let mut first = Shop::start(Platform::SpinPostgres).await?;
        first.restart_with(&[("origin_token", TOKEN)]).await?;
        first.publish(&file.path()).await?;
        let second_port = free_port()?;
        let mut world = Self {
            second: Some(first.start_another_at(second_port, &[]).await?),
            first,
            second_port,
            workers: None,
            spin: None,
        };
        for platform in platforms {
            match platform {
                Platform::Workers => {
                    let mut edge = Shop::start(Platform::Workers).await?;
                    edge.publish(&file.path()).await?;
                    edge.restart_with(&world.settings(TOKEN).pairs()).await?;
                    world.workers = Some(edge);
                }
                _ => world.spin = Some(world.spin_edge(TOKEN).await?),
            }
        }
        Ok(world)
    }

    async fn spin_edge(&self, token: &str) -> Result<Instance> {
        let settings = self.settings(token);
        let port = free_port()?;
        self.first.start_another_at(port, &settings.pairs()).await
    }

    fn settings(&self, token: &str) -> PoolSettings {
        let (first, second) = (self.first_site(), self.second_site());
        PoolSettings {
            pool: format!("{first} weight={WEIGHT}, {second}"),
            hosts: [first, second],
            token: token.to_owned(),
        }
    }

    fn first_site(&self) -> String {
        self.first.client().base().to_owned()
    }

    fn second_site(&self) -> String {
        format!("http://127.0.0.1:{}", self.second_port)
    }

    /// The edges that there are.
    fn edges(&self) -> Vec<Client> {
        let workers = self.workers.iter().map(Shop::client);
        workers
            .chain(self.spin.iter().map(Instance::client))
            .collect()
    }

    fn edge(&self) -> Result<Client> {
        self.edges()
            .into_iter()
            .next()
            .context("a world has an edge")
    }
}

/// The settings of an edge about its pool.
struct PoolSettings {
    pool: String,
    hosts: [String; 2],
    token: String,
}

impl PoolSettings {
    fn pairs(&self) -> [(&str, &str); 4] {
        [
            ("origin_pool", &self.pool),
            ("origin_pool_host_1", &self.hosts[0]),
            ("origin_pool_host_2", &self.hosts[1]),
            ("origin_token", &self.token),
        ]
    }
}

/// A figure of the pool of an edge.
async fn figure(edge: &Client, name: &str, site: &str) -> Result<u64> {
    let host = site
        .strip_prefix("http://")
        .context("a site of the tests")?;
    let line = format!("souk_origin_pool_{name}{{member=\"{host}\"}} ");
    let metrics = edge.get("/metrics").await?.text();
    let value = metrics
        .lines()
        .find_map(|metric| metric.strip_prefix(&line));
    let value = value.with_context(|| format!("{line}is not among {metrics}"))?;
    Ok(value.parse()?)
}

fn wishes(prefix: &str, sku: &str, count: usize) -> Vec<Wish> {
    let wish = |number| Wish {
        key: format!("{prefix}-{number}"),
        sku: sku.to_owned(),
        quantity: 1,
    };
    (0..count).map(wish).collect()
}

fn id_of(outcome: &Outcome) -> Option<String> {
    let order = outcome.order()?;
    Some(order["id"].as_str()?.to_owned())
}

async fn each_origin_gets_its_share(platform: Platform) -> Result<()> {
    let world = World::with_edges_on(&[platform]).await?;
    let edge = world.edge()?;
    // The first order begins the pool; before it there are no figures.
    buyers::settle(&edge, &wishes("first", PLENTY, 1)[0]).await?;
    let sites = [world.first_site(), world.second_site()];
    let mut before = [0; 2];
    for (count, site) in before.iter_mut().zip(&sites) {
        *count = figure(&edge, "requests_total", site).await?;
    }
    for wish in wishes("counted", PLENTY, COUNTED) {
        let outcome = buyers::settle(&edge, &wish).await?;
        ensure!(outcome.order().is_some(), "{}: {outcome:?}", wish.key);
    }
    let mut counts = [0; 2];
    for ((count, site), before) in counts.iter_mut().zip(&sites).zip(before) {
        *count = figure(&edge, "requests_total", site).await? - before;
        let failures = figure(&edge, "failures_total", site).await?;
        ensure!(failures == 0, "{site} failed {failures} times");
    }
    let all = counts[0] + counts[1];
    println!("{platform:?}: {counts:?} of {all}");
    ensure!(all >= COUNTED as u64, "an order is a request");
    let share = counts[0] as f64 / all as f64;
    let wanted = f64::from(WEIGHT) / f64::from(WEIGHT + 1);
    ensure!(
        (share - wanted).abs() <= 0.02,
        "{share} in the place of {wanted}"
    );
    Ok(())
}

async fn an_origin_that_dies_costs_no_order_and_comes_back(platform: Platform) -> Result<()> {
    let mut world = World::with_edges_on(&[platform]).await?;
    let edge = world.edge()?;
    let before = world.first.audit().await?.orders;
    let mut ids = BTreeSet::new();
    let settled = stream::iter(wishes("dying", PLENTY, ORDERS)).map(async |wish| {
        let outcome = buyers::settle(&edge, &wish).await?;
        id_of(&outcome).with_context(|| format!("{}: {outcome:?}", wish.key))
    });
    let mut settled = std::pin::pin!(settled.buffer_unordered(IN_FLIGHT));
    while let Some(id) = settled.next().await {
        ids.insert(id?);
        if ids.len() == KILLED_AFTER {
            world.second = None;
        }
    }
    ensure!(
        ids.len() == ORDERS,
        "{} orders for {ORDERS} keys",
        ids.len()
    );
    let audit = world.first.audit().await?;
    let placed = audit.orders - before;
    ensure!(
        placed == i64::try_from(ORDERS)?,
        "{placed} orders in the books"
    );
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);

    let site = world.second_site();
    let is_ejected = async |wanted| {
        // Reading an order asks the pool, and so finds out about its members.
        let key = format!("dying-{}", fastrand::usize(..ORDERS));
        buyers::settle_body(&edge, &key, &buyers::order_body(PLENTY, 1)).await?;
        let ejected = figure(&edge, "ejected", &site).await?;
        Ok((ejected == wanted).then_some(()))
    };
    eventually("the dead origin is ejected", async || is_ejected(1).await).await?;
    world.second = Some(world.first.start_another_at(world.second_port, &[]).await?);
    eventually("it is back", async || is_ejected(0).await).await?;
    let requests = figure(&edge, "requests_total", &site).await?;
    eventually("it gets orders again", async || {
        is_ejected(0).await?;
        let now = figure(&edge, "requests_total", &site).await?;
        Ok((now > requests).then_some(()))
    })
    .await?;
    let now = world.first.audit().await?.orders - before;
    ensure!(now == placed, "a key that was sent again made an order");
    Ok(())
}

async fn strangers_find_nothing_at_the_entrance(_origins: Platform) -> Result<()> {
    let world = World::with_edges_on(&[]).await?;
    let origin = world.first.client();
    let identity = format!("{ENTRANCE}{IDENTITY_PATH}");
    let (right, wrong) = (format!("Bearer {TOKEN}"), format!("Bearer {OTHER_TOKEN}"));
    for headers in [vec![], vec![("authorization", wrong.as_str())]] {
        let answer = origin.get_with(&identity, &headers).await?;
        ensure!(answer.status == 404, "{headers:?}: {}", answer.status);
        ensure!(answer.header(STORE_HEADER).is_empty(), "{headers:?}");
    }
    let known = origin
        .get_with(&identity, &[("authorization", &right)])
        .await?;
    let store = known.header(STORE_HEADER).to_owned();
    ensure!(
        known.status == 204 && store.len() == 32,
        "{}: {store}",
        known.status
    );
    let second = Client::new(world.second_site());
    let same = second
        .get_with(&identity, &[("authorization", &right)])
        .await?;
    ensure!(
        same.header(STORE_HEADER) == store,
        "one database, one store"
    );
    let meant = [("authorization", right.as_str()), (STORE_HEADER, "another")];
    let other = origin.get_with(&identity, &meant).await?;
    ensure!(other.status == OTHER_STORE, "{}", other.status);
    for (method, path) in [("GET", AUDIT_PATH), ("POST", RECEIPTS_PATH), ("GET", "/")] {
        let path = format!("{ENTRANCE}{path}");
        let headers = [("authorization", right.as_str())];
        let answer = origin.send(method, &path, &headers, "{}").await?;
        ensure!(answer.status == 404, "{path}: {}", answer.status);
    }
    for path in [IDENTITY_PATH, AUDIT_PATH, "//origin/trade/v1/audit"] {
        let answer = origin.get_with(path, &[("authorization", &right)]).await?;
        ensure!(answer.status == 404, "{path}: {}", answer.status);
    }

    let before = world.first.audit().await?.orders;
    let edge = world.spin_edge(OTHER_TOKEN).await?;
    let answer = buyers::send_once(&edge.client(), &wishes("stranger", PLENTY, 1)[0]).await?;
    ensure!(answer.status == 503, "{}", answer.beginning());
    ensure!(
        world.first.audit().await?.orders == before,
        "a stranger's order"
    );
    Ok(())
}

async fn two_edges_on_different_platforms_sell_exactly_the_units(_origins: Platform) -> Result<()> {
    let world = World::with_edges_on(&[Platform::Workers, Platform::SpinPostgres]).await?;
    let edges = world.edges();
    let buyers: Vec<_> = (0..2 * FEW as usize)
        .flat_map(|number| [(0, number), (1, number)])
        .collect();
    let settled = stream::iter(buyers).map(async |(edge, number): (usize, usize)| {
        let wish = Wish {
            key: format!("edge-{edge}-{number}"),
            sku: SCARCE.to_owned(),
            quantity: 1,
        };
        let outcome = buyers::settle(&edges[edge], &wish).await?;
        anyhow::Ok((edge, id_of(&outcome)))
    });
    let settled: Vec<_> = settled.buffer_unordered(IN_FLIGHT).collect().await;
    let mut ids = BTreeSet::new();
    let mut placed = [0; 2];
    for outcome in settled {
        let (edge, id) = outcome?;
        placed[edge] += usize::from(id.is_some());
        ids.extend(id);
    }
    println!("sold over Workers and Spin: {placed:?}");
    ensure!(placed.iter().sum::<usize>() == FEW as usize, "{placed:?}");
    ensure!(ids.len() == FEW as usize, "an order for two buyers");
    ensure!(
        placed.iter().all(|&count| count > 0),
        "one edge sold nothing: {placed:?}"
    );
    let account = world.first.stock(SCARCE).await?;
    let numbers = (account.available, account.sold, account.held);
    ensure!(numbers == (0, i64::from(FEW), 0), "{account:?}");
    let audit = world.first.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    for (platform, edge) in ["Workers", "Spin"].iter().zip(&edges) {
        let what = format!("the page on {platform} says that it is sold out");
        eventually(&what, async || {
            let product: Value = edge.get("/api/v1/products/scarce").await?.json()?;
            Ok((product["variants"][0]["available"] == false).then_some(()))
        })
        .await?;
    }
    Ok(())
}

mod workers {
    souk_e2e::tests_on!(Workers:
        each_origin_gets_its_share,
        an_origin_that_dies_costs_no_order_and_comes_back
    );
}
mod spin_postgres {
    souk_e2e::tests_on!(SpinPostgres:
        each_origin_gets_its_share,
        an_origin_that_dies_costs_no_order_and_comes_back,
        strangers_find_nothing_at_the_entrance,
        two_edges_on_different_platforms_sell_exactly_the_units
    );
}
