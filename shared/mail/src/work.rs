//! The queue of mails: claim, send, settle.
//!
//! A message names an event. The order is read anew, so a message can come late, twice or before an
//! earlier one: what its mails say follows from the event, and their keys from its place in the
//! history. Each message is settled as soon as its mails are handed over.

use http::HeaderMap;
use souk_domain::{MailKind, mails_of_placing};
use souk_origin_client::{Books, Changed, OriginError};
use souk_ports::{Clock, OriginClient, OutboundHttp, Randomness, is_within};
use souk_protocol::history;
use souk_protocol::mail::{MailProblem, MailReport};
use souk_protocol::origin::{
    Action, Message, OrderRecord, Queue, RecordedEvent, Settled, Settlement, Status,
};

use crate::figures::Figures;
use crate::render::render;
use crate::sender::{Mail, MailSender, Outcome, Resend, SignedWebhook};
use crate::settings::{Provider, Settings};
use crate::texts::{MailTexts, ShopTexts};
use crate::values::OfOrder;

/// Messages in one claim. They are handled one after the other, as providers limit the rate.
const CLAIM: u32 = 5;
/// How long no other caller gets a claimed message, in milliseconds.
const VISIBILITY_MS: i64 = 90_000;
/// How long after a claim the last of its messages is begun; a message has two mails at most, each of
/// which takes ten seconds at most.
const BEGIN_MS: i64 = 45_000;
/// No new messages are claimed after this long: the caller may wait for half a minute.
const BUDGET_MS: i64 = 15_000;

/// The pause after the first failure; doubled for each further one.
const BACKOFF_MS: i64 = 5_000;
/// The longest pause.
const BACKOFF_MS_MAX: i64 = 60 * 60 * 1000;
/// After so many attempts the message is dead-lettered for the staff: about two and a half hours after
/// the first one, while the provider still knows the key of the mail (Resend: a day).
const ATTEMPTS_MAX: u32 = 12;
/// News that is older than this is none any more: a week.
const AGE_MS_MAX: i64 = 7 * 24 * 60 * 60 * 1000;

/// What mails need of a platform.
pub trait MailPort: OutboundHttp + OriginClient + Clock + Randomness {}

impl<T: OutboundHttp + OriginClient + Clock + Randomness> MailPort for T {}

/// Sends mails: reads the books, asks the provider.
pub(crate) struct Mails<'a, E, T> {
    pub(crate) edge: &'a E,
    pub(crate) settings: &'a Settings,
    pub(crate) texts: &'a T,
    pub(crate) books: Books<'a, E>,
    pub(crate) figures: &'a Figures,
    /// Gets one line for each failure, without an address.
    pub(crate) log: &'a dyn Fn(&str),
}

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Handled {
    /// So many mails were handed over.
    Sent(u32),
    /// To be tried again.
    Later {
        reason: String,
        after_ms: Option<i64>,
    },
    /// The provider refuses this mail for good.
    Refused { kind: MailKind, reason: String },
    /// It cannot be.
    Corrupt(String),
}

impl Handled {
    fn later(reason: impl ToString) -> Self {
        Self::Later {
            reason: reason.to_string(),
            after_ms: None,
        }
    }
}

impl<'a, E: MailPort, T: MailTexts> Mails<'a, E, T> {
    pub(crate) fn new(
        edge: &'a E,
        settings: &'a Settings,
        texts: &'a T,
        headers: &HeaderMap,
        figures: &'a Figures,
        log: &'a dyn Fn(&str),
    ) -> Self {
        Self {
            edge,
            settings,
            texts,
            books: Books::new(edge, headers),
            figures,
            log,
        }
    }

    /// Works through the queue until it is empty or the time is over. Without a provider the messages
    /// are settled, so that a shop that turns mails on later does not send old ones.
    pub(crate) async fn work(&self) -> Result<MailReport, OriginError> {
        let began_ms = self.edge.now_ms();
        let mut report = MailReport {
            on: self.settings.provider.is_on(),
            ..MailReport::default()
        };
        loop {
            let claimed_ms = self.edge.now_ms();
            let books = &self.books;
            let claimed = books
                .claim(Queue::Mails, CLAIM, VISIBILITY_MS, None)
                .await?;
            for message in &claimed {
                if !is_within(BEGIN_MS, claimed_ms, self.edge.now_ms()) {
                    // The rest of the claim comes back by itself.
                    break;
                }
                let handled = match report.on {
                    true => self.handle(message).await,
                    false => Handled::Sent(0),
                };
                let settlement = self.settlement(message, handled, &mut report).await;
                books.settle(&[settlement]).await?;
            }
            let is_last = claimed.len() < CLAIM as usize;
            report.more = !is_last;
            if is_last || !is_within(BUDGET_MS, began_ms, self.edge.now_ms()) {
                return Ok(report);
            }
        }
    }

    /// Hands over what is to be said about the event of a message.
    async fn handle(&self, message: &Message) -> Handled {
        let record = match self.books.opened_record(&message.order).await {
            Ok(Some(record)) => record,
            // It was never paid, and is deleted by now.
            Ok(None) => return Handled::Sent(0),
            Err(error) => return Handled::later(error),
        };
        let event = match place(&record, message.sequence) {
            Ok(event) => event,
            Err(reason) => return Handled::Corrupt(reason),
        };
        let at_ms = event.map_or(record.order.placed_at_ms, |event| event.at_ms);
        if self.edge.now_ms().saturating_sub(at_ms) > AGE_MS_MAX {
            return Handled::Sent(0);
        }
        let mut news = kinds(&record, event);
        news.retain(|&kind| is_news(kind, &record));
        if news.is_empty() {
            return Handled::Sent(0);
        }
        let language = record.order.details.language.as_deref();
        let texts = match self.texts.texts(language).await {
            Ok(texts) => texts,
            Err(error) => {
                (self.log)(&format!("texts of mails: {error}"));
                return Handled::later(format!("texts of mails: {error}"));
            }
        };
        let mut sent = 0;
        for kind in news {
            let mail = self.mail(kind, &record, event, &texts);
            if mail.to.is_empty() {
                let reason = "the order has no address".to_owned();
                return Handled::Refused { kind, reason };
            }
            match self.send(&mail).await {
                Outcome::Accepted => sent += 1,
                Outcome::Later { reason, after_ms } => return Handled::Later { reason, after_ms },
                Outcome::Refused { reason } => return Handled::Refused { kind, reason },
            }
        }
        Handled::Sent(sent)
    }

    fn mail(
        &self,
        kind: MailKind,
        record: &OrderRecord,
        event: Option<&RecordedEvent>,
        shop: &ShopTexts,
    ) -> Mail {
        let order = &record.order;
        let (language, template) = shop.template(kind);
        let values = OfOrder {
            record,
            event,
            shop,
            base_url: &self.settings.link_base,
            secrets: &self.settings.session_secrets,
        };
        let rendered = render(template, &values, language);
        Mail {
            key: Mail::key_of(&order.id, kind, event.map_or(0, |event| event.sequence)),
            order: order.id.clone(),
            kind,
            language: language.code.to_owned(),
            to: order.details.customer.email.trim().to_owned(),
            subject: rendered.subject,
            html: rendered.html,
            text: rendered.text,
            at_ms: event.map_or(order.placed_at_ms, |event| event.at_ms),
        }
    }

    async fn send(&self, mail: &Mail) -> Outcome {
        match &self.settings.provider {
            Provider::Resend(resend) => Resend::new(self.edge, resend).send(mail).await,
            Provider::Webhook(webhook) => SignedWebhook::new(self.edge, webhook).send(mail).await,
            Provider::Off => Outcome::Accepted,
        }
    }

    /// What becomes of a message; what is given up is recorded with its order first.
    async fn settlement(
        &self,
        message: &Message,
        handled: Handled,
        report: &mut MailReport,
    ) -> Settlement {
        let given_up = match handled {
            Handled::Sent(0) => {
                report.skipped += 1;
                return settled(message, Settled::Done);
            }
            Handled::Sent(mails) => {
                report.sent += mails;
                (0..mails).for_each(|_| self.figures.sent.add_one());
                return settled(message, Settled::Done);
            }
            Handled::Later { reason, after_ms } if message.attempts < ATTEMPTS_MAX => {
                report.retried += 1;
                self.figures.retried.add_one();
                return self.retry(message, reason, after_ms);
            }
            Handled::Later { reason, .. } => (None, reason),
            Handled::Refused { kind, reason } => (Some(kind), reason),
            Handled::Corrupt(reason) => (None, reason),
        };
        let (kind, reason) = given_up;
        if let Err(error) = self.record_refusal(message, kind, &reason).await
            && message.attempts < ATTEMPTS_MAX
        {
            report.retried += 1;
            return self.retry(message, error.to_string(), None);
        }
        let (order, sequence) = (&message.order, message.sequence);
        (self.log)(&format!("mail of event {sequence} of {order}: {reason}"));
        report.dead += 1;
        self.figures.given_up.add_one();
        settled(message, Settled::Dead { error: reason })
    }

    fn retry(&self, message: &Message, error: String, after_ms: Option<i64>) -> Settlement {
        let jitter = self.edge.random_bytes()[0];
        let pause_ms = backoff_ms(message.attempts, jitter).max(after_ms.unwrap_or(0));
        let after_ms = pause_ms.min(BACKOFF_MS_MAX);
        settled(message, Settled::Retry { after_ms, error })
    }

    /// Records that a mail was not accepted, where the staff see it: in the order's history. Without
    /// a kind the first mail of the event stands for all.
    async fn record_refusal(
        &self,
        message: &Message,
        kind: Option<MailKind>,
        reason: &str,
    ) -> Result<(), OriginError> {
        let mail = match kind {
            Some(kind) => kind,
            None => {
                let record = self.books.record(&message.order).await?;
                let found = record.and_then(|record| {
                    let event = place(&record, message.sequence).ok()?;
                    kinds(&record, event).first().copied()
                });
                match found {
                    Some(kind) => kind,
                    None => return Ok(()),
                }
            }
        };
        let key = format!("mail:{}:{}:refused", mail.name(), message.sequence);
        let action = Action::ReportMail {
            mail,
            problem: MailProblem::Refused,
            detail: reason.to_owned(),
        };
        match self.books.report(&message.order, key, action).await? {
            Changed::Done(_) | Changed::Unknown => Ok(()),
            Changed::Illegal(why) => Err(OriginError::Corrupt(why)),
        }
    }
}

/// The event of a place in the history; `None` for placing.
fn place(record: &OrderRecord, sequence: u32) -> Result<Option<&RecordedEvent>, String> {
    let Some(before) = sequence.checked_sub(1) else {
        return Ok(None);
    };
    let found = record.events.get(before as usize);
    let found = found.filter(|event| event.sequence == sequence);
    found
        .map(Some)
        .ok_or_else(|| format!("the order has no event {sequence}"))
}

/// The mails about an event.
fn kinds(record: &OrderRecord, event: Option<&RecordedEvent>) -> Vec<MailKind> {
    match event {
        None => {
            let method = history::method_of(record.order.details.payment);
            mails_of_placing(method).to_vec()
        }
        Some(event) => history::fact(&event.event).mail().into_iter().collect(),
    }
}

/// Whether what a mail says is still so. All but one kind say what has happened.
fn is_news(kind: MailKind, record: &OrderRecord) -> bool {
    match kind {
        MailKind::PaymentDue => record.progress.status == Status::AwaitingPayment,
        MailKind::OrderReceived
        | MailKind::PaymentReceived
        | MailKind::Shipped
        | MailKind::Delivered
        | MailKind::Changed
        | MailKind::Cancelled
        | MailKind::Refunded => true,
    }
}

fn settled(message: &Message, outcome: Settled) -> Settlement {
    Settlement {
        id: message.id,
        order: message.order.clone(),
        sequence: message.sequence,
        attempts: message.attempts,
        outcome,
    }
}

/// The pause after the `attempts`th failure: three quarters of it to all of it, by chance.
fn backoff_ms(attempts: u32, jitter: u8) -> i64 {
    let doublings = attempts.saturating_sub(1).min(16);
    let pause = (BACKOFF_MS << doublings).min(BACKOFF_MS_MAX);
    pause - pause * i64::from(jitter) / 1024
}
