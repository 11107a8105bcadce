//! `/api/v1/sales/{id}/tickets`: places in a waiting room. No cache stores them.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_operations::RouteClass;
use souk_ports::Edge;
use souk_protocol::public::{self, TicketRequest};
use souk_room::before_checkout::CHECKOUT;
use souk_room::{Ticket, TicketState};
use souk_service_http::set_retry_after;

use crate::http::json;
use crate::http::reply::{self, CachePolicy};
use crate::http::request::Incoming;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::api_paths;
use crate::sales::room::{RoomNow, ticket_invalid};

/// The header of an order with its ticket.
const TICKET: &str = "souk-ticket";

impl<E: Edge> Shop<'_, E> {
    /// `POST /api/v1/sales/{id}/tickets`.
    pub(crate) async fn api_issue_ticket(&self, id: &str) -> Outcome {
        let Incoming { request, .. } = &self.incoming;
        let asked: TicketRequest = match request.body().is_empty() {
            true => TicketRequest::default(),
            false => {
                json::expect(request.headers(), "send the request as application/json")?;
                json::read(request.body())?
            }
        };
        let (sale, signals) = self.sale_with_room(id).await?;
        let room = sale.room(&signals, self.edge.now_ms());
        let Some(room) = room else {
            return Err(self.without_room(id).await);
        };
        let email = asked.email.unwrap_or_default();
        let email = self.buyer(&sale, email.trim())?;
        self.expect_admission(RouteClass::Room, &self.client())
            .await?;
        let (ticket, text) = self.issue(&room, email)?;
        let mut response = ticket_json(StatusCode::CREATED, id, &ticket, &text, &room);
        reply::set_location(&mut response, &path_of(id, &text));
        Ok(response)
    }

    /// `GET /api/v1/sales/{id}/tickets/{ticket}`. It is answered from the pulse alone.
    pub(crate) async fn api_ticket(&self, id: &str) -> Outcome {
        let signals = self.signals().await;
        let Some(room) = signals.room(id, self.edge.now_ms()) else {
            return match id {
                CHECKOUT => self.passed_ticket(self.last_segment()),
                _ => Err(self.without_room(id).await),
            };
        };
        let text = self.last_segment();
        let ticket = self.ticket_keys().read(text, room.room.session.number);
        let ticket = ticket.map_err(ticket_invalid)?;
        // Of the room before the checkout nothing is reported.
        if id != CHECKOUT {
            self.report(&ticket, &room, true);
        }
        Ok(ticket_json(StatusCode::OK, id, &ticket, text, &room))
    }

    /// The last segment of the path: a ticket, or a code. Neither has a character that is encoded.
    pub(super) fn last_segment(&self) -> &str {
        let path = self.incoming.request.uri().path();
        path.rsplit('/').next().unwrap_or_default()
    }

    /// What an order has as its ticket; empty without one.
    pub(crate) fn ticket_header(&self) -> &str {
        let header = self.incoming.request.headers().get(TICKET);
        let text = header.and_then(|value| value.to_str().ok());
        text.unwrap_or_default().trim()
    }

    /// The ticket of an order that was sent to its purchase address.
    ///
    /// # Errors
    /// When it has no ticket of the session, or the address is not that of the ticket.
    pub(crate) async fn ticket_of_order(&self, id: &str) -> Result<String, Failure> {
        let text = self.ticket_header();
        let signals = self.signals().await;
        let room = signals.room(id, self.edge.now_ms());
        let room = room.ok_or(Failure::NotFound)?;
        let ticket = self.ticket_keys().read(text, room.room.session.number);
        let ticket = ticket.map_err(ticket_invalid)?;
        match room.is_code(&ticket, self.last_segment()) {
            true => Ok(text.to_owned()),
            false => Err(Failure::NotFound),
        }
    }
}

/// The path of a ticket in the API.
pub(super) fn path_of(id: &str, ticket: &str) -> String {
    format!("/api/v1/sales/{id}/tickets/{ticket}")
}

fn ticket_json(
    status: StatusCode,
    id: &str,
    ticket: &Ticket,
    text: &str,
    room: &RoomNow<'_>,
) -> Response<Bytes> {
    let body = public_ticket(id, ticket, text, room);
    let mut response = reply::json(status, CachePolicy::Private, &body);
    set_retry_after(&mut response, body.poll_after_s);
    response
}

/// A ticket as the API has it.
pub(super) fn public_ticket(
    id: &str,
    ticket: &Ticket,
    text: &str,
    room: &RoomNow<'_>,
) -> public::Ticket {
    let view = room.see(ticket);
    let orders_path = match view.state {
        TicketState::Called if id == CHECKOUT => Some(api_paths::ORDERS.to_owned()),
        TicketState::Called => {
            let code = room.code(ticket);
            code.map(|code| format!("/api/v1/sales/{id}/orders/{code}"))
        }
        _ => None,
    };
    public::Ticket {
        ticket: text.to_owned(),
        seed: ticket.seed.text(),
        rank: view.rank.map(|rank| rank.text()),
        state: view.state.name().to_owned(),
        ahead: view.ahead,
        eta_s: view.eta_s,
        poll_after_s: view.poll_after_s,
        orders_path,
    }
}
