#!/usr/bin/env bash
# Everything that only a GPU can answer, meant to take under ten minutes: tests/benchmarks/gpu.sh [FOLDER]
#
# Runs from the root of the repository with a python that has JAX for CUDA, Keras and the project's libraries; PyTorch
# takes part where it is installed. Each step writes its output to FOLDER and its limit keeps the rest going. Without a
# GPU it runs on JAX's CPU with small shapes, which checks the script itself.
set -uo pipefail
out=${1:-gpu-results}
python=${PYTHON:-python3}
export KERAS_BACKEND=jax XLA_PYTHON_CLIENT_PREALLOCATE=false PYTHONPATH=.${PYTHONPATH:+:$PYTHONPATH}
mkdir -p "$out"
rm -f "$out"/*.failed

measure() {  # measure NAME SECONDS COMMAND…
    local name=$1 limit=$2 status=0
    shift 2
    if timeout "$limit" "$@" >"$out/$name.txt" 2>"$out/$name.err"; then
        sed "s/^/[$name] /" "$out/$name.txt"
        return
    else
        status=$?
    fi
    local reason="status $status: $(tail -n 1 "$out/$name.err")"
    [ "$status" = 124 ] && reason="not done within $limit s"
    echo "[$name] failed ($reason)" | tee "$out/$name.failed"
}

gpu=$("$python" -c 'import jax; print(int(jax.default_backend() == "gpu"))' 2>/dev/null || echo 0)
if [ "$gpu" = 1 ]; then
    small=() large=(--n-layer 24 --n-embd 1024 --n-head 16) block=1024 batch=16 calls=4 per_call=8 new=256 texts=(1 8 64)
    model=(--n-layer 12 --n-embd 768 --n-head 12 --block-size 512 --batch-size 256) too_large=8192
    nvidia-smi --query-gpu=name,memory.total,driver_version,compute_cap --format=csv >"$out/card.csv"
    cat "$out/card.csv"
else
    echo "no GPU: small shapes on JAX's CPU, to check this script"
    small=(--n-layer 2 --n-embd 64 --n-head 2) large=("${small[@]}") block=64 batch=2 calls=1 per_call=1 new=8 texts=(1 2)
    model=(--n-layer 1 --n-embd 32 --n-head 2 --block-size 64 --batch-size 2) too_large=999999
fi
train=("$python" -m recipe_tui train --source recipe_tui/sample/recipes.jsonl --output "$out/runs"
    --model recipe_tui/sample/model --initialize random --sample-every 0 --checkpoint-every 1000 "${model[@]}")
step=(--precision bfloat16 --block-size $block --steps $calls --steps-per-call $per_call --rounds 1 --pytorch-compiled)

measure versions 60 "$python" -c '
from importlib.metadata import version, PackageNotFoundError
for name in ("jax", "jaxlib", "keras", "transformers", "torch"):
    try:
        print(name, version(name))
    except PackageNotFoundError:
        print(name, "-")'
measure peak 60 "$python" -m tests.benchmarks.device_peak
measure training-124M 150 "$python" -m tests.benchmarks.training "${step[@]}" --batch-size $batch "${small[@]}"
measure training-350M 180 "$python" -m tests.benchmarks.training "${step[@]}" --batch-size $((batch / 2)) "${large[@]}"
measure profile 60 "$python" -m tests.benchmarks.profile --block-size $block --batch-size $batch "${small[@]}"
write=(--precision bfloat16 --new-tokens $new --pytorch-tokens $((new / 4)) --rounds 2 --texts "${texts[@]}")
measure writing 90 "$python" -m tests.benchmarks.generation "${write[@]}"
measure writing-sampled 90 "$python" -m tests.benchmarks.generation "${write[@]}" --sampled --contestants loop pytorch
# What measures no time goes side by side.
measure tests 120 "$python" -m pytest -q -p no:cacheprovider tests/core/test_on_gpu.py &
measure memory 120 "$python" -m tests.benchmarks.memory full checkpointing lora --batch-size $batch --block-size $block &
measure automatic 120 "${train[@]}" --run automatic --batch-tokens auto --max-steps 40 &
measure too-large 120 bash -c '"$@" 2>&1 | grep "error: .*memory"' _ "${train[@]}" --run too-large \
    --batch-size $too_large --max-steps 1 &
wait
failed=$(find "$out" -name '*.failed' | wc -l)
echo "done: $failed failed; all output is in $out"
exit $((failed > 0))
