# Sourced by plan.sh and apply.sh: the state in GitLab, the credentials of the job's identity.

export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1

if [ -n "${AWS_ID_TOKEN:-}" ]; then
  AWS_WEB_IDENTITY_TOKEN_FILE=$(mktemp)
  export AWS_WEB_IDENTITY_TOKEN_FILE
  trap 'rm -f "$AWS_WEB_IDENTITY_TOKEN_FILE"' EXIT
  printf '%s' "$AWS_ID_TOKEN" >"$AWS_WEB_IDENTITY_TOKEN_FILE"
fi

# init FOLDER: the folder's state is GitLab's, named after it.
init() {
  address="$CI_API_V4_URL/projects/$CI_PROJECT_ID/terraform/state/$(printf '%s' "$1" | sed 's|/|%2F|g')"
  export TF_HTTP_ADDRESS="$address"
  export TF_HTTP_LOCK_ADDRESS="$address/lock" TF_HTTP_LOCK_METHOD=POST
  export TF_HTTP_UNLOCK_ADDRESS="$address/lock" TF_HTTP_UNLOCK_METHOD=DELETE
  export TF_HTTP_USERNAME=gitlab-ci-token TF_HTTP_PASSWORD="$CI_JOB_TOKEN"
  terraform -chdir="$1" init -reconfigure >/dev/null
}

# touched FOLDER FROM TO: did anything change in the folder, or in the modules, but what apply itself writes?
touched() {
  ! git diff --quiet "$2" "$3" -- "$1" modules ":(exclude)$1/plp.outputs.json"
}
