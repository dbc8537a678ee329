# Deploys the module to the local AWS server of tests/server.

variable "endpoint" {
  description = "URL of the server."
  type        = string
}

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "local"
  secret_key                  = "local"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  s3_use_path_style           = true

  endpoints {
    cloudwatch = var.endpoint
    events     = var.endpoint
    iam        = var.endpoint
    kms        = var.endpoint
    lambda     = var.endpoint
    logs       = var.endpoint
    s3         = var.endpoint
    scheduler  = var.endpoint
    sfn        = var.endpoint
    sns        = var.endpoint
    sqs        = var.endpoint
    sts        = var.endpoint
  }
}

module "advisor" {
  source = "../../../infra/terraform"

  # As OPTIONS in tests/infra/deployment.py.
  regions             = ["eu-west-1", "us-east-1"]
  email               = "audit@example.com"
  definition_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/definitions"]
}

output "advisor" {
  value = module.advisor
}
