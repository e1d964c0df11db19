#!/usr/bin/env bash
# Builds the kube-apiserver that the cluster tests talk to, once, into the user's cache; prints where it is.
#
# Prebuilt ones come first: tests take kube-apiserver and etcd from KUBEBUILDER_ASSETS when that directory has them.
# Versions and hashes of everything that goes in are in kube-apiserver/go.mod and go.sum.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)/kube-apiserver
version=$(sed -n 's/^[[:space:]]*k8s.io.kubernetes v\([0-9.]*\).*/\1/p' "$here/go.mod")
directory=${XDG_CACHE_HOME:-$HOME/.cache}/regwarden-tests/kube-apiserver-$version
binary=$directory/kube-apiserver

if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -x "$KUBEBUILDER_ASSETS/kube-apiserver" ]; then
  echo "$KUBEBUILDER_ASSETS/kube-apiserver"
  exit 0
fi
if [ ! -x "$binary" ]; then
  command -v go >/dev/null || {
    echo "go is missing, which builds kube-apiserver for the cluster tests: see https://go.dev/doc/install, or set" \
      "KUBEBUILDER_ASSETS to a directory with kube-apiserver and etcd" >&2
    exit 1
  }
  echo "building kube-apiserver $version for the cluster tests, once (two to four minutes on two cores)" >&2
  mkdir -p "$directory"
  # Without a version of their own, clients cannot read what the server says about itself.
  component=k8s.io/component-base/version
  minor=${version#*.}
  flags="-s -w -X $component.gitVersion=v$version -X $component.gitMajor=${version%%.*} -X $component.gitMinor=${minor%%.*}"
  # A build that is cut short leaves nothing under the final name.
  new=$(mktemp "$directory/building.XXXXXX")
  trap 'rm -f "$new"' EXIT
  (cd "$here" && GOFLAGS=-mod=readonly nice go build -buildvcs=false -trimpath -ldflags "$flags" -o "$new" k8s.io/kubernetes/cmd/kube-apiserver)
  chmod 755 "$new"
  mv "$new" "$binary"
  trap - EXIT
fi
echo "$binary"
