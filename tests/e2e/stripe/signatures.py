"""What Stripe's own client says of a signature.

`verify` reads `{"payload", "header", "secret"}` and prints the type of the event; `sign` reads
`{"payload", "secret"}` and prints a header. Both read from standard input.
"""

import json
import sys

import stripe

asked = json.load(sys.stdin)
if sys.argv[1] == "verify":
    event = stripe.Webhook.construct_event(asked["payload"], asked["header"], asked["secret"])
    print(event["type"])
else:
    print(stripe.WebhookSignature.generate_signature_header(asked["payload"], asked["secret"]))
