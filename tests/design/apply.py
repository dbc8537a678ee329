#!/usr/bin/env python3
"""Deploys written stacks to the local AWS server with Terraform, twice: the second plan must find nothing to do.

    apply.py ENDPOINT FOLDER VALUES    FOLDER holds a stack's terraform/, VALUES is JSON with its variables
"""
import json
import os
import subprocess
import sys
from pathlib import Path

# What the local server forgets, and AWS does not: kind of resource, and the attribute that comes back otherwise.
FORGOTTEN = {"aws_s3_bucket_notification": {"eventbridge"}}

SERVICES = (
    "apigateway cloudwatch dynamodb events iam iot kms logs pipes s3 scheduler sfn sns sqs sts".split()
)


def override(endpoint):
    endpoints = "\n".join(f'    {service} = "{endpoint}"' for service in SERVICES)
    return f"""provider "aws" {{
  access_key                  = "local"
  secret_key                  = "local"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  s3_use_path_style           = true

  endpoints {{
{endpoints}
  }}
}}
"""


def is_empty(change):
    what = change["change"]
    if what["actions"] in (["no-op"], ["read"]):
        return True
    before, after = what["before"] or {}, what["after"] or {}
    differs = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return what["actions"] == ["update"] and differs <= FORGOTTEN.get(change["type"], set())


def main():
    endpoint, folder, values = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    (folder / "local_override.tf").write_text(override(endpoint))
    (folder / "local.auto.tfvars.json").write_text(json.dumps(values))
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "AWS_MAX_ATTEMPTS": "2"}

    def terraform(*arguments):
        command = ["terraform", f"-chdir={folder}", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}")
        return done.stdout

    terraform("apply", "-auto-approve", "-input=false", "-no-color")
    terraform("plan", "-input=false", "-no-color", "-out=second")
    changes = json.loads(terraform("show", "-json", "second"))["resource_changes"]
    left = [change["address"] for change in changes if not is_empty(change)]
    if left:
        sys.exit(f"{folder.parent.name}: the second plan changes {', '.join(left)}")
    print(f"{folder.parent.name}: applied, and the second plan is empty")


if __name__ == "__main__":
    main()
