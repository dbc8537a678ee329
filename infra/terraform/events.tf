locals {
  deploy_rules = {
    cloudtrail = {
      description = "State machines created or changed through the API. Needs a CloudTrail trail with logging on."
      pattern = {
        source      = ["aws.states"]
        detail-type = ["AWS API Call via CloudTrail"]
        detail = {
          eventSource = ["states.amazonaws.com"]
          eventName = [
            "CreateStateMachine",
            "UpdateStateMachine",
            "PublishStateMachineVersion",
            "CreateStateMachineAlias",
            "UpdateStateMachineAlias",
          ]
          errorCode = [{ exists = false }]
        }
      }
    }
    cloudformation = {
      description = "State machines created or changed by CloudFormation."
      pattern = {
        source      = ["aws.cloudformation"]
        detail-type = ["CloudFormation Resource Status Change"]
        detail = {
          resource-type  = ["AWS::StepFunctions::StateMachine"]
          status-details = { status = ["CREATE_COMPLETE", "UPDATE_COMPLETE"] }
        }
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "deploy" {
  for_each = local.deploy_rules

  name          = "${var.name}-deploy-${each.key}"
  description   = each.value.description
  event_pattern = jsonencode(each.value.pattern)
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "deploy" {
  for_each = local.deploy_rules

  rule      = aws_cloudwatch_event_rule.deploy[each.key].name
  target_id = "inspect"
  arn       = aws_lambda_function.this["inspect"].arn

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 10
  }
}

resource "aws_lambda_permission" "deploy" {
  for_each = local.deploy_rules

  statement_id  = "deploy-${each.key}"
  function_name = aws_lambda_function.this["inspect"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.deploy[each.key].arn
}
