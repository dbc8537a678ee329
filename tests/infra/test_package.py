"""`sam package` finds the functions' zip files and the audit's definition, and uploads them as they are."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import boto3
import yaml

from cloudformation import Loader

COPY = Path(os.environ["SFN_ADVISOR_COPY"])
ENVIRONMENT = {
    **os.environ,
    "AWS_ENDPOINT_URL": os.environ["SFN_ADVISOR_ENDPOINT"],
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
}


class Package(unittest.TestCase):
    def setUp(self) -> None:
        self.s3 = boto3.client(
            "s3", endpoint_url=ENVIRONMENT["AWS_ENDPOINT_URL"], aws_access_key_id="local", aws_secret_access_key="local"
        )
        self.s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def uploaded(self, place: Any) -> bytes:
        """The content of what a packaged template points at."""
        if isinstance(place, dict):
            bucket, key = place["Bucket"], place["Key"]
        else:
            url = urlparse(place)
            bucket, key = url.netloc, url.path.lstrip("/")
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def test_what_is_uploaded_is_what_was_built(self) -> None:
        template, packaged = COPY / "infra/sam/template.yaml", COPY / "packaged.yaml"
        sam = Path(sys.executable).parent / "sam"
        done = subprocess.run(
            [sam, "package", "--template-file", template, "--s3-bucket", "artifacts", "--output-template-file", packaged],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        resources = yaml.load(packaged.read_text(), Loader)["Resources"]
        for name in ("discover", "inspect", "report", "design"):
            code = resources[f"{name.capitalize()}Function"]["Properties"]["CodeUri"]
            self.assertEqual((COPY / f"target/lambda/{name}/bootstrap.zip").read_bytes(), self.uploaded(code))
        definition = resources["AuditStateMachine"]["Properties"]["DefinitionUri"]
        self.assertEqual((COPY / "infra/audit.asl.json").read_bytes(), self.uploaded(definition))


if __name__ == "__main__":
    unittest.main()
