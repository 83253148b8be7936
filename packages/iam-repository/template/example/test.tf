provider "aws" {
  alias  = "test"
  region = local.environments["test"].region

  assume_role {
    role_arn     = "arn:aws:iam::${local.environments["test"].account_id}:role/${var.management_role}"
    session_name = "iam-repository"
  }
}

module "test" {
  source    = "../modules/deployment-role"
  providers = { aws = aws.test }

  name         = "${local.application}-test"
  path         = local.path
  environment  = "test"
  folder       = path.module
  mode         = local.modes["test"].mode
  trust_policy = local.trust["test"]

  permissions_boundary = try(local.environments["test"].permissions_boundary, null)
}
