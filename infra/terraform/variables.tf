variable "name" {
  description = "Prefix of the name of everything that is created."
  type        = string
  default     = "sfn-advisor"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,29}$", var.name))
    error_message = "Take 2 to 30 lower-case letters, digits and hyphens, beginning with a letter: the name becomes part of a bucket's name."
  }
}

variable "regions" {
  description = "Regions to audit; the functions' own where empty."
  type        = list(string)
  default     = []
}

variable "email" {
  description = "Address that the findings go to. AWS asks it for a confirmation before anything else is sent."
  type        = string
  default     = null
}

variable "schedule" {
  description = "When to audit: a cron or rate expression of EventBridge Scheduler."
  type        = string
  default     = "cron(0 6 * * ? *)"
}

variable "schedule_timezone" {
  description = "Time zone of the schedule, as in the IANA database."
  type        = string
  default     = "UTC"
}

variable "window_days" {
  description = "Days of metrics and executions that a finding looks back on. Above 63 days CloudWatch keeps no five-minute values."
  type        = number
  default     = 14

  validation {
    condition     = var.window_days >= 1 && var.window_days <= 63 && floor(var.window_days) == var.window_days
    error_message = "Take 1 to 63 days."
  }
}

variable "api_share" {
  description = "Share of the account's API rate limits that the audit may use; the rest stays with the account's own users."
  type        = number
  default     = 0.5

  validation {
    condition     = var.api_share >= 0.01 && var.api_share <= 1
    error_message = "Take a share from 0.01 to 1."
  }
}

variable "log_retention_days" {
  description = "Days to keep the logs of the functions and of the audit state machine."
  type        = number
  default     = 30
}

variable "report_retention_days" {
  description = "Days to keep reports and designs in the bucket."
  type        = number
  default     = 365

  validation {
    condition     = var.report_retention_days >= 1
    error_message = "Take 1 day or more."
  }
}

variable "architecture" {
  description = "Instruction set that the functions were built for."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Take x86_64 or arm64."
  }
}

variable "artifacts_dir" {
  description = "Folder with {discover,inspect,report,design}/bootstrap.zip as `cargo lambda build --output-format zip` leaves them; the workspace's target/lambda where null."
  type        = string
  default     = null
}

variable "topic_key_arn" {
  description = "Your own KMS key for the topic; a key is made where null. Its policy has to let CloudWatch use it: infra/README.md."
  type        = string
  default     = null
}

variable "definition_key_arns" {
  description = "KMS keys that state machines of yours are encrypted with, so that their definitions can be read."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that is created."
  type        = map(string)
  default     = {}
}
