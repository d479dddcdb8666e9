#!/usr/bin/env bash
# Everything that only a GPU can answer, in under ten minutes: tests/benchmarks/gpu.sh [FOLDER]
#
# Runs from the root of the repository with a python that has JAX for CUDA, Keras and the project's libraries; PyTorch
# takes part where it is installed. Each step writes its output to FOLDER and its limit keeps the rest going. Without a
# GPU it runs on JAX's CPU with small shapes, which checks the script itself.
set -uo pipefail
out=${1:-gpu-results}
python=${PYTHON:-python3}
export KERAS_BACKEND=jax XLA_PYTHON_CLIENT_PREALLOCATE=false PYTHONPATH=.${PYTHONPATH:+:$PYTHONPATH}
mkdir -p "$out"
failed=0

measure() {  # measure NAME SECONDS COMMAND…
    local name=$1 limit=$2
    shift 2
    echo "== $name"
    if timeout "$limit" "$@" >"$out/$name.txt" 2>"$out/$name.err"; then
        cat "$out/$name.txt"
    else
        echo "failed (status $?): $(tail -n 1 "$out/$name.err")"
        failed=$((failed + 1))
    fi
}

gpu=$("$python" -c 'import jax; print(int(jax.default_backend() == "gpu"))' 2>/dev/null || echo 0)
if [ "$gpu" = 1 ]; then
    large=(--n-layer 24 --n-embd 1024 --n-head 16) block=1024 batch=16 new=256 rounds=2 texts=(1 8 64)
    nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap --format=csv >"$out/card.csv"
    cat "$out/card.csv"
else
    echo "no GPU: small shapes on JAX's CPU, to check this script"
    large=(--n-layer 2 --n-embd 64 --n-head 2) block=64 batch=2 new=8 rounds=1 texts=(1 2)
fi
small=()
[ "$gpu" = 1 ] || small=("${large[@]}")

measure versions 60 "$python" -c '
from importlib.metadata import version, PackageNotFoundError
for name in ("jax", "jaxlib", "keras", "transformers", "torch"):
    try:
        print(name, version(name))
    except PackageNotFoundError:
        print(name, "-")'
measure peak 60 "$python" -m tests.benchmarks.device_peak
measure tests 120 "$python" -m pytest -q -p no:cacheprovider tests/core/test_jax.py tests/core/model/test_attention.py
measure training-124M 120 "$python" -m tests.benchmarks.training --precision bfloat16 --batch-size $batch \
    --block-size $block --rounds $rounds "${small[@]}"
measure training-350M 120 "$python" -m tests.benchmarks.training --precision bfloat16 --batch-size $((batch / 2)) \
    --block-size $block --rounds $rounds "${large[@]}"
measure writing 120 "$python" -m tests.benchmarks.generation --precision bfloat16 --new-tokens $new --rounds $rounds \
    --texts "${texts[@]}"
measure writing-sampled 120 "$python" -m tests.benchmarks.generation --precision bfloat16 --new-tokens $new \
    --rounds $rounds --texts "${texts[@]}" --sampled --contestants loop pytorch
measure memory 120 "$python" -m recipe_tui train --source recipe_tui/sample/recipes.jsonl --output "$out/runs" --run auto \
    --model recipe_tui/sample/model --initialize random --batch-size 64 --batch-tokens auto --block-size 64 --max-steps 3
echo "done: $failed failed; all output is in $out"
exit $((failed > 0))
