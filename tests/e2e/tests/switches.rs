//! Levels and switches: what the staff set is what shoppers get within seconds, and nothing of it
//! stands between a shopper and an order.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_e2e::buyers::order_body;
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Answer, Client, Platform, Shop, eventually, eventually_within, tools};
use souk_operations::control::EDGES;
use souk_operations::verify;
use souk_protocol::operations::{JOURNAL_MEDIA_TYPE, Standing};
use souk_protocol::staff::{READ_JOURNAL, READ_SWITCHES, SET_SWITCHES};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const STATUS: &str = "/api/v1/status";
/// Every edge knows by then.
const KNOWN_WITHIN: Duration = Duration::from_secs(5);
/// Requests at the same time, so that several instances of Spin answer.
const AT_A_TIME: usize = 12;

async fn open(platform: Platform) -> Result<Shop> {
    let shop = Shop::start_taking_cards(platform, 15).await?;
    let file = CatalogueFile::new(&[single("TEA", 1_000, 50)])?;
    shop.publish(&file.path()).await?;
    Ok(shop)
}

/// A moment so far from now, as RFC 3339.
fn from_now(ahead: Duration) -> Result<String> {
    let moment = OffsetDateTime::from(SystemTime::now() + ahead);
    Ok(moment.format(&Rfc3339)?)
}

async fn set(shop: &Shop, wish: &Value) -> Result<Answer> {
    let path = SET_SWITCHES.path();
    shop.ask_staff("PUT", path, None, wish.to_string()).await
}

/// How everything stands after a change that is made.
async fn changed(shop: &Shop, wish: &Value) -> Result<Standing> {
    let answer = set(shop, wish).await?;
    ensure!(answer.status == 200, "{wish}: {}", answer.beginning());
    answer.json()
}

async fn standing(shop: &Shop) -> Result<Standing> {
    let answer = shop
        .ask_staff("GET", READ_SWITCHES.path(), None, "")
        .await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    answer.json()
}

/// Records of the journal without those of edges, which come when a change is applied.
async fn changes(shop: &Shop) -> Result<Vec<Value>> {
    let journal = shop.task("journal", &["export"]).await?;
    let records = journal.lines().map(serde_json::from_str);
    let records: Vec<Value> = records.collect::<Result<_, _>>()?;
    let by_others = |record: &Value| record["who"] != EDGES;
    Ok(records.into_iter().filter(by_others).collect())
}

/// The whole journal, and how everything stands at its end.
async fn journal_and_standing(shop: &Shop) -> Result<(String, Standing)> {
    eventually("a journal to which nothing is added", async || {
        let before = standing(shop).await?;
        let journal = shop.task("journal", &["export"]).await?;
        let by_links = journal_by_links(shop).await?;
        if standing(shop).await?.records > before.records {
            return Ok(None);
        }
        ensure!(by_links == journal, "pages and export differ");
        Ok(Some((journal, before)))
    })
    .await
}

fn state_of<'s>(standing: &'s Standing, switch: &str) -> Result<&'s str> {
    let mut switches = standing.switches.iter();
    let found = switches.find(|one| one.switch == switch);
    Ok(found.context("a switch of this name")?.state.as_str())
}

/// What shoppers are told by several requests at the same time.
async fn told(client: &Client) -> Result<Vec<(Answer, Value)>> {
    let asked = join_all((0..AT_A_TIME).map(|_| client.get(STATUS))).await;
    let answers = asked.into_iter().map(|answer| {
        let answer = answer?;
        ensure!(answer.status == 200, "{STATUS}: {}", answer.beginning());
        let status = answer.json()?;
        Ok((answer, status))
    });
    answers.collect()
}

/// Waits until all of them say so, for no longer than edges may take.
async fn all_told(client: &Client, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<()> {
    let began = Instant::now();
    let waited = eventually_within(KNOWN_WITHIN, what, async || {
        let all = told(client).await?;
        Ok(all.iter().all(|(_, status)| is_so(status)).then_some(()))
    });
    waited.await?;
    println!("{what}: after {:?}", began.elapsed());
    Ok(())
}

async fn a_switch_reaches_shoppers_survives_a_restart_and_ends_by_itself(
    platform: Platform,
) -> Result<()> {
    let mut shop = open(platform).await?;
    let is = |state: &'static str| {
        move |status: &Value| status["switches"]["suggestions"] == state && status["level"] == 0
    };
    all_told(&shop.client(), "everything is on", is("on")).await?;
    let lasts = Duration::from_secs(40);
    let ends = Instant::now() + lasts;
    let until = from_now(lasts)?;
    let wish = json!({"switch": "suggestions", "state": "off", "until": until, "reason": "try"});
    let after = changed(&shop, &wish).await?;
    ensure!(state_of(&after, "suggestions")? == "off", "{after:?}");
    let made = changes(&shop).await?.len();
    all_told(&shop.client(), "the switch is off", is("off")).await?;
    for (answer, status) in told(&shop.client()).await? {
        ensure!(
            answer.header("souk-level").is_empty(),
            "level 0 is not named"
        );
        let age_ms = status["pulse"]["age_ms"].as_i64();
        ensure!(age_ms.is_some_and(|age_ms| age_ms >= 0), "{status}");
        ensure!(status["pulse"]["stamp"].as_u64() >= Some(1), "{status}");
    }

    shop.restart().await?;
    all_told(
        &shop.client(),
        "the switch is off after a restart",
        is("off"),
    )
    .await?;
    ensure!(
        Instant::now() < ends,
        "the machine was too slow for this test"
    );
    ensure!(changes(&shop).await?.len() == made, "another record");

    // An edge ends it by itself, by the moment in the pulse.
    let left = ends.saturating_duration_since(Instant::now());
    let client = shop.client();
    eventually_within(left + KNOWN_WITHIN, "the switch has ended", async || {
        let all = told(&client).await?;
        Ok(all.iter().all(|(_, status)| is("on")(status)).then_some(()))
    })
    .await?;
    ensure!(Instant::now() >= ends, "it ended too early");
    eventually("the clock has a record of the end", async || {
        shop.wake().await?;
        Ok((changes(&shop).await?.len() == made + 1).then_some(()))
    })
    .await?;
    let last = changes(&shop).await?.pop().context("a record")?;
    ensure!(last["who"] == "clock", "{last}");
    ensure!(last["effect"] == "suggestions on", "{last}");
    Ok(())
}

async fn send_order(client: &Client, key: &str, ticket: &str, body: &Value) -> Result<Answer> {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
        ("souk-ticket", ticket),
    ];
    client
        .send("POST", "/api/v1/orders", &headers, body.to_string())
        .await
}

/// The ticket of an order that waits before the checkout.
fn ticket_of(refused: &Answer) -> Result<String> {
    refused.is_problem(409, "not-your-turn")?;
    let problem: Value = refused.json()?;
    ensure!(problem["ticket"]["state"] == "waiting", "{problem}");
    let text = problem["ticket"]["ticket"].as_str();
    Ok(text.context("a ticket")?.to_owned())
}

/// The same ticket, once it is called.
async fn called(client: &Client, ticket: &str) -> Result<String> {
    let path = format!("/api/v1/sales/_checkout/tickets/{ticket}");
    eventually("a ticket that is called", async || {
        let answer = client.get(&path).await?;
        ensure!(answer.status == 200, "{}", answer.beginning());
        let shown: Value = answer.json()?;
        Ok((shown["state"] == "called").then(|| ticket.to_owned()))
    })
    .await
}

/// Places an order for a card; its page, and the address by which its payment page is asked for.
async fn ordered(client: &Client, key: &str) -> Result<(String, String)> {
    let mut body = order_body("TEA", 1);
    body["payment"] = json!({"method": "card"});
    let mut placed = send_order(client, key, "", &body).await?;
    if placed.status == 409 {
        let ticket = called(client, &ticket_of(&placed)?).await?;
        placed = send_order(client, key, &ticket, &body).await?;
    }
    ensure!(placed.status == 201, "{}", placed.beginning());
    let order: Value = placed.json()?;
    let (id, token) = (order["id"].as_str(), order["token"].as_str());
    let (id, token) = (id.context("a number")?, token.context("a token")?);
    Ok((
        format!("/orders/{id}?token={token}"),
        format!("/api/v1/orders/{id}/payment?token={token}"),
    ))
}

/// A shopper sees a product, fills a cart, goes to the checkout, orders, looks at the order and pays.
async fn buying_works(client: &Client, key: &str) -> Result<()> {
    for path in ["/products/tea", "/api/v1/products/tea", "/cart"] {
        let shown = client.get(path).await?;
        ensure!(shown.status == 200, "{path}: {}", shown.status);
    }
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let tea = "action=add&product=tea&sku=TEA&quantity=1";
    let added = client.send("POST", "/cart", &form, tea).await?;
    ensure!(added.status == 303, "{}", added.beginning());
    let cart = cookie_of(&added).to_owned();
    let checkout = client.get_with("/checkout", &[("cookie", &cart)]).await?;
    match checkout.status {
        303 => waits_before_the_checkout(client, &cart, &checkout).await?,
        status => ensure!(status == 200, "{status}"),
    }
    let (page, payment) = ordered(client, key).await?;
    let shown = client.get(&page).await?;
    ensure!(shown.status == 200, "{page}: {}", shown.status);
    let paying = client.send("POST", &payment, &[], "").await?;
    ensure!(paying.status == 200, "{}", paying.beginning());
    let paying: Value = paying.json()?;
    ensure!(paying["url"].is_string(), "{paying}");
    Ok(())
}

fn cookie_of(answer: &Answer) -> &str {
    let cookie = answer.header("set-cookie").split(';').next();
    cookie.unwrap_or_default()
}

/// A browser that was sent to its place waits there, and is led on to the checkout of its cart.
async fn waits_before_the_checkout(client: &Client, cart: &str, turned: &Answer) -> Result<()> {
    let place = turned.header("location").to_owned();
    ensure!(place == "/sales/_checkout/place", "{place}");
    let cookies = format!("{cart}; {}", cookie_of(turned));
    let cookies = [("cookie", cookies.as_str())];
    let waiting = client.get_with(&place, &cookies).await?;
    let comes_back = waiting.status == 303 || !waiting.header("refresh").is_empty();
    ensure!(comes_back, "{}", waiting.beginning());
    eventually("a place that leads on", async || {
        let answer = client.get_with(&place, &cookies).await?;
        Ok((answer.header("location") == "/checkout").then_some(()))
    })
    .await?;
    let checkout = client.get_with("/checkout", &cookies).await?;
    ensure!(checkout.status == 200, "{}", checkout.status);
    Ok(())
}

/// What the last level closes: pages, and addresses of the API.
const CLOSED: [(&str, bool); 7] = [
    ("/search?q=tea", false),
    ("/collections/all", false),
    ("/collections", false),
    ("/help?q=tea", false),
    ("/api/v1/search?q=tea", true),
    ("/api/v1/products", true),
    ("/api/v1/content/page", true),
];

async fn the_last_level_leaves_buying_alone(platform: Platform) -> Result<()> {
    let shop = open(platform).await?;
    let client = shop.client();
    for (path, _) in CLOSED {
        let shown = client.get(path).await?;
        ensure!(shown.status == 200, "{path}: {}", shown.status);
    }
    let hour = from_now(Duration::from_secs(3_600))?;
    let after = changed(&shop, &json!({"level": 5, "until": hour})).await?;
    ensure!(
        after.level == 5 && after.level_until_ms.is_some(),
        "{after:?}"
    );
    all_told(&client, "level 5", |status| status["level"] == 5).await?;
    for (answer, _) in told(&client).await? {
        let level = answer.header("souk-level");
        ensure!(level == "5", "Souk-Level: {level}");
    }
    for (path, is_api) in CLOSED {
        let closed = client.get(path).await?;
        ensure!(closed.status == 503, "{path}: {}", closed.status);
        if is_api {
            closed.is_problem(503, "switched-off")?;
        }
        ensure!(closed.header("souk-level") == "5", "{path}");
    }
    shop.while_ticking(buying_works(&client, "at level 5"))
        .await?;

    // One switch by hand wins over the level.
    let wish = json!({"switch": "search", "state": "on", "until": hour});
    let after = changed(&shop, &wish).await?;
    ensure!(state_of(&after, "search")? == "on", "{after:?}");
    let on = |status: &Value| status["switches"]["search"] == "on";
    all_told(&client, "search by hand", on).await?;
    let found = client.get("/api/v1/search?q=tea").await?;
    ensure!(found.status == 200, "{}", found.beginning());
    changed(&shop, &json!({"switch": "search", "state": "by_level"})).await?;
    all_told(&client, "search by level", |status| {
        status["switches"]["search"] == "closed"
    })
    .await?;

    changed(&shop, &json!({"level": 0})).await?;
    all_told(&client, "level 0", |status| status["level"] == 0).await?;
    for (path, _) in CLOSED {
        let shown = client.get(path).await?;
        ensure!(shown.status == 200, "{path}: {}", shown.status);
        ensure!(shown.header("souk-level").is_empty(), "{path}");
    }
    buying_works(&client, "at level 0").await
}

/// From level 4 on an order without a ticket that is called is refused, whatever was called before it.
async fn at_level_four_buyers_wait_before_the_checkout(platform: Platform) -> Result<()> {
    let shop = open(platform).await?;
    let client = shop.client();
    let body = order_body("TEA", 1);
    let order = async |key: &str, ticket: &str| send_order(&client, key, ticket, &body).await;
    changed(&shop, &json!({"level": 4})).await?;
    all_told(&client, "level 4", |status| status["level"] == 4).await?;
    let first = ticket_of(&order("first", "").await?)?;
    let early = order("first", &first).await?;
    ensure!(ticket_of(&early)? == first, "it has got another place");
    shop.while_ticking(called(&client, &first)).await?;
    let placed = order("first", &first).await?;
    ensure!(placed.status == 201, "{}", placed.beginning());
    let later = ticket_of(&order("later", "").await?)?;
    ensure!(later != first, "two have one place");
    shop.while_ticking(buying_works(&client, "at level 4"))
        .await?;

    changed(&shop, &json!({"level": 3})).await?;
    all_told(&client, "level 3", |status| status["level"] == 3).await?;
    for (key, ticket) in [("later", later.as_str()), ("latest", "")] {
        let placed = order(key, ticket).await?;
        ensure!(placed.status == 201, "{key}: {}", placed.beginning());
    }
    Ok(())
}

async fn a_wrong_wish_gets_its_problem_and_changes_nothing(platform: Platform) -> Result<()> {
    let shop = open(platform).await?;
    let before = standing(&shop).await?;
    let hour = from_now(Duration::from_secs(3_600))?;
    let two_days = from_now(Duration::from_secs(172_800))?;
    let past = "2026-01-01T00:00:00Z";
    for (wish, pointer) in [
        (json!({}), ""),
        (json!({"level": 6}), "/level"),
        (json!({"level": "5"}), "/level"),
        (json!({"level": 1, "until": past}), "/until"),
        (json!({"level": 1, "until": two_days}), "/until"),
        (
            json!({"level": 1, "switch": "search", "state": "closed", "until": hour}),
            "/level",
        ),
        (json!({"level": 1, "why": "so"}), "/why"),
        (json!({"level": 1, "reason": "x".repeat(501)}), "/reason"),
        (json!({"switch": "search", "state": "closed"}), "/until"),
        (
            json!({"switch": "search", "state": "closed", "until": past}),
            "/until",
        ),
        (
            json!({"switch": "search", "state": "closed", "until": two_days}),
            "/until",
        ),
        (
            json!({"switch": "search", "state": "closed", "until": "noon"}),
            "/until",
        ),
        (
            json!({"switch": "search", "state": "off", "until": hour}),
            "/state",
        ),
        (json!({"switch": "search", "until": hour}), "/state"),
        (
            json!({"switch": "search", "state": "by_level", "until": hour}),
            "/until",
        ),
        (
            json!({"switch": "serach", "state": "closed", "until": hour}),
            "/switch",
        ),
        (
            json!({"switch": "checkout", "state": "closed", "until": hour}),
            "/switch",
        ),
    ] {
        let answer = set(&shop, &wish).await?;
        let refused = answer.is_problem(422, "invalid-request");
        refused.with_context(|| wish.to_string())?;
        let problem: Value = answer.json()?;
        ensure!(
            problem["errors"][0]["pointer"] == pointer,
            "{wish}: {problem}"
        );
    }
    let path = SET_SWITCHES.path();
    let no_json = shop.ask_staff("PUT", path, None, "{\"level\":").await?;
    no_json.is_problem(400, "invalid-request")?;
    let long = format!("{{\"level\":{}}}", " ".repeat(64 * 1024));
    let too_large = shop.ask_staff("PUT", path, None, long).await?;
    too_large.is_problem(413, "body-too-large")?;
    let after = standing(&shop).await?;
    ensure!(after == before, "{before:?} became {after:?}");
    for (_, status) in told(&shop.client()).await? {
        ensure!(status["level"] == 0, "{status}");
    }
    Ok(())
}

/// The journal, page after page by its links.
async fn journal_by_links(shop: &Shop) -> Result<String> {
    let (mut path, mut journal) = (READ_JOURNAL.path().to_owned(), String::new());
    loop {
        let page = shop.ask_staff("GET", &path, None, "").await?;
        ensure!(page.status == 200, "{}", page.beginning());
        ensure!(
            page.header("content-type") == JOURNAL_MEDIA_TYPE,
            "{page:?}"
        );
        journal += &page.text();
        let link = page.header("link").to_owned();
        if link.is_empty() {
            return Ok(journal);
        }
        let next = link.strip_prefix('<').and_then(|link| link.split_once('>'));
        path = next.context("the address of the next page")?.0.to_owned();
    }
}

/// `souk journal verify`, with a file; whether it succeeds, and what it prints.
async fn verify_with_souk(journal: &str, head: &str) -> Result<(bool, String)> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), journal)?;
    let output = tokio::process::Command::new(tools::souk()?)
        .args(["journal", "verify", "--head", head])
        .arg(file.path())
        .kill_on_drop(true)
        .output()
        .await?;
    let mut printed = String::from_utf8(output.stdout)?;
    printed += &String::from_utf8(output.stderr)?;
    Ok((output.status.success(), printed))
}

async fn the_journal_has_a_record_for_each_change_and_verifies(platform: Platform) -> Result<()> {
    let mut shop = open(platform).await?;
    let began = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let before = changes(&shop).await?.len();
    let hour = from_now(Duration::from_secs(3_600))?;
    let wishes = [
        json!({"level": 2, "reason": "the sale \"begins\" 开始"}),
        json!({"switch": "filters", "state": "off", "until": hour, "reason": "slow"}),
        json!({"switch": "filters", "state": "by_level"}),
        json!({"level": 0}),
    ];
    for (wish, number) in wishes.iter().zip(1..) {
        changed(&shop, wish).await?;
        let made = changes(&shop).await?.len();
        ensure!(made == before + number, "{wish}: {made}");
    }
    // By the command, too: the record has the reason and the name of its token.
    let arguments = [
        "set", "reports", "closed", "--for", "5m", "--reason", "by hand",
    ];
    let printed = shop.task("switches", &arguments).await?;
    ensure!(printed.contains("reports"), "{printed}");
    shop.restart().await?;
    let made = changes(&shop).await?.len();
    ensure!(made == before + 5, "{made}");

    let (journal, last) = journal_and_standing(&shop).await?;
    let verified = verify(&journal, Some(&last.head))?;
    ensure!(verified.records == last.records, "{verified:?}");
    let (is_whole, printed) = verify_with_souk(&journal, &last.head).await?;
    ensure!(is_whole && printed.contains(&last.head), "{printed}");
    let forged = journal.replace("by hand", "by Hand");
    ensure!(forged != journal, "nothing was forged");
    let (is_whole, printed) = verify_with_souk(&forged, &last.head).await?;
    let forged = journal.lines().position(|line| line.contains("by hand"));
    let line = format!("line {}", 1 + forged.context("the forged record")?);
    ensure!(!is_whole && printed.contains(&line), "{printed}");
    let cut = &journal[..journal.trim_end().rfind('\n').context("two lines")?];
    let (is_whole, printed) = verify_with_souk(cut, &last.head).await?;
    ensure!(!is_whole, "{printed}");

    let own = shop.ask_staff("GET", "/staff/v1/token", None, "").await?;
    let own: Value = own.json()?;
    let records = changes(&shop).await?.split_off(before);
    for record in &records {
        ensure!(record["who"] == own["name"], "{record}");
        let at = record["at"].as_u64().map(u128::from);
        ensure!(at >= Some(began), "{record}");
    }
    let what = records[0]["what"].as_str().context("a text")?;
    ensure!(what.ends_with("the sale \"begins\" 开始"), "{what}");
    let before = records[0]["seq"].as_u64().context("a number")? - 1;
    let rest = shop
        .task("journal", &["export", "--after", &before.to_string()])
        .await?;
    let first: Value = serde_json::from_str(rest.lines().next().context("a record")?)?;
    ensure!(first == records[0], "{rest}");
    Ok(())
}

/// A token, as `souk staff token create` prints it.
async fn token(shop: &Shop, name: &str, permission: &str) -> Result<String> {
    let arguments = ["token", "create", name, "--permission", permission];
    let printed = shop.task("staff", &arguments).await?;
    Ok(format!("Bearer {}", printed.trim()))
}

async fn a_token_without_the_permission_sets_nothing(platform: Platform) -> Result<()> {
    let shop = open(platform).await?;
    let client = shop.client();
    let wish = json!({"level": 5}).to_string();
    let (get, put) = (READ_SWITCHES.path(), SET_SWITCHES.path());
    let journal = READ_JOURNAL.path();
    let before = standing(&shop).await?;
    for (permission, statuses) in [
        ("orders", [403, 403, 403]),
        ("operations", [403, 403, 403]),
        ("journal", [200, 200, 403]),
    ] {
        let bearer = token(&shop, permission, permission).await?;
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let answers = [
            client.get_with(get, &headers).await?.status,
            client.get_with(journal, &headers).await?.status,
            client
                .send("PUT", put, &headers, wish.clone())
                .await?
                .status,
        ];
        ensure!(answers == statuses, "{permission}: {answers:?}");
    }
    let stranger = client.send("PUT", put, &[], wish.clone()).await?;
    ensure!(stranger.status == 401, "{}", stranger.status);
    ensure!(standing(&shop).await? == before, "something was set");
    let bearer = token(&shop, "night-shift", "switches").await?;
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let set = client.send("PUT", put, &headers, wish).await?;
    ensure!(set.status == 200, "{}", set.beginning());
    Ok(())
}

souk_e2e::on_every_platform!(
    a_switch_reaches_shoppers_survives_a_restart_and_ends_by_itself,
    the_last_level_leaves_buying_alone,
    at_level_four_buyers_wait_before_the_checkout,
    a_wrong_wish_gets_its_problem_and_changes_nothing,
    the_journal_has_a_record_for_each_change_and_verifies,
    a_token_without_the_permission_sets_nothing,
);
