# One role for each function, for the audit and for its schedule. `*` as a resource stands only where an action takes no
# narrower one, or where a narrower one loses data, which is said there.

locals {
  objects        = aws_s3_bucket.reports.arn
  state_machines = "arn:${local.partition}:states:*:${local.account}:stateMachine:*"
  executions     = "arn:${local.partition}:states:*:${local.account}:execution:*"

  function_policies = {
    discover = data.aws_iam_policy_document.discover.json
    inspect  = data.aws_iam_policy_document.inspect.json
    report   = data.aws_iam_policy_document.report.json
    design   = data.aws_iam_policy_document.design.json
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions

  name               = "${var.name}-${each.key}"
  description        = each.value.description
  assume_role_policy = data.aws_iam_policy_document.lambda_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name   = each.key
  role   = aws_iam_role.function[each.key].id
  policy = local.function_policies[each.key]
}

data "aws_iam_policy_document" "lambda_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# What every function needs: its own log group, and traces.
data "aws_iam_policy_document" "function" {
  for_each = local.functions

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  statement {
    sid       = "Traces"
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "discover" {
  source_policy_documents = [data.aws_iam_policy_document.function["discover"].json]

  statement {
    sid       = "List"
    actions   = ["states:ListStateMachines"]
    resources = ["*"]
  }

  statement {
    sid       = "WriteWork"
    actions   = ["s3:PutObject"]
    resources = ["${local.objects}/runs/*/work/*"]
  }
}

data "aws_iam_policy_document" "inspect" {
  source_policy_documents = [data.aws_iam_policy_document.function["inspect"].json]

  statement {
    sid       = "ReadStateMachines"
    actions   = ["states:DescribeStateMachine", "states:ListExecutions"]
    resources = [local.state_machines]
  }

  # IAM cannot keep payloads out of a history; inspect asks for histories without them (includeExecutionData=false).
  statement {
    sid       = "ReadHistories"
    actions   = ["states:GetExecutionHistory"]
    resources = [local.executions]
  }

  # DescribeAlarms with a narrower resource than `*` leaves composite alarms out.
  statement {
    sid       = "ReadMetricsAlarmsRulesTags"
    actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "events:ListRules", "tag:GetResources"]
    resources = ["*"]
  }

  statement {
    sid       = "ReadWork"
    actions   = ["s3:GetObject"]
    resources = ["${local.objects}/runs/*/work/*"]
  }

  statement {
    sid       = "WriteResults"
    actions   = ["s3:PutObject"]
    resources = ["${local.objects}/runs/*/results/*", "${local.objects}/runs/deploy-*"]
  }

  statement {
    sid       = "MarkDeploys"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.objects}/deploys/*"]
  }

  # Without it S3 answers AccessDenied for an object that does not exist yet.
  statement {
    sid       = "TellMissingObjects"
    actions   = ["s3:ListBucket"]
    resources = [local.objects]
  }

  statement {
    sid       = "HandToReport"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.function_arns["report"]]
  }

  statement {
    sid       = "KeepFailed"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failed.arn]
  }

  dynamic "statement" {
    for_each = length(var.definition_key_arns) == 0 ? [] : [var.definition_key_arns]

    content {
      sid       = "ReadEncryptedDefinitions"
      actions   = ["kms:Decrypt"]
      resources = statement.value
    }
  }
}

data "aws_iam_policy_document" "report" {
  source_policy_documents = [data.aws_iam_policy_document.function["report"].json]

  statement {
    sid       = "ReadResults"
    actions   = ["s3:GetObject"]
    resources = ["${local.objects}/runs/*"]
  }

  statement {
    sid       = "KnownFindings"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.objects}/state/*"]
  }

  statement {
    sid       = "WriteReports"
    actions   = ["s3:PutObject"]
    resources = ["${local.objects}/reports/*"]
  }

  # Without it S3 answers AccessDenied for an object that does not exist yet.
  statement {
    sid       = "TellMissingObjects"
    actions   = ["s3:ListBucket"]
    resources = [local.objects]
  }

  statement {
    sid       = "Publish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.findings.arn]
  }

  statement {
    sid       = "PublishEncrypted"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.topic_key_arn]
  }

  statement {
    sid       = "KeepFailed"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failed.arn]
  }
}

data "aws_iam_policy_document" "design" {
  source_policy_documents = [data.aws_iam_policy_document.function["design"].json]

  statement {
    sid       = "ReadRequirements"
    actions   = ["s3:GetObject"]
    resources = ["${local.objects}/${local.requirements}/*"]
  }

  # Without it S3 answers AccessDenied for an object that does not exist any more.
  statement {
    sid       = "TellMissingObjects"
    actions   = ["s3:ListBucket"]
    resources = [local.objects]
  }

  statement {
    sid       = "WriteDesigns"
    actions   = ["s3:PutObject"]
    resources = ["${local.objects}/${local.designs}/*"]
  }

  statement {
    sid       = "KeepFailed"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failed.arn]
  }
}

resource "aws_iam_role" "audit" {
  name               = "${var.name}-audit"
  description        = "The audit state machine."
  assume_role_policy = data.aws_iam_policy_document.audit_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "audit" {
  name   = "audit"
  role   = aws_iam_role.audit.id
  policy = data.aws_iam_policy_document.audit.json
}

data "aws_iam_policy_document" "audit_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.audit_arn]
    }
  }
}

data "aws_iam_policy_document" "audit" {
  statement {
    sid       = "RunFunctions"
    actions   = ["lambda:InvokeFunction"]
    resources = [for key in ["discover", "inspect", "report"] : local.function_arns[key]]
  }

  # Step Functions sets up the delivery of its logs under the name of this role.
  statement {
    sid = "Logs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  statement {
    sid = "Traces"
    actions = [
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "schedule" {
  name               = "${var.name}-schedule"
  description        = "The schedule of the audit."
  assume_role_policy = data.aws_iam_policy_document.schedule_trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "schedule" {
  name   = "schedule"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}

data "aws_iam_policy_document" "schedule_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "StartAudit"
    actions   = ["states:StartExecution"]
    resources = [local.audit_arn]
  }

  statement {
    sid       = "KeepUndelivered"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.undelivered.arn]
  }
}
