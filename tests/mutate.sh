#!/usr/bin/env bash
# Breaks the library in one place at a time and expects the tests to notice. Works on a copy; takes about ten minutes on two idle cores.
#   tests/mutate.sh            all of them
#   tests/mutate.sh 3 7        some
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git -C "$root" archive HEAD | tar -x -C "$copy"
cd "$copy"

# what is broken | file | from (a fixed string, once in the file) | to | the test classes that should notice
mutants=(
  "DPO: the sign of the margin|lib/Align/Methods/Dpo.cs|labelSmoothing == 0 ? -logsigmoid(z)|labelSmoothing == 0 ? -logsigmoid(-z)|*DpoTests"
  "log-probabilities: the mask dropped|lib/Align/Tensors/TokenLogProbs.cs|Values.where(Mask, Values.new_zeros(1)).sum(-1)|Values.sum(-1)|*TokenLogProbsTests"
  "log-probabilities: mean for sum|lib/Align/Tensors/TokenLogProbs.cs|Values.where(Mask, Values.new_zeros(1)).sum(-1)|Values.where(Mask, Values.new_zeros(1)).mean([-1])|*TokenLogProbsTests"
  "targets: shifted by one|lib/Align/Text/Batch.cs|i > 0 ? s.Start + i - 1|i > 0 ? s.Start + i|*BatchTests"
  "targets: the prompt is trained too|lib/Align/Text/Batch.cs|if (s.Trained![i] && predictor >= 0)|if (predictor >= 0)|*BatchTests"
  "loop: divides by the first micro-batch alone|lib/Align/Training/Loop.cs|[.. a.Zip(b, (x, y) => x + y)]|a|*LoopTests"
  "loop: a step that is undone loses its batches|lib/Align/Training/Loop.cs|run.Source.Load(start);||*ResumeTests"
  "AdamW: no correction of the squares|lib/Align/Training/AdamW.cs|Math.Sqrt(1 - Math.Pow(Beta2, StepsTaken))|1|*OptimizerGoldenTests"
  "clipping: without the 1e-6|lib/Align/Training/Clip.cs|max / (norm + 1e-6)|max / norm|*OptimizerGoldenTests"
  "rotary embedding: turns the other way|lib/Align/Models/Decoder.cs|cat([-second, first], -1)|cat([second, -first], -1)|*DecoderGoldenTests"
  "chunked head: the target's own gradient dropped|lib/Align/Tensors/ChunkedHead.cs|d.scatter_add_(-1, target, g);||*LogProbsTests"
  "resume: the optimizer's step count forgotten|lib/Align/Training/RunState.cs|run.Optimizer.StepsTaken = (int)state[\"optimizerSteps\"]!;||*ResumeTests"
  "top-p: drops one token more|lib/Align/Models/Sampling.cs|if (dropped > 1 - TopP) break;|if (dropped - p[order[i]] > 1 - TopP) break;|*SamplingGoldenTests"
)

caught=0 failed=0
for i in "${!mutants[@]}"; do
  [ $# -gt 0 ] && [[ ! " $* " == *" $((i + 1)) "* ]] && continue
  IFS='|' read -r what file from to tests <<<"${mutants[$i]}"
  cp "$file" "$file.whole"
  FROM=$from TO=$to perl -0pi -e 'BEGIN { $n = 0 } $n += s/\Q$ENV{FROM}\E/$ENV{TO}/g; END { exit($n == 1 ? 0 : 1) }' "$file" || { echo "$((i + 1)) NOT FOUND ONCE: $what"; failed=$((failed + 1)); mv "$file.whole" "$file"; continue; }
  if ! dotnet build tests/Align.Tests -v q >build.log 2>&1; then
    echo "$((i + 1)) DOES NOT BUILD: $what"; grep -m 2 error build.log; failed=$((failed + 1))
  elif timeout 300 tests/Align.Tests/bin/Debug/net10.0/Align.Tests -class "$tests" >test.log 2>&1; then
    echo "$((i + 1)) SURVIVED: $what"; failed=$((failed + 1))
  elif grep -q 'Failed: 0\|Total: 0' test.log; then
    echo "$((i + 1)) NO TEST RAN: $what"; failed=$((failed + 1))
  else
    echo "$((i + 1)) caught: $what"; caught=$((caught + 1))
  fi
  mv "$file.whole" "$file"; touch "$file"
done
echo "$caught caught, $failed not"
[ "$failed" -eq 0 ]
