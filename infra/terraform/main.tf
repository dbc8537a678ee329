data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  # `id` is the Region's name in every version of the provider; `name` is not.
  region = data.aws_region.current.id

  # Roles, functions and the state machine name each other: names that are known beforehand keep that free of cycles.
  function_arns = { for key in keys(local.functions) :
    key => "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.name}-${key}"
  }
  audit_arn = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${var.name}-audit"
}
