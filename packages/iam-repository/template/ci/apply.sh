#!/bin/sh
# Applies the saved plans of this pipeline, then commits the outputs of each folder for PLP. An old pipeline's apply can be
# played again at any time: it refuses by itself where a newer commit touched the folder.
set -eu
. ci/terraform.sh

folders=$(find . -name plan.tfplan | sed 's|^\./||; s|/plan.tfplan$||' | sort)
[ -n "$folders" ] || { echo "There is no saved plan: it has expired. Run the job plan again first." >&2; exit 1; }

git fetch -q origin "$CI_DEFAULT_BRANCH"
for folder in $folders; do
  if touched "$folder" "$CI_COMMIT_SHA" FETCH_HEAD; then
    echo "$folder is newer than this plan:" >&2
    git log --oneline "$CI_COMMIT_SHA..FETCH_HEAD" -- "$folder" modules ":(exclude)$folder/plp.outputs.json" >&2
    echo "Nothing was applied: start the newest pipeline's apply." >&2
    exit 1
  fi
done

# publish FOLDER FILE: commits the outputs on top of the default branch as it is by then.
publish() {
  tree=$(mktemp -d)
  for attempt in 1 2 3 4 5; do
    git fetch -q origin "$CI_DEFAULT_BRANCH"
    git worktree add -q --detach --force "$tree/$attempt" FETCH_HEAD
    cp "$2" "$tree/$attempt/$1/plp.outputs.json"
    git -C "$tree/$attempt" add "$1/plp.outputs.json"
    if git -C "$tree/$attempt" diff --cached --quiet; then return 0; fi
    git -C "$tree/$attempt" -c user.name=iam-apply -c user.email=iam-apply@noreply.invalid commit -q \
      -m "$1: outputs after apply [skip ci]" -m "Pipeline ${CI_PIPELINE_ID:-}, job ${CI_JOB_ID:-}."
    # The token goes to git by its helper: in no argument, address or message.
    if git -C "$tree/$attempt" -c credential.helper= \
      -c credential.helper='!f() { echo username=iam-apply; echo "password=$IAM_APPLY_TOKEN"; }; f' \
      push -q "$CI_SERVER_URL/$CI_PROJECT_PATH.git" "HEAD:refs/heads/$CI_DEFAULT_BRANCH"; then return 0; fi
  done
  echo "The outputs of $1 could not be pushed to $CI_DEFAULT_BRANCH; what was applied stands." >&2
  return 1
}

for folder in $folders; do
  echo "== $folder"
  init "$folder"
  terraform -chdir="$folder" apply -no-color plan.tfplan
  outputs=$(mktemp)
  terraform -chdir="$folder" output -json >"$outputs"
  publish "$folder" "$outputs"
done
