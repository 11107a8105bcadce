//! `GET /api/v1/sales/{id}`.

use http::StatusCode;
use souk_ports::Edge;
use souk_protocol::public;

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::orders::rfc3339;
use crate::sales::read::price;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn api_sale(&self, id: &str) -> Outcome {
        let (reader, locale) = self.api_reader("lang").await?;
        let sale = reader.sale(id).await?.ok_or(Failure::NotFound)?;
        let signals = self.signals().await;
        let terms = reader.terms().await?;
        let market = terms.market(reader.market);
        let now_ms = self.edge.now_ms();
        let room = sale.room(&signals, now_ms);
        let session = room
            .as_ref()
            .map_or(&sale.session, |room| &room.room.session);
        let moment_ms = room.as_ref().map_or(now_ms, |room| room.time.moment_ms());
        let left = sale.left(&signals, now_ms);
        let items = sale.sale.items.iter().zip(left);
        let items = items.filter_map(|(item, left)| {
            let tag = price(&sale, item, &market.id)?;
            let money = |amount| public::Money {
                amount,
                currency: market.currency.code().to_owned(),
            };
            Some(public::SaleItem {
                sku: item.merchant_sku.clone(),
                sold_as: item.sku.clone(),
                slug: item.product.slug.clone(),
                title: item.product.title.get(locale).to_owned(),
                price: money(tag.minor),
                compare_at_price: tag.compare_at_minor.map(money),
                limit: item.limit,
                left: left.name().to_owned(),
            })
        });
        let body = public::Sale {
            id: sale.sale.id.clone(),
            title: sale.sale.title.get(locale).to_owned(),
            state: sale.state(&signals, now_ms).name().to_owned(),
            opens_at: rfc3339(session.opens_at_ms),
            closes_at: rfc3339(session.closes_at_ms),
            now: rfc3339(moment_ms),
            identity: sale.sale.identity.name().to_owned(),
            items: items.collect(),
            draw: room.as_ref().map(|room| public::SaleDraw {
                commitment: room.room.commitment.text(),
                key: room.room.revealed(moment_ms).map(|key| key.text()),
            }),
            previous_draw: room.as_ref().and_then(|room| room.before).map(|draw| {
                public::PreviousDraw {
                    opens_at: rfc3339(draw.opens_at_ms),
                    commitment: draw.key.commitment().text(),
                    key: draw.key.text(),
                }
            }),
        };
        // It says what time it is.
        let mut response = reply::json(StatusCode::OK, CachePolicy::Private, &body);
        self.name_version(&reader, Some(&signals), &mut response);
        Ok(response)
    }
}
