//! The price of an order: by the version and the moment of the quote that its buyer was shown.
//!
//! The edge prices the order as the quote was priced, and sends what the buyer was shown; the origin
//! decides. A quote that is too old is no reason to refuse an order here: it may have been placed
//! before, and then the origin answers with it.

use souk_ports::Edge;
use souk_protocol::origin::{PromotionLeftOut, SubmitOrder, SubmitReply};
use souk_protocol::quotes;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::shop::Shop;
use crate::pricing::{Priced, SignedQuote, Unpriced, Wanted};

/// An order with its price.
#[derive(Debug)]
pub(crate) struct OrderPrice {
    /// As the edge prices it.
    pub(crate) priced: Priced,
    /// What the buyer was shown, in minor units.
    pub(crate) shown: i64,
}

impl OrderPrice {
    /// Whether the order costs what the buyer was shown, as far as the edge knows.
    pub(crate) fn is_as_shown(&self) -> bool {
        self.shown == self.priced.quote.total
    }

    /// Completes an order with what its price is made from. Where the shop has published no terms, each
    /// line expects its price.
    pub(crate) fn put_into(&self, submit: &mut SubmitOrder) {
        let Priced {
            terms,
            inputs,
            at_ms,
            quote,
            ..
        } = &self.priced;
        submit.quote = inputs.order_quote(terms, *at_ms, quote, self.shown);
        if submit.quote.is_some() {
            inputs.put_lines(terms, submit);
            return;
        }
        submit.currency = Some(quote.currency.code().to_owned());
        for (line, priced) in submit.lines.iter_mut().zip(&quote.lines) {
            line.expected_price.get_or_insert(priced.unit_price);
        }
    }
}

impl<E: Edge> Shop<'_, E> {
    /// What an order costs by the quote that its buyer was shown; without one, or with one that is too
    /// old, by the published version and now.
    ///
    /// # Errors
    /// When the catalogue cannot be read, or the order has no price or no point where it is collected.
    pub(crate) async fn order_price(
        &self,
        mut wanted: Wanted,
        signed: Option<&SignedQuote>,
    ) -> Result<OrderPrice, Unpriced> {
        let (reader, at_ms) = self.reader_of(signed).await?;
        wanted.without = match signed {
            Some(signed) => signed.without.clone(),
            None => {
                let terms = reader.terms().await?;
                self.left_out_now(wanted.without, &terms).await
            }
        };
        let priced = reader.price(wanted, at_ms).await?;
        priced.check_point()?;
        let shown = signed.map_or(priced.quote.total, |signed| signed.total);
        Ok(OrderPrice { priced, shown })
    }

    /// The version and the moment, in milliseconds since 1970, by which what a quote is about is priced.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub(crate) async fn reader_of(
        &self,
        signed: Option<&SignedQuote>,
    ) -> Result<(Reader<'_, E>, i64), ReadError> {
        let now_ms = self.edge.now_ms();
        let reader = self.reader().await?;
        let freeze_ms = self.settings.freeze_ms;
        let Some(signed) = signed.filter(|signed| signed.is_current(freeze_ms, now_ms)) else {
            return Ok((reader, now_ms));
        };
        match Box::pin(reader.at(signed.version)).await {
            Ok(reader) => Ok((reader, signed.at_ms)),
            Err(ReadError::VersionGone(_)) => Ok((self.reader().await?, now_ms)),
            Err(error) => Err(error),
        }
    }

    /// What an order that was refused costs now: without the promotion that cannot be used, and without
    /// delivery where that is not possible. `None` where it has no price.
    pub(crate) async fn new_quote(
        &self,
        mut wanted: Wanted,
        refusal: &SubmitReply,
        language: &str,
    ) -> Option<Box<quotes::Quote>> {
        match refusal {
            SubmitReply::PromotionUnavailable { promotion, reason } => {
                wanted.leave_out(PromotionLeftOut {
                    promotion: promotion.clone(),
                    reason: *reason,
                });
            }
            SubmitReply::DeliveryUnavailable => {
                wanted.delivery = None;
                wanted.pickup_point = None;
            }
            SubmitReply::QuoteChanged { .. } | SubmitReply::PriceChanged { .. } => {}
            SubmitReply::Accepted { .. }
            | SubmitReply::Exists { .. }
            | SubmitReply::ExistsWithDifferentContent
            | SubmitReply::UnknownSku { .. }
            | SubmitReply::TermsChanged
            | SubmitReply::NotOpen { .. }
            | SubmitReply::SaleOver
            | SubmitReply::SoldOut { .. }
            | SubmitReply::LimitExceeded { .. } => return None,
        }
        let reader = self.reader().await.ok()?;
        let terms = reader.terms().await.ok()?;
        wanted.without = self.left_out_now(wanted.without, &terms).await;
        let priced = reader.price(wanted, self.edge.now_ms()).await.ok()?;
        Some(Box::new(self.quote_json(&priced, language)))
    }
}
