//! The orders that a browser has placed a short while ago, in a signed cookie: the way back to them
//! from cart and checkout.
//!
//! An order that is paid on the provider's page keeps its lines in the cart until it is paid, so that
//! a shopper who comes back without having paid has lost nothing. [`Shop::settle`] takes them out
//! when it is; it runs wherever the edge has just read the order. A form that is sent again is
//! answered with the order that it became, whatever the cart holds by then.
//!
//! The cookie names no token: that it is signed shows that this browser has placed the order.
//!
//! **Architecture Invariant:** the cookie decides nothing about an order. Where it is lost, the key
//! in the form still finds its order at the origin.

use bytes::Bytes;
use http::Response;
use serde::{Deserialize, Serialize};
use souk_order_token::token_of;
use souk_pages::view;
use souk_ports::Edge;
use souk_protocol::origin::{OrderRecord, PaymentMethod, Status, StoredOrder};

use crate::cart::cookie::{Cart, is_current, name as cart_cookie_name};
use crate::http::request::cookie;
use crate::http::shop::Shop;
use crate::http::signing::Signer;

/// The cookie's name. With this prefix a browser takes the cookie only from the shop's own host, over
/// HTTPS, for the whole host: no sister host can plant one.
const COOKIE: &str = "__Host-souk_recent";
/// Its name where the developer's own machine speaks HTTP: there the prefix cannot be.
const LOCAL_COOKIE: &str = "souk_recent";
/// Orders in the cookie: of some 80 bytes each, beside a cart of 2.4 KB.
const ORDERS_MAX: usize = 4;
/// How long an order that waits for nothing is the way on from an empty cart.
const JUST_PLACED_S: i64 = 60 * 60;

/// An order that this browser has placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recent {
    #[serde(rename = "i")]
    pub(crate) id: String,
    /// The key of the form that placed it.
    #[serde(rename = "k")]
    key: String,
    /// When it was placed, in seconds since 1970.
    #[serde(rename = "s")]
    placed_s: i64,
    /// Whether it waits for its payment, as far as this browser was told.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    is_waiting: bool,
    /// Whether its lines are still in the cart.
    #[serde(rename = "c", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) in_cart: bool,
}

/// An order that waits for its payment, and what is in it where the origin has answered.
pub(crate) struct Waiting {
    pub(crate) recent: Recent,
    pub(crate) record: Option<OrderRecord>,
}

impl Waiting {
    /// Whether the order has units of a SKU.
    pub(crate) fn has_sku(&self, sku: &str) -> bool {
        let record = self.record.iter();
        let mut lines = record.flat_map(|record| &record.order.lines);
        lines.any(|line| line.sku == sku)
    }

    /// Whether the cart is what was ordered.
    fn is_of(&self, cart: &Cart) -> bool {
        let Some(record) = &self.record else {
            return false;
        };
        let mut rest = cart.clone();
        let units = |cart: &Cart| {
            cart.lines
                .iter()
                .map(|line| u64::from(line.units))
                .sum::<u64>()
        };
        let ordered = record.order.lines.iter();
        let ordered_units: u64 = ordered.map(|line| u64::from(line.quantity)).sum();
        rest.take_out(lines(&record.order));
        rest.lines.is_empty() && units(cart) == ordered_units
    }
}

/// The cart and the orders of a browser, as they are now.
#[derive(Default)]
pub(crate) struct Basket {
    pub(crate) cart: Cart,
    /// The value of the cart's cookie.
    cart_cookie: String,
    orders: Vec<Recent>,
    /// Those of them that wait for their payment, the latest first.
    pub(crate) waiting: Vec<Waiting>,
    /// Whether the browser's cookies say something else.
    has_changed: bool,
}

fn lines(order: &StoredOrder) -> impl Iterator<Item = (&str, u32)> {
    let lines = order.lines.iter();
    lines.map(|line| (line.sku.as_str(), line.quantity))
}

impl<E: Edge> Shop<'_, E> {
    fn recent_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secrets, "souk 2026 recent orders")
    }

    fn recent_name(&self) -> &'static str {
        match self.incoming.secure_cookies {
            true => COOKIE,
            false => LOCAL_COOKIE,
        }
    }

    /// The orders that the browser's cookie names, the latest first.
    pub(crate) fn recent_orders(&self) -> Vec<Recent> {
        let signed = cookie(self.incoming.request.headers(), self.recent_name());
        let payload = signed.and_then(|signed| self.recent_signer().open(signed));
        let orders = payload.and_then(|payload| souk_json::read::<Vec<Recent>>(&payload).ok());
        let mut orders = orders.unwrap_or_default();
        let now_ms = self.edge.now_ms();
        orders.retain(|order| is_current(order.placed_s, now_ms));
        orders
    }

    /// The order that a form became, if this browser was told so.
    pub(crate) fn order_of_form(&self, key: &str) -> Option<Recent> {
        let mut orders = self.recent_orders().into_iter();
        orders.find(|order| !key.is_empty() && order.key == key)
    }

    /// The cart and the orders of the browser. Those that waited for their payment are read at the
    /// origin; where it does not answer, they still wait.
    pub(crate) async fn basket(&self) -> Basket {
        let mut basket = self.basket_as_told();
        for at in 0..basket.orders.len() {
            let recent = basket.orders[at].clone();
            if !recent.is_waiting {
                continue;
            }
            let token = token_of(&self.settings.session_secrets, &recent.id);
            match Box::pin(self.order(&recent.id, &token)).await {
                Ok(Some(record)) => {
                    basket.settle(&record);
                    if basket.orders[at].is_waiting {
                        let record = Some(record);
                        basket.waiting.push(Waiting { recent, record });
                    }
                }
                // An order that the origin does not know waits for nothing.
                Ok(None) => basket.note(at, false, []),
                Err(failure) => {
                    self.log_failure("recent order not read", &format!("{failure:?}"));
                    let record = None;
                    basket.waiting.push(Waiting { recent, record });
                }
            }
        }
        self.sign_if_changed(&mut basket);
        basket
    }

    /// What the browser's cookies say.
    pub(crate) fn basket_as_told(&self) -> Basket {
        let name = cart_cookie_name(self.incoming.secure_cookies);
        let cart_cookie = cookie(self.incoming.request.headers(), name);
        Basket {
            cart: self.read_cart(),
            cart_cookie: cart_cookie.unwrap_or_default().to_owned(),
            orders: self.recent_orders(),
            ..Basket::default()
        }
    }

    fn sign_if_changed(&self, basket: &mut Basket) {
        if basket.has_changed {
            basket.cart_cookie = self.signed_cart(&basket.cart);
        }
    }

    /// Takes what was ordered out of the cart, where the order is paid by now.
    pub(crate) fn settle(&self, record: &OrderRecord, response: &mut Response<Bytes>) {
        let mut basket = self.basket_as_told();
        basket.settle(record);
        self.sign_if_changed(&mut basket);
        self.set_basket(response, &basket);
    }

    /// Notes an order that was placed by the form with this key. Its lines stay in the cart while
    /// the provider's page waits for the shopper.
    pub(crate) fn note_order(
        &self,
        order: &StoredOrder,
        key: &str,
        response: &mut Response<Bytes>,
    ) {
        let is_waiting = order.status == Status::AwaitingPayment;
        let in_cart = is_waiting && order.details.payment == PaymentMethod::Card;
        let mut orders = self.recent_orders();
        orders.retain(|known| known.id != order.id);
        orders.insert(
            0,
            Recent {
                id: order.id.clone(),
                key: key.to_owned(),
                placed_s: self.edge.now_ms() / 1_000,
                is_waiting,
                in_cart,
            },
        );
        orders.truncate(ORDERS_MAX);
        if !in_cart {
            self.set_cart(response, &Cart::default());
        }
        self.set_recent(response, &orders);
    }

    /// Tells the browser what has changed.
    pub(crate) fn set_basket(&self, response: &mut Response<Bytes>, basket: &Basket) {
        if basket.has_changed {
            let name = cart_cookie_name(self.incoming.secure_cookies);
            self.set_cookie(response, name, basket.cart_cookie.clone());
            self.set_recent(response, &basket.orders);
        }
    }

    fn set_recent(&self, response: &mut Response<Bytes>, orders: &[Recent]) {
        let value = match orders {
            [] => String::new(),
            orders => {
                let payload = serde_json::to_vec(orders).expect("text and numbers become JSON");
                self.recent_signer().sign(&payload)
            }
        };
        self.set_cookie(response, self.recent_name(), value);
    }

    /// The order to which cart and checkout show the way.
    pub(crate) fn way_back(&self, basket: &Basket) -> Option<view::RecentOrder> {
        let waiting = basket.waiting.first().map(|waiting| &waiting.recent);
        let just_placed = || self.just_placed(basket);
        let order = waiting.or_else(just_placed)?;
        Some(view::RecentOrder {
            id: order.id.clone(),
            token: token_of(&self.settings.session_secrets, &order.id),
            is_waiting: waiting.is_some(),
        })
    }

    /// The order that a checkout with this cart was already placed as: what the shopper who goes
    /// back finds in the place of a form that would order everything once more.
    pub(crate) fn ordered_already(&self, basket: &Basket) -> Option<view::RecentOrder> {
        let is_of = |waiting: &Waiting| waiting.is_of(&basket.cart);
        let found = match basket.cart.lines.is_empty() {
            true => return self.way_back(basket),
            false => basket.waiting.iter().find(|waiting| is_of(waiting))?,
        };
        Some(view::RecentOrder {
            id: found.recent.id.clone(),
            token: token_of(&self.settings.session_secrets, &found.recent.id),
            is_waiting: true,
        })
    }

    /// The order that emptied the cart a short while ago.
    fn just_placed<'b>(&self, basket: &'b Basket) -> Option<&'b Recent> {
        let now_s = self.edge.now_ms() / 1_000;
        let latest = basket.orders.first()?;
        let is_recent = now_s.abs_diff(latest.placed_s) <= JUST_PLACED_S.unsigned_abs();
        (is_recent && basket.cart.lines.is_empty()).then_some(latest)
    }
}

impl Basket {
    /// What tells this browser from others, in forms: the hash of its cart cookie.
    pub(crate) fn browser(&self) -> String {
        blake3::hash(self.cart_cookie.as_bytes()).to_hex()[..16].to_owned()
    }

    /// Notes where an order stands.
    fn settle(&mut self, record: &OrderRecord) {
        let is_it = |recent: &Recent| recent.id == record.order.id && recent.is_waiting;
        let Some(at) = self.orders.iter().position(is_it) else {
            return;
        };
        match record.progress.status {
            Status::AwaitingPayment => {}
            Status::Confirmed
            | Status::Allocated
            | Status::Shipped
            | Status::Delivered
            | Status::Returned => self.note(at, true, lines(&record.order)),
            // It can be ordered again.
            Status::Cancelled | Status::Expired => self.note(at, false, []),
        }
    }

    /// Notes that an order waits no longer; `is_sold`: for good.
    fn note<'a>(
        &mut self,
        at: usize,
        is_sold: bool,
        lines: impl IntoIterator<Item = (&'a str, u32)>,
    ) {
        let recent = &mut self.orders[at];
        if is_sold && recent.in_cart {
            self.cart.take_out(lines);
        }
        (recent.is_waiting, recent.in_cart) = (false, false);
        self.has_changed = true;
    }
}
