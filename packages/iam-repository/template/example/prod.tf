provider "aws" {
  alias  = "prod"
  region = local.environments["prod"].region

  assume_role {
    role_arn     = "arn:aws:iam::${local.environments["prod"].account_id}:role/${var.management_role}"
    session_name = "iam-repository"
  }
}

module "prod" {
  source    = "../modules/deployment-role"
  providers = { aws = aws.prod }

  name         = "${local.application}-prod"
  path         = local.path
  environment  = "prod"
  folder       = path.module
  mode         = local.modes["prod"].mode
  trust_policy = local.trust["prod"]

  permissions_boundary = try(local.environments["prod"].permissions_boundary, null)
}
