"""Reads the SAM template as CloudFormation would: tags, the SAM transform, conditions and intrinsic functions."""

from __future__ import annotations

import logging
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ACCOUNT, REGION = "123456789012", "eu-west-1"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::StackName": "sfn-advisor"}
NO_VALUE = object()
LOCAL_FILES = ("CodeUri", "DefinitionUri")


class Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation (`!Ref`, `!Sub`, ...)."""


def short_form(loader: Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", short_form)


class Stack:
    """A template with parameters, transformed; resources come with everything resolved."""

    def __init__(self, path: Path, **parameters: Any) -> None:
        self.path = path
        self.source = yaml.load(path.read_text(), Loader)
        self.parameters = {name: one.get("Default") for name, one in self.source["Parameters"].items()} | parameters
        self.transformed = transform(self.source, self.parameters)

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Resources whose condition holds, by logical id, with resolved properties."""
        return {
            name: one | {"Properties": self.resolve(one.get("Properties", {}))}
            for name, one in self.transformed["Resources"].items()
            if "Condition" not in one or self.condition(one["Condition"])
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind}

    def outputs(self) -> set[str]:
        return set(self.source["Outputs"])

    def local_file(self, logical: str, name: str) -> Path:
        """A file that a resource of the source names, relative to the template."""
        return (self.path.parent / self.source["Resources"][logical]["Properties"][name]).resolve()

    def condition(self, name: str) -> bool:
        return self.resolve(self.source["Conditions"][name])

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), = value.items()
            if name == "Ref":
                return self.reference(argument)
            if name.startswith("Fn::"):
                return self.function(name[4:], argument)
        found = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item is not NO_VALUE}

    def function(self, name: str, argument: Any) -> Any:
        if name == "If":
            return self.resolve(argument[1] if self.condition(argument[0]) else argument[2])
        if name == "Sub":
            return re.sub(r"\$\{([^}]+)\}", lambda found: self.substitute(found.group(1)), argument)
        if name == "GetAtt":
            return self.attribute(*argument)
        argument = self.resolve(argument)
        if name == "Join":
            return argument[0].join(argument[1])
        if name == "Equals":
            return argument[0] == argument[1]
        if name == "Not":
            return not argument[0]
        raise NotImplementedError(f"Fn::{name}")

    def substitute(self, name: str) -> str:
        return str(self.attribute(*name.split(".", 1)) if "." in name else self.reference(name))

    def reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            value = self.parameters[name]
            if self.source["Parameters"][name]["Type"] == "CommaDelimitedList":
                return str(value).split(",")
            return str(value)
        return self.identity(name)[0]

    def attribute(self, name: str, attribute: str) -> str:
        value, arn = self.identity(name)
        if attribute == "Arn":
            return arn
        if attribute == "QueueName":
            return arn.rpartition(":")[2]
        raise NotImplementedError(f"{name}.{attribute}: {value}")

    def identity(self, name: str) -> tuple[str, str]:
        """What `Ref` gives for a resource, and its ARN."""
        resource = self.transformed["Resources"][name]
        kind, properties = resource["Type"], resource.get("Properties", {})

        def named(key: str) -> str:
            return self.resolve(properties[key])

        def arn(service: str, rest: str) -> str:
            return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"

        match kind:
            case "AWS::Lambda::Function":
                return named("FunctionName"), arn("lambda", f"function:{named('FunctionName')}")
            case "AWS::Logs::LogGroup":
                return named("LogGroupName"), arn("logs", f"log-group:{named('LogGroupName')}:*")
            case "AWS::StepFunctions::StateMachine":
                found = arn("states", f"stateMachine:{named('StateMachineName')}")
                return found, found
            case "AWS::S3::Bucket":
                return named("BucketName"), f"arn:aws:s3:::{named('BucketName')}"
            case "AWS::SNS::Topic":
                found = arn("sns", named("TopicName"))
                return found, found
            case "AWS::SQS::Queue":
                return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{named('QueueName')}", arn("sqs", named("QueueName"))
            case "AWS::Events::Rule":
                return named("Name"), arn("events", f"rule/{named('Name')}")
            case "AWS::KMS::Key":
                return name, "KEY"
            case "AWS::IAM::Role":
                return name, f"arn:aws:iam::{ACCOUNT}:role/{name}"
            case _:
                raise NotImplementedError(f"{name} is a {kind}")


def transform(source: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """What the SAM transform makes of a template."""
    from samtranslator.translator.transform import transform as sam

    # It complains of usage metrics that nobody has asked for.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)

    def uploaded(value: Any) -> Any:
        """The same with local files replaced by where the SAM CLI would put them."""
        if isinstance(value, list):
            return [uploaded(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: f"s3://bucket/{Path(item).name}" if key in LOCAL_FILES and isinstance(item, str) else uploaded(item)
            for key, item in value.items()
        }

    class NoPolicies:
        def load(self) -> dict[str, str]:
            return {}

    return sam(uploaded(source), {name: str(value) for name, value in parameters.items()}, NoPolicies())
