#!/usr/bin/env dotnet
#:project ../../lib/Align/Align.csproj
#:property PublishAot=false

// DPO with adapters on a Hugging Face model folder: dotnet run notebooks/scripts/dpo.cs -- MODEL DATA OUTPUT
using Align.Data;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;

Natives.Load();
var (folder, data, output) = (args[0], args[1], args[2]);
using var model = Decoder.Load(folder);
using var policy = AdaptedDecoder.On(model, new LoraConfig { Rank = 16, Alpha = 32 }, new Rng(42));
var tokenizer = ExampleTokenizer.Load(folder, maxLength: 1024);
TokenizedPair[] pairs = [.. DataFile.Read(data, ExampleKind.Pair).Select(tokenizer.Pair).OfType<TokenizedPair>()];
var known = Dpo.WithReference(pairs, policy.Base, tokenizer.Pad, batchSize: 4); // the reference: the same weights, adapters off

var steps = 3 * ((pairs.Length + 3) / 4);
using var optimizer = new AdamW(policy.Parameters);
var run = new Run<PreferenceBatch>(Dpo.Objective(policy, beta: 0.1), Dpo.Batches(known, batchSize: 4, tokenizer.Pad, new Rng(42)), optimizer, Schedules.Linear(1e-5, steps), steps);
foreach (var step in run.Train())
    Console.WriteLine($"step {step.Number}/{steps}  loss {step["loss"]:F4}  margin {step["rewards/margins"]:F3}  accuracy {step["rewards/accuracies"]:P0}");
policy.Save(output); // PEFT's files; policy.Merged().Save(output) for a whole model
