//! A shopper without a browser: from a product to an order, with forms and a cookie.

use anyhow::{Context, Result};
use souk_e2e::{Answer, Client};

use crate::{HOST, Names};

const FORM: &str = "application/x-www-form-urlencoded";

/// What carries requests to a shop: a connection to one instance, or something that chooses.
pub(crate) trait Carrier {
    /// Sends a request and waits for its answer.
    async fn carry(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer>;
}

impl Carrier for Client {
    async fn carry(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer> {
        self.send(method, path, headers, body).await
    }
}

/// What a shopper's browser remembers.
pub(crate) struct Shopper<'a, C> {
    carrier: &'a C,
    /// The pair of the cart's cookie; empty before there is one.
    pub(crate) cookie: String,
}

impl<'a, C: Carrier> Shopper<'a, C> {
    pub(crate) fn new(carrier: &'a C) -> Self {
        Self {
            carrier,
            cookie: String::new(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        let headers = [
            ("host", HOST),
            ("accept", "text/html"),
            ("cookie", &self.cookie),
        ];
        // An empty cookie header is what no browser sends.
        let headers = if self.cookie.is_empty() {
            &headers[..2]
        } else {
            &headers[..]
        };
        self.carrier
            .carry("GET", path, headers, String::new())
            .await
    }

    /// Sends a form as a browser does, and keeps the cookie that comes back.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let headers = [
            ("host", HOST),
            ("accept", "text/html"),
            ("content-type", FORM),
            ("sec-fetch-site", "same-origin"),
            ("cookie", &self.cookie),
        ];
        let headers = if self.cookie.is_empty() {
            &headers[..4]
        } else {
            &headers[..]
        };
        let body = encode(fields);
        let answer = self.carrier.carry("POST", path, headers, body).await?;
        if let Some(pair) = answer
            .header("set-cookie")
            .split(';')
            .next()
            .filter(|p| !p.is_empty())
        {
            self.cookie = pair.to_owned();
        }
        Ok(answer)
    }

    /// Puts one unit of the product of `names` into the cart.
    pub(crate) async fn fill_cart(&mut self, names: &Names, prefix: &str) -> Result<Answer> {
        let Names { slug, sku, .. } = names;
        let fields = [
            ("action", "add"),
            ("sku", sku),
            ("product", slug),
            ("quantity", "1"),
        ];
        self.post(&format!("{prefix}/cart"), &fields).await
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    let pairs: Vec<_> = fields
        .iter()
        .map(|(k, v)| format!("{}={}", escape(k), escape(v)))
        .collect();
    pairs.join("&")
}

/// The value of a hidden field of a page.
pub(crate) fn hidden(page: &str, name: &str) -> Result<String> {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page
        .split_once(&start)
        .with_context(|| format!("the page has no field {name}"))?
        .1;
    let value = rest.split('"').next().unwrap_or_default();
    Ok(value.replace("&amp;", "&"))
}

/// The answers on the way to an order.
pub(crate) struct Journey {
    pub(crate) steps: Vec<(&'static str, Answer)>,
    secrets: Vec<String>,
}

impl Journey {
    /// A text without what is random, or depends on the time.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret, "SECRET")
        })
    }
}

/// The fields of the checkout, filled in.
pub(crate) fn details<'a>(csrf: &'a str, key: &'a str, quote: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("csrf", csrf),
        ("idempotency_key", key),
        ("quote", quote),
        ("name", "韩梅梅"),
        ("email", "hanmeimei@example.com"),
        ("country", "CN"),
        ("region", "浙江"),
        ("city", "杭州"),
        ("postal_code", "310000"),
        ("line1", "文三路 1 号"),
        ("line2", ""),
        ("delivery", "express"),
        ("payment", "transfer"),
        ("note", ""),
    ]
}

/// From a product to its order, in the language of `prefix`.
pub(crate) async fn run(carrier: &impl Carrier, names: &Names, prefix: &str) -> Result<Journey> {
    let mut shopper = Shopper::new(carrier);
    let mut steps = Vec::new();
    let checkout = format!("{prefix}/checkout");
    steps.push(("cart", shopper.fill_cart(names, prefix).await?));
    steps.push(("the cart", shopper.get(&format!("{prefix}/cart")).await?));
    let with_cart = shopper.cookie.clone();
    let form = shopper.get(&checkout).await?;
    let page = form.text();
    let field = |name| hidden(&page, name);
    let (csrf, key, quote) = (field("csrf")?, field("idempotency_key")?, field("quote")?);
    steps.push(("checkout", form));
    let mut fields = details(&csrf, &key, &quote);
    fields.retain(|(name, _)| *name != "name");
    let refused = shopper.post(&checkout, &fields).await?;
    anyhow::ensure!(
        refused.status == 422,
        "a form without a name: {}",
        refused.status
    );
    let page = refused.text();
    // It shows what the order costs with the delivery that was chosen.
    let (again, quote_again) = (hidden(&page, "csrf")?, hidden(&page, "quote")?);
    anyhow::ensure!(
        hidden(&page, "idempotency_key")? == key,
        "a corrected form keeps its key"
    );
    steps.push(("a form without a name", refused));
    let fields = details(&again, &key, &quote_again);
    let placed = shopper.post(&checkout, &fields).await?;
    let location = placed.header("location").to_owned();
    anyhow::ensure!(
        placed.status == 303,
        "a good form: {} {}",
        placed.status,
        placed.beginning()
    );
    anyhow::ensure!(
        shopper.cookie == "__Host-souk_cart=",
        "the cart is empty afterwards"
    );
    steps.push(("the order", placed));
    shopper.cookie = with_cart;
    let twice = shopper.post(&checkout, &fields).await?;
    anyhow::ensure!(
        twice.header("location") == location,
        "the same form gives the same order"
    );
    steps.push(("the same form again", twice));
    let order = shopper.get(&location).await?;
    anyhow::ensure!(order.status == 200, "{location}: {}", order.status);
    let page = order.text();
    let change_key = hidden(&page, "key")?;
    let path = location.split('?').next().unwrap_or_default();
    let without_token = shopper.get(path).await?;
    let wrong_token = shopper
        .get(&format!("{path}?token={}", "0".repeat(32)))
        .await?;
    anyhow::ensure!(
        without_token.status == 404 && wrong_token.status == 404,
        "the token counts"
    );
    let id = path.rsplit('/').next().unwrap_or_default().to_owned();
    let token = location
        .split_once("token=")
        .map(|(_, token)| token)
        .unwrap_or_default();
    let token = token.split('&').next().unwrap_or_default().to_owned();
    let times = page.split("<time").skip(1);
    let times = times.filter_map(|rest| rest.split("</time>").next().map(str::to_owned));
    let secrets = [csrf, again, quote, quote_again, key, change_key, id, token];
    let secrets = secrets.into_iter().chain(times);
    let secrets = secrets.filter(|secret| !secret.is_empty()).collect();
    steps.push(("the order's page", order));
    steps.push(("without its token", without_token));
    steps.push(("with a wrong token", wrong_token));
    Ok(Journey { steps, secrets })
}
