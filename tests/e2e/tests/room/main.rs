//! A sale with a waiting room on a shop that runs: who came before the opening is drawn by lot and called
//! as long as there are units, the staff can stop it, and nothing of that depends on one process.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

mod crowd;
mod draw;
mod evening;
mod pages;
mod visitors;

use anyhow::{Context, Result, ensure};
use souk_e2e::buyers::{order_body, send_body};
use souk_e2e::{Client, Platform, eventually_within};

use crowd::a_crowd_is_served_fairly_and_bots_get_nothing;
use draw::Draw;
use evening::{Evening, PATIENCE, SOLD_AS, now_ms, sale, waits_for};
use pages::{Browser, leads_to, link};
use visitors::{Visitor, gather, serve, served_in_order};

const UNITS: u32 = 3;
const VISITORS: usize = 12;
const SALE: &str = "/sales/drop";

async fn the_first_of_the_draw_buy_and_no_other(platform: Platform) -> Result<()> {
    let evening = Evening::begin(platform, UNITS).await?;
    let client = evening.shop.client();
    let work = async {
        let mut visitors = gather(&client, VISITORS).await?;
        visitors[0].comes_again(&client).await?;
        let announced = waits_for(&client, "gathering").await?;
        let draw = &announced["draw"];
        ensure!(draw["key"].is_null(), "the key of the draw is out: {draw}");
        let commitment = draw["commitment"].as_str().context("a commitment")?;
        no_order_is_placed_early(&client, &visitors, evening.opens_ms).await?;

        let all_done = |visitors: &[Visitor]| visitors.iter().all(Visitor::is_done);
        let opens_ms = evening.opens_ms;
        serve(
            &client,
            &mut visitors,
            opens_ms,
            "everybody has an end",
            all_done,
        )
        .await?;
        let orders = visitors.iter().filter(|one| one.order.is_some()).count();
        ensure!(orders == UNITS as usize, "{orders} orders: {visitors:?}");
        let told = |one: &Visitor| one.order.is_some() || one.state == "sold_out";
        ensure!(visitors.iter().all(told), "not told: {visitors:?}");
        served_in_order(&visitors)?;
        a_ticket_is_of_one_buyer_and_one_order(&client, &visitors).await?;

        evening.adds_up(UNITS).await?;
        let over = waits_for(&client, "over").await?;
        ensure!(over["draw"]["commitment"] == commitment, "{over}");
        let key = over["draw"]["key"]
            .as_str()
            .context("the key of the draw")?;
        let draw = Draw::of(key, commitment)?;
        for one in &visitors {
            let rank = draw.rank(&one.seed)?;
            ensure!(one.rank.as_deref() == Some(&rank), "{one:?} is not {rank}");
        }
        draw.check_as_documented(&visitors[0].seed).await
    };
    evening.while_ticking(work).await
}

/// Before the opening nothing sells, whatever is sent, and an address that is guessed is none.
async fn no_order_is_placed_early(
    client: &Client,
    visitors: &[Visitor],
    opens_ms: i64,
) -> Result<()> {
    let codes = ["AAAAAAAAAAAAAAAAAAAAAA", "0", "called", &visitors[0].ticket];
    for code in codes {
        let path = format!("/api/v1/sales/drop/orders/{code}");
        let early = visitors[0].order_at(client, &path, "early").await?;
        ensure!(early.status == 404, "{code}: {}", early.beginning());
    }
    let plain = send_body(client, "plain", &order_body(SOLD_AS, 1)).await?;
    let is_refused = ["not-open", "not-your-turn"].contains(&plain.problem().as_str());
    ensure!(is_refused && plain.status == 409, "{}", plain.beginning());
    ensure!(
        now_ms()? < opens_ms,
        "the machine was too slow for this test"
    );
    Ok(())
}

/// The address of another ticket is none, and a ticket that has ordered does not order again.
async fn a_ticket_is_of_one_buyer_and_one_order(
    client: &Client,
    visitors: &[Visitor],
) -> Result<()> {
    let mut served = visitors.iter().filter(|one| one.order.is_some());
    let (one, other) = (served.next(), served.next());
    let (one, other) = (one.context("an order")?, other.context("two orders")?);
    let path = one.orders_path.as_deref().context("an address")?;
    let foreign = other.order_at(client, path, "foreign").await?;
    ensure!(foreign.status == 404, "{}", foreign.beginning());
    let again = one.order_at(client, path, "again").await?;
    let is_refused = ["limit-exceeded", "sold-out"].contains(&again.problem().as_str());
    ensure!(is_refused, "{}", again.beginning());
    // The same request finds its order.
    let same = one.orders(client).await?;
    ensure!(same.status == 200, "{}", same.beginning());
    Ok(())
}

async fn a_visitor_without_scripts_buys_while_the_staff_stop_the_sale(
    platform: Platform,
) -> Result<()> {
    let evening = Evening::begin(platform, 2).await?;
    let client = evening.shop.client();
    let work = async {
        let mut browser = Browser::of(&client);
        let (place, page) = (format!("{SALE}/place"), browser.get(SALE).await?);
        ensure!(page.status == 200, "{}", page.beginning());
        let asked = browser.submit(&page, &place).await?;
        ensure!(leads_to(&asked)? == place, "{asked:?}");
        let page = browser.get(&place).await?;
        ensure!(page.header("cache-control") == "no-store", "{page:?}");
        ensure!(
            !page.header("refresh").is_empty(),
            "it comes back by itself"
        );
        let mut other = Visitor::comes(&client, 0).await?;

        let buy = is_called(&mut browser, &place).await?;
        the_staff_pause_and_resume(&evening, &mut other).await?;
        buys(&mut browser, &buy).await?;

        eventually_within(PATIENCE, "the other one is called", async || {
            other.polls(&client).await?;
            Ok((other.state == "called").then_some(()))
        })
        .await?;
        let told = evening.command("close", &["--reason", "enough"]).await?;
        ensure!(told.contains("closed for good"), "{told}");
        waits_for(&client, "over").await?;
        let late = other.orders(&client).await?;
        ensure!(late.problem() == "sale-over", "{}", late.beginning());
        let page = browser.get(&place).await?;
        ensure!(link(&page, &format!("{SALE}/buy/")).is_none(), "{page:?}");
        let journal = evening.shop.task("journal", &["export"]).await?;
        for what in [
            "pause sale drop: a doubt",
            "resume sale drop",
            "close sale drop: enough",
        ] {
            ensure!(journal.contains(what), "{what}: {journal}");
        }
        evening.adds_up(1).await
    };
    evening.while_ticking(work).await
}

/// The purchase address that the page of a place shows once it is called.
async fn is_called(browser: &mut Browser, place: &str) -> Result<String> {
    eventually_within(PATIENCE, "the page says that it is the turn", async || {
        let page = browser.get(place).await?;
        // A shop that has just begun may not know the time yet.
        ensure!([200, 503].contains(&page.status), "{}", page.beginning());
        Ok(link(&page, &format!("{SALE}/buy/")))
    })
    .await
}

/// While the sale is paused a called visitor keeps the place and buys nothing.
async fn the_staff_pause_and_resume(evening: &Evening, called: &mut Visitor) -> Result<()> {
    let client = evening.shop.client();
    eventually_within(PATIENCE, "a second visitor is called", async || {
        called.polls(&client).await?;
        Ok((called.state == "called").then_some(()))
    })
    .await?;
    let told = evening.command("pause", &["--reason", "a doubt"]).await?;
    ensure!(told.contains("drop is paused"), "{told}");
    waits_for(&client, "paused").await?;
    let stopped = called.orders(&client).await?;
    ensure!(stopped.status == 409, "{}", stopped.beginning());
    ensure!(evening.status().await?.state == "paused", "the status");
    let table = evening.shop.task("sale", &["status"]).await?;
    ensure!(table.contains("drop  paused"), "{table}");
    evening.command("resume", &[]).await?;
    waits_for(&client, "open").await.map(drop)
}

/// From the purchase address to the page of the order, by forms alone.
async fn buys(browser: &mut Browser, buy: &str) -> Result<()> {
    let page = browser.get(buy).await?;
    ensure!(page.status == 200, "{}", page.beginning());
    ensure!(page.text().contains(SOLD_AS), "{}", page.text());
    let chosen = browser.submit(&page, buy).await?;
    let checkout = leads_to(&chosen)?;
    let page = browser.get(&checkout).await?;
    let ordered = browser.submit(&page, &checkout).await?;
    // The checkout asks once more where the total was not shown for this address yet.
    let ordered = match ordered.status {
        303 => ordered,
        _ => browser.submit(&ordered, &checkout).await?,
    };
    let order = leads_to(&ordered)?;
    ensure!(order.contains("/orders/"), "{order}");
    let page = browser.get(&order).await?;
    ensure!(page.text().contains("Li Lei"), "{}", page.beginning());
    Ok(())
}

async fn a_restart_in_the_middle_changes_no_place(platform: Platform) -> Result<()> {
    let mut evening = Evening::begin(platform, UNITS).await?;
    let client = evening.shop.client();
    let opens_ms = evening.opens_ms;
    let has_orders = |wanted: usize| {
        move |visitors: &[Visitor]| {
            visitors.iter().filter(|one| one.order.is_some()).count() >= wanted
        }
    };
    let work = async {
        let mut visitors = gather(&client, VISITORS).await?;
        serve(&client, &mut visitors, opens_ms, "an order", has_orders(1)).await?;
        let before = evening.status_with_an_order().await?;
        let commitment = sale(&client).await?["draw"]["commitment"].clone();
        Ok((visitors, before, commitment))
    };
    let (mut visitors, before, commitment) = evening.while_ticking(work).await?;
    ensure!(before.called >= 1 && before.tickets >= 1, "{before:?}");

    // The store for operations ends with the runtime, as everything does.
    evening.shop.restart().await?;
    let client = evening.shop.client();
    let work = async {
        let after = evening.status().await?;
        ensure!(after.called >= before.called, "{before:?} became {after:?}");
        ensure!(after.missed >= before.missed, "{before:?} became {after:?}");
        // Each poll looks whether the window went back, and whether the place is another one.
        let sold = has_orders(UNITS as usize);
        serve(&client, &mut visitors, opens_ms, "all units are sold", sold).await?;
        let served = visitors.iter().find(|one| one.order.is_some());
        let same = served.context("an order")?.orders(&client).await?;
        ensure!(same.status == 200, "{}", same.beginning());
        let all_done = |visitors: &[Visitor]| visitors.iter().all(Visitor::is_done);
        serve(
            &client,
            &mut visitors,
            opens_ms,
            "everybody has an end",
            all_done,
        )
        .await?;
        served_in_order(&visitors)?;
        ensure!(
            sale(&client).await?["draw"]["commitment"] == commitment,
            "another draw"
        );
        evening.adds_up(UNITS).await
    };
    evening.while_ticking(work).await
}

souk_e2e::on_every_platform!(
    the_first_of_the_draw_buy_and_no_other,
    a_visitor_without_scripts_buys_while_the_staff_stop_the_sale,
    a_restart_in_the_middle_changes_no_place,
    a_crowd_is_served_fairly_and_bots_get_nothing,
);
