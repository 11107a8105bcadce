//! Repeats, lost answers, forgeries, and which client may reach what.

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use souk_e2e::{Platform, Shop, eventually};
use souk_payment_sandbox::faults::{Fault, Step, Webhooks};
use souk_payment_sandbox::{server, signature};
use souk_payments_stripe::WEBHOOK_PATH;
use souk_protocol::origin::Action;
use souk_protocol::payments;

use crate::buyer::{Order, PAYS, PRICE, come_back, is_quiet, place, tea_shop, type_card};

/// Pays, and gives the address where the provider sends the shopper.
async fn paid(shop: &Shop, key: &str) -> Result<(Order, String)> {
    let order = place(&shop.client(), key, 1, "card").await?;
    let url = order.pay_url(&shop.client()).await?;
    let back = type_card(&url, PAYS).await?.context("the way back")?;
    Ok((order, back))
}

async fn five_returns_and_five_of_each_event_capture_once(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    for (key, return_first) in [("first", true), ("last", false), ("together", true)] {
        let fivefold = Webhooks {
            copies: 5,
            reversed: true,
            held: true,
        };
        shop.sandbox().set_webhooks(fivefold);
        let (order, back) = paid(&shop, key).await?;
        let release = || {
            let held = false;
            shop.sandbox().set_webhooks(Webhooks { held, ..fivefold });
        };
        if key == "together" {
            release();
        }
        if return_first {
            let returns = join_all((0..5).map(|_| come_back(&client, &back))).await;
            returns.into_iter().collect::<Result<Vec<_>>>()?;
        }
        release();
        order.becomes(&client, "confirmed", "paid").await?;
        if !return_first {
            for _ in 0..5 {
                come_back(&client, &back).await?;
            }
        }
        order.is_paid_once(&shop, 1).await?;
    }
    let stock = shop.stock("TEA").await?;
    ensure!((stock.held, stock.sold) == (0, 3), "{stock:?}");
    Ok(())
}

async fn a_lost_answer_of_a_capture_takes_the_money_once(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    for fault in [
        Fault::LoseReply,
        Fault::LoseRequest,
        Fault::AnswerAndKeep(500),
    ] {
        let captures = shop.sandbox().count(Step::Capture);
        shop.sandbox().fail(Step::Capture, fault);
        let (order, back) = paid(&shop, &format!("{fault:?}")).await?;
        come_back(&shop.client(), &back).await?;
        order.is_paid_once(&shop, 1).await?;
        ensure!(shop.sandbox().count(Step::Capture) > captures, "{fault:?}");
    }
    Ok(())
}

async fn staff_give_money_back_once(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    let (order, back) = paid(&shop, "k").await?;
    come_back(&client, &back).await?;
    order.is_paid_once(&shop, 1).await?;
    shop.sandbox().fail(Step::Refund, Fault::LoseReply);
    let reason = "damaged".to_owned();
    let part = Action::Refund {
        amount: 300,
        reason,
    };
    shop.change(&order.id, "part", &part).await?;
    shop.change(&order.id, "part", &part).await?;
    order
        .becomes(&client, "confirmed", "partly_refunded")
        .await?;
    is_quiet(&shop).await?;
    let reason = "not wanted".to_owned();
    shop.change(&order.id, "cancel", &Action::Cancel { reason })
        .await?;
    is_quiet(&shop).await?;
    order.becomes(&client, "cancelled", "refunded").await?;
    let refunds = order.payment(&shop)?.refunds;
    ensure!(refunds == [300, PRICE - 300], "{refunds:?}");
    ensure!(shop.stock("TEA").await?.available == 10);
    Ok(())
}

async fn forged_stale_and_large_events_are_refused(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let held = Webhooks {
        held: true,
        ..Webhooks::default()
    };
    shop.sandbox().set_webhooks(held);
    let (order, _) = paid(&shop, "k").await?;
    let client = shop.client().without_reuse();
    let body = format!(
        r#"{{"id":"evt_1","livemode":false,"type":"payment_intent.succeeded","data":{{"object":{{"id":"{}"}}}}}}"#,
        order.payment(&shop)?.id
    );
    let now_ms = server::now_ms();
    let right = |body: &str, at_ms| shop.sandbox().signature(body.as_bytes(), at_ms);
    let other = signature("whsec_of_another", body.as_bytes(), now_ms / 1000);
    let large = format!("{body}{}", " ".repeat(payments::WEBHOOK_BYTES_MAX));
    let live = body.replace("\"livemode\":false", "\"livemode\":true");
    let cases = [
        (other, body.clone(), 400),
        (String::new(), body.clone(), 400),
        (right(&body, now_ms - 400_000), body.clone(), 400),
        (right(&body, now_ms), body.replace("evt_1", "evt_2"), 400),
        (right(&large, now_ms), large, 413),
        // Of live payments, signed with the secret of a shop that takes test payments.
        (right(&live, now_ms), live, 400),
    ];
    for (signature, body, status) in cases {
        let headers = [("stripe-signature", signature.as_str())];
        let path = WEBHOOK_PATH;
        let answer = client.send("POST", path, &headers, body).await?;
        ensure!(answer.status == status, "{signature}: {}", answer.status);
    }
    ensure!(order.standing(&shop.client()).await?.0 == "awaiting_payment");
    let signature = right(&body, now_ms);
    let headers = [("stripe-signature", signature.as_str())];
    let answer = client.send("POST", WEBHOOK_PATH, &headers, body);
    ensure!(answer.await?.status == 200);
    order.is_paid_once(&shop, 1).await
}

/// A client that reached these could open and close pages of any order, and request work.
async fn shoppers_reach_nothing_of_payments_but_the_webhook(platform: Platform) -> Result<()> {
    let shop = tea_shop(platform, 15, 10).await?;
    let client = shop.client();
    let internal = [
        payments::METHODS_PATH,
        payments::BEGIN_PATH,
        payments::RETURNED_PATH,
        payments::WORK_PATH,
    ];
    let disguised = [
        "/payments/stripe/webhook/../../v1/work",
        "/payments/stripe/webhook/%2e%2e/%2e%2e/v1/work",
        "/payments/stripe/webhook/x",
        "//payments/v1/work",
        "/payments//v1/work",
        "/payments/v1/work/",
        "/payments/v1/./work",
        "/zh/payments/v1/work",
        "/PAYMENTS/v1/work",
    ];
    for path in internal.iter().chain(&disguised) {
        for method in ["GET", "POST"] {
            let answer = client.send(method, path, &[], "").await?;
            let refused = matches!(answer.status, 301 | 400 | 404 | 405);
            ensure!(
                refused,
                "{method} {path}: {} {}",
                answer.status,
                answer.beginning()
            );
        }
    }
    // Nor with the host by which the other scripts of Workers call payments.
    if platform == Platform::Workers {
        for path in internal {
            let host = [("host", "payments.souk.invalid")];
            let answer = client.send("POST", path, &host, "").await?;
            // A shop without a public address does not open to any other host.
            ensure!(
                matches!(answer.status, 404 | 503),
                "{path}: {}",
                answer.status
            );
        }
    }
    let webhook = client.get(WEBHOOK_PATH).await?;
    ensure!((webhook.status, webhook.header("allow")) == (405, "POST"));
    Ok(())
}

/// The runtime is killed in the middle of everything.
async fn a_shop_that_dies_takes_the_money_once(platform: Platform) -> Result<()> {
    let mut shop = tea_shop(platform, 15, 10).await?;
    let slow = Fault::Delay(std::time::Duration::from_secs(3));
    shop.sandbox().fail(Step::Capture, slow);
    let (order, back) = paid(&shop, "k").await?;
    let returning = {
        let client = shop.client();
        tokio::spawn(async move { come_back(&client, &back).await })
    };
    eventually("the money is being taken", async || {
        Ok((shop.sandbox().count(Step::Capture) > 0).then_some(()))
    })
    .await?;
    shop.kill_hard();
    // Whatever the shopper saw: the shop is gone.
    drop(returning.await);
    shop.restart().await?;
    // Whichever comes first: the provider's webhook, or the scheduler once the claim has lapsed.
    eventually("the money is in the books", async || {
        shop.tick().await?;
        let (_, payment) = order.standing(&shop.client()).await?;
        Ok((payment == "paid").then_some(()))
    })
    .await?;
    order.is_paid_once(&shop, 1).await
}

mod workers {
    souk_e2e::tests_on!(Workers:
        five_returns_and_five_of_each_event_capture_once,
        a_lost_answer_of_a_capture_takes_the_money_once,
        staff_give_money_back_once,
        forged_stale_and_large_events_are_refused,
        shoppers_reach_nothing_of_payments_but_the_webhook,
        a_shop_that_dies_takes_the_money_once
    );
}
mod spin_sqlite {
    souk_e2e::tests_on!(SpinSqlite:
        five_returns_and_five_of_each_event_capture_once,
        a_lost_answer_of_a_capture_takes_the_money_once,
        staff_give_money_back_once,
        forged_stale_and_large_events_are_refused,
        shoppers_reach_nothing_of_payments_but_the_webhook,
        a_shop_that_dies_takes_the_money_once
    );
}
mod spin_postgres {
    souk_e2e::tests_on!(SpinPostgres:
        five_returns_and_five_of_each_event_capture_once,
        staff_give_money_back_once,
        a_shop_that_dies_takes_the_money_once
    );
}
