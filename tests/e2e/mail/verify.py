"""What the verifier of Standard Webhooks says of a delivery.

Reads `{"payload", "headers", "secret"}` from standard input and prints the type of the message.
"""

import json
import sys

from standardwebhooks.webhooks import Webhook

asked = json.load(sys.stdin)
message = Webhook(asked["secret"]).verify(asked["payload"], asked["headers"])
print(message["type"])
