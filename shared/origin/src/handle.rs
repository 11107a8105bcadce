//! The protocol of the origin over HTTP, for callers that are our own functions.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use souk_domain::{SALE_ITEMS_MAX, split_sale_sku};
use souk_order_store::{PublicationStep, Store, StoreError, TermsChange, change, receipt, tick};
use souk_pricing::{Promotion, SeriesKeys};
use souk_protocol::origin::{
    self, Action, ChangeOrder, Claim, CodesReply, CopyRows, DefineOffers, MakeCodes, PriceLedger,
    ReadPrices, ReadSession, ReceiptReply, RepairBooks, RepairReply, Replay, Replayed,
    RequeueOrders, Revoke, RevokeReply, SetTerms, Settlement, StockQuery, StockReport, StoreReport,
    SubmitOrder, SubmitReply, WalkSealed,
};
use souk_protocol::{limits, staff::PublicationChange};
use souk_service_http::{binary, empty, json};
use souk_stock_signals::together;

use crate::readdress::readdress;
use crate::{
    AvailabilityProjector, Memory, Settings, availability, backup, rewrap, sealing, sold_out_holds,
};

/// Answers one request of the edge or of the staff functions.
///
/// `memory` is what this instance remembers of terms and of refusals. `log` gets one line for each failure;
/// the caller sees only its class.
pub async fn handle<S: Store, P: AvailabilityProjector>(
    request: &Request<Bytes>,
    store: &S,
    projector: &P,
    memory: &Memory,
    now_ms: i64,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes> {
    let origin = Origin {
        store,
        projector,
        memory,
        now_ms,
        settings,
        log: &log,
    };
    match origin.answer(request).await {
        Ok(response) => response,
        Err(error) => failure(request, &error, &log),
    }
}

/// Logs a failure and answers the caller with its class.
pub fn failure(
    request: &Request<Bytes>,
    error: &StoreError,
    log: &impl Fn(&str),
) -> Response<Bytes> {
    let trace = request.headers().get(origin::TRACE_HEADER);
    let trace = trace.and_then(|trace| trace.to_str().ok()).unwrap_or("-");
    log(&format!(
        "{} {}: {error}; trace {trace}",
        request.method(),
        request.uri().path()
    ));
    empty(match error {
        StoreError::Transient(_) => StatusCode::SERVICE_UNAVAILABLE,
        StoreError::Rejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
        StoreError::Corrupt(_) => StatusCode::INTERNAL_SERVER_ERROR,
    })
}

struct Origin<'a, S, P> {
    store: &'a S,
    projector: &'a P,
    memory: &'a Memory,
    now_ms: i64,
    settings: &'a Settings,
    log: &'a dyn Fn(&str),
}

impl<S: Store, P: AvailabilityProjector> Origin<'_, S, P> {
    async fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        let post = request.method() == Method::POST;
        match request.uri().path() {
            origin::ORDERS_PATH if post => self.submit(read(request)?).await,
            origin::RECORD_PATH => self.record(request.uri().query().unwrap_or_default()).await,
            origin::CHANGES_PATH if post => self.change(&read(request)?).await,
            origin::RECEIPTS_PATH if post => self.receive(request).await,
            origin::TICK_PATH if post => self.tick().await,
            origin::CLAIM_PATH if post => {
                let claim: Claim = read(request)?;
                Ok(json(&self.store.claim(&claim, self.now_ms).await?))
            }
            origin::SETTLE_PATH if post => {
                let settlements: Vec<Settlement> = read(request)?;
                within(settlements.len(), origin::CLAIM_MAX)?;
                self.store.settle(&settlements, self.now_ms).await?;
                Ok(empty(StatusCode::NO_CONTENT))
            }
            origin::REPLAY_PATH if post => {
                let replay: Replay = read(request)?;
                let messages = self.store.replay(replay.queue, self.now_ms).await?;
                Ok(json(&Replayed { messages }))
            }
            origin::BACKLOG_PATH => Ok(json(&self.store.backlog(self.now_ms).await?)),
            origin::STORE_PATH => {
                let bytes = self.store.bytes().await?;
                Ok(json(&StoreReport {
                    bytes,
                    largest_bytes: bytes,
                    is_open: !self.settings.vault.seals(),
                }))
            }
            origin::OFFERS_PATH if post => self.define_offers(&read(request)?).await,
            origin::STOCK_PATH if post => {
                let query: StockQuery = read(request)?;
                bounded(query.skus.len())?;
                let accounts = self.store.stock(&query.skus).await?;
                Ok(json(&StockReport { accounts }))
            }
            origin::PRICES_PATH if post => self.prices(&read(request)?).await,
            origin::SESSION_PATH if post => self.session(&read(request)?).await,
            origin::AUDIT_PATH => Ok(json(&self.store.audit().await?)),
            origin::REPAIRS_PATH if post => self.repair(&read(request)?).await,
            origin::COPY_PATH if post => {
                let asked: CopyRows = read(request)?;
                Ok(json(&backup::copy(self.store, &asked, self.now_ms).await?))
            }
            origin::RESTORE_PATH if post => {
                let reply = backup::restore(self.store, read(request)?, self.now_ms).await?;
                self.project().await;
                Ok(json(&reply))
            }
            origin::REQUEUE_PATH if post => {
                let asked: RequeueOrders = read(request)?;
                let requeued = backup::requeue(self.store, &asked, self.now_ms).await?;
                Ok(json(&requeued))
            }
            origin::SEALED_PATH if post => {
                let asked: WalkSealed = read(request)?;
                let vault = &self.settings.vault;
                let walked = rewrap::walk(self.store, vault, &asked, self.log).await?;
                Ok(json(&walked))
            }
            origin::IDENTITY_PATH => Ok(empty(StatusCode::NO_CONTENT)),
            origin::SIGNALS_PATH => {
                let availability = availability(self.store, self.now_ms).await?;
                let sold_out_holds = self.projector.sold_out_holds().await;
                Ok(binary(together(&availability, &sold_out_holds)))
            }
            origin::AVAILABILITY_PATH => Ok(binary(availability(self.store, self.now_ms).await?)),
            origin::TERMS_PATH if post => {
                let set: SetTerms = read(request)?;
                self.change_terms(TermsChange::Set(&set)).await?;
                Ok(empty(StatusCode::NO_CONTENT))
            }
            origin::REVOKED_PATH if post => Ok(json(&self.revoke(&read(request)?).await?)),
            origin::CODES_PATH if post => Ok(json(&self.make_codes(&read(request)?).await?)),
            origin::PUBLICATIONS_PATH if post => {
                let change: PublicationChange = read(request)?;
                let step = PublicationStep {
                    change: &change,
                    now_ms: self.now_ms,
                };
                Ok(json(&self.store.publish(step).await?))
            }
            origin::PUBLICATIONS_PATH => Ok(json(&self.store.publications().await?)),
            _ => Ok(empty(StatusCode::NOT_FOUND)),
        }
    }

    async fn submit(&self, submit: SubmitOrder) -> Result<Response<Bytes>, StoreError> {
        let Settings {
            terms,
            series,
            vault,
        } = self.settings;
        let (memory, now_ms) = (self.memory, self.now_ms);
        let terms = memory
            .terms
            .of_order(self.store, *terms, series, &submit, now_ms);
        let terms = terms.await?;
        let mut reply = sealing::submit(self.store, vault, submit, &terms, self.now_ms).await?;
        let (store, projector) = (self.store, self.projector);
        let followed =
            sold_out_holds::follow(store, projector, &memory.pressure, &mut reply, self.now_ms);
        // The refusal is as good without a sold-out hold.
        if let Err(error) = followed.await {
            (self.log)(&format!("sold-out hold: {error}"));
        }
        if matches!(
            reply,
            SubmitReply::Accepted {
                exhausted: true,
                ..
            }
        ) {
            // The order is placed, and the reply says so even if the badge cannot be projected.
            self.project().await;
        }
        Ok(json(&reply))
    }

    async fn change_terms(&self, change: TermsChange<'_>) -> Result<(), StoreError> {
        self.store.change_terms(change, self.now_ms).await?;
        self.memory.terms.forget();
        Ok(())
    }

    /// The promotion with this id in the published terms.
    async fn promotion(&self, id: &str) -> Result<Option<Promotion>, StoreError> {
        let prices = self.memory.terms.published_prices(self.store).await?;
        let found = prices.and_then(|prices| {
            let mut promotions = prices.promotions.iter();
            promotions.find(|one| one.id == id).cloned()
        });
        Ok(found)
    }

    async fn revoke(&self, asked: &Revoke) -> Result<RevokeReply, StoreError> {
        let revoked = async || {
            let stored = self.store.terms().await?;
            Ok(stored.map_or(Vec::new(), |stored| stored.revoked))
        };
        if let Revoke {
            promotion: Some(id),
            undo: false,
        } = asked
        {
            let known: Vec<String> = revoked().await?;
            let is_revoked = known.contains(id);
            if !is_revoked && self.promotion(id).await?.is_none() {
                return Ok(RevokeReply::UnknownPromotion);
            }
            if !is_revoked && known.len() >= origin::REVOKED_MAX {
                return Ok(RevokeReply::TooMany);
            }
        }
        self.change_terms(TermsChange::Revoke(asked)).await?;
        Ok(RevokeReply::Done {
            revoked: revoked().await?,
        })
    }

    async fn make_codes(&self, asked: &MakeCodes) -> Result<CodesReply, StoreError> {
        let MakeCodes {
            promotion,
            first,
            count,
        } = asked;
        let bounds = *first < SeriesKeys::NUMBERS && (1..=origin::CODES_MAX).contains(count);
        if !bounds {
            let text = format!("1 to {} codes from a number below 2^45", origin::CODES_MAX);
            return Err(StoreError::Rejected(text));
        }
        match self.promotion(promotion).await? {
            None => return Ok(CodesReply::UnknownPromotion),
            Some(found) if !found.has_series() => return Ok(CodesReply::NoSeries),
            Some(_) => {}
        }
        let numbers = (0..u64::from(*count)).map(|place| first + place);
        let codes = numbers.map(|number| self.settings.series.code(promotion, number));
        let codes: Option<Vec<String>> = codes.collect();
        Ok(codes.map_or(CodesReply::NoSecret, |codes| CodesReply::Done { codes }))
    }

    async fn project(&self) {
        match availability(self.store, self.now_ms).await {
            Ok(availability) => self.projector.project(availability).await,
            Err(error) => (self.log)(&format!("availability: {error}")),
        }
    }

    async fn record(&self, query: &str) -> Result<Response<Bytes>, StoreError> {
        let parameter = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let id = parameter("id").unwrap_or_default();
        let Some(found) = self.store.find(&id, "").await? else {
            return Ok(empty(StatusCode::NOT_FOUND));
        };
        let record = found.record;
        let (personal, required) = origin::PERSONAL_REQUIRED;
        let for_buyer = parameter(personal).is_some_and(|value| value == required);
        let vault = &self.settings.vault;
        match sealing::open_record(self.store, vault, record, self.log).await {
            Ok(record) => Ok(json(&record)),
            Err((error, _)) if for_buyer => Err(error),
            // Our own functions go on with what is not personal: a payment is captured and a parcel
            // booked even if the address cannot be opened.
            Err((error, blank)) => {
                (self.log)(&error.to_string());
                Ok(json(&blank))
            }
        }
    }

    async fn change(&self, asked: &ChangeOrder) -> Result<Response<Bytes>, StoreError> {
        let (store, vault) = (self.store, &self.settings.vault);
        let changed = match &asked.action {
            Action::SetAddress { address } => {
                readdress(store, self.memory, vault, asked, address, self.now_ms).await?
            }
            _ => change(store, asked, self.now_ms).await?,
        };
        if changed.shelves_changed {
            self.project().await;
        }
        let reply = sealing::open_change(store, vault, changed.reply, self.log).await;
        Ok(json(&reply))
    }

    async fn receive(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, StoreError> {
        let receipt: origin::StockReceipt = read(request)?;
        receipt::check(&receipt)?;
        let reply = self.store.receive(&receipt, self.now_ms).await?;
        if matches!(reply, ReceiptReply::Done { .. }) {
            self.project().await;
        }
        Ok(json(&reply))
    }

    async fn repair(&self, asked: &RepairBooks) -> Result<Response<Bytes>, StoreError> {
        receipt::check_repair(asked)?;
        let reply = self.store.repair(asked, self.now_ms).await?;
        if matches!(&reply, RepairReply::Done { repair } if !repair.accounts.is_empty()) {
            self.project().await;
        }
        Ok(json(&reply))
    }

    async fn tick(&self) -> Result<Response<Bytes>, StoreError> {
        let ticked = tick(self.store, self.now_ms, &self.settings.terms, self.log).await?;
        if ticked.shelves_changed {
            self.project().await;
        }
        Ok(json(&ticked.report))
    }

    async fn prices(&self, asked: &ReadPrices) -> Result<Response<Bytes>, StoreError> {
        bounded(asked.skus.len())?;
        let after = match asked.after.as_str() {
            "" => 0,
            after => after
                .parse()
                .map_err(|_| StoreError::Rejected("after is no place in the ledger".to_owned()))?,
        };
        let records = self.store.prices(&asked.skus, after).await?;
        let is_last = records.len() < origin::PRICE_RECORDS_MAX as usize;
        let last = records.last().filter(|_| !is_last);
        Ok(json(&PriceLedger {
            now_ms: self.now_ms,
            after: last.map(|record| record.number.to_string()),
            records,
        }))
    }

    async fn session(&self, asked: &ReadSession) -> Result<Response<Bytes>, StoreError> {
        within(asked.skus.len(), SALE_ITEMS_MAX)?;
        // All of a sale is in one place, however many shards there are; of other SKUs it may be a part.
        if let Some(sku) = asked.skus.iter().find(|sku| split_sale_sku(sku).is_none()) {
            return Err(StoreError::Rejected(format!("{sku} is no SKU of a sale")));
        }
        Ok(json(&self.store.read_session(asked, self.now_ms).await?))
    }

    async fn define_offers(&self, offers: &DefineOffers) -> Result<Response<Bytes>, StoreError> {
        bounded(offers.offers.len())?;
        bounded(offers.withdrawn.len())?;
        self.store.define_offers(offers, self.now_ms).await?;
        self.project().await;
        Ok(empty(StatusCode::NO_CONTENT))
    }
}

fn bounded(count: usize) -> Result<(), StoreError> {
    within(count, limits::OFFERS_PER_MESSAGE_MAX)
}

fn within(count: usize, max: usize) -> Result<(), StoreError> {
    if count > max {
        let text = format!("more than {max} entries in one message");
        return Err(StoreError::Rejected(text));
    }
    Ok(())
}

/// The message in a request.
///
/// # Errors
/// [`StoreError::Rejected`] when it is none of this type.
pub fn read<T: DeserializeOwned>(request: &Request<Bytes>) -> Result<T, StoreError> {
    souk_json::read(request.body()).map_err(|error| StoreError::Rejected(error.to_string()))
}
