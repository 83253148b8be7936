variable "name" {
  description = "Name of the deployment role; its policies are named after it."
  type        = string
}

variable "path" {
  description = "IAM path of the role and its policies, with a slash at both ends."
  type        = string
  default     = "/ci/"
}

variable "environment" {
  description = "Name of the environment: policies/<environment>.json is its generated policy."
  type        = string
}

variable "folder" {
  description = "Folder of the application, in which policies/ lies."
  type        = string
}

variable "mode" {
  description = "observe: the initial policy stays attached. enforce: only the generated one is."
  type        = string

  validation {
    condition     = contains(["observe", "enforce"], var.mode)
    error_message = "The mode is observe or enforce: correct plp.environments.json."
  }
}

variable "trust_policy" {
  description = "Who may assume the role, as JSON."
  type        = string
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary; null for none."
  type        = string
  default     = null
}

variable "initial_policy_arns" {
  description = "Managed policies that the role started with, beside policies/initial/<environment>.json; they go in enforce."
  type        = set(string)
  default     = []
}
