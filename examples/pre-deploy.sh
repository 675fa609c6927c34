#!/bin/sh
# usage: pre-deploy.sh SNAPSHOT...
# Take each on the machine that you deploy to: isodoc snapshot -o FILE
set -u
failed=0
for snapshot in "$@"; do
  verdict=$(isodoc check --snapshot "$snapshot" --format json | jq -r .verdict)
  echo "$snapshot: ${verdict:-unreadable}"
  case $verdict in
    supported) ;;
    *) failed=1; isodoc check --snapshot "$snapshot" >&2 ;;
  esac
done
exit "$failed"
