#!/bin/sh
# usage: helm-lint.sh HOST RELEASE CHART [HELM ARGUMENTS...]    HOST is one of: isodoc lint --list-assumptions
# Renders a chart and judges what it would deploy, before it is installed.
set -u
host=$1
shift
rendered=$(mktemp) || exit 2
trap 'rm -f "$rendered"' EXIT
helm template "$@" > "$rendered" || exit 2
isodoc lint --assume "$host" - < "$rendered"
