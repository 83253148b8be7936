terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.82"
    }
  }

  # The state lives in GitLab, under the folder's name; ci/terraform.sh gives its address.
  backend "http" {}
}
