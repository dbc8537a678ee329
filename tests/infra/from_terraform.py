"""What the Terraform module has deployed to the local server: read from the plan that follows the apply."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from deployment import SUBSTITUTION, Model, definition, delivery, statements

PLAN = "SFN_ADVISOR_TERRAFORM_PLAN"


def plan() -> dict[str, Any] | None:
    """The plan as JSON; None where there is no Terraform."""
    path = os.environ.get(PLAN)
    return json.loads(Path(path).read_text()) if path else None


def model() -> Model | None:
    found = plan()
    if found is None:
        return None
    source = found["configuration"]["root_module"]["module_calls"]["advisor"]["module"]
    state = State(found)
    return {
        **functions(state),
        **audit(state),
        **rules(state),
        **access(state),
        **storage(state),
        "alarms": alarms(state),
        "parameters": {camel(name): one.get("default") for name, one in source["variables"].items()},
        "outputs": sorted(camel(name) for name in source["outputs"]),
    }


class State:
    """The resources of the module, by type."""

    def __init__(self, found: dict[str, Any]) -> None:
        (module,) = found["planned_values"]["root_module"]["child_modules"]
        self.resources = [one for one in module["resources"] if one["mode"] == "managed"]
        (key,) = self.of_type("aws_kms_key")
        # The key's name is made up anew each time; the model calls it KEY.
        self.resources = json.loads(json.dumps(self.resources).replace(key["arn"], "KEY"))

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [one["values"] for one in self.resources if one["type"] == kind]

    def only(self, kind: str) -> dict[str, Any]:
        (one,) = self.of_type(kind)
        return one


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def functions(state: State) -> Model:
    return {
        "functions": {
            one["function_name"]: {
                "description": one["description"],
                "runtime": one["runtime"],
                "handler": one["handler"],
                "architectures": one["architectures"],
                "memory": one["memory_size"],
                "timeout": one["timeout"],
                "log_format": one["logging_config"][0]["log_format"],
                "log_group": one["logging_config"][0]["log_group"],
                "tracing": one["tracing_config"][0]["mode"],
                "environment": one["environment"][0]["variables"],
                "code": "/".join(Path(one["filename"]).parts[-2:]),
            }
            for one in state.of_type("aws_lambda_function")
        },
        "asynchronous": {
            one["function_name"]: {
                "age": one["maximum_event_age_in_seconds"],
                "attempts": one["maximum_retry_attempts"],
                **{camel(when): target[0]["destination"] for when, target in one["destination_config"][0].items() if target},
            }
            for one in state.of_type("aws_lambda_function_event_invoke_config")
        },
        "log_groups": {one["name"]: one["retention_in_days"] for one in state.of_type("aws_cloudwatch_log_group")},
    }


def audit(state: State) -> Model:
    machine, schedule = state.only("aws_sfn_state_machine"), state.only("aws_scheduler_schedule")
    deployed = json.loads(machine["definition"])
    (logging,), (target,) = machine["logging_configuration"], schedule["target"]
    (retries,), (dead_letters,) = target["retry_policy"], target["dead_letter_config"]
    return {
        "machine": {
            "name": machine["name"],
            "type": machine["type"],
            "substitutions": substitutions(definition(), deployed),
            "definition": deployed,
            "log_level": logging["level"],
            "log_data": logging["include_execution_data"],
            "log_group": logging["log_destination"],
            "tracing": machine["tracing_configuration"][0]["enabled"],
        },
        "schedule": {
            "name": schedule["name"],
            "expression": schedule["schedule_expression"],
            "timezone": schedule["schedule_expression_timezone"],
            "window": schedule["flexible_time_window"][0]["mode"],
            "target": target["arn"],
            "input": target["input"],
            **delivery(retries["maximum_event_age_in_seconds"], retries["maximum_retry_attempts"], dead_letters["arn"]),
        },
    }


def substitutions(before: Any, after: Any) -> dict[str, str]:
    """What was put in the place of each `${...}`, found by walking the file and the deployed definition side by side."""
    if isinstance(before, str):
        found = SUBSTITUTION.fullmatch(before)
        return {found.group(1): after} if found else {}
    values: dict[str, str] = {}
    if isinstance(before, dict):
        for key, item in before.items():
            values |= substitutions(item, after[key])
    if isinstance(before, list):
        for left, right in zip(before, after, strict=True):
            values |= substitutions(left, right)
    return values


def rules(state: State) -> Model:
    def target(one: Any) -> Model:
        (retries,), (dead_letters,) = one["retry_policy"], one["dead_letter_config"]
        return {
            "arn": one["arn"],
            **delivery(retries["maximum_event_age_in_seconds"], retries["maximum_retry_attempts"], dead_letters["arn"]),
        }

    targets = state.of_type("aws_cloudwatch_event_target")
    return {
        "rules": {
            one["name"]: {
                "pattern": json.loads(one["event_pattern"]),
                "targets": {each["target_id"]: target(each) for each in targets if each["rule"] == one["name"]},
            }
            for one in state.of_type("aws_cloudwatch_event_rule")
        },
        "permissions": sorted(
            [one["action"], one["function_name"], one["principal"], one["source_arn"]]
            for one in state.of_type("aws_lambda_permission")
        ),
    }


def access(state: State) -> Model:
    policies, key = state.of_type("aws_iam_role_policy"), state.only("aws_kms_key")
    return {
        "roles": {
            one["name"].rpartition("-")[2]: {
                "trust": statements(one["assume_role_policy"]),
                "allows": [each for policy in policies if policy["role"] == one["name"] for each in statements(policy["policy"])],
            }
            for one in state.of_type("aws_iam_role")
        },
        "policies": {
            "bucket": statements(state.only("aws_s3_bucket_policy")["policy"]),
            "undelivered": statements(state.only("aws_sqs_queue_policy")["policy"]),
            "topic": statements(state.only("aws_sns_topic_policy")["policy"]),
        },
        "keys": [
            {"rotates": key["enable_key_rotation"], "window": key["deletion_window_in_days"], "policy": statements(key["policy"])}
        ],
    }


def storage(state: State) -> Model:
    topic, bucket = state.only("aws_sns_topic"), state.only("aws_s3_bucket")
    public = state.only("aws_s3_bucket_public_access_block")
    (encryption,) = state.only("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    lifecycle = state.only("aws_s3_bucket_lifecycle_configuration")["rule"]
    return {
        "topic": {
            "name": topic["name"],
            "key": topic["kms_master_key_id"],
            "subscriptions": [[one["protocol"], one["endpoint"]] for one in state.of_type("aws_sns_topic_subscription")],
        },
        "bucket": {
            "name": bucket["bucket"],
            "private": sorted(camel(name) for name, on in public.items() if on is True),
            "encryption": encryption["apply_server_side_encryption_by_default"][0]["sse_algorithm"],
            "eventbridge": state.only("aws_s3_bucket_notification")["eventbridge"],
            "expiry": {one["filter"][0]["prefix"]: one["expiration"][0]["days"] for one in lifecycle},
        },
        "queues": {
            one["name"]: {"seconds": one["message_retention_seconds"], "encrypted": one["sqs_managed_sse_enabled"]}
            for one in state.of_type("aws_sqs_queue")
        },
    }


def alarms(state: State) -> Model:
    return {
        one["alarm_name"]: {
            "words": one["alarm_description"],
            "metric": [one["namespace"], one["metric_name"], one["statistic"]],
            "dimensions": one["dimensions"],
            "test": [one["comparison_operator"], one["threshold"], one["period"], one["evaluation_periods"]],
            "missing": one["treat_missing_data"],
            "actions": one["alarm_actions"],
        }
        for one in state.of_type("aws_cloudwatch_metric_alarm")
    }
