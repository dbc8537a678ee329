"""Terraform and SAM deploy the same, and what the functions read is what they are given."""

from __future__ import annotations

import re
import unittest

from deployment import ROOT, definition, variants
from from_terraform import plan

ONLY_TERRAFORM = {
    "ArtifactsDir": "SAM takes the path of the code from the template",
    "Tags": "SAM takes tags from `sam deploy --tags`",
}


class VariantsAgree(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        if "Terraform" not in variants():
            self.skipTest("no Terraform here")
        self.sam, self.terraform = variants()["SAM"], variants()["Terraform"]

    def test_everything_that_is_deployed(self) -> None:
        self.assertEqual(sorted(self.sam), sorted(self.terraform))
        for part in sorted(set(self.sam) - {"parameters"}):
            left, right = self.sam[part], self.terraform[part]
            if not isinstance(left, dict):
                left, right = {"": left}, {"": right}
            for key in sorted(set(left) | set(right)):
                with self.subTest(part=part, key=key):
                    self.assertEqual(left.get(key), right.get(key))

    def test_parameters(self) -> None:
        def plain(value: object) -> str:
            return "" if value is None or value == [] else str(value)

        terraform = {name: plain(value) for name, value in self.terraform["parameters"].items() if name not in ONLY_TERRAFORM}
        self.assertEqual({name: plain(value) for name, value in self.sam["parameters"].items()}, terraform)
        self.assertLessEqual(set(ONLY_TERRAFORM), set(self.terraform["parameters"]))

    def test_a_second_apply_would_change_nothing(self) -> None:
        found = plan()
        assert found is not None
        changes = {one["address"]: one["change"] for one in found["resource_changes"] if one["change"]["actions"] != ["no-op"]}
        for address, change in changes.items():
            with self.subTest(address):
                differs = {name for name, after in change["after"].items() if change["before"].get(name) != after}
                # The local server's Lambda does not keep it.
                self.assertEqual((change["actions"], differs), (["update"], {"logging_config"}))


class Environment(unittest.TestCase):
    """The variables that the functions read (shared/lambda) and those that they are given."""

    KEPT_AT_DEFAULT = {"SFN_ADVISOR_PAGE_SIZE"}

    def setUp(self) -> None:
        self.read = set(re.findall(r"`(SFN_ADVISOR_\w+)`", (ROOT / "shared/lambda/src/config.rs").read_text()))

    def test_every_variable_is_given_and_none_is_unknown(self) -> None:
        for tool, model in variants().items():
            for name, function in model["functions"].items():
                expected = self.read - self.KEPT_AT_DEFAULT
                if not name.endswith("-report"):
                    expected = expected - {"SFN_ADVISOR_TOPIC_ARN"}
                with self.subTest(tool=tool, function=name):
                    self.assertEqual(expected, set(function["environment"]))

    def test_every_variable_is_explained(self) -> None:
        explained = set(re.findall(r"^\| `(SFN_ADVISOR_\w+)`", (ROOT / "infra/README.md").read_text(), re.M))
        self.assertEqual(self.read, explained)


class Substitutions(unittest.TestCase):
    def test_each_name_in_the_definition_is_substituted_by_a_function(self) -> None:
        names = set(re.findall(r"\$\{(\w+)\}", str(definition())))
        self.assertEqual({"DiscoverFunctionArn", "InspectFunctionArn", "ReportFunctionArn"}, names)
        for tool, model in variants().items():
            with self.subTest(tool):
                expected = {f"{name.rpartition('-')[2].capitalize()}FunctionArn": name for name in model["functions"]}
                given = {name: arn.rpartition(":")[2] for name, arn in model["machine"]["substitutions"].items()}
                self.assertEqual(expected, given)


if __name__ == "__main__":
    unittest.main()
