#!/usr/bin/env python3
"""`sam validate --lint` of many templates in one process: `sam.py TEMPLATE...`"""
import sys

from click.testing import CliRunner
from samcli.cli.main import cli


def main():
    failed = False
    for template in sys.argv[1:]:
        done = CliRunner().invoke(cli, ["validate", "--lint", "--template", template])
        if done.exit_code:
            failed = True
            print(f"{template}: {done.output}{done.exception or ''}")
    print(f"{len(sys.argv) - 1} templates of SAM validated")
    sys.exit(failed)


if __name__ == "__main__":
    main()
