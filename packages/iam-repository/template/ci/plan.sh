#!/bin/sh
# Plans every folder that the merge request, or the merge, has changed. Leaves plan.tfplan in each, and plan.json for
# the merge request's widget.
set -eu
. ci/terraform.sh

before=${CI_MERGE_REQUEST_DIFF_BASE_SHA:-${CI_COMMIT_BEFORE_SHA:-}}
# The first push of a branch has nothing before it: its parent is what it is compared with.
case "$before" in *[!0]*) ;; *) before=$(git rev-parse "$CI_COMMIT_SHA^1") ;; esac

create=0 update=0 delete=0
for folder in $(git ls-files '*/plp.environments.json' | sed 's|/plp.environments.json$||'); do
  touched "$folder" "$before" "$CI_COMMIT_SHA" || continue
  echo "== $folder"
  init "$folder"
  # Without a lock: this identity reads only. Apply refuses a plan of a state that has changed since.
  terraform -chdir="$folder" plan -no-color -lock=false -out=plan.tfplan
  counts=$(terraform -chdir="$folder" show -no-color plan.tfplan |
    sed -n 's/^Plan: \(.* to import, \)\{0,1\}\([0-9]*\) to add, \([0-9]*\) to change, \([0-9]*\) to destroy.*/\2 \3 \4/p')
  # shellcheck disable=SC2086 # three numbers, or none where nothing changes
  set -- ${counts:-0 0 0}
  create=$((create + $1)) update=$((update + $2)) delete=$((delete + $3))
done
printf '{"create":%d,"update":%d,"delete":%d}\n' "$create" "$update" "$delete" >plan.json
cat plan.json
