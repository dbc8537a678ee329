"""CloudWatch: statistics, metric math, paging, alarms, and the CBOR protocol."""

from __future__ import annotations

import unittest
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2

from harness import Case, seed

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
START = NOW - timedelta(days=14)
WINDOW = 14 * 86_400
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:one"
OTHER = "arn:aws:states:us-east-1:123456789012:stateMachine:two"


def query(
    name: str, metric: str, stat: str, period: int = WINDOW, arn: str | None = ARN, **more: Any
) -> dict[str, Any]:
    dimensions = seed.by_machine(arn) if arn else []
    metric_of = {"Namespace": more.pop("namespace", seed.NAMESPACE), "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric_of, "Period": period, "Stat": stat}, **more}


class Data(Case):
    def put(
        self, metric: str, values: list[float], at: datetime, arn: str | None = ARN, counts: list[float] | None = None
    ) -> None:
        datum = seed.datum(metric, arn, at, values, counts or [1.0] * len(values), "Count")
        self.cloudwatch.put_metric_data(Namespace=seed.NAMESPACE, MetricData=[datum])

    def get(
        self, queries: list[dict[str, Any]], start: datetime = START, end: datetime = NOW, **more: Any
    ) -> dict[str, Any]:
        found = self.cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end, **more)
        return {row["Id"]: row for row in found["MetricDataResults"]}

    def test_statistics_come_from_the_whole_distribution(self) -> None:
        for day in (1, 5, 9):
            self.put("ExecutionTime", [float(value) for value in range(1, 101)], NOW - timedelta(days=day))
        wanted = {
            "p50": 50.0,
            "p90": 90.0,
            "p99": 99.0,
            "p99.9": 100.0,
            "tm90": 45.5,
            "Sum": 15150.0,
            "Average": 50.5,
            "Minimum": 1.0,
            "Maximum": 100.0,
            "SampleCount": 300.0,
        }
        rows = self.get([query(f"m{at}", "ExecutionTime", stat) for at, stat in enumerate(wanted)])
        got = {stat: rows[f"m{at}"]["Values"] for at, stat in enumerate(wanted)}
        self.assertEqual(got, {stat: [value] for stat, value in wanted.items()})

    def test_counts_weigh_values(self) -> None:
        self.put("ExecutionTime", [10.0, 1000.0], NOW - timedelta(hours=1), counts=[99.0, 1.0])
        rows = self.get(
            [
                query("a", "ExecutionTime", "p99"),
                query("b", "ExecutionTime", "p99.5"),
                query("c", "ExecutionTime", "Sum"),
            ]
        )
        self.assertEqual([rows[name]["Values"] for name in "abc"], [[10.0], [1000.0], [1990.0]])

    def test_statistic_sets_have_no_percentiles(self) -> None:
        stats = {"SampleCount": 4.0, "Sum": 40.0, "Minimum": 5.0, "Maximum": 20.0}
        datum = {"MetricName": "Set", "Timestamp": NOW - timedelta(hours=2), "StatisticValues": stats}
        self.cloudwatch.put_metric_data(Namespace=seed.NAMESPACE, MetricData=[datum])
        rows = self.get([query("p", "Set", "p50", arn=None), query("s", "Set", "Average", arn=None)])
        self.assertEqual((rows["p"]["Values"], rows["s"]["Values"]), ([], [10.0]))

    def test_namespace_and_exact_dimensions_select(self) -> None:
        at = NOW - timedelta(hours=1)
        self.put("ExecutionsFailed", [1.0], at)
        self.put("ExecutionsFailed", [7.0], at, arn=OTHER)
        self.put("ExecutionsFailed", [30.0], at, arn=None)
        rows = self.get(
            [
                query("one", "ExecutionsFailed", "Sum"),
                query("two", "ExecutionsFailed", "Sum", arn=OTHER),
                query("all", "ExecutionsFailed", "Sum", arn=None),
                query("elsewhere", "ExecutionsFailed", "Sum", namespace="Other"),
            ]
        )
        self.assertEqual(
            [rows[name]["Values"] for name in ("one", "two", "all", "elsewhere")], [[1.0], [7.0], [30.0], []]
        )
        self.assertTrue(all(row["StatusCode"] == "Complete" for row in rows.values()))

    def test_periods_start_at_the_rounded_start_time(self) -> None:
        for minute in (1, 4, 6, 11):
            self.put("M", [1.0], NOW - timedelta(hours=1) + timedelta(minutes=minute), arn=None)
        begin = NOW - timedelta(hours=1) + timedelta(seconds=30)
        row = self.get([query("m", "M", "Sum", 300, arn=None)], start=begin, ScanBy="TimestampAscending")["m"]
        starts = [int((stamp - (NOW - timedelta(hours=1))).total_seconds()) for stamp in row["Timestamps"]]
        self.assertEqual((starts, row["Values"]), ([0, 300, 600], [2.0, 1.0, 1.0]))
        newest_first = self.get([query("m", "M", "Sum", 300, arn=None)], start=begin)["m"]
        self.assertEqual(newest_first["Values"], [1.0, 1.0, 2.0])

    def test_metric_math(self) -> None:
        for hour, failed, started in ((1, 2.0, 10.0), (2, 0.0, 5.0), (3, None, 4.0)):
            at = NOW - timedelta(hours=hour)
            if failed is not None:
                self.put("ExecutionsFailed", [failed], at)
            self.put("ExecutionsStarted", [started], at)
        base = [
            query("f", "ExecutionsFailed", "Sum", 3600, ReturnData=False),
            query("s", "ExecutionsStarted", "Sum", 3600, ReturnData=False),
        ]
        expressions = {
            "rate": ("100 * f / s", [0.0, 20.0]),
            "filled": ("FILL(f, 0) + s", [4.0, 5.0, 12.0]),
            "either": ("SUM([f, s])", [4.0, 5.0, 12.0]),
            "every": ("SUM(METRICS())", [4.0, 5.0, 12.0]),
            "most": ("MAX([f, s])", [4.0, 5.0, 10.0]),
            "alarm": ("IF(FILL(f, 0) > 1, 1, 0)", [0.0, 0.0, 1.0]),
            "chained": ("(rate + 1) * -2", [-2.0, -42.0]),
            "scaled": ("s / SUM(s) * 19", [4.0, 5.0, 10.0]),
        }
        queries = base + [{"Id": name, "Expression": text} for name, (text, _) in expressions.items()]
        rows = self.get(queries, start=NOW - timedelta(hours=3), ScanBy="TimestampAscending")
        self.assertEqual(
            {name: rows[name]["Values"] for name in rows}, {name: values for name, (_, values) in expressions.items()}
        )

    def test_a_wrong_expression_is_an_error(self) -> None:
        for text in (
            "f +",
            "nothing * 2",
            "SEARCH('x', 'Sum', 300)",
            "SUM(f)",
            "ANOMALY_DETECTION_BAND(f, 2)",
            "e",
            "1 + 1",
        ):
            queries = [query("f", "ExecutionsFailed", "Sum", 3600), {"Id": "e", "Expression": text}]
            self.put("ExecutionsFailed", [1.0], NOW - timedelta(hours=1))
            with self.subTest(text):
                self.assertEqual(self.error_code(self.get, queries=queries), "ValidationError")

    def test_limits(self) -> None:
        wrong = {
            "501 queries": [query(f"m{at}", "M", "Sum") for at in range(501)],
            "period": [query("m", "M", "Sum", 90)],
            "statistic": [query("m", "M", "q99")],
            "id": [query("M", "M", "Sum")],
            "twice": [query("m", "M", "Sum"), query("m", "M", "Sum")],
            "neither": [{"Id": "m"}],
        }
        for reason, queries in wrong.items():
            with self.subTest(reason):
                self.assertEqual(self.error_code(self.get, queries=queries), "ValidationError")
        self.assertEqual(len(self.get([query(f"m{at}", "M", "Sum") for at in range(500)])), 500)

    def test_fine_periods_of_old_data_are_gone(self) -> None:
        self.server.admin("POST", "config", {"metrics_any_age": True})
        self.put("M", [1.0], NOW - timedelta(days=20), arn=None)
        for period, values in ((60, []), (300, [1.0]), (86_400, [1.0])):
            row = self.get([query("m", "M", "Sum", period, arn=None)], start=NOW - timedelta(days=21))["m"]
            self.assertEqual(row["Values"], values, period)

    def test_pages_by_data_points(self) -> None:
        for hour in range(10):
            self.put("A", [float(hour)], NOW - timedelta(hours=hour + 1), arn=None)
            self.put("B", [float(hour)], NOW - timedelta(hours=hour + 1), arn=None)
        queries = [
            query("a", "A", "Sum", 3600, arn=None),
            query("b", "B", "Sum", 3600, arn=None),
            query("none", "C", "Sum", 3600),
        ]
        arguments = {"MetricDataQueries": queries, "StartTime": START, "EndTime": NOW, "MaxDatapoints": 8}
        seen: dict[str, list[float]] = {}
        pages, token = 0, None
        while pages == 0 or token:
            found = self.cloudwatch.get_metric_data(**arguments, **({"NextToken": token} if token else {}))
            pages, token = pages + 1, found.get("NextToken")
            for row in found["MetricDataResults"]:
                seen.setdefault(row["Id"], []).extend(row["Values"])
        self.assertEqual(pages, 3)
        self.assertEqual(
            seen, {"a": [float(hour) for hour in range(10)], "b": [float(hour) for hour in range(10)], "none": []}
        )
        self.assertEqual(
            self.error_code(self.cloudwatch.get_metric_data, **arguments, NextToken="nonsense"), "InvalidNextToken"
        )

    def test_get_metric_statistics(self) -> None:
        self.put("ExecutionTime", [1.0, 2.0, 9.0], NOW - timedelta(hours=1))
        found = self.cloudwatch.get_metric_statistics(
            Namespace=seed.NAMESPACE,
            MetricName="ExecutionTime",
            Dimensions=seed.by_machine(ARN),
            StartTime=NOW - timedelta(days=1),
            EndTime=NOW,
            Period=86_400,
            Statistics=["Sum", "Maximum"],
        )
        self.assertEqual(
            [(row["Sum"], row["Maximum"], row["Unit"]) for row in found["Datapoints"]], [(12.0, 9.0, "Count")]
        )

    def test_list_metrics_filters_and_hides_old_ones(self) -> None:
        self.put("ExecutionsFailed", [1.0], NOW - timedelta(hours=1))
        self.put("ExecutionsFailed", [1.0], NOW - timedelta(days=2), arn=OTHER)
        listed = self.cloudwatch.list_metrics(Namespace=seed.NAMESPACE, Dimensions=[{"Name": "StateMachineArn"}])[
            "Metrics"
        ]
        self.assertEqual([one["Dimensions"][0]["Value"] for one in listed], [ARN, OTHER])
        recent = self.cloudwatch.list_metrics(Namespace=seed.NAMESPACE, RecentlyActive="PT3H")["Metrics"]
        self.assertEqual([one["Dimensions"][0]["Value"] for one in recent], [ARN])

    def test_too_old_data_is_refused(self) -> None:
        self.assertEqual(
            self.error_code(self.put, metric="M", values=[1.0], at=NOW - timedelta(days=20)), "InvalidParameterValue"
        )

    def test_seeded_traffic_adds_up(self) -> None:
        load = seed.Traffic(started_per_day=1000, failed_share=0.02, transitions=6.0, median_ms=500, p99_ms=2000)
        totals = seed.traffic(self.aws, ARN, load)
        end = datetime.now(UTC) + timedelta(minutes=1)
        consumed = query("t", "ConsumedCapacity", "Sum")
        consumed["MetricStat"]["Metric"]["Dimensions"].append({"Name": "ServiceMetric", "Value": "StateTransition"})
        rows = self.get(
            [
                query("s", "ExecutionsStarted", "Sum"),
                query("f", "ExecutionsFailed", "Sum"),
                query("p", "ExecutionTime", "p50"),
                consumed,
            ],
            start=end - timedelta(days=14),
            end=end,
        )
        self.assertEqual(rows["s"]["Values"], [totals["ExecutionsStarted"]])
        self.assertAlmostEqual(totals["ExecutionsStarted"], 14_000, delta=1)
        self.assertAlmostEqual(rows["f"]["Values"][0], 280, delta=1)
        self.assertEqual(rows["t"]["Values"], [6.0 * totals["ExecutionsStarted"]])
        self.assertTrue(450 < rows["p"]["Values"][0] < 550)

    def test_the_account_adds_up_to_its_machines(self) -> None:
        standard = seed.traffic(self.aws, ARN, seed.Traffic(started_per_day=100, transitions=6.0))
        express = seed.traffic(self.aws, ARN + "-express", seed.Traffic(started_per_day=50, express=True))
        end = datetime.now(UTC) + timedelta(minutes=1)
        asked = {"s": "ExecutionsStarted", "t": "ConsumedCapacity", "e": "ExpressExecutionBilledDuration"}
        queries = [query(name, metric, "Sum") for name, metric in asked.items()]
        for one in queries:
            one["MetricStat"]["Metric"]["Dimensions"] = []
        queries[1]["MetricStat"]["Metric"]["Dimensions"] = [{"Name": "ServiceMetric", "Value": "StateTransition"}]
        rows = self.get(queries, start=end - timedelta(days=14), end=end)
        self.assertEqual(rows["s"]["Values"], [standard["ExecutionsStarted"] + express["ExecutionsStarted"]])
        self.assertEqual(rows["t"]["Values"], [standard["ConsumedCapacity"]])
        self.assertEqual(rows["e"]["Values"], [express["ExpressExecutionBilledDuration"]])


class Alarms(Case):
    def test_pages_and_types(self) -> None:
        for number in range(120):
            seed.alarm(self.aws, f"alarm-{number:03}", ARN)
        seed.composite_alarm(self.aws, "page", ["alarm-000", "alarm-001"])
        first = self.cloudwatch.describe_alarms()
        self.assertEqual((len(first["MetricAlarms"]), len(first["CompositeAlarms"])), (50, 0))
        second = self.cloudwatch.describe_alarms(MaxRecords=100, NextToken=first["NextToken"])
        self.assertEqual((second["MetricAlarms"][0]["AlarmName"], len(second["MetricAlarms"])), ("alarm-050", 70))
        both = self.cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        self.assertEqual(sum(len(page["MetricAlarms"]) + len(page["CompositeAlarms"]) for page in both), 121)
        only = self.cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
        self.assertEqual(
            [one["AlarmRule"] for one in only["CompositeAlarms"]], ['ALARM("alarm-000") OR ALARM("alarm-001")']
        )
        self.assertEqual(self.error_code(self.cloudwatch.describe_alarms, MaxRecords=101), "ValidationError")

    def test_alarms_come_back_as_they_were_put(self) -> None:
        seed.math_alarm(self.aws, "math", ARN)
        seed.alarm(self.aws, "p99", ARN, "ExecutionTime", Threshold=5000.0)
        found = {one["AlarmName"]: one for one in self.cloudwatch.describe_alarms()["MetricAlarms"]}
        self.assertEqual([one["Id"] for one in found["math"]["Metrics"]], ["m0", "m1", "total"])
        self.assertEqual(found["math"]["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"], seed.by_machine(ARN))
        self.assertNotIn("Metrics", found["p99"])
        self.assertEqual((found["p99"]["StateValue"], found["p99"]["ActionsEnabled"]), ("INSUFFICIENT_DATA", True))
        self.cloudwatch.set_alarm_state(AlarmName="p99", StateValue="ALARM", StateReason="test")
        self.cloudwatch.disable_alarm_actions(AlarmNames=["p99"])
        (ringing,) = self.cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
        self.assertEqual((ringing["AlarmName"], ringing["ActionsEnabled"]), ("p99", False))

    def test_alarms_for_a_metric_match_its_dimensions(self) -> None:
        seed.alarm(self.aws, "one", ARN)
        seed.alarm(self.aws, "two", OTHER)
        seed.alarm(self.aws, "account", None)
        for dimensions, name in ((seed.by_machine(ARN), "one"), ([], "account")):
            found = self.cloudwatch.describe_alarms_for_metric(
                Namespace=seed.NAMESPACE, MetricName="ExecutionsFailed", Dimensions=dimensions
            )
            self.assertEqual([one["AlarmName"] for one in found["MetricAlarms"]], [name])

    def test_a_composite_needs_its_children(self) -> None:
        self.assertEqual(
            self.error_code(seed.composite_alarm, clients=self.aws, name="page", children=["nobody"]), "ValidationError"
        )


class Cbor(Case):
    def call(
        self, operation: str, body: dict[str, Any], service: str = "GraniteServiceVersion20100801"
    ) -> tuple[int, Any, Any]:
        scope = "monitoring" if service.startswith("Granite") else "tagging"
        request = urllib.request.Request(
            f"{self.server.url}/service/{service}/operation/{operation}",
            data=cbor2.dumps(body),
            headers={
                "smithy-protocol": "rpc-v2-cbor",
                "content-type": "application/cbor",
                "accept": "application/cbor",
                "authorization": f"AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/{scope}/aws4_request, Signature=0",
            },
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers, cbor2.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, cbor2.loads(error.read())

    def test_metric_data(self) -> None:
        stamp = cbor2.CBORTag(1, (NOW - timedelta(hours=1)).timestamp())
        datum = {"MetricName": "M", "Timestamp": stamp, "Values": [1.0, 3.0], "Counts": [1.0, 1.0]}
        status, headers, _ = self.call("PutMetricData", {"Namespace": "N", "MetricData": [datum]})
        self.assertEqual((status, headers["smithy-protocol"]), (200, "rpc-v2-cbor"))
        body = {
            "StartTime": cbor2.CBORTag(1, int(START.timestamp())),
            "EndTime": cbor2.CBORTag(1, int(NOW.timestamp())),
            "MetricDataQueries": [
                {
                    "Id": "m",
                    "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": WINDOW, "Stat": "p90"},
                }
            ],
        }
        status, headers, found = self.call("GetMetricData", body)
        (row,) = found["MetricDataResults"]
        self.assertEqual((status, headers["content-type"]), (200, "application/cbor"))
        self.assertEqual((row["Values"], row["Timestamps"]), ([3.0], [START]))
        self.assertIsInstance(row["Values"][0], float)

    def test_alarms(self) -> None:
        seed.alarm(self.aws, "one", ARN)
        _, _, found = self.call("DescribeAlarms", {"AlarmTypes": ["MetricAlarm"], "MaxRecords": 100})
        (alarm,) = found["MetricAlarms"]
        self.assertEqual((alarm["AlarmName"], alarm["EvaluationPeriods"], alarm["Threshold"]), ("one", 1, 0.0))

    def test_errors(self) -> None:
        status, headers, body = self.call("DescribeAlarms", {"MaxRecords": 1000})
        self.assertEqual((status, body["__type"]), (400, "ValidationException"))
        self.assertEqual(headers["x-amzn-query-error"], "ValidationError;Sender")
        self.server.admin("POST", "faults", {"op": "cloudwatch:*", "kind": "deny"})
        status, _, body = self.call("GetMetricData", {})
        self.assertEqual((status, body["__type"]), (403, "AccessDenied"))

    def test_operations_of_moto_are_translated(self) -> None:
        status, _, _ = self.call("PutDashboard", {"DashboardName": "d", "DashboardBody": '{"widgets":[]}'})
        self.assertEqual(status, 200)
        _, _, found = self.call("ListDashboards", {})
        self.assertEqual([one["DashboardName"] for one in found["DashboardEntries"]], ["d"])
        seed.machine(self.aws, "one", {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, tags={"team": "x"})
        _, _, found = self.call(
            "GetResources", {"ResourceTypeFilters": ["states:stateMachine"]}, "ResourceGroupsTaggingAPI_20170126"
        )
        self.assertEqual([one["ResourceARN"] for one in found["ResourceTagMappingList"]], [ARN])
        status, _, body = self.call("GetMetricWidgetImage", {"MetricWidget": "{}"})
        self.assertEqual((status, body["__type"]), (501, "NotImplementedException"))


if __name__ == "__main__":
    unittest.main()
