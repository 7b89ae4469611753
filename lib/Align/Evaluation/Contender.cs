using System.Globalization;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Evaluation;

/// <summary>Makes a source of batches over pairs: <c>Dpo.Batches</c>, <c>Orpo.Batches</c>.</summary>
/// <param name="pairs">The pairs.</param>
/// <param name="batchSize">Examples per batch.</param>
/// <param name="padId">The id that fills shorter rows.</param>
/// <param name="shuffle">Shuffles every pass.</param>
public delegate IBatchSource<TBatch> PairSource<TBatch>(IReadOnlyList<TokenizedPair> pairs, int batchSize, int padId, Rng shuffle)
    where TBatch : IBatch;

/// <summary>A method, or a loss, that takes part in a comparison.</summary>
public sealed record Contender
{
    private readonly Func<Trial, IEnumerable<Step>> _train;
    private readonly string _fingerprint;

    private Contender(string name, string fingerprint, Func<Trial, IEnumerable<Step>> train) => (Name, _fingerprint, _train) = (name, fingerprint, train);

    /// <summary>Its name in tables and charts.</summary>
    public string Name { get; }

    /// <summary>The highest learning rate; that of the options when absent.</summary>
    public double? LearningRate { get; init; }

    /// <summary>What else decides its result, in words: a cell of the grid is run again when they change.</summary>
    public string Settings { get; init; } = "";

    /// <summary>A loss of pairs in DPO's trainer; a user's lambda as well as the library's.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="beta">The β that logged rewards are multiplied by.</param>
    public static Contender Loss(string name, PairLoss loss, double beta = 0.1) => Of(name, (policy, reference) => Dpo.Objective(policy, reference, beta, loss));

    /// <summary>A method over pairs: <c>Of("ORPO", (policy, _) => Orpo.Objective(policy), Orpo.Batches)</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="method">The method of a policy and a reference; a reference that is never asked is never made.</param>
    /// <param name="source">Where its batches come from; <see cref="Dpo.Batches"/> when absent.</param>
    public static Contender Of(string name, Func<IPolicy, IPolicy, Objective<PreferenceBatch>> method, PairSource<PreferenceBatch>? source = null) =>
        Over(name, method, source ?? Dpo.Batches);

    /// <summary>A method over judgements, such as KTO and BCO: both answers of every pair, judged good and bad, each with another prompt's answer to measure from.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="method">The method.</param>
    public static Contender Judgements(string name, Func<IPolicy, IPolicy, Objective<JudgementBatch>> method) => Over(name, method, (pairs, size, pad, rng) =>
    {
        TokenizedJudgement[] judged = [.. pairs.Select(p => new TokenizedJudgement(p.Chosen, true, Reference: p.ReferenceChosen)), .. pairs.Select(p => new TokenizedJudgement(p.Rejected, false, Reference: p.ReferenceRejected))];
        return Kto.Batches(Kto.Mismatch(judged, Math.Max(2, size)), size, pad, rng);
    });

    /// <summary>Fine-tuning on the better answers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="method">The method; <see cref="Sft.Objective"/> when absent.</param>
    public static Contender Texts(string name = "SFT", Func<IPolicy, Objective<TextBatch>>? method = null) =>
        Over(name, (policy, _) => method?.Invoke(policy) ?? Sft.Objective(policy), (pairs, size, pad, rng) => Sft.Batches([.. pairs.Select(p => p.Chosen)], size, pad, rng));

    /// <summary>Any method, such as one that writes its own answers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="settings">What decides its result, in words.</param>
    /// <param name="prepare">Its objective, its source and what is trained, made anew for every seed.</param>
    public static Contender Of<TBatch>(string name, string settings, Func<Trial, (Objective<TBatch> Objective, IBatchSource<TBatch> Source, ITrainable Trained)> prepare)
        where TBatch : IBatch => new(name, "", trial => Train(prepare(trial), trial)) { Settings = settings };

    /// <summary>Everything about it that decides its result.</summary>
    internal string Fingerprint => $"{Name}\n{_fingerprint}\n{Settings}\n{LearningRate?.ToString("R", CultureInfo.InvariantCulture)}";

    /// <summary>Trains the trial's policy until the budget is used up.</summary>
    internal IEnumerable<Step> Train(Trial trial) => _train(LearningRate is { } rate ? trial.At(rate) : trial);

    private static Contender Over<TBatch>(string name, Func<IPolicy, IPolicy, Objective<TBatch>> method, PairSource<TBatch> source)
        where TBatch : IBatch => new(name, Probe(method, source), trial =>
            Train((method(trial.Policy, trial.Reference), source(trial.Pairs, trial.Options.BatchSize, trial.Options.PadId, trial.Rng("order")), trial.Model), trial));

    private static IEnumerable<Step> Train<TBatch>((Objective<TBatch> Objective, IBatchSource<TBatch> Source, ITrainable Trained) method, Trial trial)
        where TBatch : IBatch => trial.Train(method.Objective, method.Source, method.Trained, trial.Options.LearningRate, trial.Options.Tokens);

    /// <summary>What a method computes of a few made-up pairs: it changes with every setting inside, which a lambda does not show.</summary>
    private static string Probe<TBatch>(Func<IPolicy, IPolicy, Objective<TBatch>> method, PairSource<TBatch> source)
        where TBatch : IBatch
    {
        using var scope = NewDisposeScope();
        using var policy = new TablePolicy(3, 6, ScalarType.Float64).Randomise(new Rng(1));
        using var reference = new TablePolicy(3, 6, ScalarType.Float64).Randomise(new Rng(2));
        TokenizedText Text(params int[] completion) => TokenizedText.Of([0, completion.Length % 3], completion);
        TokenizedPair[] pairs = [new(Text(1, 2), Text(0, 0, 1), -1, -2.5, 0.5), new(Text(2), Text(2, 1), -1.5, -1, 1), new(Text(0, 1, 2), Text(1), -2, -0.5, 0.25)];
        try
        {
            if (source(pairs, pairs.Length, 0, new Rng(3)).Next() is not { } batch) return "";
            var terms = method(policy, reference).Terms(batch).Losses;
            return string.Join(' ', terms.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Name} {t.Coefficient:R} {t.Sum.to(ScalarType.Float64).item<double>():G9}")));
        }
#pragma warning disable CA1031 // A method that cannot be asked here has its name and settings alone.
        catch (Exception e)
        {
            return e.GetType().Name;
        }
#pragma warning restore CA1031
    }
}
