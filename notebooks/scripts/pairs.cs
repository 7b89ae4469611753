#!/usr/bin/env dotnet
#:project ../../lib/Align/Align.csproj
#:property PublishAot=false

// Graded answers to preference pairs and judgements: dotnet run notebooks/scripts/pairs.cs -- gsm8k_model_solutions.jsonl OUTPUT
// Reads rows like those of https://github.com/openai/grade-school-math (example_model_solutions.jsonl): a question, and several fields that hold a solution and is_correct.
// Right solutions are paired with wrong ones of the same question, each used once; judgements are all of them.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Data;

var (file, output) = (args[0], args[1]);
Directory.CreateDirectory(output);
var graded = File.ReadLines(file).Select(line => JsonNode.Parse(line)!.AsObject()).Select(row => (
    Question: (string)row["question"]!,
    Solutions: row.Select(f => f.Value).OfType<JsonObject>().Select(s => (Text: (string)s["solution"]!, Right: (bool)s["is_correct"]!)).DistinctBy(s => s.Text).ToArray())).ToArray();

var pairs = graded.SelectMany(g => g.Solutions.Where(s => s.Right).Zip(g.Solutions.Where(s => !s.Right), (right, wrong) => new PreferencePair(g.Question + "\n", right.Text, wrong.Text))).ToArray();
Jsonl.Write(Path.Combine(output, "pairs.jsonl"), pairs);

var readable = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
var judgements = graded.SelectMany(g => g.Solutions.Select(s => new JsonObject { ["prompt"] = g.Question + "\n", ["completion"] = s.Text, ["label"] = s.Right }.ToJsonString(readable))).ToArray();
File.WriteAllLines(Path.Combine(output, "judgements.jsonl"), judgements);
Console.WriteLine($"{graded.Length} questions: {pairs.Length} pairs of {graded.Count(g => g.Solutions.Any(s => s.Right) && g.Solutions.Any(s => !s.Right))} of them, {judgements.Length} judgements");
