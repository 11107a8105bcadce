//! The back office: what happens to orders reaches its order index, whatever fails on the way.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use serde_json::{Value, json};
use souk_e2e::buyers::{self, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Answer, Platform, Shop, eventually, eventually_within};
use souk_protocol::origin::{OrderRecord, Queue, Replayed};
use souk_protocol::staff::{self, OrderTotal, QueueReport, Worklist};

async fn what_happens_to_orders_is_on_the_worklist(platform: Platform) -> Result<()> {
    let shop = open(Shop::start(platform).await?).await?;
    let orders = place(&shop, "first", 3).await?;
    wait_for_orders(&shop, 3).await?;
    let ship = json!({"action": "ship", "carrier": "SF", "tracking": "SF1"});
    let shipped = change(&shop, &orders[0], "k-1", &ship).await?;
    ensure!(shipped.status == 200, "{}", shipped.beginning());
    let record: OrderRecord = shipped.json()?;
    ensure!(record.progress.revision == 2);
    // The key to the order's page is the shopper's alone.
    ensure!(!shipped.text().contains("token"), "{}", shipped.text());

    // The same again, the same key for something else, something that is not legal, not there, not
    // staff's, and nonsense.
    let again = change(&shop, &orders[0], "k-1", &ship).await?;
    ensure!(again.status == 200 && again.header("idempotent-replayed") == "true");
    let cancel = json!({"action": "cancel", "reason": "no longer wanted"});
    let other = change(&shop, &orders[0], "k-1", &cancel).await?;
    other.is_problem(422, "idempotency-key-reused")?;
    let illegal = change(&shop, &orders[0], "k-2", &cancel).await?;
    illegal.is_problem(409, "conflict")?;
    let illegal: Value = illegal.json()?;
    ensure!(illegal["order_status"] == "shipped", "{illegal}");
    ensure!(
        illegal["legal"] == json!(["deliver", "return", "receive_payment"]),
        "{illegal}"
    );
    change(&shop, "NO-SUCH", "k-3", &cancel)
        .await?
        .is_problem(404, "not-found")?;
    let expire = json!({"action": "expire"});
    change(&shop, &orders[1], "k-4", &expire)
        .await?
        .is_problem(422, "invalid-request")?;
    let nonsense = json!({"action": "eat"});
    change(&shop, &orders[1], "k-5", &nonsense)
        .await?
        .is_problem(400, "invalid-request")?;
    let address = staff::CHANGE_ORDER.at(&[&orders[1]]);
    let path = address.path();
    let keyless = shop
        .ask_staff("POST", path, None, cancel.to_string())
        .await?;
    keyless.is_problem(400, "idempotency-key-missing")?;

    let what = "the shipped order is on its worklist";
    eventually(what, async || {
        shop.wake().await?;
        let list = worklist(&shop, "?status=shipped").await?;
        Ok((list.orders.len() == 1 && list.orders[0].order == orders[0]).then_some(()))
    })
    .await?;
    let confirmed = worklist(&shop, "?status=confirmed&sort=oldest&limit=1").await?;
    let after = confirmed.after.context("there is a second page")?;
    let rest = format!("?status=confirmed&sort=oldest&after={after}");
    let rest = worklist(&shop, &rest).await?;
    let pages: BTreeSet<_> = [&confirmed.orders[0].order, &rest.orders[0].order].into();
    ensure!(rest.after.is_none() && pages == [&orders[1], &orders[2]].into());
    for wrong in [
        "?status=lost",
        "?sort=up",
        "?after=yesterday",
        "?limit=0",
        "?colour=red",
    ] {
        let path = format!("{}{wrong}", staff::LIST_ORDERS.path());
        shop.ask_staff("GET", &path, None, "")
            .await?
            .is_problem(400, "invalid-request")?;
    }
    let address = staff::READ_INDEXED_ORDER.at(&[&orders[0]]);
    let booked: Value = shop
        .ask_staff("GET", address.path(), None, "")
        .await?
        .json()?;
    ensure!(booked["events"] == json!(record.events), "{booked}");

    receipts(&shop).await?;
    // The courier settles after the order index has ingested: the origin may learn of it later.
    eventually("nothing waits any more", async || {
        let report = queues(&shop).await?;
        Ok((waiting(&report) == 0).then_some(()))
    })
    .await?;
    let report = queues(&shop).await?;
    ensure!(
        report.index.early == 0 && report.index.dead == 0,
        "{report:?}"
    );
    let last = report.index.last.context("the order index has events")?;
    ensure!(
        (0..60_000).contains(&(last.ingested_at_ms - last.at_ms)),
        "{last:?}"
    );
    let open = shop.client().get(staff::LIST_ORDERS.path()).await?;
    open.is_problem(401, "unauthorized")
}

/// Units come in once for each key.
async fn receipts(shop: &Shop) -> Result<()> {
    let before = shop.stock("TEA").await?.available;
    let receive = async |key: &str, body: Value| {
        shop.ask_staff(
            "POST",
            staff::RECEIVE_STOCK.path(),
            Some(key),
            body.to_string(),
        )
        .await
    };
    let units = |units: i64| json!({"lines": [{"sku": "TEA", "units": units}], "reason": "count"});
    for _ in 0..2 {
        let received = receive("r-1", units(7)).await?;
        ensure!(received.status == 200, "{}", received.beginning());
    }
    ensure!(shop.stock("TEA").await?.available == before + 7);
    receive("r-1", units(8))
        .await?
        .is_problem(422, "idempotency-key-reused")?;
    receive("r-2", units(0))
        .await?
        .is_problem(422, "invalid-request")?;
    receive("r-3", units(-1_000_000))
        .await?
        .is_problem(409, "conflict")?;
    let unknown = json!({"lines": [{"sku": "NONE", "units": 1}], "reason": "count"});
    receive("r-4", unknown)
        .await?
        .is_problem(422, "unknown-sku")
}

/// Rounds of the crash test.
const ROUNDS: usize = 3;
const ORDERS_PER_ROUND: usize = 8;

async fn what_was_not_delivered_before_a_crash_is_delivered_once_after_it(
    platform: Platform,
) -> Result<()> {
    let seed = souk_e2e::seed();
    println!("{platform:?}: SOUK_E2E_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut shop = open(Shop::start_without_queue(platform).await?).await?;
    let mut placed = BTreeSet::new();
    for round in 0..ROUNDS {
        let orders = place(&shop, &format!("round-{round}"), ORDERS_PER_ROUND).await?;
        placed.extend(orders);
        // The runtime dies in the middle of the tick.
        let moment = Duration::from_millis(random.u64(0..40));
        let tick = tokio::time::timeout(moment, shop.wake()).await;
        println!(
            "{platform:?}: round {round}: the tick was over: {}",
            tick.is_ok()
        );
        shop.kill_hard();
        shop.restart().await?;
    }
    wait_for_orders(&shop, placed.len()).await?;
    let list = worklist(&shop, "").await?;
    let booked: Vec<&String> = list.orders.iter().map(|entry| &entry.order).collect();
    ensure!(
        booked.len() == placed.len(),
        "an order is in the order index twice"
    );
    ensure!(booked.into_iter().collect::<BTreeSet<_>>() == placed.iter().collect());
    let totals: Vec<OrderTotal> = shop
        .ask_staff("GET", staff::REPORT_ORDERS.path(), None, "")
        .await?
        .json()?;
    let orders: i64 = totals.iter().map(|total| total.orders).sum();
    ensure!(orders == i64::try_from(placed.len())?, "{totals:?}");
    let audit = shop.audit().await?;
    ensure!(audit.drift.is_empty(), "{:?}", audit.drift);
    Ok(())
}

async fn a_poison_message_is_dead_lettered_the_rest_drains_and_a_replay_delivers_it(
    platform: Platform,
) -> Result<()> {
    let mut shop = open(Shop::start_without_queue(platform).await?).await?;
    // So that the order index has its tables.
    shop.ask_staff("GET", staff::LIST_ORDERS.path(), None, "")
        .await?;
    let orders = place(&shop, "poison", 3).await?;
    let poisoned = &orders[1];
    shop.kill_hard();
    let planted = in_the_index(&shop, |index| {
        let sql =
            "INSERT INTO order_index_event (order_id, sequence, at_ms, ingested_at_ms, folded, body)
            VALUES (?1, 0, 0, 0, 1, '{}')";
        index.execute(sql, [poisoned])
    });
    ensure!(planted? == 1);
    shop.restart().await?;
    eventually("the rest drains and the poison is given up", async || {
        shop.wake().await?;
        let report = queues(&shop).await?;
        Ok((dead(&report) == 1 && waiting(&report) == 0).then_some(()))
    })
    .await?;
    let list = worklist(&shop, "").await?;
    let booked: BTreeSet<&String> = list.orders.iter().map(|entry| &entry.order).collect();
    ensure!(booked == [&orders[0], &orders[2]].into(), "{booked:?}");

    shop.kill_hard();
    ensure!(
        in_the_index(&shop, |index| index
            .execute("DELETE FROM order_index_event WHERE body = '{}'", []))?
            == 1
    );
    shop.restart().await?;
    let body = json!({"queue": "back_office"}).to_string();
    let replayed = shop
        .ask_staff("POST", staff::REPLAY_QUEUE.path(), None, body)
        .await?;
    ensure!(replayed.json::<Replayed>()?.messages == 1);
    wait_for_orders(&shop, 3).await?;
    ensure!(dead(&queues(&shop).await?) == 0);
    Ok(())
}

/// The 20 retries of `wrangler.toml`, 4 s apart, and what a busy machine needs.
const DEAD_IN: Duration = Duration::from_secs(240);

/// The queues as they are deployed: an event message that the order index refuses is redelivered
/// without delaying the others, is dead-lettered after its last retry, and stays there until staff
/// replay it.
async fn what_the_queue_dead_letters_is_kept_in_the_index(platform: Platform) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    let offers = [single("TEA", 1_000, 50), single("POISON", 1_000, 50)];
    shop.publish(&CatalogueFile::new(&offers)?.path()).await?;
    // So that the order index has its tables.
    shop.ask_staff("GET", staff::LIST_ORDERS.path(), None, "")
        .await?;
    shop.kill_hard();
    in_the_index(&shop, |index| {
        let refuses = "CREATE TRIGGER refuses BEFORE INSERT ON order_index_event
            WHEN instr(NEW.body, 'POISON') > 0 BEGIN SELECT RAISE(ABORT, 'refused'); END";
        index.execute_batch(refuses).map(|()| 0)
    })?;
    shop.restart().await?;
    let mut orders = BTreeSet::new();
    for sku in ["POISON", "TEA"] {
        let wish = Wish {
            key: format!("buy-{sku}"),
            sku: sku.to_owned(),
            quantity: 1,
        };
        let outcome = buyers::settle(&shop.client(), &wish).await?;
        let id = outcome.order().and_then(|order| order["id"].as_str());
        orders.insert(id.context("there is enough")?.to_owned());
    }
    wait_for_orders(&shop, 1).await?;
    let what = "the queue gives the other one up";
    eventually_within(DEAD_IN, what, async || {
        let report = queues(&shop).await?;
        ensure!(worklist(&shop, "").await?.orders.len() == 1);
        Ok((report.index.dead == 1).then_some(()))
    })
    .await?;
    let report = queues(&shop).await?;
    ensure!(waiting(&report) == 0 && dead(&report) == 0, "{report:?}");

    shop.kill_hard();
    in_the_index(&shop, |index| {
        index.execute_batch("DROP TRIGGER refuses").map(|()| 0)
    })?;
    shop.restart().await?;
    let body = json!({"queue": "back_office"}).to_string();
    let replayed = shop
        .ask_staff("POST", staff::REPLAY_QUEUE.path(), None, body)
        .await?;
    ensure!(replayed.json::<Replayed>()?.messages == 1);
    let list = worklist(&shop, "").await?;
    let booked: BTreeSet<_> = list.orders.into_iter().map(|entry| entry.order).collect();
    ensure!(booked == orders, "{booked:?}");
    ensure!(queues(&shop).await?.index.dead == 0);
    Ok(())
}

/// The test requests no tick, so the consumer is paused.
async fn a_paused_consumer_is_seen_on_metrics(platform: Platform) -> Result<()> {
    let shop = open(Shop::start(platform).await?).await?;
    place(&shop, "paused", 4).await?;
    let gauge = async |name: &str| -> Result<f64> {
        let metrics = shop.client().get("/metrics").await?.text();
        let name = format!("{name}{{queue=\"back_office\"}} ");
        let value = metrics.lines().find_map(|line| line.strip_prefix(&name));
        let value = value.with_context(|| format!("{name} is not among {metrics}"))?;
        Ok(value.parse()?)
    };
    let mut ages = Vec::new();
    eventually(
        "depth and age are on /metrics, and the age grows",
        async || {
            let waiting = gauge("souk_queue_waiting").await?;
            ages.push(gauge("souk_queue_oldest_age_seconds").await?);
            let grown = ages.last().copied().unwrap_or_default() > ages[0] + 4.0;
            Ok((waiting == 4.0 && grown).then_some(()))
        },
    )
    .await?;
    ensure!(ages.is_sorted(), "the age shrank: {ages:?}");
    wait_for_orders(&shop, 4).await?;
    eventually("nothing waits any more on /metrics", async || {
        Ok((gauge("souk_queue_waiting").await? == 0.0).then_some(()))
    })
    .await?;
    let metrics = shop
        .ask_staff("GET", staff::METRICS.path(), None, "")
        .await?
        .text();
    ensure!(
        metrics.contains("souk_order_index_lag_seconds "),
        "{metrics}"
    );
    Ok(())
}

async fn open(shop: Shop) -> Result<Shop> {
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 500)])?.path())
        .await?;
    Ok(shop)
}

/// Places orders; their numbers.
async fn place(shop: &Shop, name: &str, count: usize) -> Result<Vec<String>> {
    let client = shop.client();
    let mut orders = Vec::new();
    for number in 0..count {
        let wish = Wish {
            key: format!("{name}-{number}"),
            sku: "TEA".to_owned(),
            quantity: 1,
        };
        let outcome = buyers::settle(&client, &wish).await?;
        let id = outcome.order().and_then(|order| order["id"].as_str());
        orders.push(id.context("there is enough tea")?.to_owned());
    }
    Ok(orders)
}

async fn a_client_that_prefers_an_async_response_reads_every_event(
    platform: Platform,
) -> Result<()> {
    let shop = open(Shop::start(platform).await?).await?;
    let client = shop.client();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "not-waiting"),
        ("prefer", "respond-async"),
    ];
    let body = buyers::order_body("TEA", 1).to_string();
    let accepted = client
        .send("POST", "/api/v1/orders", &headers, body)
        .await?;
    ensure!(accepted.status == 202, "{}", accepted.beginning());
    ensure!(accepted.header("preference-applied") == "respond-async");
    let status = client.get(accepted.header("location")).await?;
    ensure!(status.status == 200, "{}", status.beginning());
    let accepted: Value = accepted.json()?;
    let of = |name: &str| accepted[name].as_str().map(str::to_owned).context("a text");
    let (order, events) = (of("id")?, of("events_url")?);

    let listen = async |last: &str| client.get_with(&events, &[("last-event-id", last)]).await;
    let first = client.get(&events).await?;
    ensure!(first.header("content-type") == "text/event-stream");
    ensure!(
        first.text().contains("id: 0\nevent: placed\n"),
        "{}",
        first.text()
    );
    let actions = [
        json!({"action": "ship", "carrier": "SF", "tracking": "SF1"}),
        json!({"action": "deliver"}),
    ];
    for (key, action) in ["k-1", "k-2"].into_iter().zip(&actions) {
        let changed = change(&shop, &order, key, action).await?;
        ensure!(changed.status == 200, "{}", changed.beginning());
    }
    let news = listen("0").await?.text();
    let names: Vec<_> = news
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    ensure!(
        names.last() == Some(&"delivered") && names.contains(&"shipped"),
        "{news}"
    );
    let last = names.len().to_string();
    let over = listen(&last).await?;
    ensure!(over.status == 204, "{}", over.beginning());
    Ok(())
}

async fn change(shop: &Shop, order: &str, key: &str, action: &Value) -> Result<Answer> {
    let address = staff::CHANGE_ORDER.at(&[order]);
    let path = address.path();
    shop.ask_staff("POST", path, Some(key), action.to_string())
        .await
}

async fn worklist(shop: &Shop, query: &str) -> Result<Worklist> {
    let path = format!("{}{query}", staff::LIST_ORDERS.path());
    shop.ask_staff("GET", &path, None, "").await?.json()
}

async fn wait_for_orders(shop: &Shop, count: usize) -> Result<()> {
    let what = format!("{count} orders are in the order index");
    eventually(&what, async || {
        shop.wake().await?;
        Ok((worklist(shop, "").await?.orders.len() >= count).then_some(()))
    })
    .await
}

async fn queues(shop: &Shop) -> Result<QueueReport> {
    shop.ask_staff("GET", staff::REPORT_QUEUES.path(), None, "")
        .await?
        .json()
}

fn waiting(report: &QueueReport) -> i64 {
    of_back_office(report).0
}

fn dead(report: &QueueReport) -> i64 {
    of_back_office(report).1
}

fn of_back_office(report: &QueueReport) -> (i64, i64) {
    let depths = report.queues.iter();
    let depth = depths.filter(|depth| depth.queue == Queue::BackOffice);
    depth
        .map(|depth| (depth.waiting, depth.dead))
        .fold((0, 0), |sum, (waiting, dead)| {
            (sum.0 + waiting, sum.1 + dead)
        })
}

/// Changes the database of the order index without the shop's code; the shop must not be running.
fn in_the_index(
    shop: &Shop,
    work: impl Fn(&Connection) -> rusqlite::Result<usize>,
) -> Result<usize> {
    for file in shop.sqlite_files()? {
        let database = Connection::open(&file)?;
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'order_index_event'";
        // Files of the simulator that are no databases of ours are passed over.
        if database
            .query_row(tables, [], |row| row.get::<_, i64>(0))
            .is_ok_and(|count| count == 1)
        {
            return Ok(work(&database)?);
        }
    }
    anyhow::bail!("no database has the order index")
}

souk_e2e::on_every_platform_and_over_shards!(
    what_happens_to_orders_is_on_the_worklist,
    what_was_not_delivered_before_a_crash_is_delivered_once_after_it,
    a_poison_message_is_dead_lettered_the_rest_drains_and_a_replay_delivers_it,
    a_client_that_prefers_an_async_response_reads_every_event,
);

mod queues_as_deployed {
    souk_e2e::tests_on!(Workers: what_the_queue_dead_letters_is_kept_in_the_index);
}

mod spin {
    souk_e2e::tests_on!(SpinSqlite: a_paused_consumer_is_seen_on_metrics);
}
