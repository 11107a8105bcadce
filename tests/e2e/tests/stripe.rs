//! What others understand by Stripe's API: `localstripe`, an independent server, before our
//! provider; Stripe's own client before our sandbox; and both of their signatures.
//!
//! localstripe has no payment pages and no idempotency keys; the rest of what the shop asks of a
//! provider it knows.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use souk_e2e::server::{Server, free_port};
use souk_e2e::{Client, eventually, python, tools};
use souk_payment_sandbox::server::{Server as SandboxServer, now_ms};
use souk_payments::{NewRefund, PaymentProvider, PaymentState, ProviderError, RefundState};
use souk_payments_stripe::{Settings, Stripe, TOLERANCE_S, verify};
use souk_ports::{Clock, OutboundHttp, PortError};

const KEY: &str = "sk_test_of_the_tests";

/// The network, for the provider.
struct Network;

impl OutboundHttp for Network {
    async fn fetch(&self, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let (parts, body) = request.into_parts();
        let (host, path) = {
            let uri = parts.uri.to_string();
            let place = uri.match_indices('/').nth(2).expect("a path").0;
            (uri[..place].to_owned(), uri[place..].to_owned())
        };
        let headers: Vec<(&str, &str)> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")))
            .collect();
        let method = parts.method.as_str();
        let sent = Client::new(host).send(method, &path, &headers, body).await;
        let answer = sent.map_err(|error| PortError::Transient(error.to_string()))?;
        let response = Response::builder().status(answer.status);
        Ok(response.body(answer.body).expect("a response"))
    }
}

impl Clock for Network {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    async fn pause_ms(&self, ms: u32) {
        tokio::time::sleep(Duration::from_millis(u64::from(ms))).await;
    }
}

/// A running localstripe, and a client of it.
struct LocalStripe {
    client: Client,
    port: u16,
    _server: Server,
    _directory: tempfile::TempDir,
}

impl LocalStripe {
    async fn start() -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("souk-e2e-stripe-")
            .tempdir()?;
        let port = free_port()?;
        let mut command = Command::new(tools::stripe_python()?);
        command
            .arg(tools::root().join("tests/e2e/stripe/serve.py"))
            .arg(port.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        let mut server = Server::start(&mut command, directory.path())?;
        let client = Client::new(format!("http://127.0.0.1:{port}"));
        eventually("localstripe answers", async || {
            server.check()?;
            Ok(client.get("/v1/payment_intents").await.ok().map(drop))
        })
        .await?;
        Ok(Self {
            client,
            port,
            _server: server,
            _directory: directory,
        })
    }

    async fn post(&self, path: &str, form: &str) -> Result<Value> {
        let bearer = format!("Bearer {KEY}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let answer = self
            .client
            .send("POST", path, &headers, form.to_owned())
            .await?;
        ensure!(
            matches!(answer.status, 200 | 402),
            "{path}: {}",
            answer.text()
        );
        answer.json()
    }

    /// A shopper types this number; the payment waits for its capture then, or was declined.
    async fn pay(&self, number: &str) -> Result<String> {
        let card = format!(
            "type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123"
        );
        let method = self.post("/v1/payment_methods", &card).await?;
        let method = method["id"].as_str().context("a payment method")?;
        let payment = format!(
            "amount=1299&currency=usd&capture_method=manual&metadata[order]=A-1\
             &payment_method={method}"
        );
        let payment = self.post("/v1/payment_intents", &payment).await?;
        let id = payment["id"].as_str().context("a payment")?.to_owned();
        self.post(&format!("/v1/payment_intents/{id}/confirm"), "")
            .await?;
        Ok(id)
    }
}

fn settings(key: &str, port: u16) -> Settings {
    Settings::new(key, "", &port.to_string(), "").expect("good settings")
}

fn refund<'a>(payment: &'a str, request: &'a str, amount: i64) -> NewRefund<'a> {
    NewRefund {
        order: "A-1",
        payment,
        request,
        amount,
        currency: "USD",
    }
}

#[tokio::test]
async fn an_independent_server_understands_our_provider_and_is_understood() -> Result<()> {
    let server = LocalStripe::start().await?;
    let settings = settings(KEY, server.port);
    let provider = Stripe::new(&Network, &settings);

    let paid = server.pay("4242424242424242").await?;
    let payment = provider.payment(&paid).await?;
    ensure!(payment.order.as_deref() == Some("A-1"), "{payment:?}");
    ensure!(payment.currency == "USD", "{payment:?}");
    let authorised = PaymentState::Authorised { amount: 1299 };
    ensure!(payment.state == authorised, "{payment:?}");
    provider.capture(&paid, 1299, "USD", "capture").await?;
    // This server takes its time to capture.
    eventually("the money is taken", async || {
        let state = provider.payment(&paid).await?.state;
        let taken = matches!(state, PaymentState::Captured { amount: 1299, .. });
        Ok(taken.then_some(()))
    })
    .await?;
    let again = provider.capture(&paid, 1299, "USD", "again").await;
    ensure!(
        matches!(again, Err(ProviderError::Rejected { .. })),
        "{again:?}"
    );
    let void = provider.void(&paid, "void").await;
    ensure!(
        matches!(void, Err(ProviderError::Rejected { .. })),
        "{void:?}"
    );

    let first = provider.refund(&refund(&paid, "5-1", 300), "r5").await?;
    let request = first.request.as_deref();
    ensure!((request, first.amount) == (Some("5-1"), 300), "{first:?}");
    ensure!(first.state == RefundState::Done, "{first:?}");
    let second = provider.refund(&refund(&paid, "7-1", 999), "r7").await?;
    let mut known = provider.refunds(&paid, "USD").await?;
    known.sort_by_key(|refund| refund.request.clone());
    ensure!(known == [first, second], "{known:?}");

    let given_up = server.pay("4242424242424242").await?;
    let voided = provider.void(&given_up, "void-2").await?;
    ensure!(
        matches!(voided.state, PaymentState::Voided { .. }),
        "{voided:?}"
    );
    ensure!(provider.refunds(&given_up, "USD").await?.is_empty());

    // This server declines the other number earlier, where the card is attached to a customer.
    let declined = server.pay("4000000000000341").await?;
    let declined = provider.payment(&declined).await?;
    let PaymentState::Declined { reason, attempt } = &declined.state else {
        anyhow::bail!("{declined:?}");
    };
    ensure!(
        !reason.is_empty() && attempt.starts_with("ch_"),
        "{declined:?}"
    );

    let unknown = provider.payment("pi_unknown").await;
    ensure!(
        matches!(unknown, Err(ProviderError::NotFound(_))),
        "{unknown:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_independent_server_refuses_a_wrong_key_and_one_that_is_gone_may_be_asked_again()
-> Result<()> {
    let server = LocalStripe::start().await?;
    let port = server.port;
    let wrong = settings("wrong", port);
    let refused = Stripe::new(&Network, &wrong).payment("pi_1").await;
    ensure!(
        matches!(refused, Err(ProviderError::Unauthorised(_))),
        "{refused:?}"
    );
    drop(server);
    let right = settings(KEY, port);
    let away = Stripe::new(&Network, &right).payment("pi_1").await;
    ensure!(matches!(away, Err(ProviderError::Transient(_))), "{away:?}");
    Ok(())
}

/// Asks Stripe's own client.
async fn official_client(
    script: &str,
    arguments: &[&str],
    input: &Value,
) -> Result<Result<String, String>> {
    let script = Path::new("stripe").join(script);
    python::ask(tools::stripe_python()?, script, arguments, input).await
}

const BODY: &str =
    r#"{"id":"evt_1","object":"event","type":"charge.refunded","data":{"object":{"id":"茶"}}}"#;

#[tokio::test]
async fn stripes_client_believes_what_the_sandbox_signs() -> Result<()> {
    let sandbox = SandboxServer::start(0, KEY, "whsec_right").await?;
    let header = sandbox.sandbox().signature(BODY.as_bytes(), now_ms());
    let stale = sandbox
        .sandbox()
        .signature(BODY.as_bytes(), now_ms() - 1000 * (TOLERANCE_S + 60));
    let cases = [
        (header.as_str(), BODY, "whsec_right", true),
        (&header, BODY, "whsec_wrong", false),
        (
            &header,
            &BODY.replace("evt_1", "evt_2"),
            "whsec_right",
            false,
        ),
        (&stale, BODY, "whsec_right", false),
    ];
    for (header, payload, secret, right) in cases {
        let asked = json!({"header": header, "payload": payload, "secret": secret});
        let said = official_client("signatures.py", &["verify"], &asked).await?;
        ensure!(
            said.is_ok() == right,
            "{header} {payload} {secret}: {said:?}"
        );
        if let Err(error) = said {
            ensure!(error.contains("SignatureVerificationError"), "{error}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn we_believe_what_stripes_client_signs() -> Result<()> {
    let asked = json!({"payload": BODY, "secret": "whsec_right"});
    let header = official_client("signatures.py", &["sign"], &asked).await?;
    let header = header.map_err(anyhow::Error::msg)?;
    let secrets = |secret: &str| ["whsec_old".to_owned(), secret.to_owned()];
    let now_s = now_ms() / 1000;
    verify(&header, BODY.as_bytes(), &secrets("whsec_right"), now_s)?;
    let wrong = verify(&header, BODY.as_bytes(), &secrets("whsec_wrong"), now_s);
    ensure!(wrong.is_err());
    let late = verify(
        &header,
        BODY.as_bytes(),
        &secrets("whsec_right"),
        now_s + 600,
    );
    ensure!(late.is_err());
    Ok(())
}

#[tokio::test]
async fn stripes_client_understands_the_sandbox() -> Result<()> {
    let sandbox = SandboxServer::start(0, KEY, "whsec").await?;
    let base = format!("http://127.0.0.1:{}", sandbox.port());
    let said = official_client("client.py", &[&base, KEY], &json!({})).await?;
    ensure!(said.as_deref() == Ok("understood"), "{said:?}");
    Ok(())
}
