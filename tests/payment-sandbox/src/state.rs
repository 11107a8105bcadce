//! Pages, payments and refunds, and what may happen to them.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::events::Event;
use crate::json;

/// An authorisation lasts for a week, as at Stripe.
const AUTHORISED_S: i64 = 7 * 24 * 60 * 60;
/// How long a slow refund takes.
const SLOW_REFUND_S: i64 = 2;

/// What a card does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardBehaviour {
    /// Everything works.
    Pays,
    /// The bank says no.
    Declined,
    /// The bank wants to know whether it is really its holder.
    Asks,
    /// The bank vouches, and says no when the amount is taken.
    FailsCapture,
    /// A refund takes a while.
    RefundsSlowly,
    /// A refund takes a while, and fails.
    FailsRefund,
}

/// A test card.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Digits.
    pub number: &'static str,
    /// What it does.
    pub behaviour: CardBehaviour,
    /// The same in English and Chinese.
    pub text: [&'static str; 2],
}

/// The cards of the sandbox. Where Stripe has one for the purpose, it is the same number.
pub const CARDS: [Card; 6] = [
    Card {
        number: "4242424242424242",
        behaviour: CardBehaviour::Pays,
        text: ["pays", "支付成功"],
    },
    Card {
        number: "4000000000000002",
        behaviour: CardBehaviour::Declined,
        text: ["is declined", "银行拒绝"],
    },
    Card {
        number: "4000002500003155",
        behaviour: CardBehaviour::Asks,
        text: ["asks for authentication first", "需要先验证身份"],
    },
    Card {
        number: "4000000000000341",
        behaviour: CardBehaviour::FailsCapture,
        text: [
            "is authorised, and fails when the shop takes the money",
            "授权成功，扣款时失败",
        ],
    },
    Card {
        number: "4000000000007726",
        behaviour: CardBehaviour::RefundsSlowly,
        text: ["pays; a refund takes two seconds", "支付成功；退款需两秒"],
    },
    Card {
        number: "4000000000005126",
        behaviour: CardBehaviour::FailsRefund,
        text: [
            "pays; a refund fails after two seconds",
            "支付成功；两秒后退款失败",
        ],
    },
];

impl Card {
    pub(crate) fn find(number: &str) -> Option<Self> {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        CARDS.into_iter().find(|card| card.number == digits)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) lines: Vec<Line>,
    pub(crate) currency: String,
    pub(crate) amount: i64,
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
    pub(crate) locale: String,
    pub(crate) email: String,
    pub(crate) reference: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) intent_metadata: BTreeMap<String, String>,
    pub(crate) manual: bool,
    pub(crate) created_s: i64,
    pub(crate) expires_at_s: i64,
    pub(crate) intent: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) unit_amount: i64,
    pub(crate) quantity: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) amount: i64,
    pub(crate) received: i64,
    pub(crate) currency: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) charge: Option<String>,
    pub(crate) error: Option<Value>,
    pub(crate) cancelled_because: Option<&'static str>,
    pub(crate) card: CardBehaviour,
    pub(crate) manual: bool,
    pub(crate) created_s: i64,
    pub(crate) captures: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) intent: String,
    pub(crate) charge: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: &'static str,
    pub(crate) failure: Option<&'static str>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) created_s: i64,
    /// What it becomes, and when.
    pub(crate) next: Option<(i64, &'static str)>,
}

/// What was done under an idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) busy_until_ms: i64,
}

/// A payment as the users of the sandbox see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentSummary {
    /// The provider's name of it.
    pub id: String,
    /// The order that it is for.
    pub order: String,
    /// Stripe's word for where it stands.
    pub status: String,
    /// Amount in Stripe's units.
    pub amount: i64,
    /// What was taken.
    pub captured: i64,
    /// How often it was captured.
    pub captures: u32,
    /// What went back, each.
    pub refunds: Vec<i64>,
}

/// A refusal in Stripe's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) param: String,
}

impl Refusal {
    pub(crate) fn invalid(code: &'static str, message: impl Into<String>, param: &str) -> Self {
        Self {
            status: 400,
            kind: "invalid_request_error",
            code,
            message: message.into(),
            param: param.to_owned(),
        }
    }

    pub(crate) fn missing(what: &str, id: &str) -> Self {
        Self {
            status: 404,
            ..Self::invalid("resource_missing", format!("No such {what}: '{id}'"), "id")
        }
    }

    fn declined(code: &'static str, message: &str) -> Self {
        Self {
            status: 402,
            kind: "card_error",
            code,
            message: message.to_owned(),
            param: String::new(),
        }
    }
}

/// A dispute.
#[derive(Debug, Clone)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) intent: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: &'static str,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) intents: BTreeMap<String, Intent>,
    pub(crate) refunds: BTreeMap<String, Refund>,
    pub(crate) disputes: BTreeMap<String, Dispute>,
    pub(crate) kept: HashMap<String, Kept>,
    pub(crate) events: Vec<Event>,
    numbers: u64,
}

impl State {
    /// A name that was never given before, by this process or, in all likelihood, another one.
    pub(crate) fn name(&mut self, prefix: &str, now_ms: i64) -> String {
        self.numbers += 1;
        format!("{prefix}_sandbox{now_ms:x}n{}", self.numbers)
    }

    fn tell(&mut self, kind: &str, object: Value, now_s: i64) {
        self.numbers += 1;
        self.events
            .push(Event::new(self.numbers, kind, object, now_s));
    }

    fn tell_intent(&mut self, kind: &str, id: &str, now_s: i64) {
        let object = json::intent(&self.intents[id], false);
        self.tell(kind, object, now_s);
    }

    /// What the time does: pages close, authorisations lapse, refunds arrive.
    pub(crate) fn pass(&mut self, now_s: i64) {
        let due = |session: &&Session| session.status == "open" && session.expires_at_s <= now_s;
        let pages: Vec<_> = self
            .sessions
            .values()
            .filter(due)
            .map(|s| s.id.clone())
            .collect();
        for id in pages {
            self.end_session(&id, now_s);
        }
        let lapsed = |intent: &&Intent| {
            intent.status == "requires_capture" && intent.created_s + AUTHORISED_S <= now_s
        };
        let lapsed: Vec<_> = self
            .intents
            .values()
            .filter(lapsed)
            .map(|i| i.id.clone())
            .collect();
        for id in lapsed {
            self.lapse(&id, now_s);
        }
        let due = |refund: &&Refund| refund.next.is_some_and(|(at_s, _)| at_s <= now_s);
        let due: Vec<_> = self
            .refunds
            .values()
            .filter(due)
            .map(|r| r.id.clone())
            .collect();
        for id in due {
            let refund = self.refunds.get_mut(&id).expect("just found");
            let (_, status) = refund.next.take().expect("just found");
            refund.status = status;
            refund.failure = (status == "failed").then_some("expired_or_canceled_card");
            let kind = match status {
                "failed" => "refund.failed",
                _ => "refund.updated",
            };
            let object = json::refund(&self.refunds[&id]);
            self.tell(kind, object, now_s);
        }
    }

    /// The bank forgets that it vouched.
    pub(crate) fn lapse(&mut self, id: &str, now_s: i64) {
        if let Some(intent) = self.intents.get_mut(id) {
            intent.status = "canceled";
            intent.cancelled_because = Some("automatic");
            self.tell_intent("payment_intent.canceled", id, now_s);
        }
    }

    pub(crate) fn end_session(&mut self, id: &str, now_s: i64) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.status = "expired";
            let object = json::session(session, "");
            self.tell("checkout.session.expired", object, now_s);
        }
    }

    /// A shopper has typed a card number. What the page says next.
    pub(crate) fn pay(&mut self, session: &str, card: CardBehaviour, now_ms: i64) -> &'static str {
        let now_s = now_ms / 1000;
        let id = self.intent_of(session, now_ms);
        let charge = self.name("ch", now_ms);
        let intent = self.intents.get_mut(&id).expect("just made");
        intent.card = card;
        intent.error = None;
        match card {
            CardBehaviour::Declined => {
                let text = "Your card was declined.";
                self.refuse(&id, "card_declined", text, Some(charge), now_s);
                "declined"
            }
            CardBehaviour::Asks => {
                intent.status = "requires_action";
                self.tell_intent("payment_intent.requires_action", &id, now_s);
                "asks"
            }
            CardBehaviour::Pays
            | CardBehaviour::FailsCapture
            | CardBehaviour::RefundsSlowly
            | CardBehaviour::FailsRefund => {
                self.authorise(session, &id, charge, now_s);
                "paid"
            }
        }
    }

    /// A shopper has answered the bank.
    pub(crate) fn answer_bank(&mut self, session: &str, approved: bool, now_ms: i64) {
        let now_s = now_ms / 1000;
        let Some(id) = self.sessions[session].intent.clone() else {
            return;
        };
        if self.intents[&id].status != "requires_action" {
            return;
        }
        let charge = self.name("ch", now_ms);
        if approved {
            self.authorise(session, &id, charge, now_s);
        } else {
            let text = "We are unable to authenticate your payment method. Please choose a \
                        different payment method and try again.";
            let code = "payment_intent_authentication_failure";
            self.refuse(&id, code, text, None, now_s);
        }
    }

    fn intent_of(&mut self, session: &str, now_ms: i64) -> String {
        if let Some(id) = &self.sessions[session].intent {
            return id.clone();
        }
        let id = self.name("pi", now_ms);
        let session = self.sessions.get_mut(session).expect("looked at above");
        session.intent = Some(id.clone());
        let intent = Intent {
            id: id.clone(),
            status: "requires_payment_method",
            amount: session.amount,
            received: 0,
            currency: session.currency.clone(),
            metadata: session.intent_metadata.clone(),
            charge: None,
            error: None,
            cancelled_because: None,
            card: CardBehaviour::Pays,
            manual: session.manual,
            created_s: now_ms / 1000,
            captures: 0,
        };
        self.intents.insert(id.clone(), intent);
        id
    }

    fn refuse(&mut self, id: &str, code: &str, message: &str, charge: Option<String>, now_s: i64) {
        let intent = self.intents.get_mut(id).expect("it is being paid");
        intent.status = "requires_payment_method";
        intent.error = Some(serde_json::json!({
            "type": "card_error", "code": code, "message": message, "charge": charge,
        }));
        self.tell_intent("payment_intent.payment_failed", id, now_s);
    }

    fn authorise(&mut self, session: &str, id: &str, charge: String, now_s: i64) {
        let intent = self.intents.get_mut(id).expect("it is being paid");
        intent.charge = Some(charge);
        intent.error = None;
        intent.created_s = now_s;
        let kind = match intent.manual {
            true => {
                intent.status = "requires_capture";
                "payment_intent.amount_capturable_updated"
            }
            false => {
                intent.status = "succeeded";
                intent.received = intent.amount;
                intent.captures += 1;
                "payment_intent.succeeded"
            }
        };
        self.tell_intent(kind, id, now_s);
        let session = self.sessions.get_mut(session).expect("it is being paid");
        session.status = "complete";
        let object = json::session(session, "");
        self.tell("checkout.session.completed", object, now_s);
    }

    pub(crate) fn capture(
        &mut self,
        id: &str,
        amount: Option<i64>,
        now_s: i64,
    ) -> Result<(), Refusal> {
        let intent = self.intent_mut(id)?;
        if intent.status != "requires_capture" {
            return Err(unexpected("captured", intent));
        }
        let amount = amount.unwrap_or(intent.amount);
        if amount < 1 || amount > intent.amount {
            let text = "The amount to capture is not within the amount capturable.";
            return Err(Refusal::invalid(
                "amount_too_large",
                text,
                "amount_to_capture",
            ));
        }
        if intent.card == CardBehaviour::FailsCapture {
            return Err(Refusal::declined(
                "card_declined",
                "Your card was declined.",
            ));
        }
        intent.status = "succeeded";
        intent.received = amount;
        intent.captures += 1;
        self.tell_intent("payment_intent.succeeded", id, now_s);
        let charge = json::charge(&self.intents[id], &[], false);
        self.tell("charge.captured", charge, now_s);
        Ok(())
    }

    pub(crate) fn cancel(&mut self, id: &str, now_s: i64) -> Result<(), Refusal> {
        let intent = self.intent_mut(id)?;
        if matches!(intent.status, "succeeded" | "canceled") {
            return Err(unexpected("canceled", intent));
        }
        intent.status = "canceled";
        self.tell_intent("payment_intent.canceled", id, now_s);
        Ok(())
    }

    pub(crate) fn refund(
        &mut self,
        intent: &str,
        amount: Option<i64>,
        metadata: BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<String, Refusal> {
        let now_s = now_ms / 1000;
        let id = self.name("re", now_ms);
        let Some(of) = self.intents.get(intent) else {
            return Err(Refusal::missing("payment_intent", intent));
        };
        let charge = of.charge.clone().unwrap_or_default();
        if of.status != "succeeded" {
            let text = format!("This PaymentIntent ({intent}) does not have a successful charge.");
            return Err(Refusal::invalid("charge_not_captured", text, ""));
        }
        let mut disputes = self.disputes.values();
        if disputes.any(|dispute| dispute.intent == intent && dispute.status == "needs_response") {
            let text = format!("Charge {charge} is disputed.");
            return Err(Refusal::invalid("charge_disputed", text, ""));
        }
        let given: i64 = self.refunds_of(intent).map(|refund| refund.amount).sum();
        let rest = of.received - given;
        if rest == 0 {
            let text = format!("Charge {charge} has already been refunded.");
            return Err(Refusal::invalid("charge_already_refunded", text, ""));
        }
        let amount = amount.unwrap_or(rest);
        if amount < 1 || amount > rest {
            let text = format!("Refund amount ({amount}) is greater than unrefunded ({rest}).");
            return Err(Refusal::invalid("", text, "amount"));
        }
        let (status, next) = match of.card {
            CardBehaviour::RefundsSlowly => ("pending", Some("succeeded")),
            CardBehaviour::FailsRefund => ("pending", Some("failed")),
            CardBehaviour::Pays
            | CardBehaviour::Declined
            | CardBehaviour::Asks
            | CardBehaviour::FailsCapture => ("succeeded", None),
        };
        let refund = Refund {
            id: id.clone(),
            intent: intent.to_owned(),
            charge,
            amount,
            currency: of.currency.clone(),
            status,
            failure: None,
            metadata,
            created_s: now_s,
            next: next.map(|status| (now_s + SLOW_REFUND_S, status)),
        };
        let object = json::refund(&refund);
        self.refunds.insert(id.clone(), refund);
        let refunds: Vec<_> = self.refunds_of(intent).cloned().collect();
        let charge = json::charge(&self.intents[intent], &refunds, self.is_disputed(intent));
        self.tell("refund.created", object, now_s);
        self.tell("charge.refunded", charge, now_s);
        Ok(id)
    }

    /// The buyer of a payment asks the bank for the money.
    pub(crate) fn dispute(&mut self, intent: &str, amount: i64, now_ms: i64) -> String {
        let id = self.name("dp", now_ms);
        let dispute = Dispute {
            id: id.clone(),
            intent: intent.to_owned(),
            amount,
            currency: self.intents[intent].currency.clone(),
            status: "needs_response",
        };
        self.tell(
            "charge.dispute.created",
            json::dispute(&dispute),
            now_ms / 1000,
        );
        self.disputes.insert(id.clone(), dispute);
        id
    }

    /// Whether a buyer has ever disputed it.
    pub(crate) fn is_disputed(&self, intent: &str) -> bool {
        let mut disputes = self.disputes.values();
        disputes.any(|dispute| dispute.intent == intent)
    }

    /// The bank decides.
    pub(crate) fn close_dispute(&mut self, id: &str, won: bool, now_ms: i64) {
        let dispute = self.disputes.get_mut(id).expect("the dispute is known");
        dispute.status = if won { "won" } else { "lost" };
        let object = json::dispute(dispute);
        self.tell("charge.dispute.closed", object, now_ms / 1000);
    }

    /// Refunds that take money away: those that failed gave it back.
    pub(crate) fn refunds_of<'a>(&'a self, intent: &'a str) -> impl Iterator<Item = &'a Refund> {
        let of = move |refund: &&Refund| refund.intent == intent && refund.status != "failed";
        self.refunds.values().filter(of)
    }

    fn intent_mut(&mut self, id: &str) -> Result<&mut Intent, Refusal> {
        let missing = || Refusal::missing("payment_intent", id);
        self.intents.get_mut(id).ok_or_else(missing)
    }

    pub(crate) fn summaries(&self) -> Vec<PaymentSummary> {
        let summary = |intent: &Intent| PaymentSummary {
            id: intent.id.clone(),
            order: intent.metadata.get("order").cloned().unwrap_or_default(),
            status: intent.status.to_owned(),
            amount: intent.amount,
            captured: intent.received,
            captures: intent.captures,
            refunds: self
                .refunds_of(&intent.id)
                .map(|refund| refund.amount)
                .collect(),
        };
        self.intents.values().map(summary).collect()
    }
}

fn unexpected(done: &str, intent: &Intent) -> Refusal {
    let (id, status) = (&intent.id, intent.status);
    let text = format!(
        "This PaymentIntent ({id}) could not be {done} because it has a status of {status}."
    );
    Refusal::invalid("payment_intent_unexpected_state", text, "")
}
