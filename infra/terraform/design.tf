locals {
  # Apart from each other, so that a design never starts the next one.
  designs      = "designs"
  requirements = "requirements"
}

# What a function invokes for an object is a rule as for deploys, and no notification of the bucket: it has retries, and a
# queue for what could not be delivered.
resource "aws_s3_bucket_notification" "reports" {
  bucket      = aws_s3_bucket.reports.id
  eventbridge = true
}

resource "aws_cloudwatch_event_rule" "requirements" {
  name        = "${var.name}-requirements"
  description = "Requirements that were put into the bucket, to be designed."
  tags        = var.tags

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [aws_s3_bucket.reports.id] }
      object = { key = [{ prefix = "${local.requirements}/" }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "requirements" {
  rule      = aws_cloudwatch_event_rule.requirements.name
  target_id = "design"
  arn       = aws_lambda_function.this["design"].arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}

resource "aws_lambda_permission" "requirements" {
  statement_id  = "requirements"
  function_name = aws_lambda_function.this["design"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.requirements.arn
}
