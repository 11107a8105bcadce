//! `/sales/{id}/buy/{code}`: where a ticket that is called chooses what to buy. Every other code, and
//! every code for another browser, is the address of nothing.

use std::rc::Rc;

use http::StatusCode;
use souk_domain::{Sku, Slug};
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_room::TicketState;

use crate::cart::cookie::CartFull;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::sales::page::items;
use crate::sales::place::{buy_minutes, keep_address};
use crate::sales::read::SaleNow;
use crate::signals::Signals;

/// What a purchase address leads to.
struct Opened {
    sale: SaleNow,
    signals: Rc<Signals>,
    /// Whether it is the turn of the ticket.
    is_called: bool,
}

impl<E: Edge> Shop<'_, E> {
    /// # Errors
    /// When the code is not that of the browser's ticket.
    async fn opened(&self, id: &str) -> Result<Opened, Failure> {
        let (sale, signals) = self.sale_with_room(id).await?;
        let opened = self.opened_by(id, sale, signals)?;
        match opened.is_called {
            true => Ok(opened),
            false => self.opened_by(id, opened.sale, self.newer_signals().await),
        }
    }

    fn opened_by(&self, id: &str, sale: SaleNow, signals: Rc<Signals>) -> Result<Opened, Failure> {
        let now_ms = self.edge.now_ms();
        let room = sale.room(&signals, now_ms).ok_or(Failure::NotFound)?;
        let own = self.own_ticket(id, room.room.session.number);
        let (ticket, _) = own.ok_or(Failure::NotFound)?;
        if !room.is_code(&ticket, self.last_segment()) {
            return Err(Failure::NotFound);
        }
        self.report(&ticket, &room, false);
        let is_called = room.see(&ticket).state == TicketState::Called;
        Ok(Opened {
            sale,
            signals,
            is_called,
        })
    }

    /// `GET /sales/{id}/buy/{code}`.
    pub(crate) async fn buy_page(&self, id: &str) -> Outcome {
        let opened = self.opened(id).await?;
        if !opened.is_called {
            return Ok(reply::see_other(&self.local(&paths::place(id))));
        }
        let reader = self.reader().await?;
        let Opened { sale, signals, .. } = &opened;
        let terms = reader.terms().await?;
        let market = &terms.market(reader.market).id;
        let code = self.last_segment();
        let view = view::BuyView {
            id,
            title: &sale.sale.title,
            code,
            buy_minutes: buy_minutes(sale),
            items: items(sale, signals, market, self.edge.now_ms()),
        };
        let path = paths::buy(id, code);
        let page = pages::buy(&self.site(&reader, &path, false), &view);
        let mut response = reply::html(StatusCode::OK, CachePolicy::Private, page);
        keep_address(&mut response);
        Ok(response)
    }

    /// `POST /sales/{id}/buy/{code}`: puts the units that were chosen into the cart.
    pub(crate) async fn choose_items(&self, id: &str) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let opened = self.opened(id).await?;
        if !opened.is_called {
            return Ok(reply::see_other(&self.local(&paths::place(id))));
        }
        let mut cart = self.read_cart();
        let mut chosen = 0;
        for (name, value) in form_urlencoded::parse(self.incoming.request.body()) {
            let Some(item) = opened.sale.item(&name) else {
                continue;
            };
            let (sku, slug) = (Sku::parse(&item.sku), Slug::parse(&item.product.slug));
            let Ok(sku) = sku else { continue };
            let units = value.trim().parse::<u32>().unwrap_or_default();
            let units = units.min(item.limit);
            let key = cart.key(&sku, slug.ok().as_ref());
            if let Err(CartFull) = cart.set(key, units) {
                return self.cart_is_full().await;
            }
            chosen += units;
        }
        let path = match chosen {
            0 => paths::buy(id, self.last_segment()),
            _ => "/checkout".to_owned(),
        };
        let mut response = reply::see_other(&self.local(&path));
        self.set_cart(&mut response, &cart);
        keep_address(&mut response);
        Ok(response)
    }
}
