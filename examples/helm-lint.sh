#!/bin/sh
# usage: helm-lint.sh HOST RELEASE CHART [HELM ARGUMENTS...]
# Renders a chart and checks, before it is installed, whether isolation will work in its containers.
# `isodoc lint --list-assumptions` lists what HOST can be.
set -u
host=$1
shift
rendered=$(mktemp) || exit 2
trap 'rm -f "$rendered"' EXIT
helm template "$@" > "$rendered" || exit 2
isodoc lint --assume "$host" - < "$rendered"
