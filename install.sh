#!/bin/sh
# Installs codex-dispatch for Linux, macOS and Git Bash: one file, verified against the checksums of its release.
#
#   curl -fsSL https://raw.githubusercontent.com/fredchu/claude-codex-dispatch/main/install.sh | sh
#   curl -fsSL https://raw.githubusercontent.com/fredchu/claude-codex-dispatch/main/install.sh | sh -s -- --no-skill
#
# Everything stands in functions and the last line calls them: a script that was cut short runs nothing.

usage() {
  cat <<'EOF'
Usage: install.sh [--version X] [--no-skill] [--uninstall] [--help]

  --version X   install this version instead of the latest
  --no-skill    leave the skills of Claude Code as they are
  --uninstall   take away the program and, without --no-skill, its skill

Environment:
  CODEX_DISPATCH_INSTALL_DIR   where the program goes (default: ~/.local/bin)
  CODEX_DISPATCH_RELEASES      where releases are (default: https://github.com/fredchu/claude-codex-dispatch/releases)
  CLAUDE_SKILLS_DIR            where the skill goes (default: ~/.claude/skills)
EOF
}

main() {
  # zsh reads what follows as the other shells do.
  if [ -n "${ZSH_VERSION:-}" ]; then emulate sh; fi
  set -u

  version=latest
  skill=yes
  action=install
  while [ $# -gt 0 ]; do
    case $1 in
      --version)
        [ $# -gt 1 ] || fail "--version needs a version, such as 1.0.0."
        version=$2
        shift
        ;;
      --version=*) version=${1#*=} ;;
      --no-skill) skill=no ;;
      --uninstall) action=uninstall ;;
      -h | --help)
        usage
        return 0
        ;;
      *) fail "\"$1\" is no option of install.sh. See install.sh --help." ;;
    esac
    shift
  done
  version=${version#v}
  case $version in
    '' | *[!0-9A-Za-z.+-]*) fail "--version is \"$version\". It takes a version, such as 1.0.0." ;;
  esac

  if [ -n "${CODEX_DISPATCH_INSTALL_DIR:-}" ]; then
    folder=$CODEX_DISPATCH_INSTALL_DIR
  elif [ -n "${HOME:-}" ]; then
    folder=$HOME/.local/bin
  else
    fail "HOME is not set. Set it, or CODEX_DISPATCH_INSTALL_DIR."
  fi
  case $folder in
    /* | [A-Za-z]:*) ;;
    *) folder=$PWD/$folder ;;
  esac
  folder=${folder%/}
  find_target
  program=$folder/codex-dispatch$suffix

  if [ "$action" = uninstall ]; then
    uninstall
  else
    install_program
    install_skill
    tell_what_is_missing
  fi
}

# Sets target and suffix. Deno knows five targets, and a program of another one would not start.
find_target() {
  suffix=
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux)
      if is_musl; then
        fail "This system uses musl as its C library. codex-dispatch is built with Deno, which has no target for musl: take a system with glibc, such as a Debian container."
      fi
      end=unknown-linux-gnu
      ;;
    Darwin)
      end=apple-darwin
      # A shell that Rosetta translates is told that the machine is another one.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then machine=arm64; fi
      ;;
    MINGW* | MSYS* | CYGWIN*)
      end=pc-windows-msvc
      suffix=.exe
      # Windows on ARM runs programs of x86_64.
      machine=x86_64
      ;;
    *) fail "There is no codex-dispatch for \"$system\". There is one for Linux, macOS and Windows." ;;
  esac
  case $machine in
    x86_64 | amd64) target=x86_64-$end ;;
    aarch64 | arm64) target=aarch64-$end ;;
    *) fail "There is no codex-dispatch for a machine of the kind \"$machine\". There is one for x86_64 and aarch64." ;;
  esac
}

is_musl() {
  if has ldd; then
    case $(ldd --version 2>&1) in
      *musl*) return 0 ;;
      *) return 1 ;;
    esac
  fi
  for loader in /lib/ld-musl-*; do
    if [ -e "$loader" ] && ! [ -e /lib64/ld-linux-x86-64.so.2 ] && ! [ -e /lib/ld-linux-aarch64.so.1 ]; then return 0; fi
  done
  return 1
}

install_program() {
  base=${CODEX_DISPATCH_RELEASES:-https://github.com/fredchu/claude-codex-dispatch/releases}
  base=${base%/}
  if [ "$version" = latest ]; then
    release=$base/latest/download
  else
    release=$base/download/v$version
  fi
  file=codex-dispatch-$target$suffix

  if ! [ -d "$folder" ]; then
    mkdir -p "$folder" || fail "The folder \"$folder\" cannot be made. Set CODEX_DISPATCH_INSTALL_DIR to one that can."
  fi
  # mv would put the program into it.
  if [ -d "$program" ]; then fail "\"$program\" is a folder. Remove it, or set CODEX_DISPATCH_INSTALL_DIR."; fi
  # In the same folder, so that the last step is a rename: whoever starts the program meanwhile gets the old one or the new.
  work=$(mktemp -d "$folder/.codex-dispatch.XXXXXX") ||
    fail "The folder \"$folder\" cannot be written to. Set CODEX_DISPATCH_INSTALL_DIR to one that can."
  trap 'rm -rf "$work"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  download "$release/checksums.txt" "$work/checksums.txt" quietly ||
    fail "The checksums cannot be downloaded from \"$release/checksums.txt\". Nothing was installed. Is there a release of that version, and does the network work?"
  read_expected_sum
  if [ -f "$program" ]; then
    sum_of "$program"
    if [ "$sum" = "$expected" ]; then
      say "codex-dispatch is installed already, and is the one of this release: $program"
      return 0
    fi
  fi

  say "Downloading $release/$file"
  fresh=$work/codex-dispatch$suffix
  download "$release/$file" "$fresh" ||
    fail "The program cannot be downloaded from \"$release/$file\". Nothing was installed."
  sum_of "$fresh"
  if [ "$sum" != "$expected" ]; then
    fail "The SHA-256 of \"$release/$file\" is $sum, and checksums.txt says $expected. The download was damaged or is not genuine. Nothing was installed."
  fi
  chmod 755 "$fresh" || fail "\"$fresh\" cannot be made executable. Nothing was installed."
  installed=$("$fresh" --version </dev/null) ||
    fail "The program for $target does not start on this machine. Nothing was installed."
  mv -f "$fresh" "$program" || fail "\"$program\" cannot be replaced. Nothing was installed."
  say "codex-dispatch $installed is installed: $program"
}

# Sets expected to what checksums.txt says of the file. Its form is that of sha256sum.
read_expected_sum() {
  expected=
  while read -r listed name || [ -n "$listed" ]; do
    if [ "${name#\*}" = "$file" ]; then expected=$listed; fi
  done <"$work/checksums.txt"
  case $expected in
    '') fail "The release has no program for $target: \"$release/checksums.txt\" does not name \"$file\". Nothing was installed." ;;
    *[!0-9a-f]*) fail "\"$release/checksums.txt\" has no SHA-256 for \"$file\" but \"$expected\". Nothing was installed." ;;
  esac
}

# Sets sum to the SHA-256 of a file.
sum_of() {
  if has sha256sum; then
    sum=$(sha256sum <"$1")
  elif has shasum; then
    sum=$(shasum -a 256 <"$1")
  elif has openssl; then
    sum=$(openssl dgst -sha256 -r <"$1")
  else
    fail "There is no sha256sum, shasum or openssl to verify the program with. Install one of them. Nothing was installed."
  fi
  sum=${sum%% *}
}

# download URL FILE [quietly]. No answer, or next to nothing of one, for a minute is an end.
download() {
  if has curl; then
    if [ $# -lt 3 ] && [ -t 2 ]; then show=--progress-bar; else show=--silent; fi
    # What is asked for over HTTPS is not taken from a redirection to anything less.
    case $1 in https:*) protocol='=https' ;; *) protocol='=http,https' ;; esac
    curl --fail --location --proto "$protocol" --show-error "$show" --connect-timeout 30 --speed-limit 100 --speed-time 60 --output "$2" "$1"
  elif has wget; then
    wget -q -t 3 -T 60 -O "$2" "$1"
  else
    fail "There is no curl and no wget to download with. Install one of them. Nothing was installed."
  fi
}

install_skill() {
  if [ "$skill" = no ]; then return 0; fi
  written=$("$program" skill install </dev/null) ||
    fail "codex-dispatch is installed, its skill for Claude Code is not; why stands above. Then: codex-dispatch skill install"
  say "The skill for Claude Code is installed: $written"
}

tell_what_is_missing() {
  has git || say "Missing: git 2.30 or newer."
  has codex || say "Missing: the Codex CLI. Install it: npm install -g @openai/codex"
  case ":$PATH:" in
    *":$folder:"*)
      first=$(command -v codex-dispatch)
      if [ "$first" != "$program" ] && [ "$first" != "$folder/codex-dispatch" ]; then
        say "Before it on PATH stands \"$first\": that one is started by its name. Remove it, or change the order of PATH."
      fi
      ;;
    *) say "Missing on PATH: $folder. Add it: export PATH=\"$folder:\$PATH\"" ;;
  esac
}

uninstall() {
  if ! [ -e "$program" ] && ! [ -L "$program" ]; then
    say "codex-dispatch is not installed in \"$folder\"."
    return 0
  fi
  if [ "$skill" = yes ]; then
    "$program" skill uninstall </dev/null ||
      say "The skill could not be taken away; why stands above. It is the folder codex-dispatch in \$CLAUDE_SKILLS_DIR or ~/.claude/skills."
  fi
  rm -f "$program" || fail "\"$program\" cannot be removed."
  rm -rf "$folder"/.codex-dispatch.??????
  say "codex-dispatch is removed from \"$folder\". What runs left in repositories (.codex-dispatch) stays."
}

has() {
  command -v "$1" >/dev/null 2>&1
}

say() {
  printf '%s\n' "$1"
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

{ main "$@"; }
