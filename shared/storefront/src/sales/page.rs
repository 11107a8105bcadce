//! `GET /sales/{id}`: the page of a sale.

use http::StatusCode;
use souk_catalogue::Identity;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_room::Left;
use souk_room::schedule::State;

use crate::catalogue::card::card;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::sales::read::{SaleNow, product};
use crate::signals::{Badge, Signals};

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn sale_page(&self, id: &str) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let content = Content::Sale { id: id.to_owned() };
        self.cached(content, self.locale, &reader, &signals, async || {
            let sale = reader.sale(id).await?.ok_or(Failure::NotFound)?;
            let now_ms = reader.at_ms;
            let room = sale.room(&signals, now_ms);
            let session = room
                .as_ref()
                .map_or(&sale.session, |room| &room.room.session);
            let moment_ms = room.as_ref().map_or(now_ms, |room| room.time.moment_ms());
            let next_ms = session.next_change_ms(moment_ms);
            self.changes_at
                .set(next_ms.map(|ms| ms - moment_ms + now_ms));
            let terms = reader.terms().await?;
            let market = &terms.market(reader.market).id;
            let revealed = room.as_ref().and_then(|room| room.room.revealed(moment_ms));
            let view = view::SaleView {
                id,
                title: &sale.sale.title,
                stands: stands(sale.state(&signals, now_ms), sale.sale.room),
                opens_at_ms: session.opens_at_ms,
                closes_at_ms: session.closes_at_ms,
                items: items(&sale, &signals, market, now_ms),
                room: sale.sale.room.then(|| view::SaleRoomView {
                    gathers_at_ms: session.gathers_at_ms,
                    asks_email: sale.sale.identity == Identity::Email,
                    commitment: room.as_ref().map(|room| room.room.commitment.text()),
                    key: revealed.map(|key| key.text()),
                    before: room.as_ref().and_then(|room| room.before).map(|draw| {
                        view::PastDrawView {
                            opens_at_ms: draw.opens_at_ms,
                            commitment: draw.key.commitment().text(),
                            key: draw.key.text(),
                        }
                    }),
                }),
            };
            let path = paths::sale(id);
            let page = pages::sale(&self.site(&reader, &path, true), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }
}

/// The items that are sold in a market, with what is left of them.
pub(super) fn items(
    sale: &SaleNow,
    signals: &Signals,
    market: &str,
    now_ms: i64,
) -> Vec<view::SaleItemView> {
    let left = sale.left(signals, now_ms);
    let items = sale.sale.items.iter().zip(left);
    let items = items.filter_map(|(item, left)| {
        let mut card = card(product(sale, item, market)?, signals, Badge::OnItsOwn);
        card.available = vec![left != Left::None];
        Some(view::SaleItemView {
            card,
            limit: item.limit,
            is_few: left == Left::Few,
        })
    });
    items.collect()
}

/// A sale without a room gives no places, and is not known to rest.
fn stands(state: State, has_room: bool) -> view::SaleStands {
    match state {
        State::Gathering if has_room => view::SaleStands::Gathering,
        State::Announced | State::Gathering => view::SaleStands::Announced,
        State::Open => view::SaleStands::Open,
        State::Paused => view::SaleStands::Paused,
        State::Resting => view::SaleStands::Resting,
        State::SoldOut => view::SaleStands::SoldOut,
        State::Over => view::SaleStands::Over,
    }
}
