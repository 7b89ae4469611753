#!/usr/bin/env dotnet
#:project ../../lib/Align/Align.csproj
#:property PublishAot=false

// Supervised fine-tuning of a Hugging Face model folder: dotnet run notebooks/scripts/sft.cs -- MODEL DATA OUTPUT
using Align.Data;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;

Natives.Load();
var (folder, data, output) = (args[0], args[1], args[2]);
using var model = Decoder.Load(folder);
var tokenizer = ExampleTokenizer.Load(folder, maxLength: 1024);
TokenizedText[] texts = [.. DataFile.Read(data).Select(tokenizer.Text).OfType<TokenizedText>()];

var batches = Sft.Batches(texts, batchSize: 8, tokenizer.Pad, new Rng(42));
var steps = (texts.Length + 7) / 8;
using var optimizer = new AdamW(model.Parameters);
var run = new Run<TextBatch>(Sft.Objective(model), batches, optimizer, Schedules.Linear(2e-5, steps), steps);
foreach (var step in run.Train())
    Console.WriteLine($"step {step.Number}/{steps}  loss {step["loss"]:F4}  accuracy {step["mean_token_accuracy"]:P1}");
model.Save(output);
