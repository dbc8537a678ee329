"""One peer from PyPI over the files whose paths come on standard input; answers as tests/measure/peers.py reads it.

    python tests/measure/peers/python.py statelint|cfn-lint SECONDS < paths
"""

import json
import sys
import time

# Definitions in a template of CloudFormation: the more share one, the faster cfn-lint is.
TOGETHER = 100


def statelint():
    from statelint.linter import Linter

    return lambda texts: [judged(lambda text: Linter.validate(text), text) for text in texts]


def cfn_lint():
    from cfnlint.api import ManualArgs, lint

    def template(texts):
        role = "arn:aws:iam::111122223333:role/r"
        return json.dumps({
            "Resources": {
                f"M{number}": {
                    "Type": "AWS::StepFunctions::StateMachine",
                    "Properties": {"RoleArn": role, "DefinitionString": text},
                }
                for number, text in enumerate(texts)
            }
        })

    def batch(texts):
        told = [[] for _ in texts]
        for match in lint(template(texts), config=ManualArgs(regions=["us-east-1"])):
            if not match.rule.id.startswith("E"):
                continue
            place = [str(it) for it in getattr(match, "path", None) or []]
            if len(place) < 2 or place[0] != "Resources":
                # The template itself is refused: it is asked again about each definition.
                if len(texts) > 1:
                    return [batch([text])[0] for text in texts]
                place = ["Resources", "M0"]
            told[int(place[1][1:])].append(f"{match.rule.id} {match.message} {'/'.join(place[2:])}")
        return told

    def judge(texts):
        told = []
        for start in range(0, len(texts), TOGETHER):
            told += batch(texts[start:start + TOGETHER])
        return told

    return judge


def judged(judge, text):
    try:
        return judge(text)
    except Exception as error:  # noqa: BLE001, whatever a peer fails with is what it tells
        return [f"fails: {error}"]


def main():
    peer, seconds = sys.argv[1], float(sys.argv[2])
    texts = [open(path, encoding="utf-8", errors="replace").read() for path in sys.stdin.read().splitlines()]
    judge = {"statelint": statelint, "cfn-lint": cfn_lint}[peer]()
    begun, passes = time.process_time(), 1
    told = judge(texts)
    used = time.process_time() - begun
    if used < seconds and texts:
        begun, passes, used = time.process_time(), 0, 0.0
        while used < seconds:
            judge(texts)
            passes += 1
            used = time.process_time() - begun
    json.dump({"seconds": used, "passes": passes, "told": told}, sys.stdout)


if __name__ == "__main__":
    main()
