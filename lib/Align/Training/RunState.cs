using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Models;
using Align.Runtime;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Training;

/// <summary>Saves a run and goes on with it: the steps after loading are, bit for bit, those of a run that was never stopped.</summary>
/// <remarks>
/// A run's folder holds one folder per save, <c>step-00000012</c>, with weights, moments, history and everything that moves. It is written beside its place, hashed,
/// flushed and renamed, so that a folder of that name is whole; one whose hashes do not fit is passed over for the one before.
/// </remarks>
public static class RunState
{
    private const string Tensors = "tensors.safetensors", State = "state.json", HistoryFile = "history.jsonl", Hashes = "sha256.json", Unfinished = ".unfinished-";

    /// <summary>Saves the run as it stands after its last whole step.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">The run's folder; made when it is not there.</param>
    /// <param name="keep">How many saves stay; older ones are deleted after this one is whole.</param>
    /// <returns>The folder of this save.</returns>
    public static string Save<TBatch>(this Run<TBatch> run, string folder, int keep = 2)
        where TBatch : IBatch
    {
        Directory.CreateDirectory(folder);
        foreach (var stale in Directory.GetDirectories(folder, Unfinished + "*")) Directory.Delete(stale, recursive: true);
        var place = Path.Combine(folder, Name(run.Step));
        var beside = Path.Combine(folder, $"{Unfinished}{Name(run.Step)}");
        Directory.CreateDirectory(beside);
        try
        {
            Safetensors.Save(Path.Combine(beside, Tensors), Moving(run));
            run.History.Write(Path.Combine(beside, HistoryFile));
            Write(beside, State, new JsonObject
            {
                ["step"] = run.Step,
                ["tokens"] = run.Tokens,
                ["optimizerSteps"] = run.Optimizer.StepsTaken,
                ["accumulate"] = run.Accumulate,
                ["compute"] = run.Compute?.ToString(),
                ["settings"] = new JsonObject(run.Settings.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value))),
                ["source"] = run.Source.Save(),
                ["method"] = run.Objective.State?.Save(),
            });
            Write(beside, Hashes, new JsonObject(new[] { Tensors, HistoryFile, State }.Select(f => KeyValuePair.Create(f, (JsonNode?)Hash(Path.Combine(beside, f))))));
            foreach (var file in Directory.GetFiles(beside)) Flush(file);
            AtomicFile.FlushFolder(beside);
        }
        catch
        {
            Directory.Delete(beside, recursive: true);
            throw;
        }

        // A save of this step that is already there, of a run that went another way, steps aside until the new one has its name.
        var aside = Path.Combine(folder, $"{Unfinished}old-{Name(run.Step)}");
        if (Directory.Exists(place)) Directory.Move(place, aside);
        Directory.Move(beside, place);
        AtomicFile.FlushFolder(folder);
        if (Directory.Exists(aside)) Directory.Delete(aside, recursive: true);

        // Saves of later steps are of a run that went another way: this one has gone back behind them.
        foreach (var later in Saves(folder).Where(s => IsLater(s, place))) Directory.Delete(later, recursive: true);
        foreach (var old in Saves(folder).Skip(Math.Max(1, keep))) Directory.Delete(old, recursive: true);
        return place;
    }

    /// <summary>Brings a newly made run, of the same model, data and settings, to where the newest whole save stood.</summary>
    /// <param name="run">The run; its weights are overwritten.</param>
    /// <param name="folder">The run's folder.</param>
    /// <returns>The folder that was loaded; null when there is no save.</returns>
    /// <exception cref="RunStateException">The save is of another model, other data or other settings, or every save is damaged.</exception>
    public static string? Load<TBatch>(this Run<TBatch> run, string folder)
        where TBatch : IBatch
    {
        var saves = Saves(folder);
        if (saves.Count == 0) return null;
        var place = saves.FirstOrDefault(Whole)
            ?? throw new RunStateException($"Every save in {folder} is damaged: files and hashes do not agree ({string.Join(", ", saves.Select(Path.GetFileName))}). Start anew in another folder.");
        var state = Read(place, State);
        var changed = run.Settings.Select(s => (s.Key, Then: (string?)state["settings"]![s.Key], Now: s.Value)).Where(s => s.Then != s.Now).Select(s => $"{s.Key} = {s.Then ?? "nothing"}, now {s.Now}").ToList();
        if (changed.Count > 0) throw new RunStateException($"{place} was run with other settings: {string.Join("; ", changed)}. Resume with the same settings.");
        if ((string?)state["compute"] != run.Compute?.ToString())
            throw new RunStateException($"{place} computed its products in {(string?)state["compute"] ?? "the weights' type"}, this run in {run.Compute?.ToString() ?? "the weights' type"}. Resume with the same.");
        if ((int)state["accumulate"]! != run.Accumulate)
            throw new RunStateException($"{place} accumulated {(int)state["accumulate"]!} micro-batches a step, this run {run.Accumulate}. Resume with the same.");
        var history = History.Read(Path.Combine(place, HistoryFile));

        using var file = Safetensors.Open(Path.Combine(place, Tensors));
        var wanted = Moving(run).ToArray();
        var misfits = wanted
            .Where(w => file.Find(w.Name) is not { } found || !found.Shape.SequenceEqual(w.Value.shape) || found.Type.Torch != w.Value.dtype)
            .Select(w => $"{w.Name} {Align.Tensors.Shape.Text(w.Value.shape)} of {w.Value.dtype}").ToArray();
        if (misfits.Length > 0 || file.Tensors.Count != wanted.Length)
            throw new RunStateException($"{place} is the state of another model: it has {file.Tensors.Count} tensors, {wanted.Length} are wanted; these do not fit: {string.Join(", ", misfits.Take(5))}.");
        if (state["method"] is null != run.Objective.State is null)
            throw new RunStateException($"{place} {(state["method"] is null ? "has no" : "has a")} state of the method and this run's method {(state["method"] is null ? "has one" : "has none")}. Resume with the same method.");
        run.Source.Load(state["source"]!);
        run.Objective.State?.Load(state["method"]!);
        using (no_grad())
            foreach (var (name, value) in wanted) file.Read(name, value);
        run.Optimizer.StepsTaken = (int)state["optimizerSteps"]!;
        (run.Step, run.Tokens) = ((int)state["step"]!, (long)state["tokens"]!);
        run.History.Replace(history);
        return place;
    }

    /// <summary>Everything that moves during a run: weights and moments, and what the method moves itself.</summary>
    private static IEnumerable<(string Name, Tensor Value)> Moving<TBatch>(Run<TBatch> run)
        where TBatch : IBatch => run.Optimizer.State.Concat((run.Objective.State?.Weights ?? []).Select(w => ("method." + w.Name, w.Value)));

    /// <summary>The saves of a folder, the newest first.</summary>
    private static List<string> Saves(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetDirectories(folder, "step-*").OrderDescending(StringComparer.Ordinal)] : [];

    private static bool Whole(string place)
    {
        try
        {
            var hashes = Read(place, Hashes);
            return new[] { Tensors, HistoryFile, State }.All(f => Hash(Path.Combine(place, f)) == (string?)hashes[f]);
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsLater(string save, string place) => string.CompareOrdinal(Path.GetFileName(save), Path.GetFileName(place)) > 0;

    private static string Name(int step) => "step-" + step.ToString("D8", CultureInfo.InvariantCulture);

    private static JsonObject Read(string place, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(place, file)))!.AsObject();

    private static void Write(string place, string file, JsonObject content) => File.WriteAllText(Path.Combine(place, file), content.ToJsonString());

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Flush(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Flush(flushToDisk: true);
    }
}
