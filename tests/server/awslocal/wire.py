"""What a request means: service, operation, protocol, account and Region; and how a result or an error is written.

Four protocols reach this server: awsJson (boto3, the Rust and Go SDKs), query (SNS, IAM, STS and older CloudWatch
clients), rpc-v2-cbor (the Rust CloudWatch client knows nothing else) and REST (S3, Lambda, Scheduler).
"""

from __future__ import annotations

import gzip
import json
import os
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from xml.sax.saxutils import escape

from . import cbor
from .httpd import Request, Response

JSON_10, JSON_11 = "application/x-amz-json-1.0", "application/x-amz-json-1.1"

# Signing name or target prefix -> (botocore service, prefix used in call names; the IAM prefix where it differs).
SERVICES = {
    "states": ("stepfunctions", "states"),
    "awsstepfunctions": ("stepfunctions", "states"),
    "monitoring": ("cloudwatch", "cloudwatch"),
    "graniteserviceversion20100801": ("cloudwatch", "cloudwatch"),
    "tagging": ("resourcegroupstaggingapi", "tag"),
    "resourcegroupstaggingapi_20170126": ("resourcegroupstaggingapi", "tag"),
    "sns": ("sns", "sns"),
    "sqs": ("sqs", "sqs"),
    "amazonsqs": ("sqs", "sqs"),
    "events": ("events", "events"),
    "awsevents": ("events", "events"),
    "logs": ("logs", "logs"),
    "logs_20140328": ("logs", "logs"),
    "scheduler": ("scheduler", "scheduler"),
    "lambda": ("lambda", "lambda"),
    "s3": ("s3", "s3"),
    "iam": ("iam", "iam"),
    "sts": ("sts", "sts"),
    "kms": ("kms", "kms"),
    "trentservice": ("kms", "kms"),
    "ssm": ("ssm", "ssm"),
    "amazonssm": ("ssm", "ssm"),
    "dynamodb": ("dynamodb", "dynamodb"),
    "dynamodb_20120810": ("dynamodb", "dynamodb"),
    "cloudformation": ("cloudformation", "cloudformation"),
    "organizations": ("organizations", "organizations"),
    "awsorganizationsv20161128": ("organizations", "organizations"),
}

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")
S3_SUBRESOURCES = (
    "acl", "cors", "encryption", "lifecycle", "location", "logging", "notification", "ownershipControls", "policy",
    "publicAccessBlock", "tagging", "uploads", "versioning", "versions", "website", "object-lock", "accelerate",
    "requestPayment", "replication", "policyStatus",
)  # fmt: skip


class AwsError(Exception):
    """An error that a service answers, with its public code and HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass
class Call:
    """One classified request."""

    request: Request
    service: str = ""
    prefix: str = ""
    operation: str = ""
    protocol: str = "rest"
    account: str = "123456789012"
    region: str = "us-east-1"
    access_key: str = ""
    body: bytes = b""
    params: dict[str, Any] = field(default_factory=dict)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def name(self) -> str:
        """`states:DescribeStateMachine`: how the log, the faults and the quotas name an operation."""
        return f"{self.prefix}:{self.operation}"

    @property
    def internal(self) -> bool:
        """True for the calls that moto's interpreter makes to this server while it runs an execution."""
        return self.access_key == INTERNAL_KEY


# The access key that moto's interpreter signs with.
INTERNAL_KEY = "ak"


@cache
def model(service: str) -> Any:
    """The service model (moto's view of botocore's)."""
    from moto.core.utils import get_service_model

    return get_service_model(service)


@cache
def shapes(service: str, operation: str) -> tuple[Any, Any]:
    """Input and output shape of an operation; (None, None) when the model does not know it."""
    try:
        found = model(service).operation_model(operation)
    except Exception:  # noqa: BLE001 - botocore raises several kinds for an unknown service or operation
        return None, None
    return found.input_shape, found.output_shape


def classify(request: Request) -> Call:
    """Finds out what is being called, without reading more of the body than the protocol asks for."""
    call = Call(request, body=request.body)
    if request.headers.get("content-encoding", "") == "gzip":
        call.body = gzip.decompress(request.body)
    signing = sign(call)
    target = request.headers.get("x-amz-target", "")
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    path = request.path.split("/")
    if len(path) == 5 and path[1] == "service" and path[3] == "operation":
        call.protocol, call.operation = "cbor", path[4]
        name(call, path[2])
    elif target:
        prefix, _, call.operation = target.rpartition(".")
        call.protocol = "json"
        name(call, prefix)
    elif form and call.body.find(b"Action=") >= 0:
        fields = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        call.protocol, call.operation = "query", fields.get("Action", "")
        call.params = fields
        name(call, signing or fields.get("Version", ""))
    elif "Action=" in request.query:
        fields = dict(parse_qsl(request.query, keep_blank_values=True))
        call.protocol, call.operation, call.params = "query", fields["Action"], fields
        # The links that SNS sends to subscribers are not signed.
        name(call, signing or "sns")
    else:
        name(call, signing or "s3")
        call.operation = rest_operation(call)
    return call


def name(call: Call, key: str) -> None:
    """Sets the service from a signing name or a target prefix."""
    lowered = key.lower()
    call.service, call.prefix = SERVICES.get(lowered, (lowered, lowered))


def sign(call: Call) -> str:
    """Reads access key, Region and signing name from the credential scope; nothing is verified."""
    text = call.request.headers.get("authorization", "")
    found = CREDENTIAL.search(text)
    if not found and "X-Amz-Credential=" in call.request.query:
        scope = parse_qs(call.request.query).get("X-Amz-Credential", [""])[0]
        found = CREDENTIAL.search(f"Credential={scope}")
    if found:
        call.access_key, call.region = found.group(1), found.group(3)
    call.account = account_of(call)
    return found.group(4) if found else ""


def account_of(call: Call) -> str:
    """The account that the credentials belong to: MOTO_ACCOUNT_ID as in moto, header, STS session, then the default."""
    if fixed := os.environ.get("MOTO_ACCOUNT_ID"):
        return fixed
    header = call.request.headers.get("x-moto-account-id")
    if header:
        return header
    from moto.iam.models import get_account_id_from

    return get_account_id_from(call.access_key) if call.access_key else "123456789012"


def rest_operation(call: Call) -> str:
    """Operation name of a REST request."""
    if call.service == "s3":
        return s3_operation(call.request)
    from moto.core.routing import get_service_router

    try:
        found, _ = get_service_router(call.service).match(werkzeug_request(call.request))
        return found.name
    except Exception:  # noqa: BLE001 - an unknown route only loses its name in the log
        return f"{call.request.method} {call.request.path}"


def werkzeug_request(request: Request) -> Any:
    """The request as moto's router wants it."""
    from moto.core.request import Request as MotoRequest

    return MotoRequest.from_primitives(
        request.method, f"http://127.0.0.1{request.target}", dict(request.headers), request.body
    )


def s3_operation(request: Request) -> str:
    """`GetObject`, `PutBucketPolicy`, ...: enough to name, log and fault S3 calls."""
    verbs = {"GET": "Get", "PUT": "Put", "DELETE": "Delete", "HEAD": "Head", "POST": "Post"}
    verb = verbs.get(request.method, request.method)
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not bucket:
        return "ListBuckets"
    names = {part.partition("=")[0] for part in request.query.split("&") if part}
    for sub in S3_SUBRESOURCES:
        if sub in names:
            return f"{verb}{'Object' if key else 'Bucket'}{sub[0].upper()}{sub[1:]}"
    if key:
        return f"{verb}Object"
    return {"Get": "ListObjectsV2", "Put": "CreateBucket", "Post": "DeleteObjects"}.get(verb, f"{verb}Bucket")


def read_params(call: Call) -> dict[str, Any]:
    """The parameters of a call as plain Python data, timestamps as datetimes."""
    shape, _ = shapes(call.service, call.operation)
    if call.protocol == "cbor":
        return typed(cbor.loads(call.body), shape)
    if call.protocol == "query":
        return query_params(call, shape)
    try:
        data = json.loads(call.body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", "the request body is not JSON") from error
    return typed(data, shape)


def query_params(call: Call, shape: Any) -> dict[str, Any]:
    """Parameters of the query protocol."""
    from moto.core.parse import PROTOCOL_PARSERS

    if shape is None:
        return {}
    parser = PROTOCOL_PARSERS["query"](model(call.service).operation_model(call.operation))
    request = {"method": "POST", "values": call.params, "headers": {}, "body": b"", "url_path": "/", "url_params": {}}
    return dict(parser.parse(request))


def typed(value: Any, shape: Any) -> Any:
    """Turns numbers into datetimes where the shape says timestamp; everything else is left as it came."""
    if shape is None or value is None:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {name: typed(item, members.get(name)) for name, item in value.items() if item is not None}
    if kind == "list" and isinstance(value, list):
        return [typed(item, shape.member) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: typed(item, shape.value) for key, item in value.items()}
    if kind == "timestamp":
        return moment(value)
    return value


def moment(value: Any) -> datetime:
    """A timestamp in any of the forms that clients send."""
    if isinstance(value, cbor.cbor2.CBORTag):
        value = value.value
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    return moment(datetime.fromisoformat(str(value).replace("Z", "+00:00")))


def jsonable(value: Any, shape: Any) -> Any:
    """A result as JSON types: timestamps as seconds, bytes as base64, None left out."""
    if shape is None:
        return value
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {
            name: jsonable(item, members[name]) for name, item in value.items() if item is not None and name in members
        }
    if kind == "list":
        return [jsonable(item, shape.member) for item in value]
    if kind == "map":
        return {key: jsonable(item, shape.value) for key, item in value.items()}
    if kind == "timestamp":
        return round(cbor.seconds(value), 3)
    return value


def write_result(call: Call, result: dict[str, Any] | None) -> Response:
    """A successful answer in the protocol of the request."""
    _, shape = shapes(call.service, call.operation)
    result = result or {}
    if call.protocol == "cbor":
        return respond(call, 200, cbor.dumps(result, shape), cbor.CONTENT_TYPE)
    if call.protocol == "query":
        return respond(call, 200, query_result(call, result), "text/xml")
    return respond(call, 200, json.dumps(jsonable(result, shape)).encode(), json_type(call))


def query_result(call: Call, result: dict[str, Any]) -> bytes:
    """XML of the query protocol."""
    from moto.core.serialize import get_serializer_class

    serializer = get_serializer_class(call.service, "query")(
        operation_model=model(call.service).operation_model(call.operation)
    )
    body = serializer.serialize(result)["body"]
    return body.encode() if isinstance(body, str) else body


def json_type(call: Call) -> str:
    """Content type of a JSON answer."""
    if call.protocol == "rest":
        return "application/json"
    sent = call.request.headers.get("content-type", JSON_10)
    return sent if sent in (JSON_10, JSON_11) else JSON_10


def respond(call: Call, status: int, body: bytes, content_type: str) -> Response:
    """Common headers of every answer."""
    headers = [("content-type", content_type), ("x-amzn-requestid", call.request_id)]
    if call.protocol == "cbor":
        headers.append(("smithy-protocol", cbor.PROTOCOL))
    return Response(status, body, headers)


def write_error(call: Call, error: AwsError) -> Response:
    """An error answer in the protocol of the request."""
    shape = error_shape(call, error.code)
    if call.protocol == "cbor":
        response = respond(call, error.status, cbor.error(shape, error.message), cbor.CONTENT_TYPE)
    elif call.protocol == "query":
        response = respond(call, error.status, xml_error(call, error), "text/xml")
    elif call.service == "s3":
        response = respond(call, error.status, s3_error(call, error), "application/xml")
    else:
        body = {"__type": shape, "message": error.message}
        response = respond(call, error.status, json.dumps(body).encode(), json_type(call))
        response.headers.append(("x-amzn-errortype", shape))
    if call.service == "cloudwatch" and call.protocol in ("cbor", "json"):
        fault = "Receiver" if error.status >= 500 else "Sender"
        response.headers.append(("x-amzn-query-error", f"{error.code};{fault}"))
    return response


def error_shape(call: Call, code: str) -> str:
    """Shape name of an error code: CloudWatch's `InvalidParameterValue` is `InvalidParameterValueException`."""
    try:
        for shape in model(call.service).error_shapes:
            if shape.metadata.get("error", {}).get("code") == code:
                return shape.name
    except Exception:  # noqa: BLE001 - an unknown service has no shapes
        pass
    return code


def xml_error(call: Call, error: AwsError) -> bytes:
    """Error document of the query protocol."""
    kind = "Receiver" if error.status >= 500 else "Sender"
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message></Error><RequestId>{call.request_id}</RequestId></ErrorResponse>"
    ).encode()


def s3_error(call: Call, error: AwsError) -> bytes:
    """Error document of S3."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(error.message)}</Message><RequestId>{call.request_id}</RequestId></Error>"
    ).encode()
