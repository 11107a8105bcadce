//! Routes of the deployable. Our own functions alone get here: the platform lets no other request
//! through.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_operations::SaleSecret;
use souk_operations_store::rates::RateCounters;
use souk_operations_store::{OperationsStore, Series};
use souk_ports::{Clock, OriginClient};
use souk_protocol::endpoint::Method;
use souk_protocol::operations::{
    AFTER, CHANGE_PATH, ChangeOperations, ChangeReply, JOURNAL_PATH, JOURNAL_RECORDS_MAX, LANGUAGE,
    SWITCHES_PATH, TICK_PATH,
};
use souk_protocol::plan::PLAN_PATH;
use souk_protocol::rates::RATE_PATH;
use souk_protocol::release::RELEASE_PATH;
use souk_protocol::room::{ROOM_BYTES_MAX, ROOM_PATH, ROOM_REPORTS_MAX, RoomBatch};
use souk_protocol::samples::{SAMPLES_BYTES_MAX, SAMPLES_PATH, SIGNALS_PATH, SINCE, WATCH_PATH};
use souk_service_http::{Route, empty, find, json, never_cached, of_type};
use souk_sql::StoreError;

use crate::asked::wanted;
use crate::plan::plan_standing;
use crate::rates::take_rate;
use crate::release::release_standing;
use crate::standing::standing;
use crate::{PulsePublisher, Service, signals};

/// Bytes of a request, at most: those of a batch of an edge. A change is smaller: a name and a reason,
/// whose characters may take 12 bytes each as escaped JSON (`\ud83c\udf75`), are 2 × 500 × 12 = 12,000
/// bytes, and a sale with all its sessions 20,000.
pub const BODY_BYTES_MAX: usize = ROOM_BYTES_MAX;

/// The media type of JSON lines.
const JSON_LINES: &str = "application/jsonl";
/// The language of effects where none is asked for.
const ENGLISH: &str = "en";
/// The largest number of a record: 2^53 - 1, as everywhere in JSON.
const RECORD_MAX: u64 = (1 << 53) - 1;

#[derive(Debug, Clone, Copy)]
enum Operation {
    Switches,
    Change,
    Journal,
    Plan,
    Release,
    Room,
    Samples,
    Signals,
    Watch,
    Rate,
    Tick,
}

const ROUTES: [Route<Operation>; 11] = [
    Route::new(Method::Get, SWITCHES_PATH, Operation::Switches),
    Route::new(Method::Post, CHANGE_PATH, Operation::Change),
    Route::new(Method::Get, JOURNAL_PATH, Operation::Journal),
    Route::new(Method::Get, PLAN_PATH, Operation::Plan),
    Route::new(Method::Get, RELEASE_PATH, Operation::Release),
    Route::new(Method::Post, ROOM_PATH, Operation::Room),
    Route::new(Method::Post, SAMPLES_PATH, Operation::Samples),
    Route::new(Method::Get, SIGNALS_PATH, Operation::Signals),
    Route::new(Method::Post, WATCH_PATH, Operation::Watch),
    Route::new(Method::Post, RATE_PATH, Operation::Rate),
    Route::new(Method::Post, TICK_PATH, Operation::Tick),
];

impl<S, P, O> Service<'_, S, P, O>
where
    S: OperationsStore + RateCounters,
    P: PulsePublisher,
    O: OriginClient + Clock,
{
    /// Answers a request of the back office at `now_ms`, in milliseconds since 1970.
    pub async fn handle(&self, request: &Request<Bytes>, now_ms: i64) -> Response<Bytes> {
        let answered = self.answer(request, now_ms).await;
        let mut response = answered.unwrap_or_else(|error| {
            (self.log)(&format!("{}: {error}", request.uri().path()));
            empty(match error {
                StoreError::Transient(_) => StatusCode::SERVICE_UNAVAILABLE,
                StoreError::Rejected(_) | StoreError::Corrupt(_) => {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            })
        });
        never_cached(&mut response);
        response
    }

    async fn answer(
        &self,
        request: &Request<Bytes>,
        now_ms: i64,
    ) -> Result<Response<Bytes>, StoreError> {
        if request.body().len() > BODY_BYTES_MAX {
            return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let operation = match find(ROUTES, request.method(), request.uri().path()) {
            Ok((operation, _)) => operation,
            Err(miss) => return Ok(miss.response()),
        };
        let query = request.uri().query().unwrap_or_default();
        match operation {
            Operation::Switches => {
                let stored = self.store.read().await?;
                let language = parameter(query, LANGUAGE);
                let language = language.as_deref().unwrap_or(ENGLISH);
                let sales = self.sale_standings(&stored.state, now_ms).await?;
                Ok(json(&standing(&stored.state, sales, language, now_ms)))
            }
            Operation::Plan => {
                let state = self.store.read().await?.state;
                Ok(json(&plan_standing(&state, now_ms)))
            }
            Operation::Release => {
                let state = self.store.read().await?.state;
                Ok(json(&release_standing(&state, now_ms)))
            }
            Operation::Room => self.answer_room(request.body()).await,
            Operation::Samples => self.answer_samples(request.body(), now_ms).await,
            Operation::Signals => self.answer_signals(query, now_ms).await,
            Operation::Watch => {
                self.look_on(now_ms).await?;
                Ok(empty(StatusCode::NO_CONTENT))
            }
            Operation::Rate => take_rate(self.store, request, now_ms).await,
            Operation::Change => self.answer_change(request.body(), now_ms).await,
            Operation::Journal => self.answer_journal(query).await,
            Operation::Tick => {
                self.tick(now_ms).await?;
                Ok(empty(StatusCode::NO_CONTENT))
            }
        }
    }

    async fn answer_change(
        &self,
        body: &Bytes,
        now_ms: i64,
    ) -> Result<Response<Bytes>, StoreError> {
        let Ok(asked) = souk_json::read::<ChangeOperations>(body) else {
            return Ok(empty(StatusCode::BAD_REQUEST));
        };
        let secret = SaleSecret(self.random_32());
        let wanted = match wanted(asked, secret) {
            Ok(wanted) => wanted,
            Err(reason) => return Ok(json(&ChangeReply::Refused { reason })),
        };
        let changed = self.change(&wanted, now_ms).await?;
        let reply = match changed {
            Ok(record) => ChangeReply::Changed { record },
            Err(refused) => {
                let reason = refused.to_string();
                match refused.is_conflict() {
                    true => ChangeReply::Conflict { reason },
                    false => ChangeReply::Refused { reason },
                }
            }
        };
        Ok(json(&reply))
    }

    /// Stores what an edge has sent, if it is a batch.
    async fn answer_room(&self, body: &Bytes) -> Result<Response<Bytes>, StoreError> {
        let text = std::str::from_utf8(body).ok();
        let batch = souk_json::read::<RoomBatch>(body).ok();
        let is_small = |batch: &RoomBatch| batch.reports.len() <= ROOM_REPORTS_MAX;
        let (Some(text), Some(batch)) = (text, batch.filter(is_small)) else {
            return Ok(empty(StatusCode::BAD_REQUEST));
        };
        Ok(empty(
            match self.store.add_batch(batch.session, text).await? {
                true => StatusCode::NO_CONTENT,
                false => StatusCode::SERVICE_UNAVAILABLE,
            },
        ))
    }

    /// Stores the samples that an edge has sent, if they are a batch.
    async fn answer_samples(
        &self,
        body: &Bytes,
        now_ms: i64,
    ) -> Result<Response<Bytes>, StoreError> {
        let text = std::str::from_utf8(body).ok();
        let is_batch = body.len() <= SAMPLES_BYTES_MAX && signals::is_batch(body);
        let Some(text) = text.filter(|_| is_batch) else {
            return Ok(empty(StatusCode::BAD_REQUEST));
        };
        Ok(empty(match self.store.add_samples(text, now_ms).await? {
            true => StatusCode::NO_CONTENT,
            false => StatusCode::SERVICE_UNAVAILABLE,
        }))
    }

    async fn answer_signals(
        &self,
        query: &str,
        now_ms: i64,
    ) -> Result<Response<Bytes>, StoreError> {
        let since = parameter(query, SINCE);
        let since_s = since.as_deref().map_or(Ok(0), str::parse);
        let Ok(since_s) = since_s else {
            return Ok(empty(StatusCode::BAD_REQUEST));
        };
        let state = self.store.read().await?.state;
        let seconds = self.store.series(Series::Seconds, since_s).await?;
        let mut standing = signals::standing(&state, &seconds, now_ms);
        if since.is_none() {
            let minutes = self.store.series(Series::Minutes, 0).await?;
            let stored = self.store.signals().await?;
            standing.windows = signals::windows(&minutes, &stored, now_ms);
        }
        Ok(json(&standing))
    }

    async fn answer_journal(&self, query: &str) -> Result<Response<Bytes>, StoreError> {
        let after = parameter(query, AFTER);
        let after = after.as_deref().unwrap_or("0").parse();
        let after = after.ok().filter(|after| *after <= RECORD_MAX);
        let Some(after) = after else {
            return Ok(empty(StatusCode::BAD_REQUEST));
        };
        let lines = self.store.journal(after, JOURNAL_RECORDS_MAX).await?;
        Ok(of_type(StatusCode::OK, JSON_LINES, lines))
    }
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut all = form_urlencoded::parse(query.as_bytes());
    let found = all.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}
