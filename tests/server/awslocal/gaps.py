"""Fields that moto 5.2.5 takes and forgets, so that a second `terraform plan` is empty; and conditions that it skips."""

from __future__ import annotations

import json
from typing import Any

# Members of a function's configuration that moto does not keep, and those that it keeps only at creation.
FORGOTTEN = ("DeadLetterConfig", "LoggingConfig", "FileSystemConfigs", "SnapStart")
ONLY_AT_CREATION = {"TracingConfig": "tracing_config", "KMSKeyArn": "kms_key_arn"}


def install() -> None:
    """Patches moto's classes."""
    install_functions()
    install_event_invoke_configs()
    install_redrive_policies()
    install_tags_of_topic_rules()
    install_bucket_notifications()
    install_bucket_policies()


def install_functions() -> None:
    from moto.awslambda.models import LambdaFunction

    make, show, update = LambdaFunction.__init__, LambdaFunction.get_configuration, LambdaFunction.update_configuration

    def __init__(self: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
        self.kept = {name: spec[name] for name in FORGOTTEN if name in spec}
        make(self, account_id, spec, region, version)

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        config = show(self, on_create)
        for name, value in self.kept.items():
            config[name] = {"OptimizationStatus": "Off", **value} if name == "SnapStart" else value
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        config["LoggingConfig"] = default | (config.get("LoggingConfig") or {})
        return config

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        for name, value in config_updates.items():
            if name == "DeadLetterConfig" and not (value or {}).get("TargetArn"):
                self.kept.pop(name, None)
            elif name in FORGOTTEN:
                self.kept[name] = value
            elif name in ONLY_AT_CREATION:
                setattr(self, ONLY_AT_CREATION[name], value)
            elif name == "EphemeralStorage":
                self.ephemeral_storage = value["Size"]
        update(self, config_updates)
        return get_configuration(self)

    LambdaFunction.__init__ = __init__  # type: ignore[method-assign]
    LambdaFunction.get_configuration = get_configuration  # type: ignore[method-assign]
    LambdaFunction.update_configuration = update_configuration  # type: ignore[method-assign]


def install_event_invoke_configs() -> None:
    """A second put replaces the first; an update changes only what it names."""
    from moto.awslambda.models import EventInvokeConfig, LambdaBackend

    def put(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        function = self.get_function(function_name)
        stored = EventInvokeConfig(function.function_arn, function.last_modified, config)
        function.event_invoke_config = [stored]
        return stored.response()

    def update(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        function = self.get_function(function_name)
        before = function.event_invoke_config[0].config if function.event_invoke_config else {}
        return put(self, function_name, {**before, **config})

    LambdaBackend.put_function_event_invoke_config = put  # type: ignore[method-assign]
    LambdaBackend.update_function_event_invoke_config = update  # type: ignore[method-assign]


def install_redrive_policies() -> None:
    """SQS answers a redrive policy without spaces, and terraform compares text."""
    from moto.sqs.models import Queue

    original = Queue.attributes.fget
    assert original is not None

    def attributes(self: Any) -> dict[str, Any]:
        result = original(self)
        if "RedrivePolicy" in result:
            result["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
        return result

    Queue.attributes = property(attributes)  # type: ignore[method-assign, assignment]


def install_tags_of_topic_rules() -> None:
    """Terraform reads the tags of a rule of IoT; moto, which keeps none, does not answer."""
    from moto.iot.responses import IoTResponse

    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"tags": []})

    IoTResponse.list_tags_for_resource = list_tags_for_resource  # type: ignore[attr-defined]


def install_bucket_notifications() -> None:
    """Whether a bucket tells EventBridge of its objects."""
    from moto.s3.responses import S3Response

    original = S3Response.get_bucket_notification

    def get_bucket_notification(self: Any) -> Any:
        status, headers, body = original(self)
        stored = self.backend.get_bucket_notification_configuration(self.bucket_name)
        if stored is not None and stored.event_bridge is not None:
            end = "</NotificationConfiguration>"
            text = (body.decode() if isinstance(body, bytes) else body).strip()
            text = text.removesuffix("/>") + ">" if text.endswith("/>") else text.removesuffix(end)
            body = f"{text}<EventBridgeConfiguration/>{end}"
        return status, headers, body

    S3Response.get_bucket_notification = get_bucket_notification  # type: ignore[method-assign]


def install_bucket_policies() -> None:
    """moto reads no conditions, so that a policy that denies calls without TLS would deny all. There is no TLS here, and calls
    are taken as if there were."""
    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.s3.models import FakeBucket

    def applies(statement: dict[str, Any]) -> bool:
        return (statement.get("Condition") or {}).get("Bool", {}).get("aws:SecureTransport") not in ("false", ["false"])

    def get_permission(self: Any, action: str, resource: str) -> Any:
        document = json.loads(self.policy) if self.policy else {"Statement": []}
        statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        kept = [one for one in statements if applies(one)]
        if not kept:
            return PermissionResult.NEUTRAL
        return IAMPolicy(json.dumps({**document, "Statement": kept})).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign]
