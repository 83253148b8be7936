output "plp" {
  description = "What PLP needs to know about each environment."

  value = {
    application = local.application

    environments = {
      for name, environment in local.environments : name => {
        account_id          = environment.account_id
        region              = environment.region
        regions             = [environment.region, "us-east-1"]
        role_arn            = "arn:aws:iam::${environment.account_id}:role${local.path}${local.application}-${name}"
        policy_path         = "policies/${name}.json"
        initial_policy_path = "policies/initial/${name}.json"
        generate            = environment.generate
        mode                = local.modes[name].mode
      }
    }
  }
}

output "deployment_role_arns" {
  description = "For the CI/CD variables of the application's project."

  value = sort([
    for name, environment in local.environments :
    "arn:aws:iam::${environment.account_id}:role${local.path}${local.application}-${name}"
  ])
}
