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
        self.config = (ROOT / "shared/lambda/src/config.rs").read_text()
        # The field that holds each variable, by what is written above it.
        self.fields = {
            field: variable for variable, field in re.findall(r"/// `(SFN_ADVISOR_\w+)`[^\n]*\n    pub (\w+):", self.config)
        }
        self.assertEqual(set(re.findall(r"`(SFN_ADVISOR_\w+)`", self.config)), set(self.fields.values()))

    def read_by(self, function: str) -> set[str]:
        """The variables that a function's handler reads, itself or through what `Config` makes of them."""
        source = (ROOT / f"functions/{function}/src/handler.rs").read_text()
        names = set(re.findall(r"\bapp\s*\.config\s*\.(\w+)", source))
        if "collect" in names:
            (body,) = re.findall(r"pub fn collect\(.*?\n    }\n", self.config, re.S)
            names |= set(re.findall(r"\bself\.(\w+)", body))
        # Every function has the bucket: `serve` opens it.
        return {self.fields[name] for name in names if name in self.fields} | {"SFN_ADVISOR_BUCKET"}

    def test_each_function_is_given_what_it_reads_and_nothing_else(self) -> None:
        for tool, model in variants().items():
            for name, function in model["functions"].items():
                expected = self.read_by(name.removeprefix("sfn-advisor-")) - self.KEPT_AT_DEFAULT
                with self.subTest(tool=tool, function=name):
                    self.assertEqual(expected, set(function["environment"]))

    def test_every_variable_is_read_by_a_function(self) -> None:
        functions = [path.parents[1].name for path in (ROOT / "functions").glob("*/src/handler.rs")]
        self.assertEqual(set(self.fields.values()), {variable for name in functions for variable in self.read_by(name)})
        for tool, model in variants().items():
            with self.subTest(tool):
                self.assertEqual({f"sfn-advisor-{name}" for name in functions}, set(model["functions"]))

    def test_every_variable_is_explained(self) -> None:
        explained = re.findall(r"^\| `(SFN_ADVISOR_\w+)` \| ([^|]+) \|", (ROOT / "infra/README.md").read_text(), re.M)
        self.assertEqual(sorted(self.fields.values()), sorted(name for name, _ in explained))
        functions = [path.parents[1].name for path in (ROOT / "functions").glob("*/src/handler.rs")]
        for variable, readers in explained:
            readers_of = [name for name in functions if variable in self.read_by(name)]
            with self.subTest(variable):
                self.assertEqual(["all"] if len(readers_of) == len(functions) else sorted(readers_of), sorted(readers.split(", ")))


class Substitutions(unittest.TestCase):
    def test_each_name_in_the_definition_is_substituted_by_a_function(self) -> None:
        names = set(re.findall(r"\$\{(\w+)\}", str(definition())))
        self.assertEqual({"DiscoverFunctionArn", "InspectFunctionArn", "ReportFunctionArn"}, names)
        for tool, model in variants().items():
            with self.subTest(tool):
                audit = [name for name in model["functions"] if name != "sfn-advisor-design"]
                expected = {f"{name.rpartition('-')[2].capitalize()}FunctionArn": name for name in audit}
                given = {name: arn.rpartition(":")[2] for name, arn in model["machine"]["substitutions"].items()}
                self.assertEqual(expected, given)


if __name__ == "__main__":
    unittest.main()
