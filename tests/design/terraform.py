#!/usr/bin/env python3
"""Formats, validates, plans and deploys designed stacks to the local AWS server with Terraform; a second plan must find nothing to do.

    terraform.py ENDPOINT PLUGINS WORK FOLDER...    each FOLDER holds a stack's terraform/, and the definitions beside it

Every stack is a module of one configuration, so that Terraform starts, and reads the provider's schema, once and not once a
stack. Its provider is the server's, and takes the place of the one that the stack writes; variables get values that fit them.
"""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

# What the local server forgets, and AWS does not: type of resource, and the attribute that comes back otherwise.
FORGOTTEN = {"aws_s3_bucket_notification": {"eventbridge"}}

SERVICES = "apigateway cloudwatch dynamodb events iam iot kms logs pipes s3 scheduler sfn sns sqs sts".split()

ACCOUNT = "eu-west-1:123456789012"

# The ARN of what a variable names, by a word of its name; else a function's.
ARNS = {
    "topic": f"arn:aws:sns:{ACCOUNT}:alarms",
    "state_machine": f"arn:aws:states:{ACCOUNT}:stateMachine:other",
    "connection": f"arn:aws:events:{ACCOUNT}:connection/partner/0e0f5b4e-0f4c-4f5e-9e1b-2f6f8f0c1a2b",
    "role": "arn:aws:iam::123456789012:role/other",
    "template": f"arn:aws:mediaconvert:{ACCOUNT}:jobTemplates/other",
    "stream": f"arn:aws:kinesis:{ACCOUNT}:stream/other",
    "queue": f"arn:aws:sqs:{ACCOUNT}:other",
    "": f"arn:aws:lambda:{ACCOUNT}:function:other:live",
}


def provider(endpoint):
    return {
        "region": "eu-west-1",
        "access_key": "local",
        "secret_key": "local",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "s3_use_path_style": True,
        "endpoints": [dict.fromkeys(SERVICES, endpoint)],
    }


def value(name, text):
    """A value for a variable without a default, by its type and by what its validation and description ask for."""
    if name == "region":
        return "eu-west-1"
    if re.search(r"type\s+= number", text):
        return 1
    pattern = re.search(r'regex\("(.*)", var\.', text)
    pattern = pattern[1] if pattern else ""
    if pattern.startswith("^arn:") or name.endswith("_arn"):
        return next(arn for word, arn in ARNS.items() if word in name)
    if pattern.startswith("^https:"):
        return "https://partner.example.com/v1/resource"
    if "@[" in pattern:
        return "team@example.com"
    return "value"


def variables(folder):
    """What has to be given to the module."""
    text = (folder / "variables.tf").read_text()
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.M | re.S)
    return {name: value(name, body) for name, body in blocks if not re.search(r"^  default ", body, re.M)}


def is_empty(change):
    what = change["change"]
    if what["actions"] in (["no-op"], ["read"]):
        return True
    before, after = what["before"] or {}, what["after"] or {}
    differs = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return what["actions"] == ["update"] and differs <= FORGOTTEN.get(change["type"], set())


def terraform(folder, *arguments):
    command = ["terraform", f"-chdir={folder}", *arguments]
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "AWS_MAX_ATTEMPTS": "2"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        # The plan is long; what went wrong stands at its end.
        sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-12000:]}")
    return done.stdout


def module(folder, work):
    """A copy of a stack as a module: without its provider, which is the caller's."""
    copy = work / "modules" / folder.name
    shutil.copytree(folder / "terraform", copy / "terraform")
    for definition in folder.glob("*.asl.json"):
        shutil.copy(definition, copy)
    versions = copy / "terraform" / "versions.tf"
    text, times = re.subn(r'^provider "aws" \{\n.*?^\}\n', "", versions.read_text(), flags=re.M | re.S)
    if times != 1:
        sys.exit(f"{folder.name}: {times} providers in versions.tf, one is expected")
    versions.write_text(text)
    return copy / "terraform"


def configuration(folder, endpoint, modules):
    """One configuration of all modules, ready to be planned."""
    folder.mkdir(parents=True)
    escaped = lambda given: json.loads(json.dumps(given).replace("${", "$${").replace("%{", "%%{"))
    root = {
        "provider": {"aws": provider(endpoint)},
        # Two designs may have the same name; their folders do not.
        "module": {
            name: {"source": os.path.relpath(path, folder), "name": name[:40].lower(), **escaped(variables(path))}
            for name, path in modules.items()
        },
    }
    (folder / "main.tf.json").write_text(json.dumps(root, indent=2))


def applied(folder):
    """Applies what is ready to be planned; how many resources, of which a second plan changes none."""
    terraform(folder, "plan", "-input=false", "-no-color", "-out=first")
    terraform(folder, "apply", "-input=false", "-no-color", "first")
    terraform(folder, "plan", "-input=false", "-no-color", "-out=second")
    changes = json.loads(terraform(folder, "show", "-json", "second"))["resource_changes"]
    left = [change["address"] for change in changes if not is_empty(change)]
    if left:
        sys.exit(f"the second plan changes {', '.join(left)}")
    return len(changes)


def main():
    endpoint, plugins, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    folders = [Path(folder) for folder in sys.argv[4:] if (Path(folder) / "terraform").is_dir()]
    shutil.rmtree(work, ignore_errors=True)
    terraform(".", "fmt", "-check", "-diff", "-recursive", *(str(folder / "terraform") for folder in folders))
    modules = {folder.name: module(folder, work) for folder in folders}
    root = work / "all"
    configuration(root, endpoint, modules)
    terraform(root, "init", "-backend=false", "-input=false", f"-plugin-dir={plugins}")
    terraform(root, "validate", "-no-color")
    print(f"{applied(root)} resources of {len(modules)} stacks: applied, and the second plan is empty")


if __name__ == "__main__":
    main()
