//! Two flash sales with a waiting room on a shop that is measured: published and scheduled by the program
//! `souk`, as the staff do.
//!
//! `few` has one unit, so that each visitor with a ticket waits; `many` has a unit for each ticket, so that all
//! are called.

use std::cell::Cell;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::LocalSet;

use crate::bench::Bench;
use crate::connection::Connection;
use crate::load::CONNECTIONS;
use crate::server::Server;
use crate::shop::Staff;

/// The SKU of the shop at other times.
pub(crate) const SKU: &str = "TEA";
/// Units of `many`, and of the shop.
const UNITS: u32 = 1_000_000;
/// From the publish to the opening: the staff's commands, and the tickets of the draw.
const LEAD: Duration = Duration::from_secs(60);
const LASTS: Duration = Duration::from_secs(3 * 60 * 60);
/// Everything that a sale has to come to.
const PATIENCE: Duration = Duration::from_secs(300);

/// A ticket that is called.
pub(crate) struct Called {
    pub(crate) number: usize,
    pub(crate) ticket: String,
    pub(crate) orders_path: String,
}

/// The shop of the sales.
pub(crate) struct Sales {
    address: SocketAddr,
    staff: SocketAddr,
    token: String,
}

impl Sales {
    /// Publishes and schedules both.
    ///
    /// # Errors
    /// With the words of the tool.
    pub(crate) async fn begin(bench: &Bench, shop: &Server) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("souk-bench-sale-")
            .tempdir()?;
        write(folder.path())?;
        let sales = Self {
            address: shop.address,
            staff: shop.staff,
            token: Staff::new(shop.staff).token().await?.to_owned(),
        };
        let path = folder.path().to_str().context("the path is no text")?;
        sales.souk(bench, &["publish", path]).await?;
        for id in ["few", "many"] {
            sales.souk(bench, &["sale", "schedule", id]).await?;
        }
        Ok(sales)
    }

    async fn souk(&self, bench: &Bench, arguments: &[&str]) -> Result<()> {
        let output = tokio::process::Command::new(&bench.tools.souk)
            .args(arguments)
            .args(["--shop", &format!("http://{}", self.staff)])
            .args(["--token", &self.token])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        ensure!(
            output.status.success(),
            "souk {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Does this while the shop ticks once a second, as by a scheduler on Spin.
    pub(crate) async fn while_ticking<T>(
        &self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let request = format!(
            "POST /staff/v1/tick HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-length: 0\r\n\r\n",
            self.staff, self.token
        );
        let ticks = async {
            let mut every_second = tokio::time::interval(Duration::from_secs(1));
            loop {
                every_second.tick().await;
                // A scheduler does not mind a tick that fails; the next one follows.
                if let Ok(mut connection) = Connection::open(self.staff).await {
                    let _ = connection.send(request.as_bytes()).await;
                }
            }
        };
        tokio::select! {
            done = work => done,
            () = ticks => unreachable!("a scheduler does not end"),
        }
    }

    /// So many tickets, from before the opening.
    pub(crate) async fn tickets(&self, sale: &'static str, count: usize) -> Result<Vec<String>> {
        let address = self.address;
        let asked = each(count, async move |number| {
            let request = ask_for_ticket(address, sale, number);
            let shown = ask(address, &request, &[201]).await?;
            let text = shown["ticket"].as_str().context("a ticket")?;
            Ok(text.to_owned())
        });
        asked.await
    }

    /// Waits until a sale is in this state.
    pub(crate) async fn wait_for(&self, sale: &str, state: &str) -> Result<()> {
        let started = Instant::now();
        let path = format!("/api/v1/sales/{sale}");
        while started.elapsed() < PATIENCE {
            let shown = ask(self.address, &get(self.address, &path), &[200]).await?;
            if shown["state"] == state {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        bail!("{sale} does not become {state}")
    }

    /// Reads tickets of `many` until all of them are called.
    pub(crate) async fn all_called(&self, tickets: Vec<String>) -> Result<Vec<Called>> {
        let address = self.address;
        let tickets = Rc::new(tickets);
        let called = each(tickets.len(), async move |number| {
            let started = Instant::now();
            let ticket = tickets[number].clone();
            let path = format!("/api/v1/sales/many/tickets/{ticket}");
            while started.elapsed() < PATIENCE {
                let shown = ask(address, &get(address, &path), &[200]).await?;
                if let Some(path) = shown["orders_path"].as_str() {
                    let orders_path = path.to_owned();
                    return Ok(Called {
                        number,
                        ticket,
                        orders_path,
                    });
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            bail!("a ticket is not called")
        });
        called.await
    }
}

/// The e-mail address of a visitor; all of them are as long.
pub(crate) fn email(number: usize) -> String {
    format!("visitor-{number:08}@example.com")
}

/// Asks for a ticket.
pub(crate) fn ask_for_ticket(address: SocketAddr, sale: &str, number: usize) -> Vec<u8> {
    let body = json!({ "email": email(number) }).to_string();
    let head = format!(
        "POST /api/v1/sales/{sale}/tickets HTTP/1.1\r\nhost: {address}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes()
}

/// The answer with one of these statuses; a shop that does not know the time yet is asked again.
async fn ask(address: SocketAddr, request: &[u8], right: &[u16]) -> Result<Value> {
    let started = Instant::now();
    loop {
        let mut connection = Connection::open(address).await?;
        let answer = connection.send(request).await?;
        if right.contains(&answer.status) {
            return Ok(serde_json::from_slice(answer.body)?);
        }
        let body = String::from_utf8_lossy(answer.body).into_owned();
        if answer.status != 503 || started.elapsed() > PATIENCE {
            bail!("status {}: {body}", answer.status);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Does something for each number, some at a time.
async fn each<T: 'static>(
    count: usize,
    work: impl AsyncFn(usize) -> Result<T> + 'static,
) -> Result<Vec<T>> {
    let (work, next) = (Rc::new(work), Rc::new(Cell::new(0)));
    let local = LocalSet::new();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (work, next) = (work.clone(), next.clone());
            local.spawn_local(async move {
                let mut done = Vec::new();
                loop {
                    let number = next.replace(next.get() + 1);
                    if number >= count {
                        return anyhow::Ok(done);
                    }
                    done.push(work(number).await?);
                }
            })
        })
        .collect();
    let all = local.run_until(async {
        let mut all = Vec::with_capacity(count);
        for worker in workers {
            all.extend(worker.await.context("a visitor panicked")??);
        }
        anyhow::Ok(all)
    });
    all.await
}

fn write(folder: &Path) -> Result<()> {
    let shop = "name = \"Bench\"\nlanguages = [\"en\"]\ncurrency = \"USD\"\ncountry = \"US\"\n\
                time_zone = \"Etc/UTC\"\n[contact]\nemail = \"hello@shop.example\"\n[payment]\n\
                methods = [\"on_delivery\"]\n";
    fs::write(folder.join("shop.toml"), shop)?;
    let products = format!(
        "Handle,Title,Vendor,Published,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,\
         Variant Inventory Policy,Variant Price\ntea,Tea,Kiln,TRUE,{SKU},shopify,{},deny,10.00\n",
        3 * UNITS
    );
    fs::write(folder.join("products.csv"), products)?;
    let opens = OffsetDateTime::now_utc().truncate_to_second() + LEAD;
    let (opens, closes) = (opens.format(&Rfc3339)?, (opens + LASTS).format(&Rfc3339)?);
    for (id, units) in [("few", 1), ("many", UNITS)] {
        let sale = folder.join("sales").join(id);
        fs::create_dir_all(&sale)?;
        let text = format!(
            "titles = {{ en = \"The drop\" }}\nopens = {}\ncloses = {}\ngathers = \"5m\"\n\
             buy_within = \"1h\"\nidentity = \"email\"\n\
             items = [{{ sku = \"{SKU}\", price = 500, units = {units}, limit = 1 }}]\n",
            opens, closes
        );
        fs::write(sale.join("sale.toml"), text)?;
    }
    Ok(())
}
