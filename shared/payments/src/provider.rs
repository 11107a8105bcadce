//! The seam, first half: what a payment provider can do, in the words of the shop, and why it did
//! not do it.
//!
//! Amounts are minor units of the order's currency as ISO 4217 has them; what the provider counts
//! in is the implementation's business.
//!
//! Not here: what to ask for when (`completion`, `reconcile`), what a provider reports (`webhook`),
//! how one is asked (a crate for each, such as `souk-payments-stripe`).

/// A page on which a shopper pays one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPage<'a> {
    /// The order's number.
    pub order: &'a str,
    /// What is paid for; the amounts add up to `total`.
    pub lines: Vec<PageLine>,
    /// What is to be paid.
    pub total: i64,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// Filled in for the shopper.
    pub email: Option<&'a str>,
    /// Where the shopper goes after paying; the provider adds its name of the page to the query.
    pub return_url: &'a str,
    /// Where the shopper goes who does not pay.
    pub cancel_url: &'a str,
    /// The language of the page: `en` or `zh`.
    pub locale: &'a str,
    /// When the page closes by itself at the latest, in seconds since 1970, as far as the provider
    /// can do that.
    pub closes_at_s: Option<i64>,
}

/// What a provider allows for its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// A page closes by itself this long after the hold of its order, in seconds, unless it is
    /// closed before: no page lives for less.
    pub life_s_min: i64,
    /// No page lives longer, in seconds.
    pub life_s_max: i64,
    /// Lines on a page at most, the delivery included.
    pub lines_max: usize,
}

/// A line on a payment page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLine {
    /// What.
    pub name: String,
    /// Price of one unit.
    pub unit_price: i64,
    /// How many.
    pub quantity: u32,
}

/// A payment page as the provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The provider's name of it.
    pub id: String,
    /// Where the shopper pays; only while it is open.
    pub url: Option<String>,
    /// Where it stands.
    pub state: PageState,
    /// The provider's name of the payment that was made there.
    pub payment: Option<String>,
}

/// Where a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageState {
    /// It can be paid there.
    Open,
    /// It was paid there.
    Complete,
    /// It was closed unpaid.
    Closed,
}

/// A payment as the provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The provider's name of it.
    pub id: String,
    /// The order that it is for, as we named it to the provider.
    pub order: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// Where it stands.
    pub state: PaymentState,
}

/// Where a payment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentState {
    /// The shopper has something to do.
    Waiting,
    /// A card was refused; another one may be tried.
    Declined {
        /// The provider's name of the attempt.
        attempt: String,
        /// Why, for the shopper.
        reason: String,
    },
    /// The provider vouches for the amount.
    Authorised {
        /// How much.
        amount: i64,
    },
    /// The amount was taken.
    Captured {
        /// How much.
        amount: i64,
        /// What the provider keeps of it; 0 when it has not said, or in another currency.
        fee: i64,
    },
    /// Given up; nothing was taken.
    Voided {
        /// Why.
        reason: String,
    },
}

/// A page of payments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentList {
    /// No more than were asked for.
    pub payments: Vec<ListedPayment>,
    /// Where the next page begins; `None` on the last one.
    pub after: Option<String>,
}

/// A payment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPayment {
    /// The payment.
    pub payment: Payment,
    /// When it began, in seconds since 1970.
    pub began_at_s: i64,
    /// What of it went back.
    pub refunded: i64,
    /// Whether it was ever disputed; [`PaymentProvider::disputes`] says what became of that.
    pub is_disputed: bool,
    /// Where the staff see it at the provider, if there is such a page.
    pub url: Option<String>,
}

/// Money to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund<'a> {
    /// Of which order.
    pub order: &'a str,
    /// Of which payment.
    pub payment: &'a str,
    /// The name of the request, which identifies the refund; the provider keeps it with the refund.
    pub request: &'a str,
    /// How much.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: &'a str,
}

/// A refund as the provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The provider's name of it.
    pub id: String,
    /// [`NewRefund::request`] of a refund of ours; `None` when it was made at the provider.
    pub request: Option<String>,
    /// How much.
    pub amount: i64,
    /// Where it stands.
    pub state: RefundState,
}

/// A dispute as the provider has it: the buyer has asked the bank for the money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The provider's name of it.
    pub id: String,
    /// How much.
    pub amount: i64,
    /// The buyer's reason, in the words of the provider.
    pub reason: String,
    /// Where it stands.
    pub state: DisputeState,
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeState {
    /// The bank asks, and has taken nothing.
    Inquiry,
    /// The bank has the money and has not decided.
    Open,
    /// The shop has the money again.
    Won,
    /// The buyer has the money.
    Lost,
}

/// Where a refund stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundState {
    /// On its way.
    Pending,
    /// It has gone back.
    Done,
    /// It could not go back; the shop has it again.
    Failed {
        /// Why.
        reason: String,
    },
}

/// Why the provider did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No answer, or it is busy: what became of it is not known, and the same request with the
    /// same key may be repeated.
    #[error("the provider did not answer: {0}")]
    Transient(String),
    /// The provider will never do this, for a reason that has no variant of its own here: nothing
    /// was done.
    #[error("the provider rejected it ({code}): {reason}")]
    Rejected {
        /// The provider's name of the reason, for the log.
        code: String,
        /// The reason in words.
        reason: String,
    },
    /// The authorisation is over, so that its amount cannot be taken any more.
    #[error("the authorisation has lapsed: {0}")]
    AuthorisationLapsed(String),
    /// The money of this payment went back already: nothing is left to give back.
    #[error("the payment was refunded already: {0}")]
    AlreadyRefunded(String),
    /// The buyer disputes the payment, so the bank decides where its money goes.
    #[error("the payment is disputed: {0}")]
    Disputed(String),
    /// A bank said no.
    #[error("a bank declined ({code}): {reason}")]
    Declined {
        /// The provider's name of the reason.
        code: String,
        /// The reason in words.
        reason: String,
    },
    /// It knows nothing of this name.
    #[error("the provider does not know {0}")]
    NotFound(String),
    /// It does not let us in: the key is wrong, or may do too little.
    #[error("the provider does not accept the key: {0}")]
    Unauthorised(String),
    /// Its answer cannot be read.
    #[error("the provider's answer is not understood: {0}")]
    Corrupt(String),
}

/// A payment provider. Every method is one question or one act; none of them waits for anything
/// else. `key` is an idempotency key: the same key never does the same thing twice.
///
/// What it reports unasked is [`crate::Webhook`].
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait PaymentProvider {
    /// Its name in events, keys and the path of its webhook, which never changes: what
    /// [`souk_protocol::payments::is_provider_name`] allows.
    fn name(&self) -> &'static str;

    /// Scheme and host of its pages.
    fn page_origin(&self) -> &str;

    /// Whether only a shop on the loopback may be paid with it: its payments are no real money, and
    /// the deployment has not said that this is meant.
    fn is_for_loopback(&self) -> bool;

    /// What it allows for its pages.
    fn page_limits(&self) -> PageLimits;

    /// The least that it takes, in minor units of a currency (ISO 4217 code).
    fn amount_min(&self, currency: &str) -> i64;

    /// Opens a page.
    ///
    /// # Errors
    /// See [`ProviderError`]; the same for every method.
    async fn open(&self, page: &NewPage<'_>, key: &str) -> Result<Page, ProviderError>;

    /// A page as it is.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn page(&self, id: &str) -> Result<Page, ProviderError>;

    /// Closes a page, and gives it as it is then: one that was paid stays paid.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn close(&self, id: &str) -> Result<Page, ProviderError>;

    /// A payment as it is.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn payment(&self, id: &str) -> Result<Payment, ProviderError>;

    /// A page of the payments that began at a moment or later, in seconds since 1970, whatever became
    /// of them, `limit` (1 to 100) at most; `after` is [`PaymentList::after`] of the page before.
    /// Payments that name no order are not the shop's, and are left out; so a page may be empty and
    /// not be the last one.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn payments(
        &self,
        since_s: i64,
        after: Option<&str>,
        limit: usize,
    ) -> Result<PaymentList, ProviderError>;

    /// Takes an authorised amount, all of it.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn capture(
        &self,
        id: &str,
        amount: i64,
        currency: &str,
        key: &str,
    ) -> Result<Payment, ProviderError>;

    /// Gives an authorisation up.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn void(&self, id: &str, key: &str) -> Result<Payment, ProviderError>;

    /// Gives money back.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn refund(&self, refund: &NewRefund<'_>, key: &str) -> Result<Refund, ProviderError>;

    /// Every refund of a payment, wherever it was made, as far as it can be listed in one answer.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn refunds(&self, payment: &str, currency: &str) -> Result<Vec<Refund>, ProviderError>;

    /// Every dispute of a payment, as far as they can be listed in one answer.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn disputes(&self, payment: &str, currency: &str) -> Result<Vec<Dispute>, ProviderError>;
}
