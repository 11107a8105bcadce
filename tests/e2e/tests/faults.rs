//! Edge and origin as two deployments, and a way between them on which three of ten attempts meet a
//! fault: a buyer who has an order has it once, and the origin gets hardly more requests for it.
//!
//! On Spin, where the edge reaches the origin over HTTP, and always by the local runner: Spin
//! itself has no means to plant a fault between two components. On Workers nothing can stand
//! between both: an edge calls objects of its own deployment. There only the simulation shows the
//! same.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use souk_e2e::buyers::{self, Outcome};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::faults::{FAULTS_PERMILLE, Fault};
use souk_e2e::{Client, Platform, Shop};

/// There is enough of it for every buyer.
const PLENTY: &str = "PLENTY";
const UNITS: u32 = 5_000;
/// There is less of it than is wanted.
const SCARCE: &str = "SCARCE";
const FEW: u32 = 40;
const ORDERS: usize = 1_200;
/// One order in so many is for what is scarce.
const SCARCE_EACH: usize = 12;
const IN_FLIGHT: usize = 48;
/// Requests that come to the origin after their edge has given up.
const LATE: usize = 4;
/// How often a buyer sends an order at most: by then chance has not refused it every time.
const ATTEMPTS_MAX: u32 = 30;
const PAUSE: Duration = Duration::from_millis(30);
/// The first repetition of each instance is free.
const FREE: u64 = 16;
/// Orders that are sent together while the origin is not there, and how often at most.
const AWAY: usize = 100;
const ROUNDS_MAX: usize = 60;

/// What a buyer was answered, one answer after the other.
#[derive(Debug, Default)]
struct Told {
    /// Answers after the edge has called the origin.
    calls: u64,
    /// 503 without a call.
    shed: u64,
    /// 503 after a call: the outcome is unknown.
    unknown: u64,
    order: Option<Value>,
}

async fn three_faults_of_ten_double_nothing_and_lose_nothing(platform: Platform) -> Result<()> {
    let seed = souk_e2e::seed();
    println!("{platform:?}: SOUK_E2E_SEED={seed}");
    let mut shop = Shop::start_with_distant_origin(platform, seed).await?;
    let products = [single(PLENTY, 1_999, UNITS), single(SCARCE, 900, FEW)];
    shop.publish(&CatalogueFile::new(&products)?.path()).await?;
    let client = shop.client();

    shop.way().begin_faults(LATE);
    let began = Instant::now();
    let told = stream::iter(0..ORDERS).map(async |number| {
        let told = insist(&client, number).await?;
        anyhow::Ok((number, told))
    });
    let told: Vec<_> = told.buffer_unordered(IN_FLIGHT).collect().await;
    let told = told.into_iter().collect::<Result<BTreeMap<_, _>>>()?;
    let met = shop.way().end_faults();
    println!(
        "{platform:?}: {ORDERS} orders in {:?}, {met:?}",
        began.elapsed()
    );
    check_amplification(&told, &met)?;

    let away = while_the_origin_is_down(&mut shop, &client).await?;
    check_books(&shop, &client, &told, &away).await
}

fn sku(number: usize) -> &'static str {
    match number.is_multiple_of(SCARCE_EACH) {
        true => SCARCE,
        false => PLENTY,
    }
}

/// Sends an order until it is known what became of it.
async fn insist(client: &Client, number: usize) -> Result<Told> {
    let (key, body) = (
        format!("order-{number}"),
        buyers::order_body(sku(number), 1),
    );
    let mut told = Told::default();
    for attempt in 1..=ATTEMPTS_MAX {
        let answer = buyers::send_body(client, &key, &body).await?;
        let is_on_sold_out_hold = answer.status == 409 && !answer.header("retry-after").is_empty();
        match answer.problem().as_str() {
            "unavailable" => told.shed += 1,
            "outcome-unknown" => (told.calls, told.unknown) = (told.calls + 1, told.unknown + 1),
            _ => told.calls += u64::from(!is_on_sold_out_hold),
        }
        if answer.status == 503 {
            let hint = answer.header("retry-after");
            ensure!(hint.parse::<u32>().is_ok(), "{key}: {hint:?}");
        }
        if let Some(outcome) = buyers::read(&answer, attempt)? {
            told.order = outcome.order().cloned();
            return Ok(told);
        }
        // A polite buyer gives the shop some time.
        tokio::time::sleep(PAUSE).await;
    }
    anyhow::bail!("{key} is still unknown after {ATTEMPTS_MAX} attempts")
}

/// The origin hears at most a tenth more than it is called.
fn check_amplification(
    told: &BTreeMap<usize, Told>,
    met: &BTreeMap<Option<Fault>, u64>,
) -> Result<()> {
    let sum = |of: fn(&Told) -> u64| told.values().map(of).sum::<u64>();
    let (calls, shed, unknown) = (
        sum(|one| one.calls),
        sum(|one| one.shed),
        sum(|one| one.unknown),
    );
    let attempts: u64 = met.values().sum();
    let faults = attempts - met.get(&None).copied().unwrap_or_default();
    println!(
        "{attempts} attempts for {calls} calls ({:.3}), {faults} met a fault, {unknown} calls ended \
         unknown, {shed} were not made",
        attempts as f64 / calls as f64
    );
    ensure!(attempts * 10 <= calls * 11 + FREE * 10, "too many attempts");
    ensure!(attempts > calls, "nothing was repeated");
    for fault in [
        Fault::Refused,
        Fault::LostRequest,
        Fault::LostReply,
        Fault::Busy,
    ] {
        let times = met.get(&Some(fault)).copied().unwrap_or_default();
        // Each has a quarter of the faults.
        let expected = attempts * u64::from(FAULTS_PERMILLE) / 4_000;
        ensure!(times * 2 > expected, "{fault:?} only {times} times");
    }
    let late = met.get(&Some(Fault::Late)).copied();
    ensure!(late == Some(LATE as u64), "{late:?} requests came late");
    Ok(())
}

/// While connections are refused no buyer gets an order, and soon hardly any order makes the edge
/// try; once the way is open again every buyer gets one. Each instance of the edge learns it alone.
async fn while_the_origin_is_down(shop: &mut Shop, client: &Client) -> Result<Vec<Value>> {
    let orders = shop.audit().await?.orders;
    shop.way().close().await;
    let key = |number| format!("away-{number}");
    let body = buyers::order_body(PLENTY, 1);
    let mut rounds = 0;
    let shed = loop {
        let sent = (0..AWAY).map(|number| {
            let body = &body;
            async move { buyers::send_body(client, &key(number), body).await }
        });
        let sent: Vec<_> = stream::iter(sent).buffer_unordered(8).collect().await;
        let mut shed = 0;
        for answer in sent {
            let answer = answer?;
            ensure!(answer.status == 503, "{}", answer.beginning());
            shed += usize::from(answer.problem() == "unavailable");
        }
        rounds += 1;
        if shed > AWAY * 3 / 4 || rounds == ROUNDS_MAX {
            break shed;
        }
    };
    println!("away: {shed} of {AWAY} orders were refused without an attempt, in round {rounds}");
    ensure!(
        shed > AWAY * 3 / 4,
        "an origin that is away is asked again and again"
    );
    shop.way().open().await?;
    let settled = (0..AWAY).map(|number| {
        let body = &body;
        async move { buyers::settle_body(client, &key(number), body).await }
    });
    let settled: Vec<Result<Outcome>> = join_all(settled).await;
    let placed: Result<Vec<_>> = settled
        .into_iter()
        .map(|outcome| outcome?.order().cloned().context("there is plenty"))
        .collect();
    let now = shop.audit().await?.orders;
    ensure!(now == orders + i64::try_from(AWAY)?, "{now} orders");
    placed
}

/// One order for each key whose answer named one, and nothing else.
async fn check_books(
    shop: &Shop,
    client: &Client,
    told: &BTreeMap<usize, Told>,
    away: &[Value],
) -> Result<()> {
    let placed = |of: &'static str| {
        let of_sku = told.iter().filter(move |(number, _)| sku(**number) == of);
        of_sku.filter_map(|(number, one)| Some((*number, one.order.as_ref()?)))
    };
    let (plenty, scarce) = (placed(PLENTY).count(), placed(SCARCE).count());
    let wanted = (0..ORDERS).filter(|number| sku(*number) == PLENTY).count();
    ensure!(plenty == wanted, "{plenty} of {wanted} have an order");
    ensure!(scarce == FEW as usize, "{scarce} of {FEW} units were sold");
    let sold = i64::try_from(plenty + away.len())?;
    let account = shop.stock(PLENTY).await?;
    let numbers = (account.available, account.sold, account.held);
    ensure!(numbers == (i64::from(UNITS) - sold, sold, 0), "{account:?}");
    let account = shop.stock(SCARCE).await?;
    let numbers = (account.available, account.sold, account.held);
    ensure!(numbers == (0, i64::from(FEW), 0), "{account:?}");
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    ensure!(audit.orders == sold + i64::from(FEW), "{audit:?}");

    let ids = told.values().filter_map(|one| one.order.as_ref());
    let ids: BTreeSet<_> = ids.chain(away).map(|order| order["id"].as_str()).collect();
    ensure!(
        ids.len() == plenty + scarce + away.len(),
        "an order for two keys"
    );
    let again = placed(PLENTY)
        .chain(placed(SCARCE))
        .map(async |(number, order)| {
            let body = buyers::order_body(sku(number), 1);
            // Instances that have not called the origin since it came back may refuse at first.
            let again = buyers::settle_body(client, &format!("order-{number}"), &body).await?;
            let Outcome::Placed {
                order: now,
                replayed,
                ..
            } = again
            else {
                anyhow::bail!("{number}: {again:?}");
            };
            ensure!(replayed, "{number}: placed once more");
            ensure!(now == *order, "{number}: another order");
            Ok(())
        });
    let again: Vec<Result<()>> = stream::iter(again).buffer_unordered(16).collect().await;
    again.into_iter().collect()
}

mod spin_sqlite {
    souk_e2e::tests_on!(SpinSqlite: three_faults_of_ten_double_nothing_and_lose_nothing);
}
mod spin_postgres {
    souk_e2e::tests_on!(SpinPostgres: three_faults_of_ten_double_nothing_and_lose_nothing);
}
