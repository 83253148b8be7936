output "bucket_policy" {
  description = "A policy document with the statements for the bucket: for source_policy_documents."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.bucket_statements })
}

output "key_policy" {
  description = "A policy document with the statement for the key that encrypts the trail's files."
  value       = jsonencode({ Version = "2012-10-17", Statement = local.key_statements })
}
