#!/usr/bin/env dotnet
#:project ../../lib/Align/Align.csproj
#:property PublishAot=false

// A reward model from a Hugging Face model folder and pairs: dotnet run notebooks/scripts/reward.cs -- MODEL DATA OUTPUT
using Align.Data;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;

Natives.Load();
var (folder, data, output) = (args[0], args[1], args[2]);
using var language = Decoder.Load(folder);
using var model = RewardModel.From(language);
var tokenizer = ExampleTokenizer.Load(folder, maxLength: 1024);
TokenizedPair[] pairs = [.. DataFile.Read(data, ExampleKind.Pair).Select(tokenizer.Pair).OfType<TokenizedPair>()];

var steps = (pairs.Length + 7) / 8;
using var optimizer = new AdamW(model.Parameters);
var run = new Run<PreferenceBatch>(RewardModelling.Objective(model), Dpo.Batches(pairs, batchSize: 8, tokenizer.Pad, new Rng(42)), optimizer, Schedules.Linear(1e-4, steps), steps);
foreach (var step in run.Train())
    Console.WriteLine($"step {step.Number}/{steps}  loss {step["loss"]:F4}  accuracy {step["accuracy"]:P0}");
model.Save(output);
