variable "bucket" {
  type        = string
  description = "Name of the bucket that the trail writes to."
}

variable "prefix" {
  type        = string
  description = "What stands before the account id in the keys of the trail's files: AWSLogs/ or AWSLogs/<organization id>/, with the trail's own prefix before it."
  validation {
    condition     = can(regex("^([^/*?$]+/)*AWSLogs/(o-[a-z0-9]{10,32}/)?$", var.prefix))
    error_message = "The prefix ends with AWSLogs/, or with AWSLogs/ and the organization's id."
  }
}

variable "organization_id" {
  type        = string
  description = "Id of the organization: nobody else is ever trusted."
  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "The id of an organization is such as o-a1b2c3d4e5."
  }
}

variable "trail_arn" {
  type        = string
  description = "The trail that is read."
}

variable "plp_path" {
  type        = string
  description = "Path of PLP's own roles."
  default     = "/plp/"
}

variable "reader_name" {
  type        = string
  description = "Name of the role that PLP assumes in every account."
  default     = "reader"
}

variable "analyzer_name" {
  type        = string
  description = "Name of the role that Access Analyzer assumes in every account."
  default     = "analyzer"
}

variable "partition" {
  type        = string
  description = "The partition of AWS."
  default     = "aws"
}
