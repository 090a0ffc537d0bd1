# shellcheck shell=bash
# Sourced by the scripts beside it. Messages go to stderr, so that a script's stdout is its answer.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${IOTDA_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/iotda-operator}
logs=${IOTDA_LOGS:-$root/build/logs}
# shellcheck disable=SC2034 # read by the scripts that source this
release=$root/build/release/src/programs

library_packages=(libcpprest-dev libboost-dev libyaml-cpp-dev libssl-dev libsimdjson-dev libcli11-dev prometheus-cpp-dev zlib1g-dev)
# shellcheck disable=SC2034 # read by the scripts that source this
build_packages=(build-essential cmake ninja-build pkg-config ccache git curl jq openssl python3
  "${library_packages[@]}" libgtest-dev libgmock-dev librapidcheck-dev nlohmann-json3-dev)
# shellcheck disable=SC2034
clang_packages=(clang-14 libclang-rt-14-dev)
# shellcheck disable=SC2034
arm64_packages=(g++-aarch64-linux-gnu)
# shellcheck disable=SC2034
check_packages=(clang-format clang-tidy shellcheck python3)
# shellcheck disable=SC2034
deployment_packages=(python3-yaml lua5.1 qemu-user-static)

if [ -t 2 ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' off=$'\e[0m'; else bold='' dim='' red='' green='' off=''; fi
say() { printf '%s\n' "$bold$*$off" >&2; }
note() { printf '%s\n' "$dim$*$off" >&2; }
good() { printf '%s\n' "$green$*$off" >&2; }
warn() { printf '%s\n' "$red$*$off" >&2; }
die() {
  warn "$(basename "$0"): $*"
  exit 1
}

# show_log FILE [LINES]: the end of a log, without lines like $noise, and where the rest is.
noise='^$'
show_log() {
  warn "the last lines of $1:"
  grep -vE -e "$noise" "$1" | tail -n "${2:-25}" | cut -c 1-400 | sed 's/^/  | /' >&2 || true
}

# long TITLE LOG COMMAND...: runs it with its output in LOG, shows every few seconds how far it is, and the end of the
# log if it fails.
long() {
  local title=$1 log=$2 started=$SECONDS status=0 ticker
  shift 2
  mkdir -p "$(dirname "$log")"
  : >"$log"
  say "$title"
  # The command stays in the foreground, so that Ctrl-C reaches it.
  tick "$log" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  [ ! -t 2 ] || printf '\r\e[K' >&2
  if ((status)); then
    warn "failed after $((SECONDS - started)) s with exit code $status: $*"
    show_log "$log" 40
    return "$status"
  fi
  note "  done in $((SECONDS - started)) s"
}

# tick LOG: the last line of a growing log, for as long as this script lives.
tick() {
  local every=15 started=$SECONDS line
  [ ! -t 2 ] || every=1
  trap - EXIT ERR
  # A pause without a process that would outlive this one: nothing is ever written to that pipe.
  exec 8<> <(:)
  while ! read -rt "$every" -u 8 && kill -0 $$ 2>/dev/null; do
    line=$(tail -c 400 "$1" | tr '\r' '\n' | sed '/^ *$/d' | tail -n 1 | cut -c 1-100)
    if [ -t 2 ]; then printf '\r\e[K  %4d s  %s' $((SECONDS - started)) "$line" >&2; else note "$(printf '  %4d s  %s' $((SECONDS - started)) "$line")"; fi
  done
}

# need_packages NAME...: installs the Debian packages that are missing, as root or through sudo.
need_packages() {
  local name missing=() as_root=()
  if ! command -v dpkg-query >/dev/null; then
    note "not a Debian system: install the counterparts of these yourself, CMake says what it misses: $*"
    return
  fi
  for name in "$@"; do
    # Asked one by one: dpkg-query prints nothing for a package that it never heard of.
    [[ $(dpkg-query -W -f '${Status}' "$name" 2>/dev/null) == *' installed' ]] || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  if ((EUID)); then
    command -v sudo >/dev/null || die "these packages are missing; run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} Debian packages that are missing: ${missing[*]}"
  apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }
  local update=(long "  apt-get update" "$logs/apt-update.log" apt_get update)
  local install=(long "  apt-get install" "$logs/apt.log" apt_get install -y --no-install-recommends "${missing[@]}")
  # Lists that are missing show in a simulation, lists that are old only when a download fails.
  apt_get -s install "${missing[@]}" >/dev/null 2>&1 || "${update[@]}"
  "${install[@]}" || { "${update[@]}" && "${install[@]}"; }
}

# need_go: Go that can build Kubernetes; asked inside the module, because Go changes to the version its go.mod names.
need_go() {
  local why="Go 1.25 or later is needed to build etcd, kube-apiserver and kubectl once"
  local way="Install it (go.dev/doc/install), or set KUBEBUILDER_ASSETS to a folder that has these three programs"
  command -v go >/dev/null || die "$why, and there is no go in PATH. $way."
  (cd "$root/scripts/kubernetes" && GOFLAGS='' go list -m >/dev/null) || die "$why, and $(go version | cut -d' ' -f3) cannot. $way."
}

# use_ccache: compiled objects are kept outside the tree; a second checkout finds them too.
use_ccache() {
  export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
}

# wait_until SECONDS COMMAND...: polls; fails when the time is over.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}
