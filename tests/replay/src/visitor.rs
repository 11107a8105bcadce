//! A visitor: what it has from answers, and the requests that it makes of that.

use bytes::Bytes;
use http::{Request, Response, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::route::OWN;
use crate::shop::DELIVERY;

/// Where every address of a replay is.
pub(crate) const HOST: &str = "http://shop.localhost";

/// What a visitor has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visitor {
    /// The address of the product that it looked at last.
    pub(crate) product: Option<String>,
    /// A ticket of a waiting room.
    pub(crate) ticket: Option<String>,
    /// Where that orders, once it is called.
    pub(crate) orders_path: Option<String>,
    /// The address of its last order.
    pub(crate) order: Option<String>,
    /// Orders that it has tried.
    pub(crate) tries: u32,
}

/// What is read of a ticket.
#[derive(Debug, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) ticket: String,
    pub(crate) state: String,
    pub(crate) poll_after_s: u32,
    pub(crate) orders_path: Option<String>,
}

/// What is read of an order.
#[derive(Debug, Deserialize)]
struct Placed {
    token: String,
}

impl Visitor {
    /// An address of a trace with what is the visitor's own; with what no shop gives,
    /// where it has nothing.
    pub(crate) fn fill_in(&self, address: &str) -> String {
        let own = |known: &Option<String>| known.clone().unwrap_or_else(|| "none".to_owned());
        match address.strip_suffix(OWN) {
            Some("/orders/") => self
                .order
                .clone()
                .unwrap_or_else(|| "/orders/none".to_owned()),
            Some(tickets) if tickets.ends_with("/tickets/") => {
                format!("{tickets}{}", own(&self.ticket))
            }
            Some(orders) if orders.contains("/orders/") || orders.contains("/buy/") => {
                let code = self
                    .orders_path
                    .as_deref()
                    .and_then(|path| path.rsplit('/').next());
                format!("{orders}{}", code.unwrap_or("none"))
            }
            _ => address.to_owned(),
        }
    }

    /// Takes what an answer to a ticket's address says.
    pub(crate) fn see_ticket(&mut self, response: &Response<Bytes>) -> Option<Ticket> {
        let ticket: Ticket = serde_json::from_slice(response.body()).ok()?;
        self.ticket = Some(ticket.ticket.clone());
        self.orders_path.clone_from(&ticket.orders_path);
        Some(ticket)
    }

    /// Takes where its order is.
    pub(crate) fn see_order(&mut self, response: &Response<Bytes>) {
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let placed: Option<Placed> = serde_json::from_slice(response.body()).ok();
        if let (Some(location), Some(Placed { token })) = (location, placed) {
            self.order = Some(format!("{location}?token={token}"));
        }
    }
}

/// A `GET` of a page or of the API.
pub(crate) fn get(address: &str) -> Request<Bytes> {
    let accept = match address.starts_with("/api/") {
        true => "application/json",
        false => "text/html,*/*;q=0.8",
    };
    let request = Request::get(format!("{HOST}{address}")).header(header::ACCEPT, accept);
    request.body(Bytes::new()).expect("an address of a trace")
}

/// A `POST` of JSON; `null` is no body. `headers` are further ones.
pub(crate) fn post(address: &str, headers: &[(&str, &str)], body: &Value) -> Request<Bytes> {
    let mut request = Request::post(format!("{HOST}{address}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Value::Null => Bytes::new(),
        body => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            body.to_string().into()
        }
    };
    request.body(body).expect("an address of a trace")
}

/// A `POST` of a form that says nothing.
pub(crate) fn post_form(address: &str, fields: &[(&str, &str)]) -> Request<Bytes> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let request = Request::post(format!("{HOST}{address}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, HOST)
        .header("sec-fetch-site", "same-origin");
    request
        .body(form.finish().into())
        .expect("an address of a trace")
}

/// What a quote for one unit is asked with.
pub(crate) fn quote_of(sku: &str) -> Value {
    json!({
        "lines": [{"sku": sku, "quantity": 1}],
        "place": {"country": "US", "region": "NY", "postal_code": "12207"},
        "delivery": DELIVERY,
    })
}

/// An order of one unit by a visitor.
pub(crate) fn order_of(sku: &str, visitor: u32, quote: &Value) -> Value {
    json!({
        "lines": [{"sku": sku, "quantity": 1}],
        "customer": {"name": "A visitor", "email": format!("visitor-{visitor}@example.com")},
        "shipping_address": {"country": "US", "region": "NY", "city": "Albany",
            "postal_code": "12207", "line1": "1 Main Street"},
        "delivery": DELIVERY,
        "payment": {"method": "on_delivery"},
        "quote": quote,
    })
}
