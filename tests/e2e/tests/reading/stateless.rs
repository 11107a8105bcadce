//! No request needs an instance that answered an earlier one: a checkout of which every request
//! goes to another instance ends as one on a single instance does.
//!
//! On Spin three processes run beside each other on the same stores, and one of them is killed in
//! the middle. The stores of `workerd` belong to one process, so there the process is killed before
//! every request, and a new one answers it.

use anyhow::{Context, Result};
use souk_e2e::{Answer, Instance, Platform, Shop};
use tokio::sync::Mutex;

use crate::journey::{self, Carrier};
use crate::parity::{differences, journey_answers};
use crate::{Names, shop};

/// Processes beside each other.
const INSTANCES: usize = 3;
/// Before this request (the first one is 1), the instance that answered the last one is killed: it
/// made the checkout's form, and this request sends it.
const KILLED_BEFORE: usize = 4;

async fn a_checkout_may_change_the_instance_with_every_request(platform: Platform) -> Result<()> {
    let whole = shop(platform).await?;
    let names = Names::read(whole).await?;
    let undisturbed = journey::run(&whole.client(), &names, "").await?;
    let own = Shop::start(platform).await?;
    own.publish_demo().await?;
    let carrier = Scattered::over(own).await?;
    let scattered = journey::run(&carrier, &names, "").await?;
    let (expected, found) = (journey_answers(&undisturbed), journey_answers(&scattered));
    assert_eq!(expected.len(), found.len());
    let differences = differences(&expected, &found);
    assert!(
        differences.is_empty(),
        "{platform:?}:\n{}",
        differences.join("\n")
    );
    let fleet = carrier.0.into_inner();
    println!(
        "{platform:?}: {} requests, {} instances killed",
        fleet.sent, fleet.killed
    );
    assert!(fleet.sent > KILLED_BEFORE && fleet.killed > 0);
    let audit = fleet.shop.audit().await?;
    assert_eq!(audit.orders, 1, "the form was sent twice, and ordered once");
    assert_eq!(audit.drift, Vec::new());
    Ok(())
}

/// Carries every request to an instance that did not answer the one before.
struct Scattered(Mutex<Fleet>);

struct Fleet {
    shop: Shop,
    /// Those that still run; empty where instances follow each other.
    beside: Vec<Instance>,
    sent: usize,
    killed: usize,
}

impl Scattered {
    async fn over(shop: Shop) -> Result<Self> {
        let count = match shop.platform() {
            Platform::Workers | Platform::WorkersSharded | Platform::WranglerDev => 0,
            Platform::SpinSqlite | Platform::SpinPostgres => INSTANCES,
        };
        let mut beside = Vec::new();
        for _ in 0..count {
            beside.push(shop.start_another().await?);
        }
        Ok(Self(Mutex::new(Fleet {
            shop,
            beside,
            sent: 0,
            killed: 0,
        })))
    }
}

impl Carrier for Scattered {
    async fn carry(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer> {
        let mut fleet = self.0.lock().await;
        fleet.sent += 1;
        let client = if fleet.beside.is_empty() {
            fleet.shop.restart().await?;
            fleet.killed += 1;
            fleet.shop.client()
        } else {
            // The first of the row answers next and goes to its end.
            if fleet.sent == KILLED_BEFORE {
                fleet.beside.pop().context("no instance is left")?;
                fleet.killed += 1;
            }
            fleet.beside.rotate_left(1);
            fleet.beside.last().context("no instance is left")?.client()
        };
        client.send(method, path, headers, body).await
    }
}

souk_e2e::on_every_platform!(a_checkout_may_change_the_instance_with_every_request);
