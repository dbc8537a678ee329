# The auditor watches itself, on the topic that its findings go to. Silence is health: no data never alarms.
locals {
  alarms = merge(
    { for metric, words in {
      ExecutionsFailed   = "failed: its report is missing."
      ExecutionsTimedOut = "timed out: its report is missing."
      ExecutionsAborted  = "was stopped: its report is missing."
      ExecutionThrottled = "was throttled: its report is late."
      } : "audit-${metric}" => {
      description = "The audit of the state machines ${words}"
      namespace   = "AWS/States"
      metric      = metric
      statistic   = "Sum"
      dimensions  = { StateMachineArn = aws_sfn_state_machine.audit.arn }
    } },
    { for key in keys(local.functions) : "${key}-Errors" => {
      description = "Function ${var.name}-${key} failed: its log says why."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      statistic   = "Sum"
      dimensions  = { FunctionName = aws_lambda_function.this[key].function_name }
    } },
    { for key, words in {
      undelivered = "an event did not reach the audit, inspect or design."
      failed      = "inspect, report or design gave up on an event."
      } : "queue-${key}" => {
      description = "Queue ${var.name}-${key} holds messages: ${words}"
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      statistic   = "Maximum"
      dimensions  = { QueueName = "${var.name}-${key}" }
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "own" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.findings.arn]
  tags                = var.tags
}
