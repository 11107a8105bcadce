//! The room before the checkout, while the level asks for it: shoppers and clients of the API get a place,
//! and go on once it is called.
//!
//! An order of a sale that has a waiting room goes by that room alone. An instance without a young pulse
//! lets everything go on, because it can neither give places nor know who is called.
//!
//! Not here: at which level it is there (`souk_operations`), who is called (`souk_room`).

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use souk_operations::RouteClass;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_protocol::public;
use souk_room::before_checkout::CHECKOUT;
use souk_room::ticket::PULSE_AGE_MS_MAX;
use souk_room::view::FRONT_POLL_S;
use souk_room::{TicketState, View};

use crate::cart::cookie::Cart;
use crate::catalogue::error::ReadError;
use crate::http::reply::{self, CachePolicy};
use crate::http::set_cookie::SetCookie;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::api_paths;
use crate::sales::room::{RoomNow, ticket_invalid};
use crate::sales::tickets::public_ticket;
use crate::signals::Signals;

/// For how long a browser keeps a place, in seconds: a day.
const COOKIE_S: i64 = 24 * 60 * 60;

/// A place that is not called.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// The text of its ticket.
    text: String,
    /// Whether it was given just now.
    is_new: bool,
    /// As the API has it.
    pub(super) shown: public::Ticket,
}

impl Signals {
    /// The room before the checkout, where there is one and the instance can tell who is called.
    fn before_checkout(&self, now_ms: i64) -> Option<RoomNow<'_>> {
        if !self.switches.has_room_before_checkout() {
            return None;
        }
        let room = self.room(CHECKOUT, now_ms)?;
        (0..=PULSE_AGE_MS_MAX)
            .contains(&room.time.age_ms)
            .then_some(room)
    }
}

impl<E: Edge> Shop<'_, E> {
    /// To the place of a browser that has to wait before the checkout of a cart; `None`: it may go on. A
    /// cart with an item of a sale that has a waiting room goes by that one.
    pub(crate) async fn turned_away(
        &self,
        cart: &Cart,
    ) -> Result<Option<Response<Bytes>>, Failure> {
        let signals = self.signals().await;
        let has_room = signals.before_checkout(self.edge.now_ms()).is_some();
        if !has_room || self.has_item_by_turns(cart).await? {
            return Ok(None);
        }
        let own = self.place_cookie(CHECKOUT);
        let waiting = self.wait_before_checkout(own).await?;
        Ok(waiting.map(|waiting| {
            let mut response = reply::see_other(&self.local(&paths::place(CHECKOUT)));
            self.keep_place(&waiting, &mut response);
            response
        }))
    }

    async fn has_item_by_turns(&self, cart: &Cart) -> Result<bool, ReadError> {
        let reader = self.reader().await?;
        for id in reader.sale_ids() {
            let sale = reader.sale(id).await?;
            let with_room = sale.filter(|sale| sale.sale.room);
            let mut items = with_room.iter().flat_map(|sale| &sale.sale.items);
            let is_in_cart = |sku: &str| cart.lines.iter().any(|line| line.key.has_sku(sku));
            if items.any(|item| is_in_cart(&item.sku)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The place of a client that has to wait before its order, a new one where `own` is the text of
    /// none; `None`: it may go on.
    ///
    /// # Errors
    /// When it has asked for too many places.
    pub(crate) async fn wait_before_checkout(
        &self,
        own: Option<String>,
    ) -> Result<Option<Waiting>, Failure> {
        let signals = self.signals().await;
        let Some(room) = signals.before_checkout(self.edge.now_ms()) else {
            return Ok(None);
        };
        let keys = self.ticket_keys();
        let own = own.and_then(|text| {
            let ticket = keys.read(&text, room.room.session.number).ok()?;
            Some((ticket, text))
        });
        if let Some((ticket, text)) = own {
            let mut seen = room.see(&ticket);
            if seen.state == TicketState::Waiting {
                // Another instance may have said that it is called.
                self.expect_admission(RouteClass::Room, &self.client())
                    .await?;
                let newer = self.newer_signals().await;
                let Some(room) = newer.before_checkout(self.edge.now_ms()) else {
                    return Ok(None);
                };
                seen = room.see(&ticket);
            }
            match seen.state {
                TicketState::Called => return Ok(None),
                TicketState::Waiting => {
                    let shown = public_ticket(CHECKOUT, &ticket, &text, &room);
                    let is_new = false;
                    return Ok(Some(Waiting {
                        text,
                        is_new,
                        shown,
                    }));
                }
                // Its turn is over: it gets another place.
                _ => {}
            }
        }
        self.expect_admission(RouteClass::Room, &self.client())
            .await?;
        let (ticket, text) = self.issue(&room, None)?;
        let shown = public_ticket(CHECKOUT, &ticket, &text, &room);
        Ok(Some(Waiting {
            text,
            is_new: true,
            shown,
        }))
    }

    /// Has the browser keep a place that it was given just now.
    pub(crate) fn keep_place(&self, waiting: &Waiting, response: &mut Response<Bytes>) {
        if !waiting.is_new {
            return;
        }
        let cookie = SetCookie {
            name: &self.place_cookie_name(CHECKOUT),
            value: waiting.text.clone(),
            max_age_s: COOKIE_S,
            secure: self.incoming.secure_cookies,
        };
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.header());
    }

    /// The page of a place before the checkout; on to the checkout for one who need not wait, or has no
    /// place.
    pub(super) async fn place_before_checkout(&self) -> Outcome {
        let signals = self.signals().await;
        let room = signals.before_checkout(self.edge.now_ms());
        let seen = room.and_then(|room| {
            let (ticket, _) = self.own_ticket(CHECKOUT, room.room.session.number)?;
            Some(room.see(&ticket))
        });
        let Some(View {
            ahead,
            eta_s,
            poll_after_s,
            ..
        }) = seen.filter(|seen| seen.state == TicketState::Waiting)
        else {
            return Ok(reply::see_other(&self.local("/checkout")));
        };
        let reader = self.reader().await?;
        let queue = view::QueueView {
            ahead,
            minutes: eta_s.map(|seconds| seconds.div_ceil(60)),
        };
        let path = paths::place(CHECKOUT);
        let site = self.site(&reader, &path, false);
        let page = pages::queue(&site, &queue);
        let mut response = reply::html(StatusCode::OK, CachePolicy::Private, page);
        let headers = response.headers_mut();
        headers.insert(header::REFRESH, HeaderValue::from(poll_after_s));
        Ok(response)
    }

    /// `GET /api/v1/sales/_checkout/tickets/{ticket}` where there is no such room now: it may go on.
    pub(super) fn passed_ticket(&self, text: &str) -> Outcome {
        let ticket = self.ticket_keys().read_of_any_session(text);
        let ticket = ticket.map_err(ticket_invalid)?;
        let shown = public::Ticket {
            ticket: text.to_owned(),
            seed: ticket.seed.text(),
            rank: None,
            state: TicketState::Called.name().to_owned(),
            ahead: None,
            eta_s: None,
            poll_after_s: FRONT_POLL_S,
            orders_path: Some(api_paths::ORDERS.to_owned()),
        };
        Ok(reply::json(StatusCode::OK, CachePolicy::Private, &shown))
    }
}
