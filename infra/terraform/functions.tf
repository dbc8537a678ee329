locals {
  functions = {
    discover = {
      description = "Lists the state machines to audit and writes them to the bucket as pages of work."
      memory      = 256
      timeout     = 300
      environment = {
        SFN_ADVISOR_API_SHARE   = tostring(var.api_share)
        SFN_ADVISOR_REGIONS     = join(",", length(var.regions) == 0 ? [local.region] : var.regions)
        SFN_ADVISOR_WINDOW_DAYS = tostring(var.window_days)
      }
    }
    inspect = {
      description = "Reads a page of state machines, or one that was just deployed, and judges them."
      memory      = 256
      timeout     = 900
      environment = {
        SFN_ADVISOR_API_SHARE   = tostring(var.api_share)
        SFN_ADVISOR_WINDOW_DAYS = tostring(var.window_days)
      }
    }
    report = {
      description = "Compares findings with the last known ones, stores the report and publishes it."
      memory      = 256
      timeout     = 300
      environment = {
        SFN_ADVISOR_TOPIC_ARN   = aws_sns_topic.findings.arn
        SFN_ADVISOR_WINDOW_DAYS = tostring(var.window_days)
      }
    }
    design = {
      description = "Designs a workflow of requirements, from the call or from the bucket, and writes it to the bucket."
      memory      = 128
      timeout     = 60
      environment = { SFN_ADVISOR_DESIGN_PREFIX = local.designs }
    }
  }

  artifacts = coalesce(var.artifacts_dir, "${path.module}/../../target/lambda")
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  function_name    = "${var.name}-${each.key}"
  description      = each.value.description
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = "${local.artifacts}/${each.key}/bootstrap.zip"
  source_code_hash = filebase64sha256("${local.artifacts}/${each.key}/bootstrap.zip")
  memory_size      = each.value.memory
  timeout          = each.value.timeout
  tags             = var.tags

  environment {
    variables = merge({ SFN_ADVISOR_BUCKET = aws_s3_bucket.reports.id }, each.value.environment)
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_iam_role_policy.function]
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

# EventBridge and inspect's destination invoke without waiting for an answer: what fails then is kept, not lost. Who waits
# for an answer, as the audit does, gets the failure; none of this applies there.
resource "aws_lambda_function_event_invoke_config" "inspect" {
  function_name                = aws_lambda_function.this["inspect"].function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_success {
      destination = aws_lambda_function.this["report"].arn
    }

    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}

resource "aws_lambda_function_event_invoke_config" "keeps_failed" {
  for_each = toset(["design", "report"])

  function_name                = aws_lambda_function.this[each.key].function_name
  maximum_event_age_in_seconds = 3600
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed.arn
    }
  }
}
