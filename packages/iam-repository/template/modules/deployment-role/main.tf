# A deployment role, the initial policy that people wrote for its start, and the generated policy that PLP proposes
# and reviewers merge.

locals {
  # Part → text, of policies/prod.json (part 1), policies/prod.2.json and so on. A file without a statement is no
  # policy: AWS has no empty one.
  files = {
    for file in fileset(var.folder, "policies/${var.environment}{,.[2-9],.10}.json") :
    try(regex("\\.(\\d+)\\.json$", file)[0], "1") => file("${var.folder}/${file}")
  }
  generated = { for part, text in local.files : part => text if length(jsondecode(text).Statement) > 0 }

  initial_file = "${var.folder}/policies/initial/${var.environment}.json"
  initial      = var.mode == "observe" && fileexists(local.initial_file) ? { initial = file(local.initial_file) } : {}
  initial_arns = var.mode == "observe" ? var.initial_policy_arns : []
}

resource "aws_iam_role" "this" {
  name                 = var.name
  path                 = var.path
  assume_role_policy   = var.trust_policy
  permissions_boundary = var.permissions_boundary

  lifecycle {
    # A role that is made again has another unique id: grants to it and its history would end.
    prevent_destroy = true
  }
}

# What is new or changed comes before what is old goes, so that a pipeline that runs meanwhile misses nothing:
# create_before_destroy turns the order round, and the initial attachment depends on the generated ones.

resource "aws_iam_policy" "generated" {
  for_each = local.generated

  name   = each.key == "1" ? "${var.name}-generated" : "${var.name}-generated-${each.key}"
  path   = var.path
  policy = each.value

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "generated" {
  for_each = aws_iam_policy.generated

  role       = aws_iam_role.this.name
  policy_arn = each.value.arn

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_policy" "initial" {
  for_each = local.initial

  name   = "${var.name}-initial"
  path   = var.path
  policy = each.value

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "initial" {
  for_each = aws_iam_policy.initial

  role       = aws_iam_role.this.name
  policy_arn = each.value.arn
  depends_on = [aws_iam_role_policy_attachment.generated]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "initial_arns" {
  for_each = local.initial_arns

  role       = aws_iam_role.this.name
  policy_arn = each.value
  depends_on = [aws_iam_role_policy_attachment.generated]

  lifecycle {
    create_before_destroy = true
  }
}
