//! `GET /sales/{id}`: the page of a sale.

use http::StatusCode;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_room::schedule::State;

use crate::catalogue::card::card;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::sales::read::product;
use crate::signals::Badge;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn sale_page(&self, id: &str) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let content = Content::Sale { id: id.to_owned() };
        self.cached(content, self.locale, &reader, &signals, async || {
            let sale = reader.sale(id).await?.ok_or(Failure::NotFound)?;
            self.changes_at
                .set(sale.session.next_change_ms(reader.at_ms));
            let terms = reader.terms().await?;
            let market = &terms.market(reader.market).id;
            let items = sale.sale.items.iter().filter_map(|item| {
                let product = product(&sale, item, market)?;
                Some(view::SaleItemView {
                    card: card(product, &signals, Badge::OnItsOwn),
                    limit: item.limit,
                })
            });
            let view = view::SaleView {
                title: &sale.sale.title,
                stands: match sale.state(&signals, reader.at_ms) {
                    State::Announced | State::Gathering => view::SaleStands::Announced,
                    State::Open | State::Paused => view::SaleStands::Open,
                    State::Resting | State::SoldOut => view::SaleStands::SoldOut,
                    State::Over => view::SaleStands::Over,
                },
                opens_at_ms: sale.session.opens_at_ms,
                closes_at_ms: sale.session.closes_at_ms,
                items: items.collect(),
            };
            let path = paths::sale(id);
            let page = pages::sale(&self.site(&reader, &path, true), &view);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }
}
