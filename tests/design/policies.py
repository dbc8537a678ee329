#!/usr/bin/env python3
"""Judges every policy of CloudFormation templates with parliament: `policies.py TEMPLATE...`. Only what lies in accepted() may be said."""
import json
import sys
from fnmatch import fnmatchcase

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


def main():
    said, judged = [], 0
    for template in sys.argv[1:]:
        with open(template) as file:
            document = yaml.load(file, Loader)
        for where, policy in policies(document["Resources"], template):
            if any("Principal" in statement for statement in policy["Statement"]):
                continue
            judged += 1
            for finding in analyze_policy_string(json.dumps(policy)).findings:
                if not accepted(finding, policy):
                    said.append(f"{where}: {finding.issue} {finding.detail} {finding.location}")
    print("\n".join(said) or f"{judged} policies, nothing found")
    sys.exit(bool(said))


if __name__ == "__main__":
    main()
