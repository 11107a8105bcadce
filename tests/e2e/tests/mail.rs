//! Mails on the real runtimes, before an outbox that speaks the provider's API: from the order to the
//! mail in its language, once, whatever ends in between.
//!
//! The rules one by one are in `shared/mail/tests`; here they meet the platforms.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use souk_e2e::buyers::{self, cart_body};
use souk_e2e::{Client, Platform, Shop, eventually_within, python, tools};
use souk_mail_outbox::server::Server;
use souk_mail_outbox::{Fault, Message};
use souk_protocol::origin::Queue;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

const API_KEY: &str = "re_GkPz3vXq_7yTn4wBd9sJhL2mRc8";
const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// Where links in mails lead; the shop's own port is known after it has started.
const LINKS: &str = "4242";
/// A claimed message is due again after 90 seconds.
const PATIENCE: Duration = Duration::from_secs(150);
/// Of the Kontor, which speaks German and English.
const SKU: &str = "K-02-01";

/// A shop that sends mails into an outbox.
struct MailShop {
    shop: Shop,
    outbox: Server,
}

impl MailShop {
    /// The Kontor, with a template of its own for German parcels.
    async fn open(platform: Platform) -> Result<Self> {
        let outbox = Server::start(0, API_KEY, SIGNING).await?;
        let mut shop = Shop::start(platform).await?;
        let port = outbox.port().to_string();
        shop.restart_with(&[
            ("mail_provider", "resend"),
            ("mail_from", "Kontor <orders@kontor.example>"),
            ("resend_api_key", API_KEY),
            ("resend_webhook_secrets", SIGNING),
            ("mail_outbox_port", &port),
            ("mail_shop_port", LINKS),
        ])
        .await?;
        let opened = Self { shop, outbox };
        opened.deliver_events();
        opened.publish().await?;
        Ok(opened)
    }

    async fn publish(&self) -> Result<u64> {
        let folder = tempfile::tempdir()?;
        copy(&tools::kontor_folder(), folder.path())?;
        let mails = folder.path().join("mails");
        std::fs::create_dir_all(&mails)?;
        let template = "+++\nsubject = \"Moin, {{order.number}} ist los\"\n+++\nMit {{carrier}}.\n";
        std::fs::write(mails.join("shipped.de.md"), template)?;
        self.shop.publish_folder(folder.path()).await
    }

    /// The provider's events go to where the shop is now.
    fn deliver_events(&self) {
        let client = self.shop.client();
        self.outbox
            .deliver_to(&format!("{}/mail/v1/events", client.base()));
    }

    async fn restart(&mut self) -> Result<()> {
        self.shop.restart().await?;
        self.deliver_events();
        Ok(())
    }

    /// Places an order; its number.
    async fn place(&self, key: &str, language: &str, method: &str) -> Result<String> {
        let mut body = cart_body(&[(SKU, 2)]);
        body["language"] = language.into();
        body["payment"]["method"] = method.into();
        let answer = buyers::send_body(&self.shop.client(), key, &body).await?;
        ensure!(answer.status == 201, "{}", answer.text());
        let order: Value = answer.json()?;
        Ok(order["id"].as_str().context("a number")?.to_owned())
    }

    fn mails_of(&self, order: &str) -> Vec<Message> {
        let mut messages = self.outbox.outbox().messages();
        messages.retain(|message| message.order == order);
        messages
    }

    /// The mail of a kind about an order, when it has come.
    async fn mail(&self, order: &str, kind: &str) -> Result<Message> {
        let what = format!("the mail {kind} of {order}");
        eventually_within(PATIENCE, &what, async || {
            self.shop.tick().await?;
            let mut messages = self.mails_of(order).into_iter();
            Ok(messages.find(|message| message.kind == kind))
        })
        .await
    }

    /// Waits until no mail is due any more.
    async fn is_quiet(&self) -> Result<()> {
        eventually_within(PATIENCE, "no mail is due", async || {
            self.shop.tick().await?;
            let queues = self.shop.queues().await?;
            let mut mails = queues.iter().filter(|depth| depth.queue == Queue::Mails);
            let mails = mails.next().context("the queue of mails")?;
            let is_quiet = mails.waiting == 0 && mails.next_due_ms.is_none();
            Ok(is_quiet.then_some(()))
        })
        .await
    }

    /// `souk orders change`, with a key of its own.
    async fn change(&self, order: &str, change: &[&str]) -> Result<()> {
        let arguments = [&["change", order][..], change].concat();
        self.shop.task("orders", &arguments).await.map(drop)
    }

    fn kinds_of(&self, order: &str) -> Vec<String> {
        let messages = self.mails_of(order).into_iter();
        messages.map(|message| message.kind).collect()
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy(&from, &to)?,
            false => {
                std::fs::copy(&from, &to)?;
            }
        }
    }
    Ok(())
}

/// The address of the order's page in a mail, from its path on.
fn link(mail: &Message) -> Result<String> {
    let base = format!("http://127.0.0.1:{LINKS}");
    let paths = mail.text.split(&base).skip(1);
    let mut paths = paths.filter_map(|rest| rest.split_whitespace().next());
    let path = paths.find(|path| path.contains("?token="));
    Ok(path.with_context(|| mail.text.clone())?.to_owned())
}

fn says(mail: &Message, parts: &[&str]) -> Result<()> {
    for part in parts {
        let text = format!("{}\n{}", mail.subject, mail.text);
        ensure!(text.contains(part), "{part} is not in: {text}");
    }
    Ok(())
}

async fn each_kind_is_in_the_language_of_its_order(platform: Platform) -> Result<()> {
    let shop = MailShop::open(platform).await?;
    let order = shop.place("german", "de", "transfer").await?;
    let received = shop.mail(&order, "order_received").await?;
    ensure!(received.to == "lilei@example.com" && received.language == "de");
    says(&received, &["Ihre Bestellung", "Kontor", "68,00\u{a0}€"])?;
    ensure!(
        received.html.contains("<html lang=\"de\">"),
        "{}",
        received.html
    );
    let page = shop.shop.client().get(&link(&received)?).await?;
    ensure!(page.status == 200, "{}", page.status);
    ensure!(page.text().contains("<html lang=\"de\""));
    let due = shop.mail(&order, "payment_due").await?;
    says(
        &due,
        &[
            "Kontoinhaber: ",
            &order,
            "68,00\u{a0}€",
            "hallo@kontor.example",
        ],
    )?;

    let paid = ["receive-payment", "--amount", "6800", "--reference", "K1"];
    shop.change(&order, &paid).await?;
    shop.mail(&order, "payment_received").await?;
    shop.change(&order, &["ship", "--carrier", "DHL", "--tracking", "00340"])
        .await?;
    let shipped = shop.mail(&order, "shipped").await?;
    says(&shipped, &[&format!("Moin, {order} ist los"), "Mit DHL."])?;
    shop.change(&order, &["deliver"]).await?;
    shop.mail(&order, "delivered").await?;
    shop.change(&order, &["refund", "--amount", "950", "--reason", "x"])
        .await?;
    let settled = ["settle-refund", "--refund", "1", "--amount", "950"];
    shop.change(&order, &settled).await?;
    says(&shop.mail(&order, "refunded").await?, &["9,50\u{a0}€"])?;

    let english = shop.place("english", "en", "on_delivery").await?;
    let received = shop.mail(&english, "order_received").await?;
    says(&received, &["Your order", "Kontor", "€68.00"])?;
    ensure!(
        link(&received)?.starts_with("/en/orders/"),
        "{}",
        received.text
    );
    shop.change(&english, &["cancel", "--reason", "asked for"])
        .await?;
    let cancelled = shop.mail(&english, "cancelled").await?;
    ensure!(cancelled.language == "en", "{}", cancelled.language);

    shop.is_quiet().await?;
    let all = [
        "order_received",
        "payment_due",
        "payment_received",
        "shipped",
        "delivered",
        "refunded",
    ];
    let kinds = shop.kinds_of(&order);
    ensure!(kinds == all, "{kinds:?}");
    let kinds = shop.kinds_of(&english);
    ensure!(kinds == ["order_received", "cancelled"], "{kinds:?}");
    let page = shop.shop.client().get("/metrics").await?;
    ensure!(!page.text().contains("lilei"), "figures name no buyer");
    Ok(())
}

/// The provider does not answer while the order is placed, so the mail is not sent when the shop dies.
async fn a_shop_that_dies_between_commit_and_sending_sends_one_mail(
    platform: Platform,
) -> Result<()> {
    let mut shop = MailShop::open(platform).await?;
    shop.outbox.outbox().fail(&[Fault::Status(503); 2]);
    let order = shop.place("k", "de", "on_delivery").await?;
    shop.shop.kill_hard();
    ensure!(shop.mails_of(&order).is_empty());
    shop.restart().await?;
    shop.mail(&order, "order_received").await?;
    shop.is_quiet().await?;
    ensure!(
        shop.mails_of(&order).len() == 1,
        "{:?}",
        shop.kinds_of(&order)
    );
    Ok(())
}

/// The mail is on its way, and the shop does not hear of it.
async fn a_shop_that_dies_between_sending_and_settling_sends_one_mail(
    platform: Platform,
) -> Result<()> {
    let mut shop = MailShop::open(platform).await?;
    shop.outbox.outbox().fail(&[Fault::AnswerLost]);
    let order = shop.place("k", "de", "on_delivery").await?;
    shop.mail(&order, "order_received").await?;
    shop.restart().await?;
    shop.is_quiet().await?;
    ensure!(
        shop.mails_of(&order).len() == 1,
        "{:?}",
        shop.kinds_of(&order)
    );
    let asked = shop.outbox.outbox().asked();
    ensure!(asked >= 2, "the mail was handed over {asked} times");
    Ok(())
}

async fn a_provider_that_is_down_is_asked_again(platform: Platform) -> Result<()> {
    let shop = MailShop::open(platform).await?;
    let faults = [Fault::Status(500), Fault::Status(429)];
    shop.outbox.outbox().fail(&faults);
    let order = shop.place("k", "de", "on_delivery").await?;
    shop.mail(&order, "order_received").await?;
    ensure!(shop.outbox.outbox().asked() == 3);
    ensure!(shop.mails_of(&order).len() == 1);
    let failed = shop.shop.task("mails", &[]).await?;
    ensure!(failed.contains("no mail has failed"), "{failed}");
    Ok(())
}

async fn a_bounce_is_shown_to_the_staff(platform: Platform) -> Result<()> {
    let shop = MailShop::open(platform).await?;
    let order = shop.place("k", "de", "on_delivery").await?;
    let mail = shop.mail(&order, "order_received").await?;
    let provider = Client::new(format!("http://127.0.0.1:{}", shop.outbox.port()));
    let path = format!("/messages/{}/bounced", mail.id);
    let answer = provider.send("POST", &path, &[], "").await?;
    ensure!(answer.status < 400, "{}", answer.status);
    let shown = eventually_within(PATIENCE, "the bounce is listed", async || {
        shop.shop.tick().await?;
        let shown = shop.shop.task("mails", &[]).await?;
        Ok(shown.contains(&order).then_some(shown))
    })
    .await?;
    ensure!(
        shown.contains("order_received") && shown.contains("bounced"),
        "{shown}"
    );
    ensure!(!shown.contains("lilei"), "no address: {shown}");
    let forged = shop.shop.client();
    let body = json!({"type": "mail.bounced", "data": {"order": order, "kind": "shipped"}});
    let answer = forged
        .send("POST", "/mail/v1/events", &[], body.to_string())
        .await?;
    ensure!(answer.status == 400, "{}", answer.status);
    let status = forged.get("/mail/v1/status").await?;
    ensure!(
        status.status == 404,
        "strangers reach events alone: {}",
        status.status
    );
    Ok(())
}

/// Nothing is published for a while: no mail leaves with a name that is not the shop's.
async fn a_mail_waits_until_it_is_known_whose_it_is(platform: Platform) -> Result<()> {
    let mut shop = MailShop::open(platform).await?;
    shop.outbox.outbox().fail(&[Fault::Status(503)]);
    let order = shop.place("k", "de", "on_delivery").await?;
    shop.shop.restart_without_catalogue().await?;
    shop.deliver_events();
    let retried = eventually_within(PATIENCE, "the mail is put off", async || {
        let mails = shop.shop.tick().await?.mails;
        Ok(mails.filter(|mails| mails.retried > 0))
    });
    retried.await?;
    ensure!(shop.mails_of(&order).is_empty());
    shop.publish().await?;
    let mail = shop.mail(&order, "order_received").await?;
    says(&mail, &["Kontor"])?;
    Ok(())
}

souk_e2e::on_every_platform!(
    each_kind_is_in_the_language_of_its_order,
    a_shop_that_dies_between_commit_and_sending_sends_one_mail,
    a_shop_that_dies_between_sending_and_settling_sends_one_mail,
    a_provider_that_is_down_is_asked_again,
    a_bounce_is_shown_to_the_staff,
    a_mail_waits_until_it_is_known_whose_it_is,
    a_signed_mail_is_believed_by_the_verifier_of_the_standard,
);

/// A delivery as it came.
struct Delivery {
    headers: Value,
    body: String,
}

/// A system of the merchant's own; the first delivery fails.
async fn receiver() -> Result<(u16, mpsc::UnboundedReceiver<Delivery>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let (sender, deliveries) = mpsc::unbounded_channel();
    let seen = Arc::new(Mutex::new(0_u32));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (sender, seen) = (sender.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                let service = service_fn(|request| receive(request, &sender, &seen));
                let connection = hyper::server::conn::http1::Builder::new();
                // A connection that breaks is the shop's business.
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    Ok((port, deliveries))
}

async fn receive(
    request: Request<Incoming>,
    sender: &mpsc::UnboundedSender<Delivery>,
    seen: &Mutex<u32>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap_or_default();
        (name.as_str().to_owned(), Value::from(value))
    });
    let delivery = Delivery {
        headers: Value::Object(headers.collect()),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    // The test may be over.
    let _ = sender.send(delivery);
    let mut seen = seen.lock().await;
    *seen += 1;
    let mut response = Response::new(Full::default());
    if *seen == 1 {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}

async fn verifier(delivery: &Delivery, secret: &str) -> Result<Result<String, String>> {
    let asked = json!({
        "payload": delivery.body,
        "headers": delivery.headers,
        "secret": secret,
    });
    python::ask(tools::webhooks_python()?, "mail/verify.py", &[], &asked).await
}

async fn a_signed_mail_is_believed_by_the_verifier_of_the_standard(
    platform: Platform,
) -> Result<()> {
    const OTHER: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
    let (port, mut deliveries) = receiver().await?;
    let address = format!("http://127.0.0.1:{port}");
    let mut shop = Shop::start(platform).await?;
    shop.restart_with(&[
        ("mail_provider", "webhook"),
        ("mail_webhook_url", &format!("{address}/hook")),
        ("mail_webhook_host", &address),
        ("mail_webhook_secret", SIGNING),
        ("mail_shop_port", LINKS),
    ])
    .await?;
    shop.publish_folder(&tools::kontor_folder()).await?;
    let answer = buyers::send_body(&shop.client(), "k", &cart_body(&[(SKU, 1)])).await?;
    ensure!(answer.status == 201, "{}", answer.text());
    let mut received = Vec::new();
    while received.len() < 2 {
        let delivery = eventually_within(PATIENCE, "the mail is delivered", async || {
            shop.tick().await?;
            Ok(deliveries.try_recv().ok())
        });
        received.push(delivery.await?);
    }
    for delivery in &received {
        let said = verifier(delivery, SIGNING).await?;
        ensure!(said.as_deref() == Ok("mail.order_received"), "{said:?}");
        let said = verifier(delivery, OTHER).await?;
        let refused = said.as_ref().err();
        ensure!(
            refused.is_some_and(|error| error.contains("WebhookVerificationError")),
            "{said:?}"
        );
    }
    let [first, second] = &received[..] else {
        anyhow::bail!("{} deliveries", received.len());
    };
    let id = |delivery: &Delivery| delivery.headers["webhook-id"].clone();
    ensure!(id(first) == id(second), "the same mail has the same name");
    let changed = Delivery {
        headers: second.headers.clone(),
        body: second.body.replace("lilei", "mallory"),
    };
    ensure!(verifier(&changed, SIGNING).await?.is_err());
    Ok(())
}
