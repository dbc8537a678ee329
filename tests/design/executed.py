#!/usr/bin/env python3
"""Has events run a designed saga on the local AWS server, and compares what happens with what `sfn-advisor simulate` says.

    executed.py PROGRAM FOLDER [--write]    FOLDER is what `sfn-advisor design` wrote for shared/design/examples/order-fulfilment.yaml

`execute` beside it makes FOLDER. Terraform deploys it; what the design only names (functions, a table, a topic) is made here.
Each case puts an event on the bus: the deployed rule starts the deployed machine by its alias. The faults are those of
tests/MockConfigFile.json: functions fail as the mock says, other services by a fault of the server, and a timeout is a call that
gets no answer. CASES_OF_TABLES are more, which only a real table can show: the same event again, a lost answer, a circuit that
opens and closes. Of each execution these have to be as in the simulation of the deployed definition with its input:

- status and error, and every event: its type, its state, and of a call also service, action and all of its arguments;
- the states and the end that the design itself expects (`SfnAdvisor` in its mock file);
- the contents of all tables, and of the queue of repairs, afterwards. What they should be comes from the simulation too: the calls
  that succeeded in it are made on tables of another Region.

Nothing of the definition is changed. Waits between retries last 10 ms instead of what they should (`max_wait_seconds`), and a call
without an answer times out at once. DIFFERENT lists what cannot be the same, and how it is compared all the same.
"""
import json
import re
import subprocess
import sys
import time
from datetime import timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "server"))

import harness  # noqa: E402
import seed  # noqa: E402
import terraform  # noqa: E402

NAME = "order-fulfilment"
DOCS = ROOT / "shared" / "docs" / "design.md"
# Where the tables lie that the simulation's calls are made on.
EXPECTED_REGION = "us-west-2"
# Seconds until an execution that has to end is given up on.
PATIENCE = 120

# What cannot be the same, by what it is: why, and how it is compared.
DIFFERENT = {
    "error names": "a mock throws `SomethingUnexpected` for any service, and services other than Lambda put their name in front "
    "(`DynamoDB.SomethingUnexpected`, `SNS.SomethingUnexpectedException`). The simulation gets the mock with that name.",
    "causes": "AWS tells the request and the status in them, a mock its own words. They are not compared.",
    "times": "`expiresAt` and `openUntil` are seconds from now, and the key of a count of failures has the minute. That there is "
    "one is compared.",
    "names": "the simulated execution is called `run`. The names are replaced by one.",
    "retry waits": "full jitter draws them, on both sides, and not with one seed. How many retries there are is compared.",
    "answers": "a mock answers `{}` where DynamoDB, SNS and SQS answer more. What the machine makes of them is compared: it "
    "stands in the arguments of all later calls, and in tables and queue.",
}

# Members that hold a time.
TIMES = {"expiresAt", "openUntil", ":expires", ":until"}


def case_of_tables(name, order, mocks, why, states, prepare=None, faults=()):
    return {"name": name, "order": order, "mocks": mocks, "why": why, "prepare": prepare, "faults": faults, "states": states}


def throws(error):
    return {"Throw": {"Error": error, "Cause": error}}


TAKEN = "DynamoDB.ConditionalCheckFailedException"
FAR, LONG_AGO = 9_999_999_999_999, 1


def is_open(until):
    """The row of an open circuit."""
    return {"id": {"S": "ChargeCard"}, "state": {"S": "OPEN"}, "openUntil": {"N": str(until)}}


def circuit(until):
    """What a mock answers to whoever reads that row."""
    return {"Circuit of ChargeCard": {"0": {"Return": {"Item": is_open(until)}}}}


# What the tables make of an event. `mocks` tells the simulation what they answer; on the server nothing is mocked.
CASES_OF_TABLES = [
    case_of_tables(
        "SameEventAgain", "Success", {"Claim": {"0": throws(TAKEN)}}, "the order is handled already", ["Claim", "Already handled"]
    ),
    case_of_tables(
        "AgainAfterAllWasUndone", "BookCarrierUnknownOutcome", {}, "what was taken back may be done anew", ["SaveOrder", "TellCustomer"]
    ),
    case_of_tables(
        "AnswerOfSaveOrderLost", None, {"SaveOrder": {"0": throws("States.Timeout"), "1": throws(TAKEN)}},
        "the row is written and the answer lost: the retry finds the row, and goes on", ["SaveOrder", "BookCarrier"],
        faults=[("SaveOrder", {"kind": "never", "after": True, "times": 1})],
    ),
    case_of_tables(
        "AnswerOfChargeCardLost", None, {"ChargeCard": {"0": throws("States.Timeout"), "1": {"Return": {"StatusCode": 200, "Payload": {}}}}},
        "the card is charged and the answer lost: the retry has the same key", ["ChargeCard", "SaveOrder"],
        faults=[("ChargeCard", {"kind": "never", "after": True, "times": 1})],
    ),
    case_of_tables(
        "FifthFailureOpensCircuit", None,
        {
            "ChargeCard": {"0-9": throws("States.Timeout")},
            "Count failure of ChargeCard": {"0": {"Return": {"Attributes": {"failures": {"N": "5"}}}}},
        },
        "four failures were counted in this minute", ["Count failure of ChargeCard", "ChargeCard out?", "Open circuit of ChargeCard"],
        prepare=lambda run: run.count_failures(4), faults=[("ChargeCard", {"kind": "never"})],
    ),
    case_of_tables(
        "CircuitIsOpen", None, circuit(FAR), "ChargeCard is not called", ["May call ChargeCard?", "ChargeCard is out", "Undo ReserveStock"],
        prepare=lambda run: run.put_circuit(FAR),
    ),
    case_of_tables(
        "ProbeFails", None, circuit(LONG_AGO) | {"Probe ChargeCard": {"0": throws("States.Timeout")}},
        "the time is over: one call is tried, and fails", ["Probe ChargeCard?", "Probe ChargeCard", "Reopen circuit of ChargeCard"],
        prepare=lambda run: run.put_circuit(LONG_AGO), faults=[("ChargeCard", {"kind": "never"})],
    ),
    case_of_tables(
        "ProbeSucceeds", None, circuit(LONG_AGO), "the call that is tried succeeds", ["Probe ChargeCard", "Close circuit of ChargeCard", "SaveOrder"],
        prepare=lambda run: run.put_circuit(LONG_AGO),
    ),
]  # fmt: skip


def service_of(state):
    """`dynamodb`, `putItem` of a Task."""
    return state["Resource"].removeprefix("arn:aws:states:::").split(":")


def target_of(state):
    """A fault's fields that hit the calls of a Task and of no other resource."""
    service, action = service_of(state)
    arguments = state["Arguments"]
    named = next(arguments[key] for key in ("FunctionName", "TableName", "TopicArn", "QueueUrl") if key in arguments)
    # A table is named in JSON, all else in a path or a form.
    text = f'"{named}"' if service == "dynamodb" else named.rpartition(":")[2]
    return {"op": f"{service}:{action[0].upper()}{action[1:]}", "resource": text, "internal": True}


def error_of_service(state, error):
    """An error as the service of a Task tells it."""
    service, _ = service_of(state)
    pattern = {"dynamodb": "DynamoDB.{}", "sns": "SNS.{}Exception", "sqs": "SQS.{}Exception"}.get(service, "{}")
    return error if error.startswith("States.") else pattern.format(error)


def details(event):
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {}) or {}


def comparable(value, names):
    """Without what DIFFERENT lists; text that is JSON is read."""
    if isinstance(value, dict):
        if set(value) == {"Error", "Cause"}:
            return {"Error": value["Error"]}
        known = {}
        for key, item in value.items():
            is_time = key in TIMES and item not in (0, {"N": "0"})
            known[key] = "(a time)" if is_time else comparable(item, names)
        return known
    if isinstance(value, list):
        return [comparable(item, names) for item in value]
    if isinstance(value, str):
        if value[:1] in "{[" and value[-1:] in "}]":
            try:
                return comparable(json.loads(value), names)
            except ValueError:
                return value
        for name in names:
            value = value.replace(name, "(name)")
        return re.sub(r"^ChargeCard#\d{6,}$", "ChargeCard#(minute)", value)
    return value


def told(events, names):
    """Events as they are compared: type, state, and what a call or an error is."""
    state, lines = "", []
    for event in events:
        found = details(event)
        if event["type"].endswith("StateEntered"):
            state = found["name"]
        line = {"type": event["type"], "state": "" if event["type"].startswith("Execution") else state}
        if event["type"] == "TaskScheduled":
            line |= {key: found[key] for key in ("resourceType", "resource")}
            line["parameters"] = comparable(found["parameters"], names)
            line["timeoutInSeconds"] = found.get("timeoutInSeconds")
        if "error" in found:
            line["error"] = found["error"]
        lines.append(line)
    return lines


def shown(lines):
    """A line for each state with its events in order; what is repeated is counted."""
    visits = []
    for line in lines:
        if line["type"].endswith("StateEntered") or line["type"].startswith("Execution"):
            visits.append((line["state"], []))
        kind = line["type"] + (f" ({line['error']})" if "error" in line else "")
        visits[-1][1].append(kind)
    out = []
    for state, kinds in visits:
        text, at = [], 0
        while at < len(kinds):
            part, count = kinds[at : at + 3], 1
            while len(part) == 3 and kinds[at + 3 * count : at + 3 * count + 3] == part:
                count += 1
            if count > 1:
                text.append(f"{count} x ({', '.join(part)})")
                at += 3 * count
            else:
                text.append(kinds[at])
                at += 1
        out.append(f"{state:<28} {', '.join(text)}".strip() if state else ", ".join(text))
    return out


class Executed:
    """The deployed design, and what is around it."""

    def __init__(self, program, folder, server):
        self.program, self.folder, self.server = program, folder, server
        self.apply()
        output = json.loads(self.run("terraform", f"-chdir={folder / 'terraform'}", "output", "-json"))
        self.machine, self.repairs = output["state_machine_arn"]["value"], output["repairs_url"]["value"]
        self.aws = seed.Clients(server.url, self.machine.split(":")[3])
        self.expected_aws = seed.Clients(server.url, EXPECTED_REGION)
        self.sfn, self.events, self.sqs = self.aws.sfn, self.aws.client("events"), self.aws.client("sqs")
        self.tables = {True: self.aws.client("dynamodb"), False: self.expected_aws.client("dynamodb")}
        text = self.sfn.describe_state_machine(stateMachineArn=self.machine)["definition"]
        (folder / "deployed.asl.json").write_text(text)
        self.states = json.loads(text)["States"]
        self.mocks = json.loads((folder / "tests" / "MockConfigFile.json").read_text())
        self.make_what_is_named()
        self.started, self.orders, self.problems = set(), {}, []

    def apply(self):
        folder = self.folder / "terraform"
        local = {name: value for name, value in terraform.provider(self.server.url).items() if name != "region"}
        (folder / "local_override.tf.json").write_text(json.dumps({"provider": {"aws": local}}))
        print(f"{terraform.applied(folder)} resources: applied, and the second plan is empty")

    def run(self, *command):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command[0]}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def make_what_is_named(self):
        """A table and a topic that the design takes as there; functions answer `{}`; and all tables once more, for what is expected."""
        key = {"AttributeName": "orderId", "KeyType": "HASH"}
        attribute = {"AttributeName": "orderId", "AttributeType": "S"}
        self.tables[True].create_table(
            TableName="orders", KeySchema=[key], AttributeDefinitions=[attribute], BillingMode="PAY_PER_REQUEST"
        )
        self.aws.client("sns").create_topic(Name="order-events")
        names = {state["Arguments"]["TableName"] for state in self.states.values() if "TableName" in state.get("Arguments", {})}
        self.table_names = sorted(names)
        for name in self.table_names:
            table = self.tables[True].describe_table(TableName=name)["Table"]
            self.tables[False].create_table(
                TableName=name, KeySchema=table["KeySchema"], AttributeDefinitions=table["AttributeDefinitions"],
                BillingMode="PAY_PER_REQUEST",
            )  # fmt: skip

    def count_failures(self, failures):
        """That many were counted, in this minute and in the next."""
        minute = int(time.time()) // 60
        for at in (minute, minute + 1):
            row = {"id": {"S": f"ChargeCard#{at}"}, "failures": {"N": str(failures)}, "expiresAt": {"N": "1"}}
            self.put(row)

    def put_circuit(self, until):
        self.put(is_open(until))

    def put(self, row):
        for tables in self.tables.values():
            tables.put_item(TableName=f"{NAME}-circuits", Item=row)

    def forget_counts(self):
        """Counts of failures are by the minute, and the simulation has its own minutes: each case begins without."""
        for tables in self.tables.values():
            for row in tables.scan(TableName=f"{NAME}-circuits")["Items"]:
                if "#" in row["id"]["S"]:
                    tables.delete_item(TableName=f"{NAME}-circuits", Key={"id": row["id"]})

    def cases_of_design(self):
        """Those of its own mock file."""
        responses = self.mocks["MockedResponses"]
        for name, states in self.mocks["StateMachines"][NAME]["TestCases"].items():
            mocks, faults = {}, []
            for state, response in states.items():
                answers = json.loads(json.dumps(responses[response]))
                for answer in answers.values():
                    if "Throw" in answer:
                        answer["Throw"]["Error"] = error_of_service(self.states[state], answer["Throw"]["Error"])
                        faults.append((state, self.fault(state, answer["Throw"])))
                mocks[state] = answers
            yield {"name": name, "order": None, "mocks": mocks, "faults": faults, "prepare": None, "why": "", "states": []}

    def answers(self):
        """What each state is answered where all is well, from all test cases of the design."""
        responses, found = self.mocks["MockedResponses"], {}
        for states in self.mocks["StateMachines"][NAME]["TestCases"].values():
            fine = {state: responses[response] for state, response in states.items()}
            found |= {state: answers for state, answers in fine.items() if not any("Throw" in it for it in answers.values())}
        return found

    def fault(self, state, throw):
        """What has a call fail as a mock says."""
        error = throw["Error"]
        if error == "States.Timeout":
            return {"kind": "never"}
        if service_of(self.states[state])[0] == "lambda":
            return {"kind": "function", "error": {"errorType": error, "errorMessage": throw["Cause"]}}
        return {"kind": "error", "code": error.partition(".")[2].removesuffix("Exception"), "message": throw["Cause"], "status": 400}

    def arrange(self, faults):
        self.server.admin("DELETE", "faults")
        for name in self.server.admin("GET", "lambda"):
            self.server.admin("DELETE", f"lambda/{name}")
        self.server.admin("POST", "lambda/*", {"response": {}})
        for state, fault in faults:
            target = target_of(self.states[state])
            if fault["kind"] == "function":
                self.server.admin("POST", f"lambda/{target['resource']}", {"error": fault["error"]})
            else:
                self.server.admin("POST", "faults", target | fault)

    def execute(self, order):
        """Puts the event, and waits for the end of what it starts."""
        entry = {"Source": "shop.checkout", "DetailType": "OrderPlaced", "Detail": json.dumps({"orderId": order})}
        sent = self.events.put_events(Entries=[entry])
        if sent["FailedEntryCount"]:
            sys.exit(f"the event was not taken: {sent}")
        listed = self.sfn.list_executions(stateMachineArn=self.machine)["executions"]
        new = [one["executionArn"] for one in listed if one["executionArn"] not in self.started]
        if len(new) != 1:
            sys.exit(f"the event of {order} started {len(new)} executions")
        self.started.update(new)

        def ended():
            found = self.sfn.describe_execution(executionArn=new[0])
            return None if found["status"] == "RUNNING" else found

        found = harness.wait_for(ended, PATIENCE)
        if not found:
            sys.exit(f"the execution of {order} did not end")
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=new[0])
        return found, [event for page in pages for event in page["events"]]

    def simulate(self, case, found):
        """What `sfn-advisor simulate` says of the deployed definition with the same input, started at the same time."""
        mocks = self.answers() | case["mocks"]
        file = {
            "StateMachines": {NAME: {"TestCases": {case["name"]: {state: state for state in mocks}}}},
            "MockedResponses": mocks,
        }
        path = self.folder / "executed.mocks.json"
        path.write_text(json.dumps(file))
        start = found["startDate"].astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        out = self.run(
            self.program, "simulate", self.folder / "deployed.asl.json", "--mocks", path, "--case", case["name"],
            "--input", found["input"], "--start", start, "--format", "json",
        )  # fmt: skip
        return json.loads(out)

    def make_calls(self, lines, events):
        """Makes the calls of a simulation that succeeded, and those whose answer only was lost. Returns what is sent to the queue."""
        sent = []
        methods = {"putItem": "put_item", "updateItem": "update_item", "deleteItem": "delete_item", "getItem": "get_item"}
        for at, event in enumerate(events):
            if event["type"] != "TaskScheduled":
                continue
            end = next(other["type"] for other in events[at:] if other["type"] in ("TaskSucceeded", "TaskFailed", "TaskTimedOut"))
            found = details(event)
            parameters = json.loads(found["parameters"])
            is_done = end == "TaskSucceeded" or (lines[at]["state"], end) in self.lost
            if found["resourceType"] == "dynamodb" and is_done:
                getattr(self.tables[False], methods[found["resource"]])(**parameters)
            elif found["resourceType"] == "sqs" and is_done:
                sent.append(parameters["MessageBody"])
        return sent

    def contents(self, deployed, names):
        """All rows of all tables, as they are compared."""
        rows = {}
        for name in self.table_names:
            found = [comparable(row, names) for row in self.tables[deployed].scan(TableName=name)["Items"]]
            rows[name] = sorted(found, key=lambda row: json.dumps(row, sort_keys=True))
        return rows

    def received(self):
        """Takes all messages off the queue of repairs."""
        messages = []
        while True:
            batch = self.sqs.receive_message(QueueUrl=self.repairs, MaxNumberOfMessages=10).get("Messages", [])
            if not batch:
                return messages
            for message in batch:
                messages.append(message["Body"])
                self.sqs.delete_message(QueueUrl=self.repairs, ReceiptHandle=message["ReceiptHandle"])

    def judge(self, case):
        """Runs a case in both ways. Returns its lines for people."""
        name = case["name"]
        self.forget_counts()
        if case["prepare"]:
            case["prepare"](self)
        self.arrange(case["faults"])
        order = self.orders.setdefault(case["order"] or name, f"order-{len(self.orders) + 1}")
        found, events = self.execute(order)
        simulated = self.simulate(case, found)
        names = [found["executionArn"], found["name"], "arn:aws:states:us-east-1:123456789012:execution:simulated:run"]
        self.lost = {(state, "TaskTimedOut") for state, fault in case["faults"] if fault.get("after")}
        real, expected = told(events, names), told(simulated["events"], [*names, "run"])
        self.hold(name, "status", found["status"], simulated["status"])
        self.hold(name, "error", found.get("error"), simulated["error"])
        self.hold(name, "events", real, expected)
        entered = [line["state"] for line in real if line["type"].endswith("StateEntered")]
        said = self.mocks["SfnAdvisor"][NAME].get(name, {}).get("Expect")
        if said:
            self.hold(name, "the states that the design expects", entered, said["entered"])
            self.hold(name, "the status that the design expects", found["status"], said["status"])
        missed = [state for state in case["states"] if state not in entered]
        self.hold(name, "states that have to be gone through and are not", missed, [])
        messages = [comparable(json.loads(text), names) for text in self.received()]
        wanted = [comparable(body, [*names, "run"]) for body in self.make_calls(expected, simulated["events"])]
        self.hold(name, "the queue of repairs", messages, wanted)
        self.names = [*getattr(self, "names", []), *names[:2]]
        self.hold(name, "the tables", self.contents(True, self.names), self.contents(False, ["run"]))
        (self.folder / "histories").mkdir(exist_ok=True)
        (self.folder / "histories" / f"{name}.json").write_text(json.dumps({"events": events}, default=str, indent=1))
        tried = [state for state in entered if state.startswith("Undo ")]
        done = {line["state"] for line in real if line["type"] == "TaskSucceeded"}
        end = found["status"] + (f" with {found['error']}" if found.get("error") else "")
        retries = sum(line["type"] == "TaskScheduled" for line in real) - len([state for state in entered if "Resource" in self.states[state]])
        head = f"{name}: {end}; {len(entered)} states, {retries} retries" + (f"; {case['why']}" if case["why"] else "")
        for what, states in (("taken back", [one for one in tried if one in done]), ("not taken back", [one for one in tried if one not in done])):
            if states:
                head += f"\n  {what}: {', '.join(state.removeprefix('Undo ') for state in states)}"
        return head, shown(real)

    def hold(self, case, what, real, expected):
        if real == expected:
            return
        if isinstance(real, list) and isinstance(expected, list):
            at = next((at for at, pair in enumerate(zip(real, expected)) if pair[0] != pair[1]), min(len(real), len(expected)))
            real, expected = real[at : at + 2], expected[at : at + 2]
            what = f"{what}, from number {at + 1} on"
        self.problems.append(
            f"{case}: {what}:\n    executed   {json.dumps(real, sort_keys=True)}\n    simulated  {json.dumps(expected, sort_keys=True)}"
        )


def into_docs(write, blocks):
    """Holds or writes what the docs show: a block after each `<!-- tests/design/execute: CASE -->`."""
    text = DOCS.read_text() if DOCS.is_file() else ""

    def block(found):
        lines = blocks.get(found.group(1), ["there is no such case"])
        return f"<!-- tests/design/execute: {found.group(1)} -->\n```\n" + "\n".join(lines) + "\n```\n"

    new = re.sub(r"<!-- tests/design/execute: (\w+) -->\n```\n.*?\n```\n", block, text, flags=re.DOTALL)
    if new == text:
        return []
    if write:
        DOCS.write_text(new)
        return []
    return [f"{DOCS.relative_to(ROOT)} shows other events: run `tests/design/execute --write`"]


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    server = harness.Server()
    try:
        server.admin("POST", "config", {"max_wait_seconds": 0.01})
        run = Executed(program, folder, server)
        blocks = {}
        for case in [*run.cases_of_design(), *CASES_OF_TABLES]:
            head, lines = run.judge(case)
            blocks[case["name"]] = [*head.splitlines(), *(f"  {line}" for line in lines)]
            print("\n" + "\n".join(blocks[case["name"]]))
    finally:
        server.stop()
    print("\nnot the same in both, and compared as it is said here:")
    for what, why in DIFFERENT.items():
        print(f"  {what}: {why}")
    problems = run.problems + into_docs("--write" in sys.argv, blocks)
    if problems:
        sys.exit("\n" + "\n".join(problems))
    print(f"\n{len(blocks)} cases: executed as simulated")


if __name__ == "__main__":
    main()
