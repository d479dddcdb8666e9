# Makes the virtual environment .venv beside pyproject.toml; run and test read this file.
#
#   PYTHON               the interpreter to make it with; any Python 3.11 to 3.13 that is found when unset
#   RECIPE_TUI_BACKEND   tensorflow, cuda (TensorFlow for NVIDIA), jax or jax-cuda; when unset, cuda where an NVIDIA
#                        driver works and tensorflow where not
#
# A stamp in .venv says what was installed from which files, so that a second start costs nothing.

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
venv=$root/.venv
python=$venv/bin/python
stamp=$venv/recipe-tui.stamp

fail() {
    echo "error: $*" >&2
    exit 1
}

# What the environment depends on, as one number.
key() {
    { echo "$root"; cat "$root/pyproject.toml" "$root/scripts/constraints.txt" "$venv/pyvenv.cfg"; } 2>/dev/null | cksum
}

# set_up [EXTRA]: make the environment hold the backend, and an extra such as dev.
set_up() {
    extra=${1:-}
    is_set_up && return
    if command -v flock >/dev/null 2>&1; then
        exec 9<"$root/pyproject.toml"
        flock 9 # a second set-up at the same time waits here for the first
    fi
    is_set_up || install
    exec 9<&-
}

is_set_up() {
    [ -x "$python" ] && [ -f "$stamp" ] || return 1
    { read -r stamped_key && read -r stamped_backend && read -r stamped_extra; } <"$stamp"
    [ "$stamped_key" = "$(key)" ] || return 1
    [ "${RECIPE_TUI_BACKEND:-$stamped_backend}" = "$stamped_backend" ] || return 1
    [ -z "$extra" ] || [ "$stamped_extra" = "$extra" ]
}

install() {
    backend=${RECIPE_TUI_BACKEND:-$(default_backend)}
    case $backend in
        tensorflow | cuda | jax | jax-cuda) ;;
        *) fail "RECIPE_TUI_BACKEND=$backend; set it to tensorflow, cuda, jax or jax-cuda" ;;
    esac
    before=
    [ -f "$stamp" ] && before=$(sed -n 2p "$stamp")
    rm -f "$stamp"
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        maker=$(find_python) || exit 1
        echo "Making $venv with $("$maker" --version)" >&2
        "$maker" -m venv "$venv" || fail "$venv cannot be made; remove it and try again"
    fi
    if [ -n "$before" ] && [ "$before" != "$backend" ]; then
        # tensorflow and tensorflow-cpu own the same folder, so one must go before the other comes.
        "$python" -m pip uninstall --quiet --quiet --yes tensorflow tensorflow-cpu jax jaxlib >&2 2>&1
    fi
    echo "Installing recipe-tui[$backend${extra:+,$extra}]; this takes a minute or more, once" >&2
    # Python compiles a module when it is first imported; compiling all of them here takes a minute of a processor.
    "$python" -m pip install --quiet --quiet --disable-pip-version-check --no-compile \
        --constraint "$root/scripts/constraints.txt" --editable "$root[$backend${extra:+,$extra}]" >&2 ||
        fail "the installation failed; see above, and try again"
    printf '%s\n%s\n%s\n' "$(key)" "$backend" "$extra" >"$stamp.$$" && mv "$stamp.$$" "$stamp"
}

default_backend() {
    if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi --list-gpus 2>/dev/null | grep -q GPU; then
        echo cuda
    else
        echo tensorflow
    fi
}

# Print a Python from 3.11 to 3.13 that can make virtual environments.
find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
            >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11, 3.12 or 3.13 with venv (${PYTHON:-python3, python3.11, ...}); install one, or set PYTHON to it"
}
