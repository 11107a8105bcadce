//! The buyers of a drill: each wants one unit, and repeats what has no answer until it knows. Every
//! attempt stands in a raw log; what they come to is a report in the form of the load generator's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::buyers::{order_body, send_body};
use crate::{Answer, Client};

/// How often a buyer tries until its outcome is known.
const ATTEMPTS_MAX: u32 = 60;
/// The pause before the second attempt; each one is twice the last.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Who come.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Crowd {
    /// What the report of theirs is called.
    pub(super) name: String,
    /// What they want, one unit each.
    sku: String,
    /// How many they are.
    buyers: u32,
    /// Within so many seconds, evenly.
    #[serde(default)]
    over_s: f64,
    /// How many orders they have to have in the end.
    orders: u64,
}

/// One attempt, as the raw log has it.
#[derive(Debug, Serialize)]
struct Attempt<'a> {
    /// In milliseconds since 1970.
    at_ms: u64,
    buyer: &'a str,
    key: &'a str,
    /// None where there was no answer.
    status: Option<u16>,
    problem: String,
    /// The order's number, if that is what was answered.
    order: Option<String>,
}

/// What came of a crowd, as load generators write it.
#[derive(Debug, Default, Serialize)]
struct Summary {
    sent: u64,
    statuses: BTreeMap<u16, u64>,
    errors: BTreeMap<&'static str, u64>,
    orders: u64,
}

/// All buyers of a drill.
#[derive(Debug)]
pub(super) struct Customers {
    client: Client,
    folder: PathBuf,
    fresh_keys: AtomicBool,
    /// What is wrong with what they were answered.
    wrong: Mutex<Vec<String>>,
}

/// What one buyer comes to.
enum Outcome {
    Placed(String),
    Refused,
}

impl Customers {
    /// None yet; their reports and logs go to a folder.
    pub(super) fn new(client: Client, folder: &Path) -> Self {
        Self {
            client,
            folder: folder.to_owned(),
            fresh_keys: AtomicBool::new(false),
            wrong: Mutex::new(Vec::new()),
        }
    }

    /// From now on an attempt without an answer is followed by one with another key.
    pub(super) fn repeat_with_fresh_keys(&self) {
        self.fresh_keys.store(true, Ordering::Relaxed);
    }

    fn wrong(&self) -> MutexGuard<'_, Vec<String>> {
        self.wrong.lock().expect("no holder of the lock panics")
    }

    /// `ok`, or what is wrong, a line each.
    pub(super) fn verdict(&self) -> String {
        match self.wrong().as_slice() {
            [] => "ok".to_owned(),
            wrong => wrong.join("\n"),
        }
    }

    /// Sends a crowd, and waits until each of them knows; a line about what came of it.
    pub(super) async fn send(self: &Arc<Self>, crowd: &Crowd) -> Result<String> {
        let is_name = crowd
            .name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        ensure!(
            is_name && !crowd.name.is_empty(),
            "'{}' is no name",
            crowd.name
        );
        let log = self.folder.join(format!("{}.jsonl", crowd.name));
        let log = File::create_new(&log).with_context(|| log.display().to_string())?;
        let book = Arc::new(Book {
            log: Mutex::new(log),
            summary: Mutex::new(Summary::default()),
        });
        let each_s = crowd.over_s / f64::from(crowd.buyers.max(1));
        let each = Duration::try_from_secs_f64(each_s).context("over_s is a number of seconds")?;
        let buyers = (0..crowd.buyers).map(|number| {
            let (customers, book) = (Arc::clone(self), Arc::clone(&book));
            let (buyer, sku) = (format!("{}-{number}", crowd.name), crowd.sku.clone());
            tokio::spawn(async move {
                tokio::time::sleep(each * number).await;
                customers.insist(&buyer, &sku, &book).await
            })
        });
        let outcomes: Vec<Result<Outcome>> = try_join_all(buyers).await?;
        let mut orders = BTreeSet::new();
        let mut refused = 0;
        for outcome in outcomes {
            match outcome {
                Ok(Outcome::Placed(order)) => drop(orders.insert(order)),
                Ok(Outcome::Refused) => refused += 1,
                Err(error) => self.wrong().push(format!("{error:#}")),
            }
        }
        let mut summary = book.summary();
        summary.orders = orders.len() as u64;
        let report = self.folder.join(format!("{}.json", crowd.name));
        std::fs::write(report, serde_json::to_vec(&*summary)?)?;
        let (placed, wanted, name) = (summary.orders, crowd.orders, &crowd.name);
        if placed != wanted {
            let wrong = format!("{name}: {placed} orders, not {wanted}");
            self.wrong().push(wrong);
        }
        let sent = summary.sent;
        Ok(format!(
            "{name}: {placed} orders, {refused} refused, {sent} requests"
        ))
    }

    /// Tries until the outcome is known.
    async fn insist(&self, buyer: &str, sku: &str, book: &Book) -> Result<Outcome> {
        let mut body = order_body(sku, 1);
        body["customer"]["email"] = format!("{buyer}@example.com").into();
        let mut key = buyer.to_owned();
        let mut pause = PAUSE_FIRST;
        for attempt in 1..=ATTEMPTS_MAX {
            let answer = send_body(&self.client, &key, &body).await;
            book.write(buyer, &key, answer.as_ref().ok())?;
            match answer {
                Ok(answer) if answer.status < 300 => {
                    let order = number(&answer).context("an order has a number")?;
                    return Ok(Outcome::Placed(order));
                }
                Ok(answer) if answer.status == 409 => return Ok(Outcome::Refused),
                Ok(answer) if answer.status != 503 => {
                    let (status, text) = (answer.status, answer.beginning());
                    anyhow::bail!("{buyer} was answered {status}: {text}");
                }
                Ok(_) | Err(_) => {}
            }
            if self.fresh_keys.load(Ordering::Relaxed) {
                key = format!("{buyer}-{attempt}");
            }
            // A polite buyer gives the shop some time.
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        anyhow::bail!("{buyer} does not know after {ATTEMPTS_MAX} attempts")
    }
}

/// The number of the order that was answered.
fn number(answer: &Answer) -> Option<String> {
    let order: serde_json::Value = answer.json().ok()?;
    Some(order["id"].as_str()?.to_owned())
}

/// What one crowd does.
#[derive(Debug)]
struct Book {
    log: Mutex<File>,
    summary: Mutex<Summary>,
}

impl Book {
    fn summary(&self) -> MutexGuard<'_, Summary> {
        self.summary.lock().expect("no holder of the lock panics")
    }

    fn write(&self, buyer: &str, key: &str, answer: Option<&Answer>) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let attempt = Attempt {
            at_ms: u64::try_from(now.as_millis())?,
            buyer,
            key,
            status: answer.map(|answer| answer.status),
            problem: answer.map(Answer::problem).unwrap_or_default(),
            order: answer.filter(|answer| answer.status < 300).and_then(number),
        };
        let mut summary = self.summary();
        summary.sent += 1;
        match attempt.status {
            Some(status) => *summary.statuses.entry(status).or_default() += 1,
            None => *summary.errors.entry("broken").or_default() += 1,
        }
        let mut line = serde_json::to_vec(&attempt)?;
        line.push(b'\n');
        let mut log = self.log.lock().expect("no holder of the lock panics");
        log.write_all(&line).context("the raw log of buyers")
    }
}
