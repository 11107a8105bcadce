//! Rounds of `kill -9` at random moments, while buyers and staff are busy: nothing that was
//! acknowledged is lost, nothing is done twice, and an unknown outcome settles with the same key.
//!
//! On PostgreSQL the server is killed too, alone or with the runtime; a runtime that was not killed
//! recovers by itself. Over several shards orders take units from all of them, and units that are
//! on their way when everything is killed come to rest. `SOUK_CRASH_ROUNDS` is how often; `cargo
//! xtask crashes` sets it.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use souk_contract::PostgresCluster;
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::commands::{Clerk, Command, Done, Placed};
use souk_e2e::{Platform, Shop, eventually};
use souk_sharding::layout;

const ROUNDS: usize = 4;
/// SKUs, and lines of an order at most.
const SKUS: u16 = 3;
/// Enough for some rounds: deliveries bring more, so that shelves are empty only at times.
const UNITS: u32 = 120;
/// People at the same time.
const PEOPLE: u64 = 12;
/// A process is killed after at most so many answers.
const ANSWERS_MAX: usize = 80;
/// And within this time after the last of them.
const MOMENT_MAX: Duration = Duration::from_millis(12);
/// Over several shards units come to rest some seconds after a round. So that rounds also begin
/// while units are on their way, that is waited for once in so many.
const ROUNDS_TO_REST: usize = 8;

/// What a buyer or the staff did, and the answer that they got.
#[derive(Debug, Clone)]
struct Told {
    key: String,
    command: Command,
    done: Option<Done>,
}

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Runtime,
    Database,
    Both,
}

/// What the books must say.
#[derive(Debug, Default)]
struct Books {
    available: BTreeMap<String, i64>,
    /// Orders with what is known of their status.
    orders: BTreeMap<String, (Placed, &'static str)>,
}

impl Books {
    fn enter(&mut self, command: &Command, done: &Done) {
        let mut add = |sku: &str, units: i64| {
            *self
                .available
                .entry(sku.to_owned())
                .or_insert(i64::from(UNITS)) += units;
        };
        match (command, done) {
            (Command::Order { lines, method }, Done::Placed(placed)) => {
                for (sku, units) in lines {
                    add(sku, -i64::from(*units));
                }
                let status = if *method == "transfer" {
                    "awaiting_payment"
                } else {
                    "confirmed"
                };
                self.orders
                    .insert(placed.id.clone(), (placed.clone(), status));
            }
            (Command::Cancel(placed), Done::Done) => {
                for (sku, units) in &placed.lines {
                    add(sku, i64::from(*units));
                }
                self.orders
                    .insert(placed.id.clone(), (placed.clone(), "cancelled"));
            }
            (Command::Pay(placed), Done::Done) => {
                let known = self.orders.get_mut(&placed.id).map(|(_, status)| status);
                if let Some(status) = known.filter(|status| **status == "awaiting_payment") {
                    *status = "confirmed";
                }
            }
            (Command::Receive { sku, units }, Done::Done) => add(sku, *units),
            (
                Command::Order { .. }
                | Command::Cancel(_)
                | Command::Pay(_)
                | Command::Receive { .. },
                Done::TooFew(_)
                | Done::OnSoldOutHold
                | Done::Illegal(_)
                | Done::Done
                | Done::Placed(_)
                | Done::Seen(_),
            )
            | (Command::Look { .. }, _) => {}
        }
    }

    async fn check(&self, shop: &Shop, orders: &BTreeMap<String, ()>, at_rest: bool) -> Result<()> {
        for (sku, units) in &self.available {
            match at_rest {
                true => comes_to_rest(shop, sku, *units).await?,
                // Some are on their way. None is there that was sold.
                false => {
                    let account = shop.stock(sku).await?;
                    let is_less = account.available <= *units;
                    ensure!(is_less, "{sku}: {account:?}, and {units} are known");
                }
            }
        }
        let clerk = Clerk::new(shop.client(), shop.bearer());
        for (placed, status) in orders.keys().filter_map(|id| self.orders.get(id)) {
            let order = clerk.order(placed).await?;
            let total = order["total"]["amount"].as_i64();
            let is_same = order["status"] == *status && total == Some(placed.total);
            ensure!(is_same, "{placed:?} is {status}, and not {order}");
        }
        let audit = shop.audit().await?;
        ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
        let known = i64::try_from(self.orders.len())?;
        ensure!(
            audit.orders == known,
            "{} orders, {known} are known",
            audit.orders
        );
        Ok(())
    }
}

/// Over several shards a SKU comes to so many units that can be ordered; with one store it has
/// them.
async fn comes_to_rest(shop: &Shop, sku: &str, units: i64) -> Result<()> {
    let mut last = shop.stock(sku).await?;
    if shop.platform().shards() > 1 && last.available != units {
        let mut look = async || {
            last = shop.stock(sku).await?;
            Ok((last.available == units).then_some(()))
        };
        let rested = eventually("units come to rest", &mut look).await;
        rested.with_context(|| format!("{sku}: {last:?}, and {units} are known"))?;
    }
    ensure!(
        last.available == units,
        "{sku}: {last:?}, and {units} are known"
    );
    Ok(())
}

async fn nothing_acknowledged_is_lost_or_doubled_by_a_crash(platform: Platform) -> Result<()> {
    let rounds = std::env::var("SOUK_CRASH_ROUNDS").ok();
    let rounds = rounds
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(ROUNDS);
    let seed = souk_e2e::seed();
    println!("{platform:?}: SOUK_E2E_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let cluster = tokio::task::spawn_blocking(PostgresCluster::start_durable);
    let cluster = Arc::new(cluster.await??);
    let mut shop = Shop::start_on(platform, &cluster).await?;
    let skus = skus(platform.shards());
    let products: Vec<_> = skus.iter().map(|sku| single(sku, 1_999, UNITS)).collect();
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let mut books = Books::default();
    let (mut acknowledged, mut unknown, began) = (0, 0, Instant::now());
    let mut caught = 0;
    for round in 0..rounds {
        let victim = match platform {
            Platform::SpinPostgres => *random
                .choice(&[Victim::Runtime, Victim::Database, Victim::Both])
                .expect("some"),
            Platform::Workers
            | Platform::WorkersSharded
            | Platform::WranglerDev
            | Platform::SpinSqlite => Victim::Runtime,
        };
        let people = People {
            skus: &skus,
            round,
            cluster: &cluster,
        };
        let (told, under_way) = people.burst(&mut shop, victim, &mut random).await?;
        caught += usize::from(under_way > 0);
        let lost = told.iter().filter(|one| one.done.is_none()).count();
        (acknowledged, unknown) = (acknowledged + told.len() - lost, unknown + lost);
        let touched = settle(&shop, &mut books, told, &mut random).await;
        let touched = touched.with_context(|| format!("round {round}, {victim:?} killed"))?;
        let at_rest = platform.shards() == 1 || round % ROUNDS_TO_REST == ROUNDS_TO_REST - 1;
        let checked = books.check(&shop, &touched, at_rest).await;
        checked.with_context(|| format!("round {round}, {victim:?} killed"))?;
    }
    let everything = books.orders.keys().map(|id| (id.clone(), ())).collect();
    books.check(&shop, &everything, true).await?;
    if platform.shards() > 1 {
        println!(
            "{platform:?}: {caught} times units were on their way to an order when everything died"
        );
    }
    println!(
        "{platform:?}: {rounds} rounds in {:.0} s, {acknowledged} commands acknowledged, {unknown} \
         unknown, {} orders",
        began.elapsed().as_secs_f32(),
        books.orders.len()
    );
    Ok(())
}

/// SKUs of all shards.
fn skus(shards: u16) -> Vec<String> {
    let of_shard = |number| {
        let mut names = (0..).map(|name| format!("FALL-{number}-{name}"));
        names.find(|sku| layout::place_by_hash(sku, shards) == number % shards)
    };
    (0..SKUS).filter_map(of_shard).collect()
}

/// Lots of units that a shard has let go for an order and no other one has booked, as the disk has
/// it after a crash.
fn units_under_way(shop: &Shop) -> Result<usize> {
    let (mut gone, mut booked) = (BTreeSet::new(), BTreeSet::new());
    let copies = tempfile::tempdir()?;
    for (number, file) in shop.sqlite_files()?.iter().enumerate() {
        // A look leaves the journal as it is to the process that comes next.
        let copy = copies.path().join(number.to_string());
        std::fs::copy(file, &copy)?;
        let journal = format!("{}-wal", file.display());
        if Path::new(&journal).exists() {
            std::fs::copy(&journal, copies.path().join(format!("{number}-wal")))?;
        }
        let database = rusqlite::Connection::open(&copy)?;
        let names = |sql: &str| -> rusqlite::Result<BTreeSet<String>> {
            let mut rows = database.prepare(sql)?;
            rows.query_map([], |row| row.get(0))?.collect()
        };
        let tables = names("SELECT name FROM sqlite_schema WHERE name = 'departure'")?;
        if !tables.is_empty() {
            gone.extend(names(
                "SELECT transfer FROM departure WHERE state = 'open' AND kind = 'asked'",
            )?);
            booked.extend(names("SELECT transfer FROM arrival WHERE refused = 0")?);
        }
    }
    Ok(gone.difference(&booked).count())
}

/// Buyers and staff of one round.
struct People<'a> {
    skus: &'a [String],
    round: usize,
    cluster: &'a Arc<PostgresCluster>,
}

impl People<'_> {
    /// They are busy until something is killed; then it is started again. Gives what they did, and
    /// how many lots of units were on their way between shards then.
    async fn burst(
        &self,
        shop: &mut Shop,
        victim: Victim,
        random: &mut fastrand::Rng,
    ) -> Result<(Vec<Told>, usize)> {
        let Self {
            skus,
            round,
            cluster,
        } = *self;
        let (answers, is_over) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let people = (0..PEOPLE).map(|person| {
            let clerk = Clerk::new(shop.client(), shop.bearer());
            let random = fastrand::Rng::with_seed(random.u64(..));
            let name = format!("fall-{round}-{person}");
            let skus = skus.to_vec();
            let (answers, is_over) = (Arc::clone(&answers), Arc::clone(&is_over));
            tokio::spawn(
                async move { be_busy(&clerk, random, &skus, &name, &answers, &is_over).await },
            )
        });
        let people: Vec<_> = people.collect();
        let wanted = random.usize(1..=ANSWERS_MAX);
        eventually("enough is answered", async || {
            Ok((answers.load(Ordering::Relaxed) >= wanted).then_some(()))
        })
        .await?;
        // No event to wait for: the moment itself is what chance decides.
        tokio::time::sleep(MOMENT_MAX.mul_f64(random.f64())).await;
        if victim != Victim::Database {
            shop.kill_hard();
        }
        if victim != Victim::Runtime {
            let killed = Arc::clone(cluster);
            tokio::task::spawn_blocking(move || killed.kill_hard()).await??;
        }
        is_over.store(true, Ordering::Relaxed);
        let under_way = match shop.platform().shards() {
            1 => 0,
            _ => units_under_way(shop)?,
        };
        if victim != Victim::Runtime {
            let again = Arc::clone(cluster);
            tokio::task::spawn_blocking(move || again.start_again()).await??;
        }
        if victim != Victim::Database {
            shop.restart().await?;
        }
        let mut told = Vec::new();
        for person in people {
            told.extend(person.await??);
        }
        Ok((told, under_way))
    }
}

/// One person, until they hear nothing more.
async fn be_busy(
    clerk: &Clerk,
    mut random: fastrand::Rng,
    skus: &[String],
    name: &str,
    answers: &AtomicUsize,
    is_over: &AtomicBool,
) -> Result<Vec<Told>> {
    let mut told: Vec<Told> = Vec::new();
    let mut mine: Vec<Placed> = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let command = draw(&mut random, skus, &mut mine);
        let key = format!("{name}-{}", told.len());
        let done = clerk.try_once(&key, &command).await?;
        answers.fetch_add(usize::from(done.is_some()), Ordering::Relaxed);
        if let Some(Done::Placed(placed)) = &done {
            mine.push(placed.clone());
        }
        let is_lost = done.is_none();
        told.push(Told { key, command, done });
        if is_lost {
            break;
        }
    }
    Ok(told)
}

fn draw(random: &mut fastrand::Rng, skus: &[String], mine: &mut Vec<Placed>) -> Command {
    let mut some: Vec<_> = skus.to_vec();
    random.shuffle(&mut some);
    some.truncate(random.usize(1..=skus.len()));
    let sku = some[0].clone();
    match random.u8(..20) {
        0..=10 => Command::Order {
            lines: some
                .into_iter()
                .map(|sku| (sku, random.u32(1..=2)))
                .collect(),
            method: random.choice(["transfer", "on_delivery"]).expect("some"),
        },
        11..=14 if !mine.is_empty() => {
            Command::Cancel(mine.swap_remove(random.usize(..mine.len())))
        }
        // Paid once and then left alone.
        15..=16 if !mine.is_empty() => Command::Pay(mine.swap_remove(random.usize(..mine.len()))),
        17 => Command::Receive {
            sku,
            units: -random.i64(1..=2),
        },
        _ => Command::Receive {
            sku,
            units: random.i64(1..=20),
        },
    }
}

/// What is not known gets known by the same key; some of what is known is sent again and must be
/// answered in the same way. Gives the orders of the round.
async fn settle(
    shop: &Shop,
    books: &mut Books,
    told: Vec<Told>,
    random: &mut fastrand::Rng,
) -> Result<BTreeMap<String, ()>> {
    let clerk = Clerk::new(shop.client(), shop.bearer());
    let mut touched = BTreeMap::new();
    for Told { key, command, done } in told {
        let known = match done {
            Some(done) => {
                // A refusal is of its moment; what was done stays done.
                let is_done = matches!(done, Done::Placed(_) | Done::Done);
                if is_done && random.u8(..4) == 0 {
                    let again = clerk.settle(&key, &command).await?;
                    ensure!(
                        again == done,
                        "{key}: {command:?} was {done:?}, and is now {again:?}"
                    );
                }
                done
            }
            None => clerk.settle(&key, &command).await?,
        };
        books.enter(&command, &known);
        let order = match (command, known) {
            (_, Done::Placed(placed)) | (Command::Cancel(placed) | Command::Pay(placed), _) => {
                placed.id
            }
            (Command::Order { .. } | Command::Receive { .. } | Command::Look { .. }, _) => continue,
        };
        touched.insert(order, ());
    }
    Ok(touched)
}

souk_e2e::on_every_platform_and_over_shards!(nothing_acknowledged_is_lost_or_doubled_by_a_crash);
