"""What no schema can say: which cursors there are, when an event may have happened, and how it is signed."""

import os
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from uuid import uuid4

import schemathesis
from requests.auth import AuthBase
from schemathesis.generation.meta import negated_parameters

# Who does not know it signs with another.
HOOK_SECRET = os.environ.get("HOOK_SECRET", "nobody's").encode()
# No token is cut off, as none is as old; days before today, so that time zones do not matter where texts are compared.
LONG_AGO = (datetime.now(UTC) - timedelta(days=3)).isoformat()

cursors = []


class Signature(AuthBase):
    """Signs what is sent, as https://www.standardwebhooks.com specifies. Headers that are wrong on purpose stay so."""

    def __init__(self, case):
        self.spoilt = {name for name, _ in negated_parameters(case.meta)}

    def __call__(self, request):
        # An event is accepted once.
        self.put(request, "webhook-id", lambda: str(uuid4()))
        self.put(request, "webhook-timestamp", lambda: str(int(time.time())))
        self.put(request, "webhook-signature", lambda: sign(request))
        return request

    def put(self, request, name, make):
        if name in request.headers and name not in self.spoilt:
            request.headers[name] = make()


def sign(request):
    parts = [request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", ""), request.body or ""]
    message = b".".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return "v1," + b64encode(digest(HOOK_SECRET, message, sha256)).decode()


@schemathesis.hook("before_call").apply_to(operation_id="tellRevocation")
def tell_as_the_plugin_does(context, case, kwargs):
    kwargs["auth"] = Signature(case)
    if case.meta.generation.mode.is_positive:
        case.body["timestamp"] = min(case.body["timestamp"], LONG_AGO)


@schemathesis.hook("before_call").apply_to(operation_id="listTodos")
def use_a_cursor_that_was_given_out(context, case, kwargs):
    if case.meta.generation.mode.is_positive and case.query.pop("cursor", None) is not None and cursors:
        case.query["cursor"] = cursors[-1]


@schemathesis.hook("after_call").apply_to(operation_id="listTodos")
def keep_the_cursor(context, case, response):
    if response.status_code == 200 and "nextCursor" in response.json():
        cursors.append(response.json()["nextCursor"])
