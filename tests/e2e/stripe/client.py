"""Stripe's own client before the sandbox: what it reads there it would read at Stripe.

Arguments: the sandbox's address, its key. Pays by typing a card number on the hosted page.
"""

import sys
import urllib.parse
import urllib.request

import stripe

base, key = sys.argv[1:]
client = stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=0)


def page(amount, idempotency_key):
    line = {
        "quantity": 1,
        "price_data": {
            "currency": "usd",
            "unit_amount": amount,
            "product_data": {"name": "Tea"},
        },
    }
    params = {
        "mode": "payment",
        "line_items": [line],
        "success_url": base + "/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": base + "/",
        "metadata": {"order": "A-1"},
        "payment_intent_data": {"capture_method": "manual", "metadata": {"order": "A-1"}},
    }
    options = {"idempotency_key": idempotency_key}
    return client.v1.checkout.sessions.create(params, options)


def pay(session, number):
    form = urllib.parse.urlencode({"number": number}).encode()
    with urllib.request.urlopen(urllib.request.Request(session.url, form)) as answer:
        assert answer.status == 200


def refused(kind, act):
    try:
        act()
    except stripe.StripeError as error:
        assert isinstance(error, kind), repr(error)
        return error
    raise AssertionError("was not refused")


session = page(1299, "one")
assert session.status == "open" and session.payment_status == "unpaid"
assert page(1299, "one").id == session.id
refused(stripe.IdempotencyError, lambda: page(1300, "one"))
refused(stripe.InvalidRequestError, lambda: page(10, "small"))
pay(session, "4000000000000002")
pay(session, "4242424242424242")
session = client.v1.checkout.sessions.retrieve(session.id)
assert session.status == "complete", session
expire = lambda: client.v1.checkout.sessions.expire(session.id)
refused(stripe.InvalidRequestError, expire)

payments = client.v1.payment_intents
expand = {"expand": ["latest_charge.balance_transaction"]}
payment = payments.retrieve(session.payment_intent)
assert payment.status == "requires_capture" and payment.amount_capturable == 1299
assert payment.metadata["order"] == "A-1"
payment = payments.capture(payment.id, {"amount_to_capture": 1299, **expand})
assert payment.status == "succeeded" and payment.amount_received == 1299
assert payment.latest_charge.balance_transaction.fee > 0
error = refused(stripe.InvalidRequestError, lambda: payments.capture(payment.id))
assert error.code == "payment_intent_unexpected_state"
refused(stripe.InvalidRequestError, lambda: payments.cancel(payment.id))

refunds = client.v1.refunds
refund = refunds.create({"payment_intent": payment.id, "amount": 300, "metadata": {"request": "7"}})
assert refund.status == "succeeded"
listed = refunds.list({"payment_intent": payment.id}).data
assert [one.id for one in listed] == [refund.id] and listed[0].metadata["request"] == "7"
too_much = {"payment_intent": payment.id, "amount": 1000}
refused(stripe.InvalidRequestError, lambda: refunds.create(too_much))
refunds.create({"payment_intent": payment.id})
error = refused(stripe.InvalidRequestError, lambda: refunds.create({"payment_intent": payment.id}))
assert error.code == "charge_already_refunded"

other = page(500, "two")
assert client.v1.checkout.sessions.expire(other.id).status == "expired"
missing = lambda: payments.retrieve("pi_nobody")
assert refused(stripe.InvalidRequestError, missing).code == "resource_missing"
stranger = stripe.StripeClient("sk_test_wrong", base_addresses={"api": base})
refused(stripe.AuthenticationError, lambda: stranger.v1.payment_intents.retrieve(payment.id))
print("understood")
