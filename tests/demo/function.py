"""A Lambda function for the demo account: answers with what its name is told to answer, or fails.

It speaks the Runtime API as a custom runtime does. `DEMO_ANSWER` is a JSON value that is merged over the event where both
are objects; `DEMO_FAIL_EVERY` makes every n-th invocation fail with the error type `DEMO_ERROR`.
"""

import json
import os
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
ANSWER = json.loads(os.environ.get("DEMO_ANSWER", "{}"))
FAIL_EVERY = int(os.environ.get("DEMO_FAIL_EVERY", "0"))


def post(path, value, **headers):
    data = json.dumps(value).encode()
    urllib.request.urlopen(urllib.request.Request(f"{API}/{path}", data=data, headers=headers, method="POST")).read()


count = 0
while True:
    with urllib.request.urlopen(f"{API}/next") as reply:
        request, event = reply.headers["Lambda-Runtime-Aws-Request-Id"], json.load(reply)
    count += 1
    if FAIL_EVERY and count % FAIL_EVERY == 0:
        kind = os.environ.get("DEMO_ERROR", "ServiceDown")
        post(f"{request}/error", {"errorType": kind, "errorMessage": "on purpose"}, **{"Lambda-Runtime-Function-Error-Type": kind})
        continue
    both = isinstance(event, dict) and isinstance(ANSWER, dict)
    post(f"{request}/response", {**event, **ANSWER} if both else ANSWER)
