using System.Globalization;
using System.Text.Json;
using Align.Annotation;
using Align.Data;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;

namespace Align.Methods;

/// <summary>The settings of rounds of DPO.</summary>
/// <param name="Rounds">How many.</param>
/// <param name="Samples">Answers to each prompt, of which the best and the worst make a pair.</param>
/// <param name="Temperature">The temperature at which they are written.</param>
/// <param name="Beta">β.</param>
/// <param name="LearningRate">The highest rate of a round; it falls to 0 in each.</param>
/// <param name="BatchSize">Pairs per step.</param>
/// <param name="Epochs">How often a round's pairs are gone over.</param>
/// <param name="Seed">Decides what is drawn and the order of the pairs.</param>
public sealed record IteratedDpoOptions(
    int Rounds = 3, int Samples = 4, double Temperature = 0.8, double Beta = 0.1, double LearningRate = 5e-5, int BatchSize = 32, int Epochs = 1, ulong Seed = 1)
{
    /// <summary>Whether every round's reference is the model that the first began with; else it is the one that the round itself began with.</summary>
    public bool FixedReference { get; init; }

    /// <summary>The most tokens of an answer.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>A round's training is saved after so many steps.</summary>
    public int SaveEvery { get; init; } = 25;
}

/// <summary>One round that is over.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Model">The policy after it; it lives until the next round is asked for.</param>
/// <param name="Pairs">What the annotator chose.</param>
/// <param name="Metrics">What was measured of the policy.</param>
/// <param name="History">What training logged.</param>
public sealed record Round(int Number, Decoder Model, IReadOnlyList<PreferencePair> Pairs, IReadOnlyDictionary<string, double> Metrics, History History);

/// <summary>Rounds of DPO: let the policy answer, let an annotator choose, train on the pairs, measure, and begin again with what came of it (Xu et al. 2023, https://arxiv.org/abs/2312.16682; Xiong et al. 2024, https://arxiv.org/abs/2312.11456).</summary>
public static class IteratedDpo
{
    private const string Done = "round.json", Weights = "model", States = "state", Settings = "rounds.json", Pairs = "preferences.jsonl", Log = "history.jsonl";

    /// <summary>Goes round, lazily: each element is a round that is over.</summary>
    /// <remarks>
    /// With a folder, everything is there as it comes: the pairs one by one, the training every few steps, the model and its metrics at a round's end. Stop at any time, and the same call goes
    /// on: rounds that are over are read, the one under way continues at the question or step after the last that was saved, with the numbers it would have had.
    /// </remarks>
    /// <param name="start">The model that the first round begins with, such as an SFT model; it is not changed.</param>
    /// <param name="format">Puts prompts into its conversation.</param>
    /// <param name="prompts">The prompts of a round, from 1.</param>
    /// <param name="annotator">Who chooses.</param>
    /// <param name="measure">What to know about a policy after its round, such as the gold reward and the KL to <paramref name="start"/>.</param>
    /// <param name="folder">Where the rounds are kept; null for nowhere.</param>
    /// <param name="options">The settings.</param>
    /// <param name="cancellation">Ends it: what was collected and trained is saved.</param>
    /// <exception cref="RunStateException">The folder was begun with other settings.</exception>
    /// <exception cref="AnnotationException">A round has no pair: nothing was chosen.</exception>
    public static IEnumerable<Round> Run(
        Decoder start, PromptFormat format, Func<int, IReadOnlyList<string>> prompts, Annotator annotator, Func<Decoder, IReadOnlyDictionary<string, double>> measure,
        string? folder = null, IteratedDpoOptions? options = null, CancellationToken cancellation = default)
    {
        var o = options ?? new IteratedDpoOptions();
        if (folder is not null) CheckSettings(folder, o);
        return Enumerate();

        IEnumerable<Round> Enumerate()
        {
            var current = start;
            try
            {
                for (var number = 1; number <= o.Rounds; number++)
                {
                    var place = folder is null ? null : Path.Combine(folder, $"round-{number.ToString(CultureInfo.InvariantCulture)}");
                    var round = place is not null && File.Exists(Path.Combine(place, Done))
                        ? Read(place, number, start.Compute)
                        : Next(number, place, start, current, format, prompts, annotator, measure, o, cancellation);
                    if (round is null) yield break;
                    if (!ReferenceEquals(current, start)) current.Dispose();
                    current = round.Model;
                    yield return round;
                }
            }
            finally
            {
                if (!ReferenceEquals(current, start)) current.Dispose();
            }
        }
    }

    private static Round? Next(
        int number, string? place, Decoder start, Decoder current, PromptFormat format, Func<int, IReadOnlyList<string>> prompts, Annotator annotator,
        Func<Decoder, IReadOnlyDictionary<string, double>> measure, IteratedDpoOptions o, CancellationToken cancellation)
    {
        if (place is not null) Directory.CreateDirectory(place);
        var seed = new Rng(o.Seed).Fork($"round {number}");
        var journal = place is null ? new Journal(seed.Fork("journal").NextUInt64(), repeatEvery: 0) : Journal.Open(Path.Combine(place, Pairs), seed.Fork("journal").NextUInt64(), repeatEvery: 0);
        var asked = prompts(number);
        List<PreferencePair> pairs = [.. Feedback.Collect(Responder.Of(current, format, o.MaxTokens), asked, annotator, o.Samples, o.Temperature, journal, cancellation)];
        if (journal.Choices.Count < asked.Count) return null; // cancelled, or the annotator quit
        if (pairs.Count == 0) throw new AnnotationException($"Round {number}: of {asked.Count} questions not one was decided, so there is nothing to learn from.");

        var model = current.Copy(trainable: true);
        try
        {
            if (Train(model, pairs, o.FixedReference ? start : current, format, place, seed, o, cancellation) is not { } history)
            {
                model.Dispose();
                return null;
            }

            var round = new Round(number, model, pairs, measure(model), history);
            if (place is not null) Keep(round, place);
            return round;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>DPO on a round's pairs; null where it was cancelled, after what was reached is saved.</summary>
    private static History? Train(
        Decoder model, List<PreferencePair> pairs, Decoder reference, PromptFormat format, string? place, Rng seed, IteratedDpoOptions o, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return null;
        var known = Dpo.WithReference(Dpo.Tokenize(pairs, format), reference, format.Pad, 64, CancellationToken.None);
        var steps = o.Epochs * ((pairs.Count + o.BatchSize - 1) / o.BatchSize);
        Examples<TokenizedPair, PreferenceBatch> source = new(
            known, o.BatchSize, (some, places) => PreferenceBatch.SharedPrefix(some, format.Pad, places), seed.Fork("order"), o.Epochs, p => p.Chosen.Ids.Length + p.Rejected.Ids.Length);
        using var optimizer = new AdamW(model.Parameters, 0.9, 0.99);
        var run = new Run<PreferenceBatch>(Dpo.Objective(model, beta: o.Beta), source, optimizer, Schedules.Linear(o.LearningRate, steps, steps / 10), steps) { Compute = model.Compute };
        var states = place is null ? null : Path.Combine(place, States);
        if (states is not null) run.Load(states);
        foreach (var step in run.Train(cancellation))
            if (states is not null && step.Number % o.SaveEvery == 0 && step.Number < steps) run.Save(states);
        if (!cancellation.IsCancellationRequested || run.Step == steps) return run.History;
        if (states is not null) run.Save(states);
        return null;
    }

    private static void Keep(Round round, string place)
    {
        round.Model.Save(Path.Combine(place, Weights));
        round.History.Write(Path.Combine(place, Log));
        AtomicFile.Write(Path.Combine(place, Done), stream => JsonSerializer.Serialize(stream, round.Metrics.ToDictionary()));
        if (Directory.Exists(Path.Combine(place, States))) Directory.Delete(Path.Combine(place, States), recursive: true);
    }

    private static Round Read(string place, int number, TorchSharp.torch.ScalarType? compute) => new(
        number,
        Decoder.Load(Path.Combine(place, Weights), compute: compute),
        [.. Journal.Open(Path.Combine(place, Pairs)).Pairs],
        JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(Path.Combine(place, Done)))!,
        History.Read(Path.Combine(place, Log)));

    /// <summary>More rounds may be asked for later; everything else has to stay.</summary>
    private static void CheckSettings(string folder, IteratedDpoOptions options)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, Settings);
        var ours = JsonSerializer.Serialize(options with { Rounds = 0, SaveEvery = 0 });
        if (!File.Exists(file)) AtomicFile.Write(file, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(ours)));
        else if (File.ReadAllText(file) is var kept && kept != ours) throw new RunStateException($"{folder} was begun with {kept}, and now the settings are {ours}. Go on with the same, or choose another folder.");
    }
}
