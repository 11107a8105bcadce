//! What is counted once a run is over: the books of the origin, and the memory of the edges.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use souk_protocol::limits::OFFERS_PER_MESSAGE_MAX;
use souk_protocol::origin::{AUDIT_PATH, AuditReport, STOCK_PATH, StockQuery, StockReport};

use super::Run;
use crate::report::{Report, Stock};

impl Run<'_> {
    /// The books, once everything is over.
    pub(super) fn close(mut self) -> Result<Report> {
        let now_ms = self.world.now_ms.get();
        self.report.visitors = self.visitors.len() as u64;
        let origin = &self.world.origin;
        let counts = [
            ("calls", origin.calls.get()),
            ("order_calls", origin.order_calls.get()),
        ];
        self.report.origin = counts.map(|(name, count)| (name.to_owned(), count)).into();
        let audit: AuditReport = origin.ask(AUDIT_PATH, None::<&()>, now_ms)?;
        self.report.orders = u64::try_from(audit.orders)?;
        self.report.drift = audit
            .drift
            .iter()
            .map(|drift| format!("{drift:?}"))
            .collect();
        for sale in &self.world.published.sales {
            let skus = vec![sale.items[0].sku.clone()];
            let stock: StockReport = origin.ask(STOCK_PATH, Some(&StockQuery { skus }), now_ms)?;
            let account = stock.accounts.first().context("a sale has an account")?;
            let of_sale = self.report.sales.entry(sale.id.clone()).or_default();
            (of_sale.sold, of_sale.left) = (account.sold, account.available);
        }
        self.report.stock = self.stock(now_ms)?;
        self.report.tiers = self.tiers();
        Ok(self.report)
    }

    fn stock(&self, now_ms: i64) -> Result<Stock> {
        let published = &self.world.published;
        let sold_as = published.sales.iter().map(|sale| sale.items[0].sku.clone());
        let skus: Vec<_> = published.skus.values().cloned().chain(sold_as).collect();
        let mut stock = Stock::default();
        for skus in skus.chunks(OFFERS_PER_MESSAGE_MAX) {
            let query = StockQuery {
                skus: skus.to_vec(),
            };
            let report: StockReport = self.world.origin.ask(STOCK_PATH, Some(&query), now_ms)?;
            for account in report.accounts {
                stock.supplied += account.supplied;
                stock.available += account.available;
                stock.held += account.held;
                stock.sold += account.sold;
            }
        }
        Ok(stock)
    }

    fn tiers(&self) -> BTreeMap<String, u64> {
        let mut tiers = BTreeMap::new();
        for edge in &self.edges {
            let metrics = &edge.metrics;
            for (name, counter) in [
                ("response_hits", &metrics.response_hits),
                ("response_misses", &metrics.response_misses),
                ("memory_hits", &metrics.memory_hits),
                ("store_reads", &metrics.store_reads),
                ("pointer_reads", &metrics.pointer_reads),
                ("signals_reads", &metrics.signals_reads),
                ("sold_out_hold_refusals", &metrics.sold_out_hold_refusals),
            ] {
                *tiers.entry(name.to_owned()).or_default() += counter.get();
            }
        }
        tiers
    }
}
