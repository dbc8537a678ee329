"""What the SAM template deploys."""

from __future__ import annotations

import json
from typing import Any

from cloudformation import Stack
from deployment import OPTIONS, SUBSTITUTION, TEMPLATE, Model, delivery, statements


def model(**parameters: Any) -> Model:
    stack = Stack(TEMPLATE, **(OPTIONS | parameters))
    return {
        **functions(stack),
        **audit(stack),
        **rules(stack),
        **access(stack),
        **storage(stack),
        "alarms": alarms(stack),
        "parameters": {name: one.get("Default", "") for name, one in stack.source["Parameters"].items()},
        "outputs": sorted(stack.source["Outputs"]),
    }


def functions(stack: Stack) -> Model:
    return {
        "functions": {
            one["FunctionName"]: {
                "description": one["Description"],
                "runtime": one["Runtime"],
                "handler": one["Handler"],
                "architectures": one["Architectures"],
                "memory": one["MemorySize"],
                "timeout": one["Timeout"],
                "log_format": one["LoggingConfig"]["LogFormat"],
                "log_group": one["LoggingConfig"]["LogGroup"],
                "tracing": one["TracingConfig"]["Mode"],
                "environment": one["Environment"]["Variables"],
                "code": "/".join(stack.local_file(name, "CodeUri").parts[-2:]),
            }
            for name, one in stack.of_type("AWS::Lambda::Function").items()
        },
        "asynchronous": {
            one["FunctionName"]: {
                "age": one["MaximumEventAgeInSeconds"],
                "attempts": one["MaximumRetryAttempts"],
                **{when: target["Destination"] for when, target in one["DestinationConfig"].items()},
            }
            for one in stack.of_type("AWS::Lambda::EventInvokeConfig").values()
        },
        "log_groups": {
            one["LogGroupName"]: int(one["RetentionInDays"]) for one in stack.of_type("AWS::Logs::LogGroup").values()
        },
    }


def audit(stack: Stack) -> Model:
    (machine,) = stack.of_type("AWS::StepFunctions::StateMachine").values()
    (schedule,) = stack.of_type("AWS::Scheduler::Schedule").values()
    source, values = stack.local_file("AuditStateMachine", "DefinitionUri"), machine["DefinitionSubstitutions"]
    logging, target = machine["LoggingConfiguration"], schedule["Target"]
    retries = target["RetryPolicy"]
    return {
        "machine": {
            "name": machine["StateMachineName"],
            "type": machine["StateMachineType"],
            "substitutions": values,
            "definition": json.loads(SUBSTITUTION.sub(lambda found: values[found.group(1)], source.read_text())),
            "log_level": logging["Level"],
            "log_data": logging["IncludeExecutionData"],
            "log_group": logging["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"],
            "tracing": machine["TracingConfiguration"]["Enabled"],
        },
        "schedule": {
            "name": schedule["Name"],
            "expression": schedule["ScheduleExpression"],
            "timezone": schedule["ScheduleExpressionTimezone"],
            "window": schedule["FlexibleTimeWindow"]["Mode"],
            "target": target["Arn"],
            "input": target["Input"],
            **delivery(retries["MaximumEventAgeInSeconds"], retries["MaximumRetryAttempts"], target["DeadLetterConfig"]["Arn"]),
        },
    }


def rules(stack: Stack) -> Model:
    def target(one: Any) -> Model:
        retries = one["RetryPolicy"]
        return {
            "arn": one["Arn"],
            **delivery(retries["MaximumEventAgeInSeconds"], retries["MaximumRetryAttempts"], one["DeadLetterConfig"]["Arn"]),
        }

    return {
        "rules": {
            one["Name"]: {"pattern": one["EventPattern"], "targets": {each["Id"]: target(each) for each in one["Targets"]}}
            for one in stack.of_type("AWS::Events::Rule").values()
        },
        "permissions": sorted(
            [one["Action"], one["FunctionName"], one["Principal"], one["SourceArn"]]
            for one in stack.of_type("AWS::Lambda::Permission").values()
        ),
    }


def access(stack: Stack) -> Model:
    def policy(kind: str) -> list[Model]:
        (one,) = stack.of_type(kind).values()
        return statements(one["PolicyDocument"])

    return {
        "roles": {
            name.removesuffix("Role").lower(): {
                "trust": statements(one["AssumeRolePolicyDocument"]),
                "allows": [each for policy in one["Policies"] for each in statements(policy["PolicyDocument"])],
            }
            for name, one in stack.of_type("AWS::IAM::Role").items()
        },
        "policies": {
            "bucket": policy("AWS::S3::BucketPolicy"),
            "undelivered": policy("AWS::SQS::QueuePolicy"),
            "topic": policy("AWS::SNS::TopicPolicy"),
        },
        "keys": [
            {"rotates": one["EnableKeyRotation"], "window": one["PendingWindowInDays"], "policy": statements(one["KeyPolicy"])}
            for one in stack.of_type("AWS::KMS::Key").values()
        ],
    }


def storage(stack: Stack) -> Model:
    (bucket,) = stack.of_type("AWS::S3::Bucket").values()
    (topic,) = stack.of_type("AWS::SNS::Topic").values()
    public = bucket["PublicAccessBlockConfiguration"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    return {
        "topic": {
            "name": topic["TopicName"],
            "key": topic["KmsMasterKeyId"],
            "subscriptions": [[one["Protocol"], one["Endpoint"]] for one in stack.of_type("AWS::SNS::Subscription").values()],
        },
        "bucket": {
            "name": bucket["BucketName"],
            "private": sorted(name for name, on in public.items() if on),
            "encryption": encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"],
            "eventbridge": bucket["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"],
            "expiry": {one["Prefix"]: int(one["ExpirationInDays"]) for one in bucket["LifecycleConfiguration"]["Rules"]},
        },
        "queues": {
            one["QueueName"]: {"seconds": one["MessageRetentionPeriod"], "encrypted": one["SqsManagedSseEnabled"]}
            for one in stack.of_type("AWS::SQS::Queue").values()
        },
    }


def alarms(stack: Stack) -> Model:
    return {
        one["AlarmName"]: {
            "words": one["AlarmDescription"],
            "metric": [one["Namespace"], one["MetricName"], one["Statistic"]],
            "dimensions": {each["Name"]: each["Value"] for each in one["Dimensions"]},
            "test": [one["ComparisonOperator"], one["Threshold"], one["Period"], one["EvaluationPeriods"]],
            "missing": one["TreatMissingData"],
            "actions": one["AlarmActions"],
        }
        for one in stack.of_type("AWS::CloudWatch::Alarm").values()
    }
