//! Which handler answers which request.

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use souk_order_index::OrderIndex;
use souk_ports::BackOffice;
use souk_protocol::once::{ONCE, at_most_once};
use souk_protocol::origin;
use souk_protocol::staff::{self, Operation};
use souk_service_http::{Route, find, never_cached};

use crate::blobs::{self, blob, media};
use crate::origin::forward;
use crate::reply::{Outcome, failed, reply};
use crate::settings::{Settings, authorise};
use crate::tick::tick;
use crate::{metrics, orders, publish, queues, repairs, shards, stock, worklist};

/// Answers one request to the staff API. `log` gets a line for each failure.
pub async fn handle<D, B>(
    request: Request<Bytes>,
    back_office: &D,
    index: &B,
    settings: &Settings,
    log: impl Fn(&str),
) -> Response<Bytes>
where
    D: BackOffice,
    B: OrderIndex,
{
    let path = request.uri().path().to_owned();
    let outcome = answer(request, back_office, index, settings, &log).await;
    let mut response = outcome.unwrap_or_else(|failure| failed(&path, failure, &log));
    never_cached(&mut response);
    response
}

async fn answer<D, B>(
    request: Request<Bytes>,
    back_office: &D,
    index: &B,
    settings: &Settings,
    log: &impl Fn(&str),
) -> Outcome
where
    D: BackOffice,
    B: OrderIndex,
{
    for name in ONCE {
        let values = request.headers().get_all(name).iter();
        at_most_once(name, values.map(HeaderValue::as_bytes))?;
    }
    authorise(request.headers(), &settings.token)?;
    let path = request.uri().path().to_owned();
    let routes = Operation::ALL.iter();
    let routes =
        routes.map(|&operation| Route::new(operation.method(), operation.path(), operation));
    let (operation, parameters) = find(routes, request.method(), &path)?;
    // No operation has more than one.
    let name = parameters.first().copied().unwrap_or_default();
    match operation {
        Operation::ListOrders => {
            worklist::worklist(index, request.uri().query().unwrap_or_default()).await
        }
        Operation::ReadOrder => orders::record(back_office, name).await,
        Operation::ReadIndexedOrder => worklist::indexed(index, name).await,
        Operation::ChangeOrder => orders::change(back_office, name, &request).await,
        Operation::ReportOrders => worklist::totals(index).await,
        Operation::ReceiveStock => stock::receive(back_office, &request).await,
        Operation::Repair => repairs::repair(back_office, &request).await,
        Operation::ReportQueues => queues::report(back_office, index).await,
        Operation::ReplayQueue => queues::replay(back_office, index, &request).await,
        Operation::WalkSealed => forward(back_office, request, origin::SEALED_PATH).await,
        Operation::CopyRows => forward(back_office, request, origin::COPY_PATH).await,
        Operation::Restore => forward(back_office, request, origin::RESTORE_PATH).await,
        Operation::RebuildOrderIndex => queues::rebuild(back_office, index, request).await,
        Operation::ReadShards => shards::layout(back_office).await,
        Operation::GrowShards => shards::grow(back_office, &request).await,
        Operation::Tick => {
            let rate = settings.deliveries_per_second;
            let done = tick(back_office, index, rate, log).await;
            Ok(reply(staff::TICK, &done))
        }
        Operation::Metrics => {
            let condition = index.condition().await?;
            Ok(metrics::text(&condition, back_office.now_ms()).into_response())
        }
        Operation::ListPublications => {
            forward(back_office, request, origin::PUBLICATIONS_PATH).await
        }
        Operation::Publish => publish::step(back_office, &request).await,
        Operation::DefineOffers => forward(back_office, request, origin::OFFERS_PATH).await,
        Operation::ReadStock => forward(back_office, request, origin::STOCK_PATH).await,
        Operation::Audit => forward(back_office, request, origin::AUDIT_PATH).await,
        Operation::ReadBlob => blobs::read(back_office, &blob(name)?).await,
        Operation::WriteBlob => blobs::write(back_office, &blob(name)?, request.into_body()).await,
        Operation::DeleteBlob => blobs::delete_blob(back_office, &blob(name)?).await,
        Operation::ReadMedia => blobs::read(back_office, &media(name)?).await,
        Operation::WriteMedia => {
            blobs::write(back_office, &media(name)?, request.into_body()).await
        }
        Operation::DeleteMedia => blobs::delete(back_office, &media(name)?).await,
    }
}
