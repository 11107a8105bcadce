//! Which handler answers which request.

use bytes::Bytes;
use http::{Request, Response};
use souk_order_index::OrderIndex;
use souk_ports::BackOffice;
use souk_protocol::staff::{self, Operation};
use souk_protocol::{keys, origin};
use souk_search_tallies::{Report, SearchTallies};
use souk_service_http::{BodyError, never_cached};
use souk_staff_tokens::StaffTokens;

use crate::admit::Admitted;
use crate::blobs::{self, blob, media};
use crate::insights_build::{Builder, age_ms};
use crate::origin::forward;
use crate::reply::{Outcome, failed, reply};
use crate::staff::Staff;
use crate::tick::{mail_status, tick};
use crate::tokens;
use crate::{
    insights, ladder, limits, metrics, orders, payments, plan, publish, queues, release, repairs,
    sales, searches, shards, signals, stock, switches, worklist,
};

impl<D: BackOffice, B: OrderIndex, T: StaffTokens, S: SearchTallies> Staff<'_, D, B, T, S> {
    /// Answers a request that was let in, with its body.
    pub async fn answer(&self, admitted: Admitted, request: Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().to_owned();
        let outcome = self.carry_out(&admitted, request).await;
        let mut response = outcome.unwrap_or_else(|failure| failed(&path, failure, self.log));
        never_cached(&mut response);
        response
    }

    /// The whole of a request that is in memory already.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        let head = Request::from_parts(parts, ());
        match self.admit(&head).await {
            Ok(admitted) => self.answer(admitted, head.map(|()| body)).await,
            Err(refused) => refused,
        }
    }

    fn builder(&self) -> Builder<'_, D, B, S> {
        Builder {
            back_office: self.back_office,
            index: self.index,
            tallies: self.tallies,
        }
    }

    async fn carry_out(&self, admitted: &Admitted, request: Request<Bytes>) -> Outcome {
        // A function reads no more than this; it is checked where the bound is known, too.
        let bytes_max = admitted.body_bytes_max();
        if request.body().len() > bytes_max {
            return Err(BodyError::TooLarge.problem(bytes_max).into());
        }
        let Self {
            back_office, index, ..
        } = *self;
        let Admitted {
            operation,
            name,
            caller,
        } = admitted;
        match *operation {
            Operation::ListOrders => {
                worklist::worklist(index, request.uri().query().unwrap_or_default()).await
            }
            Operation::ReadOrder => orders::record(back_office, name, caller).await,
            Operation::ReadIndexedOrder => worklist::indexed(index, name).await,
            Operation::ChangeOrder => orders::change(back_office, name, caller, &request).await,
            Operation::ListFailedMails => worklist::failed_mails(index).await,
            Operation::ReportOrders => {
                switches::expect_reports(back_office).await?;
                worklist::totals(index).await
            }
            Operation::ReportSearch => {
                switches::expect_reports(back_office).await?;
                let query = request.uri().query().unwrap_or_default();
                searches::report(self.tallies, Report::Searches, query, back_office.now_ms()).await
            }
            Operation::ReportHelp => {
                switches::expect_reports(back_office).await?;
                let query = request.uri().query().unwrap_or_default();
                searches::report(self.tallies, Report::Help, query, back_office.now_ms()).await
            }
            Operation::ListUnmatchedPayments => {
                payments::unmatched(back_office, request.uri().query().unwrap_or_default()).await
            }
            Operation::BookPayment => payments::book(back_office, &request).await,
            Operation::ReceiveStock => stock::receive(back_office, caller, &request).await,
            Operation::Repair => repairs::repair(back_office, caller, &request).await,
            Operation::ReportQueues => queues::report(back_office, index).await,
            Operation::ReplayQueue => queues::replay(back_office, index, &request).await,
            // In one place, so that the program has the way to the origin once.
            Operation::WalkSealed
            | Operation::CopyRows
            | Operation::Restore
            | Operation::ListPublications
            | Operation::RevokePromotion
            | Operation::MakeCodes
            | Operation::DefineOffers
            | Operation::ReadPrices
            | Operation::ReadStock
            | Operation::Audit => forward(back_office, request, origin_path(*operation)).await,
            Operation::RebuildOrderIndex => queues::rebuild(back_office, index, request).await,
            Operation::ReadShards => shards::layout(back_office).await,
            Operation::GrowShards => shards::grow(back_office, &request).await,
            Operation::ReadSwitches => {
                switches::standing(back_office, request.uri().query().unwrap_or_default()).await
            }
            Operation::SetSwitches => switches::set(back_office, caller, &request).await,
            Operation::ReadJournal => {
                switches::journal(back_office, request.uri().query().unwrap_or_default()).await
            }
            Operation::ReadSignals => {
                signals::read(back_office, request.uri().query().unwrap_or_default()).await
            }
            Operation::ReadLimits => limits::list(back_office).await,
            Operation::SetLimits => limits::set(back_office, caller, &request).await,
            Operation::ReadPlan => plan::show(back_office).await,
            Operation::SetPlan => plan::set(back_office, caller, &request).await,
            Operation::SetStep => plan::set_step(back_office, caller, name, &request).await,
            Operation::ReadRelease => release::show(back_office).await,
            Operation::SetRelease => release::set(back_office, caller, &request).await,
            Operation::ReadLadder => ladder::list(back_office).await,
            Operation::SetLadder => ladder::set(back_office, caller, &request).await,
            Operation::ReadSales => sales::list(back_office).await,
            Operation::SetSale => sales::set(back_office, caller, name, &request).await,
            Operation::Tick => {
                let rate = self.settings.deliveries_per_second;
                let done = tick(back_office, index, self.tallies, rate, self.log).await;
                Ok(reply(staff::TICK, &done))
            }
            Operation::Metrics => {
                let condition = index.condition().await?;
                let kept = self.tokens.tokens().await?;
                let refused = self.refusals().await?;
                let status = mail_status(back_office).await;
                let now_ms = back_office.now_ms();
                let built = index.counted(now_ms).await?.build;
                let store = metrics::Store {
                    index: &condition,
                    insights_age_ms: age_ms(&built, now_ms),
                    tokens: &kept,
                    refused: &refused,
                };
                let text = metrics::text(&store, status.as_ref(), now_ms);
                Ok(text.into_response())
            }
            Operation::Publish => publish::step(back_office, &request).await,
            Operation::ReadInsights => blobs::read_key(back_office, keys::INSIGHTS).await,
            Operation::BuildInsights => {
                let done = self.builder().step(true).await?;
                Ok(reply(staff::BUILD_INSIGHTS, &done))
            }
            Operation::ImportInsights => insights::import(index, &request).await,
            Operation::ReadBlob => blobs::read(back_office, &blob(name)?).await,
            Operation::WriteBlob => {
                blobs::write(back_office, &blob(name)?, request.into_body()).await
            }
            Operation::DeleteBlob => blobs::delete_blob(back_office, &blob(name)?).await,
            Operation::ReadMedia => blobs::read(back_office, &media(name)?).await,
            Operation::WriteMedia => {
                blobs::write(back_office, &media(name)?, request.into_body()).await
            }
            Operation::DeleteMedia => blobs::delete(back_office, &media(name)?).await,
            Operation::ReadOwnToken => tokens::own(caller),
            Operation::ListTokens => self.list_tokens().await,
            Operation::CreateToken => self.create_token(caller, &request).await,
            Operation::RevokeToken => self.revoke_token(caller, name).await,
        }
    }
}

/// Where the origin answers an operation that is passed on as it is.
fn origin_path(operation: Operation) -> &'static str {
    match operation {
        Operation::WalkSealed => origin::SEALED_PATH,
        Operation::CopyRows => origin::COPY_PATH,
        Operation::Restore => origin::RESTORE_PATH,
        Operation::ListPublications => origin::PUBLICATIONS_PATH,
        Operation::RevokePromotion => origin::REVOKED_PATH,
        Operation::MakeCodes => origin::CODES_PATH,
        Operation::DefineOffers => origin::OFFERS_PATH,
        Operation::ReadPrices => origin::PRICES_PATH,
        Operation::ReadStock => origin::STOCK_PATH,
        Operation::Audit => origin::AUDIT_PATH,
        _ => unreachable!("the back office answers the others itself"),
    }
}
