# Statements for the policies of a bucket and a key that are yours already: PLP's reader and Access Analyzer's service role
# of every account read the account's own files, and nobody else's. Nothing is created, no provider is needed; add them
# to your aws_s3_bucket_policy and aws_kms_key with source_policy_documents.

terraform {
  required_version = ">= 1.5"
}

locals {
  # IAM fills in the caller's own account, whichever accounts there will be.
  own_account   = "$${aws:PrincipalAccount}"
  bucket_arn    = "arn:${var.partition}:s3:::${var.bucket}"
  reader_role   = "arn:${var.partition}:iam::${local.own_account}:role${var.plp_path}${var.reader_name}"
  analyzer_role = "arn:${var.partition}:iam::${local.own_account}:role${var.plp_path}${var.analyzer_name}"

  bucket_statements = [
    {
      Sid       = "PlpReadsOwnFiles"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["s3:GetObject"]
      Resource  = ["${local.bucket_arn}/${var.prefix}${local.own_account}/*"]
      Condition = {
        StringEquals = { "aws:PrincipalOrgID" = var.organization_id }
        ArnLike      = { "aws:PrincipalArn" = [local.reader_role, local.analyzer_role] }
      }
    },
    {
      Sid       = "PlpListsOwnFiles"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["s3:ListBucket"]
      Resource  = [local.bucket_arn]
      Condition = {
        StringEquals = { "aws:PrincipalOrgID" = var.organization_id }
        ArnLike      = { "aws:PrincipalArn" = [local.reader_role] }
        StringLike   = { "s3:prefix" = "${var.prefix}${local.own_account}/*" }
      }
    },
    {
      # AWS does not say with which prefix Access Analyzer lists, so its role may list the names of the others' files too.
      Sid       = "AccessAnalyzerLists"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["s3:ListBucket"]
      Resource  = [local.bucket_arn]
      Condition = {
        StringEquals = { "aws:PrincipalOrgID" = var.organization_id }
        ArnLike      = { "aws:PrincipalArn" = [local.analyzer_role] }
      }
    },
  ]

  key_statements = [
    {
      Sid       = "PlpDecryptsTheTrail"
      Effect    = "Allow"
      Principal = "*"
      Action    = ["kms:Decrypt"]
      Resource  = ["*"]
      Condition = {
        StringEquals = {
          "aws:PrincipalOrgID"                       = var.organization_id
          "kms:EncryptionContext:aws:cloudtrail:arn" = var.trail_arn
        }
        StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" }
        ArnLike    = { "aws:PrincipalArn" = [local.reader_role, local.analyzer_role] }
      }
    },
  ]
}
