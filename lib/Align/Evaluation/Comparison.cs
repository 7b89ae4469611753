using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Align.Methods;
using Align.Models;
using Align.Text;
using Align.Training;

namespace Align.Evaluation;

/// <summary>What is the same for all contenders of a comparison.</summary>
/// <param name="Tokens">The budget of each: training stops with the step that uses it up. Prompts count, padding does not.</param>
/// <param name="LearningRate">The highest rate: up in a straight line, then down to 0 as the budget is used up.</param>
public sealed record ComparisonOptions(long Tokens, double LearningRate)
{
    /// <summary>Pairs, texts or judgements per step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>The id that fills shorter rows.</summary>
    public int PadId { get; init; }

    /// <summary>The share of the budget over which the rate goes up.</summary>
    public double Warmup { get; init; } = 0.1;

    /// <summary>Gradients are scaled down to this norm.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>What the evaluation does, in words: all cells are run again when it changes.</summary>
    public string Evaluation { get; init; } = "";
}

/// <summary>What the caller found of a trained policy.</summary>
/// <param name="Metrics">Numbers by name, such as the KL to the reference.</param>
/// <param name="Scores">One per prompt, the same prompts for every policy; who has the higher one wins the prompt.</param>
public sealed record Assessment(IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<double> Scores);

/// <summary>Trains several methods or losses from the same model, on the same pairs, with the same token budget, at several seeds.</summary>
/// <param name="start">What every policy starts from; it is not changed.</param>
/// <param name="pairs">The pairs.</param>
/// <param name="options">What is the same for all.</param>
/// <param name="evaluate">Looks at a trained policy; the seed is for its sampling.</param>
public sealed class Comparison(Decoder start, IReadOnlyList<TokenizedPair> pairs, ComparisonOptions options, Func<Decoder, ulong, Assessment> evaluate)
{
    /// <summary>Where finished cells are kept, one line each, and not run again; its folder is made. Null for nowhere.</summary>
    public string? File { get; init; }

    /// <summary>Told of every step of a policy, for a display; null for nobody. What is trained before it (<see cref="Trial.TrainFirst"/>) is not shown.</summary>
    public Action<Contender, ulong, Step>? Watch { get; init; }

    /// <summary>Runs the grid, lazily: each element is a finished cell, all contenders at the first seed first. Stop reading, or cancel, and the finished ones remain.</summary>
    /// <param name="contenders">The methods, each under another name.</param>
    /// <param name="seeds">The seeds: they shuffle the pairs, the same way for all methods, and are handed to the evaluation.</param>
    /// <param name="cancellation">Looked at before every micro-batch and after the evaluation. A cell that is not finished is dropped.</param>
    /// <exception cref="ComparisonException">The file is damaged, two contenders have one name, or the evaluation gave a prompt a score that is no number.</exception>
    public IEnumerable<ComparisonRow> Run(IReadOnlyList<Contender> contenders, IReadOnlyList<ulong> seeds, CancellationToken cancellation = default)
    {
        if (contenders.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ComparisonException($"{twice.Count()} contenders are called '{twice.Key}'. Give each a name of its own.");
        if (options.Tokens < 1) throw new ComparisonException($"The budget is {options.Tokens} tokens. It has to be at least 1.");
        return Cells(contenders, seeds, cancellation);
    }

    private IEnumerable<ComparisonRow> Cells(IReadOnlyList<Contender> contenders, IReadOnlyList<ulong> seeds, CancellationToken cancellation)
    {
        if (File is not null) Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(File))!);
        var known = File is null ? [] : ComparisonFile.Read(File);
        var common = Common();
        foreach (var seed in seeds)
        {
            foreach (var contender in contenders)
            {
                var key = Hash($"{common}\n{contender.Fingerprint}\n{seed}");
                if (!known.TryGetValue(key, out var row))
                {
                    if (Cell(contender, seed, key, cancellation) is not { } finished) yield break;
                    if (File is not null) ComparisonFile.Append(File, finished);
                    row = known[key] = finished;
                }

                yield return row;
            }
        }
    }

    /// <summary>Null when it was cancelled.</summary>
    private ComparisonRow? Cell(Contender contender, ulong seed, string key, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return null;
        using var trial = new Trial(start, pairs, options, seed, cancellation);
        var (watch, failure) = (Stopwatch.StartNew(), (string?)null);
        try
        {
            foreach (var step in contender.Train(trial)) Watch?.Invoke(contender, seed, step);
        }
        catch (Exception e) when (e is NonFiniteException or DivergedException)
        {
            failure = e.Message; // a method that diverges is a finding, not the end of the grid
        }

        if (cancellation.IsCancellationRequested && failure is null && trial.Tokens < options.Tokens) return null;
        var (seconds, passes) = (watch.Elapsed.TotalSeconds, trial.ForwardPasses);
        var assessment = new Assessment(new Dictionary<string, double>(), []);
        try
        {
            if (failure is null) assessment = evaluate(trial.Model, seed);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            return null; // an evaluation that was stopped may have nothing to take the mean of
        }

        if (cancellation.IsCancellationRequested && failure is null) return null; // nor are some answers those of all prompts
        ComparisonException.ThrowUnlessNumbers(contender.Name, seed, assessment.Scores);
        return new(contender.Name, seed, assessment.Metrics, assessment.Scores)
        {
            Key = key,
            Seconds = seconds,
            Steps = trial.Steps,
            Tokens = trial.Tokens,
            ForwardPasses = trial.Steps == 0 ? 0 : (double)passes / trial.Steps,
            Models = trial.Models,
            PeakMegabytes = trial.PeakMegabytes,
            Failure = failure,
        };
    }

    /// <summary>What decides the results of all contenders: model, data and options.</summary>
    private string Common()
    {
        var hashes = ReferenceFile.KeyOf(start, ReferenceFile.Texts(pairs));
        var kept = pairs.Sum(p => (p.ReferenceChosen ?? 0) + 2 * (p.ReferenceRejected ?? 0) + 4 * (p.Margin ?? 0));
        return string.Create(CultureInfo.InvariantCulture,
            $"{hashes.Model}\n{hashes.Data}\n{kept:R}\n{options.Tokens} {options.LearningRate:R} {options.BatchSize} {options.PadId} {options.Warmup:R} {options.MaxGradientNorm:R}\n{options.Evaluation}");
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..32];
}
