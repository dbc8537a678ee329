output "topic_arn" {
  description = "Topic that findings and the product's own alarms are published to."
  value       = aws_sns_topic.findings.arn
}

output "bucket" {
  description = "Bucket with the reports, under reports/, and the designs, under designs/."
  value       = aws_s3_bucket.reports.id
}

output "requirements_url" {
  description = "Put requirements here, and they are designed."
  value       = "s3://${aws_s3_bucket.reports.id}/${local.requirements}/"
}

output "state_machine_arn" {
  description = "The audit; start an execution to audit now."
  value       = aws_sfn_state_machine.audit.arn
}

output "function_names" {
  description = "The functions, by what they do."
  value       = { for key, function in aws_lambda_function.this : key => function.function_name }
}

output "undelivered_queue_url" {
  description = "Events that did not reach their target."
  value       = aws_sqs_queue.undelivered.url
}

output "failed_queue_url" {
  description = "Events that inspect, report or design gave up on."
  value       = aws_sqs_queue.failed.url
}
