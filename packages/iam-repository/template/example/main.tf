# The deployment roles of one application: one for each environment, in the account that it deploys to. What differs
# between applications stands in application.json; each environment has a file of its own beside this one.

variable "management_role" {
  description = "Name of the role that Terraform assumes in each account: one that reads for plan, one that writes for apply."
  type        = string
  default     = "iam-management-read"
  # Not kept in a saved plan: apply brings its own.
  ephemeral = true
}

locals {
  configuration = jsondecode(file("${path.module}/application.json"))
  application   = local.configuration.application
  environments  = local.configuration.environments
  path          = "/ci/"

  # observe: the initial policy stays attached. enforce: only the generated one is.
  modes = jsondecode(file("${path.module}/plp.environments.json"))

  # Who deploys: the pipeline of the application's own project, on its protected branch main, by OpenID Connect.
  issuer = "gitlab.example.com"
  trust = {
    for name, environment in local.environments : name => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect    = "Allow"
          Action    = "sts:AssumeRoleWithWebIdentity"
          Principal = { Federated = "arn:aws:iam::${environment.account_id}:oidc-provider/${local.issuer}" }
          Condition = {
            StringEquals = {
              "${local.issuer}:aud" = "https://${local.issuer}"
              "${local.issuer}:sub" = "project_path:products/${local.application}:ref_type:branch:ref:main"
            }
          }
        }
      ]
    })
  }
}
