//! Providers of different types in one list.
//!
//! A provider is written with `async fn`, which a trait object cannot have; [`AnyProvider`] is the
//! same with boxed futures, and every provider is one by itself.

use futures_util::future::LocalBoxFuture;

use crate::provider::{
    Dispute, NewPage, NewRefund, Page, PageLimits, Payment, PaymentList, PaymentProvider,
    ProviderError, Refund,
};
use crate::webhook::{Delivery, ProviderEvent, Webhook, WebhookError};

/// What a provider answers.
pub type Answer<'a, T> = LocalBoxFuture<'a, Result<T, ProviderError>>;

/// A provider whatever its type. Implemented for everything that is a [`PaymentProvider`] and has a
/// [`Webhook`]; see there for the methods.
#[expect(missing_docs, reason = "the methods are those of the two traits")]
pub trait AnyProvider {
    fn name(&self) -> &'static str;
    fn page_origin(&self) -> &str;
    fn is_for_loopback(&self) -> bool;
    fn page_limits(&self) -> PageLimits;
    fn amount_min(&self, currency: &str) -> i64;
    fn open<'a>(&'a self, page: &'a NewPage<'_>, key: &'a str) -> Answer<'a, Page>;
    fn page<'a>(&'a self, id: &'a str) -> Answer<'a, Page>;
    fn close<'a>(&'a self, id: &'a str) -> Answer<'a, Page>;
    fn payment<'a>(&'a self, id: &'a str) -> Answer<'a, Payment>;
    fn payments<'a>(
        &'a self,
        since_s: i64,
        after: Option<&'a str>,
        limit: usize,
    ) -> Answer<'a, PaymentList>;
    fn capture<'a>(
        &'a self,
        id: &'a str,
        amount: i64,
        currency: &'a str,
        key: &'a str,
    ) -> Answer<'a, Payment>;
    fn void<'a>(&'a self, id: &'a str, key: &'a str) -> Answer<'a, Payment>;
    fn refund<'a>(&'a self, refund: &'a NewRefund<'_>, key: &'a str) -> Answer<'a, Refund>;
    fn refunds<'a>(&'a self, payment: &'a str, currency: &'a str) -> Answer<'a, Vec<Refund>>;
    fn disputes<'a>(&'a self, payment: &'a str, currency: &'a str) -> Answer<'a, Vec<Dispute>>;
    fn read(&self, delivery: &Delivery<'_>) -> Result<ProviderEvent, WebhookError>;
}

impl<P: PaymentProvider + Webhook> AnyProvider for P {
    fn name(&self) -> &'static str {
        PaymentProvider::name(self)
    }

    fn page_origin(&self) -> &str {
        PaymentProvider::page_origin(self)
    }

    fn is_for_loopback(&self) -> bool {
        PaymentProvider::is_for_loopback(self)
    }

    fn page_limits(&self) -> PageLimits {
        PaymentProvider::page_limits(self)
    }

    fn amount_min(&self, currency: &str) -> i64 {
        PaymentProvider::amount_min(self, currency)
    }

    fn open<'a>(&'a self, page: &'a NewPage<'_>, key: &'a str) -> Answer<'a, Page> {
        Box::pin(PaymentProvider::open(self, page, key))
    }

    fn page<'a>(&'a self, id: &'a str) -> Answer<'a, Page> {
        Box::pin(PaymentProvider::page(self, id))
    }

    fn close<'a>(&'a self, id: &'a str) -> Answer<'a, Page> {
        Box::pin(PaymentProvider::close(self, id))
    }

    fn payment<'a>(&'a self, id: &'a str) -> Answer<'a, Payment> {
        Box::pin(PaymentProvider::payment(self, id))
    }

    fn payments<'a>(
        &'a self,
        since_s: i64,
        after: Option<&'a str>,
        limit: usize,
    ) -> Answer<'a, PaymentList> {
        Box::pin(PaymentProvider::payments(self, since_s, after, limit))
    }

    fn capture<'a>(
        &'a self,
        id: &'a str,
        amount: i64,
        currency: &'a str,
        key: &'a str,
    ) -> Answer<'a, Payment> {
        Box::pin(PaymentProvider::capture(self, id, amount, currency, key))
    }

    fn void<'a>(&'a self, id: &'a str, key: &'a str) -> Answer<'a, Payment> {
        Box::pin(PaymentProvider::void(self, id, key))
    }

    fn refund<'a>(&'a self, refund: &'a NewRefund<'_>, key: &'a str) -> Answer<'a, Refund> {
        Box::pin(PaymentProvider::refund(self, refund, key))
    }

    fn refunds<'a>(&'a self, payment: &'a str, currency: &'a str) -> Answer<'a, Vec<Refund>> {
        Box::pin(PaymentProvider::refunds(self, payment, currency))
    }

    fn disputes<'a>(&'a self, payment: &'a str, currency: &'a str) -> Answer<'a, Vec<Dispute>> {
        Box::pin(PaymentProvider::disputes(self, payment, currency))
    }

    fn read(&self, delivery: &Delivery<'_>) -> Result<ProviderEvent, WebhookError> {
        Webhook::read(self, delivery)
    }
}
