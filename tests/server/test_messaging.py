"""SNS, SQS, EventBridge, S3: what subscribers and targets really receive."""

from __future__ import annotations

import json
import unittest
import urllib.request
from typing import Any

from harness import HERE, PASS, Case, Listener, function_command, seed, wait_for

BODIES = {
    "default": '{"version":1}',
    "email": "2 new findings",
    "https": '{"source":"custom"}',
    "http": "plain",
    "sqs": '{"n":2}',
}


class Topics(Case):
    def setUp(self) -> None:
        super().setUp()
        self.sns, self.sqs = self.aws.client("sns"), self.aws.client("sqs")
        self.topic = self.sns.create_topic(Name="findings")["TopicArn"]

    def queue(self, name: str = "inbox", **attributes: str) -> str:
        """Subscribes a new queue and returns its URL."""
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        return url

    def messages(self, url: str) -> list[dict[str, Any]]:
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        return found.get("Messages", [])

    def publish(self, bodies: dict[str, Any] | str = BODIES, **more: Any) -> None:
        self.sns.publish(
            TopicArn=self.topic,
            MessageStructure="json",
            Message=bodies if isinstance(bodies, str) else json.dumps(bodies),
            **more,
        )

    def test_each_protocol_gets_its_own_body(self) -> None:
        listener = Listener()
        self.addCleanup(listener.close)
        url = self.queue()
        self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint="ops@example.com")
        pending = self.sns.subscribe(TopicArn=self.topic, Protocol="https", Endpoint=listener.url)
        self.assertEqual(pending["SubscriptionArn"], "pending confirmation")
        wait_for(lambda: listener.received)
        headers, body = listener.received[0]
        request = json.loads(body)
        self.assertEqual(
            (headers["x-amz-sns-message-type"], request["Type"]),
            ("SubscriptionConfirmation", "SubscriptionConfirmation"),
        )
        self.publish(Subject="[sfn-advisor] 2 new findings")
        self.assertEqual(len(listener.received), 1)
        urllib.request.urlopen(request["SubscribeURL"]).close()
        attribute = {"severity": {"DataType": "String", "StringValue": "high"}}
        self.publish(Subject="[sfn-advisor] 2 new findings", MessageAttributes=attribute)
        wait_for(lambda: len(listener.received) == 2)
        headers, body = listener.received[1]
        notice = json.loads(body)
        self.assertEqual((notice["Type"], notice["Message"]), ("Notification", BODIES["https"]))
        self.assertEqual(notice["MessageAttributes"], {"severity": {"Type": "String", "Value": "high"}})
        self.assertEqual(
            (headers["x-amz-sns-message-type"], headers["x-amz-sns-topic-arn"]), ("Notification", self.topic)
        )
        self.assertTrue(headers["x-amz-sns-subscription-arn"].startswith(self.topic))
        queued = [json.loads(message["Body"]) for message in self.messages(url)]
        self.assertEqual(
            [(one["Message"], one["Subject"]) for one in queued], [(BODIES["sqs"], "[sfn-advisor] 2 new findings")] * 2
        )
        mails = self.server.admin("GET", "mailbox")
        self.assertEqual([mail["body"] for mail in mails], [BODIES["email"]] * 2)
        self.assertEqual((mails[0]["endpoint"], mails[0]["topic"]), ("ops@example.com", self.topic))

    def test_raw_delivery(self) -> None:
        self.server.admin("POST", "config", {"sns_auto_confirm": True})
        listener = Listener()
        self.addCleanup(listener.close)
        url = self.queue(RawMessageDelivery="true")
        self.sns.subscribe(
            TopicArn=self.topic, Protocol="http", Endpoint=listener.url, Attributes={"RawMessageDelivery": "true"}
        )
        self.publish(MessageAttributes={"count": {"DataType": "Number", "StringValue": "2"}})
        (message,) = self.messages(url)
        self.assertEqual((message["Body"], message["MessageAttributes"]["count"]["StringValue"]), (BODIES["sqs"], "2"))
        wait_for(lambda: listener.received)
        headers, body = listener.received[0]
        self.assertEqual((body, headers["x-amz-sns-rawdelivery"]), ("plain", "true"))

    def test_filter_policies(self) -> None:
        high = self.queue("high", FilterPolicy='{"severity": ["high"]}')
        body = self.queue("body", FilterPolicy='{"n": [2]}', FilterPolicyScope="MessageBody")
        for severity in ("high", "low"):
            self.publish(MessageAttributes={"severity": {"DataType": "String", "StringValue": severity}})
        self.publish({**BODIES, "sqs": '{"n":3}'})
        self.assertEqual((len(self.messages(high)), len(self.messages(body))), (1, 2))

    def test_what_publish_refuses(self) -> None:
        big = "x" * 262_144
        attribute = {"a": {"DataType": "String", "StringValue": "b"}}
        refused: dict[str, dict[str, Any]] = {
            "no default": {"bodies": {"email": "x"}},
            "default is not text": {"bodies": {"default": {}}},
            "not JSON": {"bodies": "{"},
            "long subject": {"Subject": "x" * 100},
            "newline in subject": {"Subject": "a\nb"},
            "escape in subject": {"Subject": "a\x1b[31m"},
        }
        for reason, arguments in refused.items():
            with self.subTest(reason):
                self.assertEqual(self.error_code(self.publish, **arguments), "InvalidParameter")
        self.publish(Subject="Ümlaut " + "x" * 92)
        self.sns.publish(TopicArn=self.topic, Message=big)
        for arguments in (
            {"Message": big + "x"},
            {"Message": big, "MessageAttributes": attribute},
            {"Message": "é" * 131_073},
        ):
            self.assertEqual(self.error_code(self.sns.publish, TopicArn=self.topic, **arguments), "InvalidParameter")
        self.assertEqual(self.error_code(self.sns.publish, TopicArn=self.topic + "x", Message="m"), "NotFound")

    def test_a_function_subscriber(self) -> None:
        self.server.admin("POST", "lambda/hook", {"command": function_command()})
        arn = "arn:aws:lambda:us-east-1:123456789012:function:hook"
        self.sns.subscribe(TopicArn=self.topic, Protocol="lambda", Endpoint=arn)
        self.publish()
        log = wait_for(
            lambda: [
                line for line in self.server.admin("GET", "lambda/hook/log").splitlines() if line.startswith("event ")
            ]
        )
        (record,) = json.loads(log[0][6:])["Records"]
        self.assertEqual((record["EventSource"], record["Sns"]["Message"]), ("aws:sns", BODIES["default"]))


class Events(Case):
    def setUp(self) -> None:
        super().setUp()
        self.events, self.sqs = self.aws.client("events"), self.aws.client("sqs")

    def rule(self, name: str, pattern: dict[str, Any], target: str, **more: Any) -> None:
        self.events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        self.events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **more}])

    def put(
        self, detail: dict[str, Any], source: str = "aws.states", kind: str = "AWS API Call via CloudTrail"
    ) -> dict[str, Any]:
        return self.events.put_events(Entries=[{"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}])

    def test_a_deploy_reaches_functions_queues_topics_and_machines(self) -> None:
        self.server.admin("POST", "lambda/inspect", {"command": function_command()})
        url = self.sqs.create_queue(QueueName="events")["QueueUrl"]
        machine = seed.machine(self.aws, "target", PASS)
        topic = self.aws.client("sns").create_topic(Name="events")["TopicArn"]
        self.aws.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
        pattern = {"source": ["aws.states"], "detail": {"eventName": [{"prefix": "Create"}, "UpdateStateMachine"]}}
        targets = [
            "arn:aws:lambda:us-east-1:123456789012:function:inspect",
            "arn:aws:sqs:us-east-1:123456789012:events",
            machine,
            topic,
        ]
        for position, target in enumerate(targets):
            self.rule(f"rule-{position}", pattern, target)
        answer = self.put({"eventName": "CreateStateMachine"})
        self.assertEqual((answer["FailedEntryCount"], len(answer["Entries"])), (0, 1))
        self.put({"eventName": "DescribeStateMachine"})
        lines = wait_for(
            lambda: [
                one for one in self.server.admin("GET", "lambda/inspect/log").splitlines() if one.startswith("event ")
            ]
        )
        event = json.loads(lines[0][6:])
        self.assertEqual(
            (event["account"], event["source"], event["detail"]),
            ("123456789012", "aws.states", {"eventName": "CreateStateMachine"}),
        )
        self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        queued = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        self.assertEqual([json.loads(one["Body"])["id"] for one in queued], [event["id"]])
        self.assertEqual(len(self.sfn.list_executions(stateMachineArn=machine)["executions"]), 1)
        self.assertEqual(len(self.server.admin("GET", "mailbox")), 1)
        self.assertEqual(len(lines), 1)

    def test_rules_are_listed_in_pages(self) -> None:
        for number in range(12):
            self.events.put_rule(Name=f"order-{number:02}", EventPattern='{"source": ["x"]}')
        self.events.put_rule(Name="other", EventPattern='{"source": ["x"]}')
        first = self.events.list_rules(NamePrefix="order-", Limit=5)
        second = self.events.list_rules(NamePrefix="order-", Limit=50, NextToken=first["NextToken"])
        self.assertEqual((len(first["Rules"]), len(second["Rules"])), (5, 7))
        self.rule("order-00", {"source": ["x"]}, "arn:aws:sqs:us-east-1:123456789012:events")
        self.assertEqual([one["Id"] for one in self.events.list_targets_by_rule(Rule="order-00")["Targets"]], ["1"])

    def test_a_bucket_tells_of_its_objects_once_it_is_asked_to(self) -> None:
        s3, url = self.aws.client("s3"), self.sqs.create_queue(QueueName="events")["QueueUrl"]
        s3.create_bucket(Bucket="inbox")
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"object": {"key": [{"prefix": "in/"}]}}}
        self.rule("created", pattern, "arn:aws:sqs:us-east-1:123456789012:events")
        s3.put_object(Bucket="inbox", Key="in/early", Body=b"1")
        s3.put_bucket_notification_configuration(
            Bucket="inbox", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        self.assertEqual(s3.get_bucket_notification_configuration(Bucket="inbox")["EventBridgeConfiguration"], {})
        for key in ("out/a", "in/a b.yaml"):
            s3.put_object(Bucket="inbox", Key=key, Body=b"12")
        s3.delete_object(Bucket="inbox", Key="in/early")
        (message,) = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        event = json.loads(message["Body"])
        about = event["detail"]["object"]
        self.assertEqual(("in/a b.yaml", 2, "inbox"), (about["key"], about["size"], event["detail"]["bucket"]["name"]))
        self.assertEqual(("Object Created", "PutObject"), (event["detail-type"], event["detail"]["reason"]))
        sample = json.loads((HERE.parents[1] / "events/design-s3-eventbridge.json").read_text())
        self.assertEqual((set(sample), set(sample["detail"])), (set(event), set(event["detail"])))
        self.assertEqual(set(sample["detail"]["object"]), set(about))

    def test_inputs_of_targets(self) -> None:
        url = self.sqs.create_queue(QueueName="events")["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:123456789012:events"
        transformer = {"InputPathsMap": {"name": "$.detail.eventName"}, "InputTemplate": '{"changed": "<name>"}'}
        self.rule("constant", {"source": ["aws.states"]}, arn, Input='{"constant": true}')
        self.rule("path", {"source": ["aws.states"]}, arn, InputPath="$.detail")
        self.rule("transformed", {"source": ["aws.states"]}, arn, InputTransformer=transformer)
        self.put({"eventName": "X"})
        bodies = [
            json.loads(one["Body"])
            for one in self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        ]
        for wanted in ({"constant": True}, {"eventName": "X"}, {"changed": "X"}):
            self.assertIn(wanted, bodies)

    def test_scheduler_keeps_schedules(self) -> None:
        scheduler = self.aws.client("scheduler")
        target = {
            "Arn": "arn:aws:lambda:us-east-1:123456789012:function:discover",
            "RoleArn": "arn:aws:iam::123456789012:role/r",
        }
        scheduler.create_schedule(
            Name="daily", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
        )
        self.assertEqual(scheduler.get_schedule(Name="daily")["Target"]["Arn"], target["Arn"])


class Storage(Case):
    def test_a_policy_that_wants_tls_denies_nothing_here(self) -> None:
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="reports")
        denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]}
        tls = denied | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        s3.put_bucket_policy(Bucket="reports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls]}))
        s3.put_object(Bucket="reports", Key="a", Body=b"1")
        s3.put_bucket_policy(Bucket="reports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls, denied]}))
        self.assertEqual(self.error_code(s3.put_object, Bucket="reports", Key="b", Body=b"2"), "403")

    def test_conditional_and_encrypted_puts(self) -> None:
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="reports")
        encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/reports", "BucketKeyEnabled": True}
        s3.put_object(Bucket="reports", Key="a/state.json", Body=b"1", IfNoneMatch="*", **encrypted)
        code = self.error_code(s3.put_object, Bucket="reports", Key="a/state.json", Body=b"2", IfNoneMatch="*")
        self.assertEqual(
            (code, s3.get_object(Bucket="reports", Key="a/state.json")["Body"].read()), ("PreconditionFailed", b"1")
        )
        link = s3.generate_presigned_url("get_object", Params={"Bucket": "reports", "Key": "a/state.json"})
        with urllib.request.urlopen(link) as answer:
            self.assertEqual(answer.read(), b"1")
        big = bytes(range(256)) * 40_000
        s3.put_object(Bucket="reports", Key="big", Body=big)
        self.assertEqual(s3.get_object(Bucket="reports", Key="big")["Body"].read(), big)
        self.assertEqual(
            [one["Key"] for one in s3.list_objects_v2(Bucket="reports", Prefix="a/")["Contents"]], ["a/state.json"]
        )
        self.assertEqual(self.counts()["s3:PutObject"], 3)


class TopicRules(Case):
    def test_terraform_reads_the_tags_of_a_rule(self) -> None:
        iot = self.aws.client("iot")
        iot.create_topic_rule(ruleName="start", topicRulePayload={"sql": "SELECT * FROM 'fleet/+'", "actions": []})
        arn = iot.get_topic_rule(ruleName="start")["ruleArn"]
        self.assertEqual(iot.list_tags_for_resource(resourceArn=arn)["tags"], [])


if __name__ == "__main__":
    unittest.main()
