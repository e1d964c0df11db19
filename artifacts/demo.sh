#!/bin/sh
# The main job on the examples: broken, found, mended, accepted. Leaves the examples as they are.
set -u
regwarden=${REGWARDEN:-regwarden}
examples=$(dirname "$0")/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

# Runs the rest of its words and holds the exit code against the first one.
expect() {
  wanted=$1; shift
  "$@"; got=$?
  [ "$got" = "$wanted" ] || { echo "demo: exit code $got instead of $wanted: $*" >&2; exit 1; }
}

say "1. A Jenkins agent that builds with Kaniko and pushes to Harbor, judged only: rejected"
expect 3 "$regwarden" check --settings "$examples/settings-judge-only.yaml" "$examples/jenkins-kaniko-harbor.yaml"

say "2. The same with mending allowed: what regwarden would change at admission"
expect 0 "$regwarden" check --diff --settings "$examples/settings.yaml" "$examples/jenkins-kaniko-harbor.yaml"

say "3. The mend written into a copy of the manifest, comments kept, and judged again: accepted"
cp "$examples/jenkins-kaniko-harbor.yaml" "$work/agent.yaml"
expect 0 "$regwarden" check --fix --settings "$examples/settings.yaml" "$work/agent.yaml" >"$work/log"
tail -n 3 "$work/log"
expect 0 "$regwarden" check --settings "$examples/settings-judge-only.yaml" "$work/agent.yaml"

say "4. A Woodpecker plugin step whose AWS keys arrive under names that the plugin does not read"
cp "$examples/woodpecker-plugin.yaml" "$work/step.yaml"
expect 0 "$regwarden" check --fix --settings "$examples/settings.yaml" "$work/step.yaml"
expect 0 "$regwarden" check --settings "$examples/settings-judge-only.yaml" "$work/step.yaml"

say "5. One credential per pipeline and per component: a Kubero build and a Pod that Shuffle made, each given its own"
for example in kubero-pipelines shuffle-workers; do
  cp "$examples/$example.yaml" "$work/$example.yaml"
  expect 0 "$regwarden" check --fix --settings "$examples/settings-pipelines.yaml" "$work/$example.yaml"
done

say "6. A Pod together with the Secrets that it names: one is for another registry, of the other Kaniko takes no pattern"
expect 3 "$regwarden" check --quiet --cluster self --settings "$examples/settings-cluster.yaml" "$examples/cluster.yaml"
expect 0 "$regwarden" explain-credentials --cluster self --settings "$examples/settings-cluster.yaml" "$examples/cluster.yaml"

say "Next: $regwarden explain, $regwarden check YOUR-MANIFESTS/"
