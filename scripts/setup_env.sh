# shellcheck shell=bash
# Sourced by scripts/run and scripts/test, in the root of the repository: ensure_env FILE makes .venv and installs
# FILE into it, and costs a few milliseconds when neither Python nor the requirements have changed.

say() { printf '%s\n' "$*" >&2; }

# Every Python that is new enough, the usual one first.
pythons() {
    local name
    for name in python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then printf '%s\n' "$name"; fi
    done
}

# The first of them that can make a virtual environment (Debian keeps ensurepip in a package of its own).
python_with_venv() {
    local name
    while read -r name; do
        if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done < <(pythons)
    return 1
}

# Prints a Python that can make .venv; where apt may be used it is installed, elsewhere a sentence says what to do.
find_python() {
    local name version
    python_with_venv && return
    name=$(pythons | head -n 1)
    say "Python 3.11 or newer with its venv module is not here: trying to install it ..."
    scripts/apt_install python3 python3-venv && python_with_venv && return
    if [ -z "$name" ]; then
        say "No Python 3.11 or newer was found. Install one (Debian, Ubuntu: sudo apt install python3 python3-venv)" \
            "and run this command again."
    else
        version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "Python $version has no venv module. Install it (Debian, Ubuntu: sudo apt install python3-venv" \
            "python$version-venv) and run this command again."
    fi
    return 1
}

# What an installation depends on: the interpreter and the pinned packages.
fingerprint() { { readlink -f .venv/bin/python && cat requirements.txt "$1"; } 2>/dev/null | sha256sum; }

is_current() { [ -x .venv/bin/python ] && [ "$(fingerprint "$1")" = "$(cat ".venv/$1.sha256" 2>/dev/null)" ]; }

install_env() {
    local file=$1 python line count=0
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        python=$(find_python) || return 1
        say "Making .venv with $("$python" --version) ..."
        "$python" -m venv --clear .venv || return 1
    fi
    say "Installing $file (about a minute the first time) ..."
    set -o pipefail
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --retries 5 -r "$file" </dev/null |
        while read -r line; do
            case $line in
                Collecting*)
                    count=$((count + 1))
                    [ ! -t 2 ] || printf '\r\033[K  %d %s' "$count" "${line#Collecting }" >&2
                    ;;
                Installing*) [ ! -t 2 ] || printf '\r\033[K  unpacking %d packages ...' "$count" >&2 ;;
            esac
        done || {
        say "Installing $file failed (see above): check the network or the proxy and run this command again."
        return 1
    }
    [ ! -t 2 ] || printf '\r\033[K' >&2
    fingerprint "$file" >".venv/$file.sha256"
    # The development requirements contain the others.
    fingerprint requirements.txt >.venv/requirements.txt.sha256
}

ensure_env() {
    is_current "$1" && return
    # Two first starts at once would install into each other's half-made environment: the folder's lock is the queue.
    ( flock 9 && { is_current "$1" || install_env "$1"; } ) 9<.
}
