using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Models;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tool.Training;

/// <summary>What a training leaves beside the weights: <c>run.json</c> with everything used, and the model card; and what it finds of them when it is resumed.</summary>
internal sealed class RunRecord(TrainOptions options, string modelHash, DataSource source)
{
    private const string FileName = "run.json", ModelHash = "model_sha256", DataHash = "data_sha256";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Hashes the model and the data.</summary>
    public static RunRecord Of(TrainOptions options) => new(options, ModelFolder.Sha256(options.Model), DataSource.Of(options.Data));

    /// <summary>Everything that decides the numbers, as text: saved with the run and compared when it is resumed.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; } = new SortedDictionary<string, string>(
        options.Given.Where(o => !TrainOptions.Free.Contains(o.Key)).Append(new(ModelHash, modelHash)).Append(new(DataHash, source.Sha256)).ToDictionary(), StringComparer.Ordinal);

    /// <summary>Whether a folder holds a finished run.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>The steps of the finished run that the output folder holds.</summary>
    /// <exception cref="TrainException">It was a run with other settings, or there is no record of one.</exception>
    public int Finished()
    {
        var path = Path.Combine(options.Output, FileName);
        try
        {
            var record = JsonNode.Parse(File.ReadAllText(path))!;
            var then = record["settings"]!.AsObject().ToDictionary(s => s.Key, s => (string?)s.Value);
            (then[ModelHash], then[DataHash]) = ((string?)record["model"]!["sha256"], (string?)record["data"]!["sha256"]);
            var changed = Settings.Where(s => then.GetValueOrDefault(s.Key) != s.Value).Select(s => $"{s.Key} = {then.GetValueOrDefault(s.Key) ?? "nothing"}, now {s.Value}").ToList();
            return changed.Count == 0 ? (int)record["steps"]!
                : throw new TrainException($"{options.Output} holds a finished run with other settings: {string.Join("; ", changed)}. There is nothing to resume; choose another --output.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            throw new TrainException($"{path} is no record of a run, so there is nothing to resume. Choose another --output.", e);
        }
    }

    /// <summary>Writes both files.</summary>
    public void Write(TrainingData data, TrainedModel model, History history, int steps, TimeSpan elapsed)
    {
        var last = history.Count > 0 ? history[^1].Metrics : new Dictionary<string, double>();
        var read = source with { Rows = data.Rows.Report.Read };
        new ModelCard
        {
            Title = Name(options.Output), Method = options.Method, BaseModel = Name(options.Model), IsAdapter = options.Lora && !options.Merge,
            Data = [read], Settings = options.Given, Metrics = last.ToDictionary(),
        }.Write(options.Output);
        var record = new JsonObject
        {
            ["settings"] = new JsonObject(options.Given.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value))),
            ["model"] = new JsonObject { ["folder"] = options.Model, ["sha256"] = modelHash, ["parameters"] = model.Size, ["trained"] = model.Parameters.Sum(p => p.Value.numel()) },
            ["data"] = new JsonObject { ["file"] = options.Data, ["sha256"] = read.Sha256, ["rows"] = read.Rows, ["skipped"] = data.Rows.Report.Skipped, ["truncated"] = data.Tokenizer.Truncated, ["dropped"] = data.Tokenizer.Dropped, ["prefix_differs"] = data.Tokenizer.PrefixDiffers },
            ["compute"] = options.BFloat16 ? "bfloat16" : "float32",
            ["threads"] = get_num_threads(),
            ["steps"] = steps,
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 1),
            ["version"] = typeof(RunRecord).Assembly.GetName().Version?.ToString(3),
            ["metrics"] = new JsonObject(last.Where(m => double.IsFinite(m.Value)).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
        };
        File.WriteAllText(Path.Combine(options.Output, FileName), record.ToJsonString(Indented) + "\n");
    }

    private static string Name(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
