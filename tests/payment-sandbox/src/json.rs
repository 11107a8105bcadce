//! Stripe's objects as JSON.

use serde_json::{Value, json};

use crate::state::{Dispute, Intent, Refund, Session};

pub(crate) fn session(session: &Session, pages: &str) -> Value {
    let open = session.status == "open";
    json!({
        "id": session.id,
        "object": "checkout.session",
        "livemode": false,
        "mode": "payment",
        "created": session.created_s,
        "expires_at": session.expires_at_s,
        "status": session.status,
        "payment_status": if session.status == "complete" && !session.manual { "paid" } else { "unpaid" },
        "amount_subtotal": session.amount,
        "amount_total": session.amount,
        "currency": session.currency,
        "client_reference_id": session.reference,
        "customer_email": session.email,
        "metadata": session.metadata,
        "payment_intent": session.intent,
        "success_url": session.success_url,
        "cancel_url": session.cancel_url,
        "url": open.then(|| format!("{pages}/pay/{}", session.id)),
    })
}

pub(crate) fn intent(intent: &Intent, with_charge: bool) -> Value {
    let capturable = match intent.status {
        "requires_capture" => intent.amount,
        _ => 0,
    };
    let latest_charge = match (&intent.charge, with_charge) {
        (Some(_), true) => charge(intent, &[], false),
        (id, _) => json!(id),
    };
    json!({
        "id": intent.id,
        "object": "payment_intent",
        "livemode": false,
        "created": intent.created_s,
        "status": intent.status,
        "amount": intent.amount,
        "amount_capturable": capturable,
        "amount_received": intent.received,
        "currency": intent.currency,
        "capture_method": if intent.manual { "manual" } else { "automatic" },
        "cancellation_reason": intent.cancelled_because,
        "last_payment_error": intent.error,
        "latest_charge": latest_charge,
        "metadata": intent.metadata,
    })
}

pub(crate) fn charge(intent: &Intent, refunds: &[Refund], disputed: bool) -> Value {
    let captured = intent.received > 0;
    let refunded: i64 = refunds.iter().map(|refund| refund.amount).sum();
    // What Stripe takes in many countries: 2.9 % and 30 cents.
    let fee = intent.received * 29 / 1000 + 30;
    let booked = json!({
        "id": format!("txn_{}", intent.id),
        "object": "balance_transaction",
        "amount": intent.received,
        "currency": intent.currency,
        "fee": fee,
        "net": intent.received - fee,
    });
    json!({
        "id": intent.charge,
        "object": "charge",
        "livemode": false,
        "amount": intent.amount,
        "amount_captured": intent.received,
        "amount_refunded": refunded,
        "captured": captured,
        "disputed": disputed,
        "refunded": captured && refunded == intent.received,
        "currency": intent.currency,
        "payment_intent": intent.id,
        "balance_transaction": captured.then_some(booked),
        "metadata": {},
    })
}

pub(crate) fn refund(refund: &Refund) -> Value {
    json!({
        "id": refund.id,
        "object": "refund",
        "created": refund.created_s,
        "amount": refund.amount,
        "currency": refund.currency,
        "status": refund.status,
        "failure_reason": refund.failure,
        "charge": refund.charge,
        "payment_intent": refund.intent,
        "metadata": refund.metadata,
    })
}

pub(crate) fn dispute(dispute: &Dispute) -> Value {
    json!({
        "id": dispute.id,
        "object": "dispute",
        "livemode": false,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "status": dispute.status,
        "reason": "product_not_received",
        "payment_intent": dispute.intent,
    })
}
