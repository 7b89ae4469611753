#!/usr/bin/env bash
# Breaks the library in one place at a time and expects the tests to notice. Works on a copy; takes about half an hour on two idle cores.
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
  "rotary embedding: turns the other way|lib/Align/Models/Rotation.cs|cat([-second, first], -1)|cat([second, -first], -1)|*DecoderGoldenTests"
  "chunked head: the target's own gradient dropped|lib/Align/Tensors/ChunkedHead.cs|d.scatter_add_(-1, target, g);||*LogProbsTests"
  "resume: the optimizer's step count forgotten|lib/Align/Training/RunState.cs|run.Optimizer.StepsTaken = (int)state[\"optimizerSteps\"]!;||*ResumeTests"
  "top-p: drops one token more|lib/Align/Models/Sampling.cs|if (dropped > 1 - TopP) break;|if (dropped - p[order[i]] > 1 - TopP) break;|*SamplingGoldenTests"
  "ORPO: odds without 1 - p|lib/Align/Methods/Orpo.cs|(x.PolicyChosen - x.PolicyRejected - (Log1MExp(x.PolicyChosen) - Log1MExp(x.PolicyRejected)))|(x.PolicyChosen - x.PolicyRejected)|*HandWorkedLossTests"
  "ORPO: infinite at p = 1|lib/Align/Methods/Orpo.cs|x.clamp(-Math.Log(2), -epsilon)|x.clamp(-Math.Log(2), epsilon - epsilon)|*PreferenceMethodTests"
  "KTO: a completion meets its own prompt|lib/Align/Methods/Kto.cs|judgements[i == number * block ? last : i - 1].Text|judgements[last > 0 ? i : 0].Text|*KtoTests"
  "KTO: the reference point below 0|lib/Align/Methods/Kto.cs|mean.clamp_min(0)|mean.clamp_min(-100)|*KtoTests"
  "KTO: the undesirable side turned round|lib/Align/Methods/Kto.cs|undesirableWeight * sigmoid(gain)|undesirableWeight * sigmoid(-gain)|*HandWorkedLossTests"
  "BCO: the mean of means|lib/Align/Training/RunningMoments.cs|Mean += apart * x.Length / Count|Mean += apart / 2|*KtoTests"
  "SimPO: the margin times beta|lib/Align/Methods/Cpo.cs|beta * d - gamma|beta * (d - gamma)|*HandWorkedLossTests"
  "IPO: a sum on the chosen side|lib/Align/Methods/DpoLosses.cs|FDivergences.Of(x.ChosenLogRatio(), divergence) / chosen|FDivergences.Of(x.ChosenLogRatio(), divergence) * (chosen / chosen)|*HandWorkedLossTests"
  "discopop: as it is written|lib/Align/Methods/DpoLosses.cs|(logsigmoid(z / tau) - z).exp()|(-z).exp() * (z / tau).sigmoid()|*LawTests"
  "WPO: the weight has a gradient|lib/Align/Methods/PairTokens.cs|using var frozen = no_grad();||*PairTokensTests"
  "LD-DPO: nothing is discounted|lib/Align/Methods/PairTokens.cs|alpha * x.Values|(alpha - alpha + 1) * x.Values|*PairTokensTests"
  "packing: the shortest first|lib/Align/Text/Packing.cs|OrderByDescending|OrderBy|*PackingTests"
  "kept reference: of any model|lib/Align/Methods/ReferenceFile.cs|found.Model != expected.Model ?|found.Model.Length != expected.Model.Length ?|*ReferenceTests"
  "mixes: the second term by pairs|lib/Align/Methods/Dpo.cs|[batch.Pairs.Count, batch.ChosenTokens]|[batch.Pairs.Count, batch.Pairs.Count]|*PreferenceMethodTests"
  "PPO: the score is paid at the last token|lib/Align/Methods/PpoRollout.cs|Rewards(kl, scores, (steps - 1)|Rewards(kl, scores, (lengths - 1)|*PpoGoldenTests"
  "PPO: whitening sees the step after the end|lib/Align/Methods/PpoRollout.cs|Whiten(advantages, isChoice)|Whiten(advantages, isStep)|*PpoGoldenTests"
  "PPO: the penalty for who ended|lib/Align/Methods/PpoRollout.cs|a.First.Ended ? 0 : missingEndPenalty|a.First.Ended ? missingEndPenalty : 0|*PpoRunTests"
  "PPO: the cheaper of the two value errors|lib/Align/Methods/Ppo.cs|maximum(free, clipped)|minimum(free, clipped)|*PolicyLossPropertyTests"
  "PPO: the trunk is read one step aside|lib/Align/Methods/PpoModels.cs|first += row.Steps;|first += row.Completion.Length;|*PpoRunTests"
  "PPO: the coefficient runs away from its target|lib/Align/Methods/PpoModels.cs|Math.Clamp(kl / Target - 1|Math.Clamp(1 - kl / Target|*PpoRunTests"
  "GAE: the future undiscounted|lib/Align/Tensors/Advantages.cs|gamma * lambda * next|lambda * next|*AdvantagesPropertyTests"
  "guard: the mean sees padding|lib/Align/Methods/Guard.cs|terms.Mean(ratioName, ratio, x.Mask)|terms.Mean(ratioName, ratio, ones_like(x.Mask))|*GuardTests"
  "guard: the best rows|lib/Align/Methods/Guard.cs|OrderByDescending|OrderBy|*GuardTests"
  "guard: a loss that is not finite passes|lib/Align/Methods/Guard.cs|i < losses.Length|i < losses.Length - 99|*GuardTests"
  "rollouts: the order forgotten on loading|lib/Align/Training/Rollouts.cs|_order = [.. state[\"order\"]!.AsArray().Select(i => (int)i!)];||*PpoRunTests"
  "rewards: too few are taken|lib/Align/Rewards/Reward.cs|rewards?.Count != answers.Count|rewards is null|*RewardFailureTests"
  "RLOO: the KL is a bonus|lib/Align/Methods/Rloo.cs|clipped - beta * logRatios|clipped + beta * logRatios|*OnPolicyTraceTests"
  "GRPO: the corrected KL has half its gradient|lib/Align/Methods/Grpo.cs|kl * x.Ratio(level)|kl * x.Ratio(level).detach()|*PolicyLossPropertyTests"
  "GSPO: a sum for a mean|lib/Align/Tensors/PolicyTokens.cs|logRatio.sum(1, keepdim: true) / Lengths().clamp_min(1)|logRatio.sum(1, keepdim: true)|*GrpoGoldenTests"
  "robust: not unbiased|lib/Align/Methods/DpoLosses.cs|/ (1 - 2 * labelSmoothing)|/ (1 - labelSmoothing + labelSmoothing)|*HandWorkedLossTests"
  "win rate: a tie counts whole|lib/Align/Evaluation/WinRate.cs|(Wins + Ties / 2.0)|(Wins + Ties * 1.0)|*WinRateTests"
  "comparison: a score that is NaN passes|lib/Align/Evaluation/ComparisonRow.cs|!double.IsFinite(scores[i])|scores[i] > double.MaxValue|*ComparisonTableTests"
  "CISPO: the weight has a gradient|lib/Align/Methods/Cispo.cs|x.Ratio(level).detach()|x.Ratio(level)|*PolicyLossPropertyTests"
  "saving: the type that is asked for is only for what was trained|lib/Align/Models/DecoderFiles.cs|type ?? (origin?.Types.TryGetValue(name, out var stored) == true && StoredWeight.Holds(stored, value) ? stored : value.dtype)|(origin?.Types.TryGetValue(name, out var stored) == true && StoredWeight.Holds(stored, value) ? stored : type ?? value.dtype)|*SavingTests"
  "LoRA: rsLoRA scales as LoRA does|lib/Align/Models/LoraSites.cs|config.RankStabilised ? Math.Sqrt(rank) : rank|config.RankStabilised ? (double)rank : rank|*LoraGoldenTests"
  "chat: an answer that was begun gets a new turn|lib/Align/Text/ChatTokenizer.cs|[\"role\"] == \"assistant\" ? options with { Continue|[\"role\"] == \"nobody\" ? options with { Continue|*GoldenFunctionsTests"
  "chat: the answer begins where the prompt ends, whatever differs before|lib/Align/Text/ChatTokenizer.cs|before.AsSpan().CommonPrefixLength(whole)|Math.Min(before.Length, whole.Length)|*ChatTemplateTests"
  "chat: a special that a person typed stands for itself|lib/Align/Text/ChatTokenizer.cs|places.Add(at - places.Count)|places.Add(at - places.Count - 1)|*ChatTemplateTests"
  "window: rows are cut at the other end|lib/Align/Text/ExampleTokenizer.cs|keepEnd ? ^maxLength.. : ..maxLength|keepEnd ? ..maxLength : ^maxLength..|*GoldenFunctionsTests"
  "prompts inside of answers: the space stays with the prompt|lib/Align/Data/ImplicitPrompt.cs|return shared > 0 && x[shared - 1] == ' ' ? shared - 1 : shared;|return shared;|*GoldenFunctionsTests"
  "tokenizers: a merge that stands twice passes|lib/Align/Text/Parts/TokenizerReader.cs|if (!seen.Add((ids[parts[0]], ids[parts[1]])))|if (!seen.Add((list.Count, 0)))|*HuggingFaceTokenizerTests"
  "data report: answers of one length count as longer|lib/Align/Evaluation/DataReport.cs|gaps.Count(g => g > 0), 0,|gaps.Count(g => g >= 0), 0,|*DataReportTests"
  "x-ray: the label is the token itself|lib/Align/Evaluation/BatchXRay.cs|? (int)ids[i + 1] : null|? (int)ids[i] : null|*BatchXRayTests"
  "judge: whatever is no letter is B|lib/Align/Annotation/Preference.cs|char.ToUpperInvariant(match.Groups[1].Value[0]) : null|char.ToUpperInvariant(match.Groups[1].Value[0]) : 'B'|*ChatJudgeTests"
  "judge: one order is enough|lib/Align/Annotation/ChatJudge.cs|('A', 'B') => Preference.First|('A', _) => Preference.First|*ChatJudgeTests"
  "judge's cache: the answers are no part of the key|lib/Align/Annotation/ChatJudge.cs|told.Instructions, question);|told.Instructions, prompt);|*ChatJudgeTests"
  "collecting: identical answers stay|lib/Align/Annotation/Feedback.cs|t < Tries|t < Tries - 99|*FeedbackTests"
  "collecting: the order is always the same|lib/Align/Annotation/Feedback.cs|rng.Fork($\"order {number} {prompt}\")|rng.Fork(\"order\")|*FeedbackTests"
  "collecting: a repeat gives a pair|lib/Align/Annotation/Choice.cs|!Repeat && Best is|Best is|*FeedbackTests"
  "journal: half a line stays|lib/Align/Annotation/Journal.cs|if (end < stream.Length) stream.SetLength(end);||*FeedbackTests"
  "server: a refused key is tried again|lib/Align.Interactive/Servers/PatientClient.cs|Status(e) is 408 or 409 or 429|Status(e) is 408 or 409 or 429 or 401|*ChatServerTests"
  "server: the key is told|lib/Align.Interactive/Servers/PatientClient.cs|line = line.Replace(_key, \"…\", StringComparison.Ordinal);|line = line.Trim();|*ChatServerTests"
  "kappa: chance is not taken off|lib/Align/Evaluation/Kappa.cs|var kappa = (observed - chance) / (1 - chance);|var kappa = observed / (1 - chance + chance);|*KappaTests"
  "ranking: strengths against the last, not the mean|lib/Align/Evaluation/BradleyTerry.cs|(c == i ? 1.0 : 0) - 1.0 / k|(c == i ? 1.0 : 0)|*KappaTests"
  "online DPO: the worse answer is chosen|lib/Align/Methods/OnlineDpo.cs|rows[2 * i].Score >= rows[2 * i + 1].Score|rows[2 * i].Score < rows[2 * i + 1].Score|*OnlineDpoTests"
  "rounds: always against the first model|lib/Align/Methods/IteratedDpo.cs|o.FixedReference ? start : current|start|*IteratedDpoTests"
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
