//! `/sales/{id}/place`: a place in a waiting room as a page, and the form that asks for one. A cookie has
//! the ticket, one for each sale; no cache stores the page.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use souk_catalogue::Identity;
use souk_operations::RouteClass;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_room::before_checkout::CHECKOUT;
use souk_room::{Left, State, Ticket, TicketState};

use crate::http::form::{self, Field};
use crate::http::reply::{self, CachePolicy};
use crate::http::request::cookie;
use crate::http::set_cookie::SetCookie;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::sales::read::SaleNow;
use crate::sales::room::{NO_PULSE_RETRY_AFTER_S, RoomNow};
use crate::sales::tickets::path_of;

/// The query of the page whose script keeps it up to date, so that it does not come back by itself.
const LIVE: &str = "live";
const MINUTE_MS: i64 = 60_000;

/// `POST /sales/{id}/place`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PlaceForm {
    email: Field,
}

impl<E: Edge> Shop<'_, E> {
    /// The name of the cookie with the ticket of a sale. With the prefix a browser takes it only from
    /// the shop's own host, over HTTPS; where the developer's own machine speaks HTTP it cannot be.
    pub(super) fn place_cookie_name(&self, id: &str) -> String {
        let prefix = match self.incoming.secure_cookies {
            true => "__Host-",
            false => "",
        };
        format!("{prefix}souk_place_{id}")
    }

    /// What the browser has as its ticket of a sale.
    pub(crate) fn place_cookie(&self, id: &str) -> Option<String> {
        let name = self.place_cookie_name(id);
        cookie(self.incoming.request.headers(), &name).map(str::to_owned)
    }

    /// The ticket of the browser with its text, if it is one of a session.
    pub(super) fn own_ticket(&self, id: &str, session: u32) -> Option<(Ticket, String)> {
        let text = self.place_cookie(id)?;
        let ticket = self.ticket_keys().read(&text, session).ok()?;
        Some((ticket, text))
    }

    /// `GET /sales/{id}/place`.
    pub(crate) async fn place_page(&self, id: &str) -> Outcome {
        if id == CHECKOUT {
            return self.place_before_checkout().await;
        }
        let (sale, signals) = self.sale_with_room(id).await?;
        let room = sale.room(&signals, self.edge.now_ms());
        let session = room
            .as_ref()
            .map_or(&sale.session, |room| &room.room.session);
        let Some((ticket, text)) = self.own_ticket(id, session.number) else {
            return Ok(reply::see_other(&self.local(&paths::sale(id))));
        };
        let mut place = empty_place(&sale);
        let mut poll_after_s = NO_PULSE_RETRY_AFTER_S;
        place.seed = ticket.seed.text();
        place.ticket_path = path_of(id, &text);
        // Without a pulse the page says that there is a place, and comes back.
        place.state = view::PlaceState::Waiting;
        if let Some(room) = &room {
            self.report(&ticket, room, true);
            poll_after_s = show(&mut place, &ticket, room);
        }
        let mut response = self.place_response(StatusCode::OK, &place).await?;
        if self.incoming.request.uri().query() != Some(LIVE) {
            let headers = response.headers_mut();
            headers.insert(header::REFRESH, HeaderValue::from(poll_after_s));
        }
        Ok(response)
    }

    /// `POST /sales/{id}/place`. A place of the session whose turn is not over stays as it is.
    pub(crate) async fn take_place(&self, id: &str) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let form: PlaceForm = form::read(self.incoming.request.body())?;
        let (sale, signals) = self.sale_with_room(id).await?;
        let Some(room) = sale.room(&signals, self.edge.now_ms()) else {
            return Err(self.without_room(id).await);
        };
        let session = &room.room.session;
        let to_place = || reply::see_other(&self.local(&paths::place(id)));
        let own = self.own_ticket(id, session.number);
        if own.is_some_and(|(ticket, _)| room.see(&ticket).state != TicketState::Missed) {
            return Ok(to_place());
        }
        if matches!(
            room.state(),
            State::Announced | State::SoldOut | State::Over
        ) {
            return Ok(reply::see_other(&self.local(&paths::sale(id))));
        }
        let Ok(email) = self.buyer(&sale, &form.email) else {
            let mut place = empty_place(&sale);
            place.wrong_email = Some(form.email.to_string());
            return self
                .place_response(StatusCode::UNPROCESSABLE_ENTITY, &place)
                .await;
        };
        self.expect_admission(RouteClass::Room, &self.client())
            .await?;
        let (_, value) = self.issue(&room, email)?;
        let rest_ms = session.closes_at_ms - room.time.moment_ms();
        let cookie = SetCookie {
            name: &self.place_cookie_name(id),
            value,
            max_age_s: (rest_ms / 1_000).max(1),
            secure: self.incoming.secure_cookies,
        };
        let mut response = to_place();
        let headers = response.headers_mut();
        headers.append(header::SET_COOKIE, cookie.header());
        Ok(response)
    }

    async fn place_response(&self, status: StatusCode, place: &view::PlaceView<'_>) -> Outcome {
        let reader = self.reader().await?;
        let path = paths::place(place.id);
        let page = pages::place(&self.site(&reader, &path, false), place);
        let mut response = reply::html(status, CachePolicy::Private, page);
        keep_address(&mut response);
        Ok(response)
    }
}

/// Other sites learn no address of these pages, and forms still say where they come from.
pub(super) fn keep_address(response: &mut Response<Bytes>) {
    let policy = HeaderValue::from_static("strict-origin");
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, policy);
}

/// The page of a sale for one who has no place.
fn empty_place(sale: &SaleNow) -> view::PlaceView<'_> {
    view::PlaceView {
        id: &sale.sale.id,
        title: &sale.sale.title,
        state: view::PlaceState::None,
        is_paused: false,
        ahead: None,
        minutes: None,
        left: None,
        opens_at_ms: sale.session.opens_at_ms,
        opens_in_ms: 0,
        buy_minutes: buy_minutes(sale),
        code: None,
        seed: String::new(),
        rank: None,
        ticket_path: String::new(),
        asks_email: sale.sale.identity == Identity::Email,
        wrong_email: None,
    }
}

/// How long a buyer has, in minutes.
pub(super) fn buy_minutes(sale: &SaleNow) -> u64 {
    u64::try_from(sale.sale.buy_within_ms / MINUTE_MS).unwrap_or_default()
}

/// Fills in where a ticket stands, and gives the seconds until the page comes back.
fn show(place: &mut view::PlaceView<'_>, ticket: &Ticket, room: &RoomNow<'_>) -> u32 {
    let seen = room.see(ticket);
    place.state = match seen.state {
        TicketState::Gathering => view::PlaceState::Gathering,
        TicketState::Waiting => view::PlaceState::Waiting,
        TicketState::Called => view::PlaceState::Called,
        TicketState::Missed => view::PlaceState::Missed,
        TicketState::SoldOut => view::PlaceState::SoldOut,
        TicketState::Over => view::PlaceState::Over,
    };
    let moment_ms = room.time.moment_ms();
    place.opens_at_ms = room.room.session.opens_at_ms;
    place.opens_in_ms = (place.opens_at_ms - moment_ms).max(0);
    place.is_paused = room.state() == State::Paused;
    place.ahead = seen.ahead;
    place.minutes = seen.eta_s.map(|seconds| seconds.div_ceil(60));
    place.left = most(&room.room.left);
    place.rank = seen.rank.map(|rank| rank.text());
    if seen.state == TicketState::Called {
        place.code = room.code(ticket);
    }
    seen.poll_after_s
}

/// How much is left of the item of which most is.
fn most(left: &[Left]) -> Option<view::LeftView> {
    let has = |one| left.contains(&one);
    match () {
        () if has(Left::Plenty) => Some(view::LeftView::Plenty),
        () if has(Left::Few) => Some(view::LeftView::Few),
        () if has(Left::None) => Some(view::LeftView::None),
        () => None,
    }
}
