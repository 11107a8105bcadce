//! A sale as it stands at a moment in a market.

use souk_catalogue::{Product, Sale, SaleItem};
use souk_domain::split_sale_sku;
use souk_ports::Edge;
use souk_pricing::{Facts, PriceTag};
use souk_room::schedule::{Control, State, Stock};
use souk_room::{Left, Session};

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::signals::{Badge, Signals};

/// A sale with its session of a moment.
pub(crate) struct SaleNow {
    pub(crate) sale: Sale,
    /// The one that is on, else the next one, else the last one.
    pub(crate) session: Session,
}

impl SaleNow {
    /// Where it stands, in milliseconds since 1970, by what is known to be sold out.
    pub(crate) fn state(&self, signals: &Signals, now_ms: i64) -> State {
        if self.sale.room {
            return match self.room(signals, now_ms) {
                Some(room) => room.state(),
                None => self.state_without_room(now_ms),
            };
        }
        let mut items = self.sale.items.iter();
        let stock = match items.any(|item| is_left(item, signals)) {
            true => Stock::Available,
            false => Stock::SoldOut,
        };
        self.session.state(now_ms, Control::Running, stock)
    }

    /// Where a sale stands whose room the instance does not know: no tickets, and nothing sold.
    fn state_without_room(&self, now_ms: i64) -> State {
        let session = &self.session;
        match session.state(now_ms, Control::Paused, Stock::Available) {
            State::Gathering => State::Announced,
            other => other,
        }
    }

    /// How much is left of each item, in the order of the sale, as far as that is known.
    pub(crate) fn left(&self, signals: &Signals, now_ms: i64) -> Vec<Left> {
        let room = self.room(signals, now_ms);
        let of_item = |(place, item)| match &room {
            Some(room) => room.room.left.get(place).copied().unwrap_or(Left::Plenty),
            None if is_left(item, signals) => Left::Plenty,
            None => Left::None,
        };
        self.sale.items.iter().enumerate().map(of_item).collect()
    }

    /// The facts of an item in the session.
    pub(crate) fn facts(&self, item: &SaleItem) -> Facts {
        self.sale.facts_in(item, &self.session)
    }

    /// The item that a SKU of the sale names.
    pub(crate) fn item(&self, sku: &str) -> Option<&SaleItem> {
        self.sale.items.iter().find(|item| item.sku == sku)
    }
}

/// Whether there may be units.
fn is_left(item: &SaleItem, signals: &Signals) -> bool {
    signals.is_available(&item.sku, Badge::OnItsOwn)
}

/// What an item costs in a market in the session; `None` where it is not sold there.
pub(crate) fn price(sale: &SaleNow, item: &SaleItem, market: &str) -> Option<PriceTag> {
    let at_ms = sale.session.opens_at_ms;
    item.facts.price(market, at_ms)
}

/// The card of an item with the variant and the price of the sale alone; `None` where it is not sold in
/// the market.
pub(crate) fn product(sale: &SaleNow, item: &SaleItem, market: &str) -> Option<Product> {
    let tag = price(sale, item, market)?;
    let mut variant = item.sold()?.clone();
    variant.sku.clone_from(&item.sku);
    variant.price_minor = tag.minor;
    variant.compare_at_minor = tag.compare_at_minor;
    variant.prior_minor = tag.prior_minor;
    variant.backorder = false;
    Some(Product {
        variants: vec![variant],
        ..item.product.clone()
    })
}

impl<E: Edge> Reader<'_, E> {
    /// The sale with an id at the moment of the reader; `None` where the version has none.
    ///
    /// # Errors
    /// When the store does not answer or lacks the blob.
    pub(crate) async fn sale(&self, id: &str) -> Result<Option<SaleNow>, ReadError> {
        let mut sales = self.version.manifest.sales.iter();
        let Some((_, blob)) = sales.find(|(known, _)| known == id) else {
            return Ok(None);
        };
        let sale = Sale::decode(&self.blob(*blob).await?)?;
        let session = sale.session_at(self.at_ms).copied();
        Ok(session.map(|session| SaleNow { sale, session }))
    }

    /// The sales of which these SKUs are.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn sales_of_skus(&self, skus: &[&str]) -> Result<Vec<SaleNow>, ReadError> {
        let mut ids: Vec<&str> = Vec::new();
        for (id, _) in skus.iter().filter_map(|sku| split_sale_sku(sku)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let mut sales = Vec::with_capacity(ids.len());
        for id in ids {
            sales.extend(self.sale(id).await?);
        }
        Ok(sales)
    }

    /// Ids of the sales of the version.
    pub(crate) fn sale_ids(&self) -> impl Iterator<Item = &str> {
        let sales = self.version.manifest.sales.iter();
        sales.map(|(id, _)| id.as_str())
    }
}
