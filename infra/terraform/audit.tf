resource "aws_sfn_state_machine" "audit" {
  name     = "${var.name}-audit"
  type     = "STANDARD"
  role_arn = aws_iam_role.audit.arn
  tags     = var.tags

  definition = templatefile("${path.module}/../audit.asl.json", {
    DiscoverFunctionArn = aws_lambda_function.this["discover"].arn
    InspectFunctionArn  = aws_lambda_function.this["inspect"].arn
    ReportFunctionArn   = aws_lambda_function.this["report"].arn
  })

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.audit.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  # Step Functions checks on creation that the role may write the logs.
  depends_on = [aws_iam_role_policy.audit]
}

# This prefix keeps the resource policy of CloudWatch Logs small, whatever the number of log groups.
resource "aws_cloudwatch_log_group" "audit" {
  name              = "/aws/vendedlogs/states/${var.name}-audit"
  retention_in_days = var.log_retention_days
  tags              = var.tags
}

resource "aws_scheduler_schedule" "audit" {
  name                         = "${var.name}-audit"
  description                  = "Starts the audit of the state machines."
  schedule_expression          = var.schedule
  schedule_expression_timezone = var.schedule_timezone

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.audit.arn
    role_arn = aws_iam_role.schedule.arn
    input    = "{}"

    dead_letter_config {
      arn = aws_sqs_queue.undelivered.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 10
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}
