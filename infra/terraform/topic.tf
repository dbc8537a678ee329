resource "aws_sns_topic" "findings" {
  name              = "${var.name}-findings"
  kms_master_key_id = local.topic_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_subscription" "email" {
  count = var.email == null ? 0 : 1

  topic_arn = aws_sns_topic.findings.arn
  protocol  = "email"
  endpoint  = var.email
}

resource "aws_sns_topic_policy" "findings" {
  arn    = aws_sns_topic.findings.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "OwnAlarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.findings.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.own_alarms]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.findings.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

# Alarms cannot publish to a topic that is encrypted with the key that AWS manages for SNS (alias/aws/sns): its policy
# cannot be changed to let CloudWatch use it.
resource "aws_kms_key" "topic" {
  count = var.topic_key_arn == null ? 1 : 0

  description             = "Encrypts the messages of ${var.name}-findings."
  policy                  = data.aws_iam_policy_document.topic_key.json
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags
}

resource "aws_kms_alias" "topic" {
  count = var.topic_key_arn == null ? 1 : 0

  name          = "alias/${var.name}-findings"
  target_key_id = aws_kms_key.topic[0].key_id
}

locals {
  topic_key_arn = var.topic_key_arn == null ? aws_kms_key.topic[0].arn : var.topic_key_arn
  own_alarms    = "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${var.name}-*"
}

data "aws_iam_policy_document" "topic_key" {
  statement {
    sid       = "AccountDecides"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "OwnAlarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.own_alarms]
    }
  }
}
