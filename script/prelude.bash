# What every script here starts from: the project's folder, one place to build into, tools on PATH, and timed stages.
# Sourced, not run.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Everything is built in one known folder, whatever the user's cargo prefers: the server embeds target/site.
export CARGO_TARGET_DIR="$PWD/target"
# Our own tools first, so that another version elsewhere does no harm; sbin last, where Debian keeps nginx.
export PATH="$CARGO_TARGET_DIR/tools/bin:$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin"

# One build makes lints, documentation and tests, and the server that the browser tests start: dependencies are compiled once.
# Always the same call: another selection of packages would be another selection of their dependencies' features.
# The browser part is a call of its own: built with the others, it would pull their server features in.
cargo_test=(env RUSTC_WORKSPACE_WRAPPER="$PWD/script/lint-and-document" CLIPPY_ARGS=-Dwarnings cargo test --workspace --exclude switchboard-frontend --locked)

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$(basename "$0"): $*"
  exit 1
}

# stage NAME COMMAND...: runs COMMAND and prints how long it took. Where COMMAND fails, the script ends.
stage() {
  local name=$1 start=$SECONDS
  shift
  say "── $name"
  "$@" # nothing may guard this call, or bash would go on after a failure inside a function
  say "── $name: $((SECONDS - start)) s"
}
