//! A second provider, in memory: what a new one has to bring, and nothing of Stripe's.
//!
//! It delivers `payment ID` or `refund ID` as plain text, with a token in a header.

use std::cell::RefCell;
use std::collections::BTreeMap;

use souk_payments::{
    Delivery, Deployment, Dispute, ListedPayment, NewPage, NewRefund, Page, PageLimits, PageState,
    Payment, PaymentList, PaymentProvider, PaymentState, ProviderError, ProviderEvent,
    ProviderSettings, Refund, RefundState, Subject, Webhook, WebhookError,
};
use souk_settings::Reader;

pub(crate) const NAME: &str = "abacus";
pub(crate) const TOKEN_HEADER: &str = "x-abacus-token";
pub(crate) const PAGES: &str = "https://pay.abacus.example";

/// What a deployment decides about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    token: String,
}

impl ProviderSettings for Settings {
    const NAMES: &'static [&'static str] = &["abacus_token"];

    fn read(reader: &mut Reader<'_>, _deployment: Deployment) -> Option<Self> {
        let token = reader.text("abacus_token");
        if (1..8).contains(&token.len()) {
            reader.fault("abacus_token", "the token is too short");
        }
        let token = token.to_owned();
        Some(Self { token }).filter(|settings| !settings.token.is_empty())
    }
}

/// The provider.
pub(crate) struct Abacus {
    settings: Settings,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    pages: BTreeMap<String, Page>,
    /// The order and the amount of each page.
    asked: BTreeMap<String, (String, i64)>,
    payments: BTreeMap<String, Payment>,
    /// Refunds with the payment that they are of.
    refunds: Vec<(String, Refund)>,
}

/// Money of all its payments.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) authorised: i64,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
}

impl Abacus {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: RefCell::default(),
        }
    }

    /// A shopper pays on a page; the payment gets this name.
    pub(crate) fn pay(&self, page: &str, payment: &str) {
        let mut state = self.state.borrow_mut();
        let (order, amount) = state.asked[page].clone();
        let paid = state.pages.get_mut(page).expect("a page");
        (paid.url, paid.state) = (None, PageState::Complete);
        paid.payment = Some(payment.to_owned());
        let payment = Payment {
            id: payment.to_owned(),
            order: Some(order),
            currency: "USD".to_owned(),
            state: PaymentState::Authorised { amount },
        };
        state.payments.insert(payment.id.clone(), payment);
    }

    /// Money is taken or given back in the dashboard.
    pub(crate) fn take_by_hand(&self, payment: &str) {
        let mut state = self.state.borrow_mut();
        state.take(payment).expect("it is authorised");
    }

    pub(crate) fn refund_by_hand(&self, payment: &str, amount: i64) {
        let mut state = self.state.borrow_mut();
        state.refund(payment, None, amount);
    }

    /// Amounts of refunds of a payment.
    pub(crate) fn refunds_of(&self, payment: &str) -> Vec<i64> {
        let state = self.state.borrow();
        let refunds = state.refunds.iter().filter(|(of, _)| of == payment);
        refunds.map(|(_, refund)| refund.amount).collect()
    }

    pub(crate) fn state_of(&self, payment: &str) -> PaymentState {
        self.state.borrow().payments[payment].state.clone()
    }

    pub(crate) fn sums(&self) -> Sums {
        let state = self.state.borrow();
        let mut sums = Sums::default();
        for payment in state.payments.values() {
            match payment.state {
                PaymentState::Authorised { amount } => sums.authorised += amount,
                PaymentState::Captured { amount, .. } => sums.captured += amount,
                PaymentState::Waiting
                | PaymentState::Declined { .. }
                | PaymentState::Voided { .. } => {}
            }
        }
        sums.refunded = state.refunds.iter().map(|(_, refund)| refund.amount).sum();
        sums
    }
}

impl State {
    fn payment(&self, id: &str) -> Result<Payment, ProviderError> {
        let known = self.payments.get(id).cloned();
        known.ok_or_else(|| ProviderError::NotFound(id.to_owned()))
    }

    fn take(&mut self, id: &str) -> Result<Payment, ProviderError> {
        let mut payment = self.payment(id)?;
        let PaymentState::Authorised { amount } = payment.state else {
            return Err(ProviderError::AuthorisationLapsed(id.to_owned()));
        };
        payment.state = PaymentState::Captured { amount, fee: 0 };
        self.payments.insert(id.to_owned(), payment.clone());
        Ok(payment)
    }

    fn refund(&mut self, payment: &str, request: Option<String>, amount: i64) -> Refund {
        let refund = Refund {
            id: format!("back-{}", self.refunds.len()),
            request,
            amount,
            state: RefundState::Done,
        };
        self.refunds.push((payment.to_owned(), refund.clone()));
        refund
    }
}

impl PaymentProvider for Abacus {
    fn name(&self) -> &'static str {
        NAME
    }

    fn page_origin(&self) -> &str {
        PAGES
    }

    fn is_for_loopback(&self) -> bool {
        false
    }

    fn page_limits(&self) -> PageLimits {
        PageLimits {
            life_s_min: 60,
            life_s_max: 3_600,
            lines_max: 1,
        }
    }

    fn amount_min(&self, _currency: &str) -> i64 {
        7
    }

    async fn open(&self, new: &NewPage<'_>, key: &str) -> Result<Page, ProviderError> {
        assert_eq!(new.lines.len(), 1, "more lines than it takes");
        let id = format!("page-of-{key}");
        let mut state = self.state.borrow_mut();
        state
            .asked
            .insert(id.clone(), (new.order.to_owned(), new.total));
        let page = state.pages.entry(id.clone()).or_insert_with(|| Page {
            url: Some(format!("{PAGES}/{id}")),
            id,
            state: PageState::Open,
            payment: None,
        });
        Ok(page.clone())
    }

    async fn page(&self, id: &str) -> Result<Page, ProviderError> {
        let known = self.state.borrow().pages.get(id).cloned();
        known.ok_or_else(|| ProviderError::NotFound(id.to_owned()))
    }

    async fn close(&self, id: &str) -> Result<Page, ProviderError> {
        let mut state = self.state.borrow_mut();
        let page = state.pages.get_mut(id);
        let page = page.ok_or_else(|| ProviderError::NotFound(id.to_owned()))?;
        if page.state == PageState::Open {
            (page.url, page.state) = (None, PageState::Closed);
        }
        Ok(page.clone())
    }

    async fn payment(&self, id: &str) -> Result<Payment, ProviderError> {
        self.state.borrow().payment(id)
    }

    /// Its payments have no moment: all of them began just now.
    async fn payments(
        &self,
        _since_s: i64,
        after: Option<&str>,
        limit: usize,
    ) -> Result<PaymentList, ProviderError> {
        let state = self.state.borrow();
        let mut known = state.payments.values();
        if let Some(after) = after {
            known.find(|payment| payment.id == after);
        }
        let refunded = |id: &str| {
            let refunds = state.refunds.iter().filter(|(of, _)| of == id);
            refunds.map(|(_, refund)| refund.amount).sum()
        };
        let listed = |payment: &Payment| ListedPayment {
            payment: payment.clone(),
            began_at_s: 0,
            refunded: refunded(&payment.id),
            is_disputed: false,
            url: Some(format!("{PAGES}/{}", payment.id)),
        };
        let payments: Vec<_> = known.by_ref().take(limit).map(listed).collect();
        let last = payments.last().map(|last| last.payment.id.clone());
        Ok(PaymentList {
            payments,
            after: last.filter(|_| known.next().is_some()),
        })
    }

    async fn capture(
        &self,
        id: &str,
        _amount: i64,
        _currency: &str,
        _key: &str,
    ) -> Result<Payment, ProviderError> {
        self.state.borrow_mut().take(id)
    }

    async fn void(&self, id: &str, _key: &str) -> Result<Payment, ProviderError> {
        let mut state = self.state.borrow_mut();
        let mut payment = state.payment(id)?;
        payment.state = PaymentState::Voided {
            reason: "asked for".to_owned(),
        };
        state.payments.insert(id.to_owned(), payment.clone());
        Ok(payment)
    }

    async fn refund(&self, new: &NewRefund<'_>, _key: &str) -> Result<Refund, ProviderError> {
        let mut state = self.state.borrow_mut();
        Ok(state.refund(new.payment, Some(new.request.to_owned()), new.amount))
    }

    async fn refunds(&self, payment: &str, _currency: &str) -> Result<Vec<Refund>, ProviderError> {
        let state = self.state.borrow();
        let refunds = state.refunds.iter().filter(|(of, _)| of == payment);
        Ok(refunds.map(|(_, refund)| refund.clone()).collect())
    }

    async fn disputes(
        &self,
        _payment: &str,
        _currency: &str,
    ) -> Result<Vec<Dispute>, ProviderError> {
        Ok(Vec::new())
    }
}

impl Webhook for Abacus {
    fn read(&self, delivery: &Delivery<'_>) -> Result<ProviderEvent, WebhookError> {
        let token = delivery.headers.get(TOKEN_HEADER);
        if token.is_none_or(|token| token != self.settings.token.as_str()) {
            return Err(WebhookError::Forged("the token is another one".to_owned()));
        }
        let text = std::str::from_utf8(delivery.body).map_err(|_| WebhookError::NoEvent)?;
        let (kind, payment) = text.split_once(' ').ok_or(WebhookError::NoEvent)?;
        let payment = payment.to_owned();
        Ok(ProviderEvent {
            id: format!("{text} at {}", delivery.now_ms),
            subject: match kind {
                "payment" => Subject::Payment(payment),
                "refund" => Subject::Refund(payment),
                _ => Subject::Other,
            },
        })
    }
}
