#!/usr/bin/env python3
"""Judges the policies of stacks: `policies.py FOLDER...`, each with a cloudformation/ or sam/ template and the definitions beside it.

Every policy is read by parliament, of which only what lies in accepted() may be said. And the role of every state machine permits
every action of its definition, which is looked up here by what the SDK says of services, not by what wrote the role.
"""
import json
import re
import sys
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import botocore.session
import yaml
from parliament import analyze_policy_string


class Loader(yaml.SafeLoader):
    pass


def short_form(loader, tag, node):
    if tag == "Sub":
        text = loader.construct_scalar(node)
        for name, value in {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333"}.items():
            text = text.replace(f"${{{name}}}", value)
        return text.replace("${", "").replace("}", "")
    return ARN


# What stands for a value that is known when it is deployed. Any ARN fits the action that it is for.
ARN = "*"
Loader.add_multi_constructor("!", short_form)


def policies(node, where):
    if isinstance(node, dict):
        if "Statement" in node and isinstance(node["Statement"], list):
            yield where, node
        for key, value in node.items():
            yield from policies(value, f"{where}/{key}")
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from policies(value, f"{where}/{at}")


def is_elsewhere(row, policy):
    """What an action needs may stand in another statement."""
    return any(
        row["action"] in statement["Action"] and fnmatchcase(resource, row["required_format"])
        for statement in policy["Statement"]
        for resource in statement["Resource"]
    )


def accepted(finding, policy):
    # Executions of Standard or of Express workflows, which the reference marks as if both were needed.
    if finding.issue == "RESOURCE_MISMATCH":
        return all(row["action"] == "states:DescribeExecution" or is_elsewhere(row, policy) for row in finding.detail)
    # The service reference has these keys; the older one of parliament does not.
    if finding.issue == "UNKNOWN_CONDITION_FOR_ACTION":
        return finding.detail.split()[2] in {"states:HTTPEndpoint", "states:HTTPMethod"}
    # A value that is a parameter or another resource stands as `*` here.
    return finding.issue in {"RESOURCE_STAR", "RESOURCE_EFFECTIVELY_STAR"}


class Literal(yaml.SafeLoader):
    """Keeps what stands behind a tag, so that a role is found by its name."""


Literal.add_multi_constructor("!", lambda loader, tag, node: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None)

SESSION = botocore.session.get_session()

# The SDK for Python calls most services as definitions do, but for hyphens; this is looked up only where it does not.
FOLDERS = {name.replace("-", ""): name for name in SESSION.get_available_services()}


@cache
def by_identifier():
    """Services by the identifier of the SDK without what does not distinguish it, which definitions call them by."""
    found = {}
    for name in FOLDERS.values():
        identifier = re.sub(r"[^a-z0-9]", "", SESSION.get_service_model(name).service_id.lower())
        found[re.sub(r"^(amazon|aws)|service$", "", identifier)] = name
    return found


@cache
def model(name):
    return SESSION.get_service_model(FOLDERS.get(name) or by_identifier()[name])


# Services that have another name there: those of optimized integrations, and one that would be looked up for long.
NAMES = {"states": "stepfunctions", "sfn": "stepfunctions", "bedrock": "bedrockruntime"}

# Prefixes in policies that are not the name that requests are signed for.
PREFIXES = {"monitoring": "cloudwatch"}

# Calls whose permission is not called like them.
RENAMED = {
    "lambda:Invoke": {"lambda:InvokeFunction"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "http:Invoke": {
        "states:InvokeHTTPEndpoint",
        "events:RetrieveConnectionCredentials",
        "secretsmanager:GetSecretValue",
        "secretsmanager:DescribeSecret",
    },
}

# What the service of workflows does beside the call, to wait for the end of a job and to stop it.
EVENT_RULE = {"events:PutTargets", "events:PutRule", "events:DescribeRule"}
JOBS = {
    "states:startExecution.sync": {"states:DescribeExecution", "states:StopExecution", *EVENT_RULE},
    "athena:startQueryExecution.sync": {"athena:GetQueryExecution", "athena:StopQueryExecution"},
    "batch:submitJob.sync": {"batch:DescribeJobs", "batch:TerminateJob", *EVENT_RULE},
    "codebuild:startBuild.sync": {"codebuild:BatchGetBuilds", "codebuild:StopBuild", *EVENT_RULE},
    "ecs:runTask.sync": {"ecs:DescribeTasks", "ecs:StopTask", *EVENT_RULE},
    "emr-serverless:startJobRun.sync": {"emr-serverless:GetJobRun", "emr-serverless:CancelJobRun", *EVENT_RULE},
    "glue:startJobRun.sync": {"glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"},
    "mediaconvert:createJob.sync": {"mediaconvert:GetJob", "mediaconvert:CancelJob", *EVENT_RULE},
    "sagemaker:createTrainingJob.sync": {"sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob", *EVENT_RULE},
    "sagemaker:createTransformJob.sync": {"sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob", *EVENT_RULE},
}

DISTRIBUTED = {"states:StartExecution", "states:DescribeExecution", "states:StopExecution"}


def needs(resource):
    """The permissions that a call needs."""
    parts = resource.removeprefix("arn:aws:states:::").split(":")
    is_sdk = parts[0] == "aws-sdk"
    service, call = parts[1:3] if is_sdk else parts[:2]
    name = call.split(".")[0]
    operation = name[0].upper() + name[1:]
    if service == "http":
        prefix = service
    else:
        known = model(NAMES.get(service, service.replace("-", "")))
        prefix = PREFIXES.get(known.signing_name, known.signing_name)
        if f"{prefix}:{operation}" not in RENAMED:
            # An operation that there is not would be a permission that there is not.
            known.operation_model(operation)
    wanted = set(RENAMED.get(f"{prefix}:{operation}", {f"{prefix}:{operation}"}))
    if ".sync" in call:
        wanted |= JOBS[f"{service}:{call.split('.')[0]}.sync"]
    return wanted


def calls(node, where=""):
    """What a definition needs: name of the state, permissions."""
    for name, state in node.get("States", {}).items():
        path = f"{where}{name}"
        if state["Type"] == "Task":
            resource = state["Resource"]
            yield path, needs(resource) if resource.startswith("arn:aws:states:::") else {"lambda:InvokeFunction"}
        for branch in state.get("Branches", []):
            yield from calls(branch, f"{path}/")
        processor = state.get("ItemProcessor", {})
        yield from calls(processor, f"{path}/")
        if processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            yield path, set(DISTRIBUTED)
        for part in ("ItemReader", "ResultWriter"):
            if "Resource" in state.get(part, {}):
                yield f"{path}/{part}", needs(state[part]["Resource"])


def missing(template):
    """What the roles of a template do not permit though a definition calls it, and how many calls were looked at."""
    with open(template) as file:
        resources = yaml.load(file, Literal)["Resources"]
    said, looked = [], 0
    for resource in resources.values():
        properties = resource.get("Properties", {})
        file = properties.get("DefinitionUri") or properties.get("DefinitionS3Location")
        if not file:
            continue
        # SAM makes the role of the policies that the machine has.
        role = properties.get("Role") or properties.get("RoleArn")
        policies = resources[role.removesuffix(".Arn")]["Properties"]["Policies"] if role else properties["Policies"]
        allowed = [
            action
            for policy in policies
            for statement in policy.get("PolicyDocument", policy)["Statement"]
            if statement["Effect"] == "Allow"
            for action in statement["Action"]
        ]
        for state, wanted in calls(json.loads((template.parent / file).read_text())):
            looked += 1
            lacking = {action for action in wanted if not any(fnmatchcase(action.lower(), given.lower()) for given in allowed)}
            said += [f"{template}: `{state}` of {file} needs {action}, which its role does not permit" for action in sorted(lacking)]
    return said, looked


def templates(folder):
    kinds = (Path(folder) / kind / "template.yaml" for kind in ("cloudformation", "sam"))
    return [template for template in kinds if template.exists()]


def main():
    said, judged, looked = [], 0, 0
    for template in (template for folder in sys.argv[1:] for template in templates(folder)):
        with open(template) as file:
            document = yaml.load(file, Loader)
        for where, policy in policies(document["Resources"], template):
            if any("Principal" in statement for statement in policy["Statement"]):
                continue
            judged += 1
            for finding in analyze_policy_string(json.dumps(policy)).findings:
                if not accepted(finding, policy):
                    said.append(f"{where}: {finding.issue} {finding.detail} {finding.location}")
        lacking, calls_of = missing(template)
        said += lacking
        looked += calls_of
    print("\n".join(said) or f"{judged} policies, nothing found; {looked} calls, all permitted")
    sys.exit(bool(said))


if __name__ == "__main__":
    main()
