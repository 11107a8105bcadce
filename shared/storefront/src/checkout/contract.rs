//! What the contract of the API says about `payment`.

use serde_json::{Value, json};
use souk_protocol::problem::ProblemKind;

use crate::openapi::examples;
use crate::openapi::operation::{answer, fails, of_order};

/// The operations, by their addresses.
pub(crate) fn paths() -> Vec<(&'static str, Value)> {
    vec![("/api/v1/orders/{id}/payment", json!({"post": pay_order()}))]
}

fn pay_order() -> Value {
    let mut responses = json!({
        "200": answer("The page where the shopper pays.", "PaymentPage",
            examples::payment_page(), &[]),
    });
    fails(
        &mut responses,
        &[
            (404, &[ProblemKind::NotFound]),
            (409, &[ProblemKind::Conflict]),
        ],
    );
    json!({
        "operationId": "payOrder",
        "tags": ["Orders"],
        "summary": "Pay an order by card",
        "description": "Finds the payment page of an order that waits for a card, or opens one. \
                        Redirect the shopper to it; the order shows what happened there. Asking \
                        again gives the same page as long as it is open. 409 says that there is \
                        nothing to pay by card: the order is paid, was not paid in time, or is \
                        paid in another way.",
        "parameters": of_order(),
        "responses": responses,
    })
}
