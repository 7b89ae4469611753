using System.Diagnostics;
using System.Globalization;
using Align.Methods;
using Align.Runtime;
using Align.Text;
using Align.Training;
using Spectre.Console;
using static TorchSharp.torch;

namespace Align.Tool.Training;

/// <summary>One training from files to files.</summary>
internal sealed class TrainingJob(TrainOptions options, IAnsiConsole console)
{
    private const int Interrupted = 130;

    private readonly Lazy<RunRecord> _record = new(() => RunRecord.Of(options));

    private string States => Path.Combine(options.Output, "state");

    private bool HasState => Directory.Exists(States) && Directory.EnumerateDirectories(States, "step-*").Any();

    private RunRecord Record => _record.Value;

    public int Run(CancellationToken cancellation)
    {
        ModelFolder.Require(options.Model);
        OutputFolder.Try(options.Output, [("--model", options.Model), ("--reward", options.Reward)]);
        if (options.Resume && !HasState && RunRecord.IsIn(options.Output))
        {
            console.WriteLine($"{options.Output} holds this run, finished after {Record.Finished()} steps: there is nothing left to do.");
            return 0;
        }

        var data = new TrainingData(options);
        using var model = TrainedModel.Load(options);
        try
        {
            return options.Method switch
            {
                "sft" => Texts(data, model, cancellation),
                "kto" => Judged(data, model, cancellation),
                "ppo" or "rloo" or "grpo" => Answers(data, model, cancellation),
                _ => Pairs(data, model, cancellation),
            };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            console.WriteLine("Interrupted before the first step: nothing was trained and nothing written.");
            return Interrupted;
        }
    }

    private int Texts(TrainingData data, TrainedModel model, CancellationToken cancellation)
    {
        var texts = data.Texts();
        return Train(data, model, texts.Count, texts.Max(t => t.Ids.Length), Sft.Objective(model.Policy), rng => Sft.Batches(texts, options.Batch, data.Tokenizer.Pad, rng), cancellation);
    }

    private int Judged(TrainingData data, TrainedModel model, CancellationToken cancellation)
    {
        var judgements = data.Judgements();
        if (!options.DryRun) judgements = Kto.WithReference(judgements, model.Reference(), data.Tokenizer.Pad, options.Batch, cancellation);
        model.ForgetReference();
        return Train(data, model, judgements.Count, judgements.Max(j => j.Text.Ids.Length), Kto.Objective(model.Policy, beta: options.Beta), rng => Kto.Batches(judgements, options.Batch, data.Tokenizer.Pad, rng), cancellation);
    }

    private int Answers(TrainingData data, TrainedModel model, CancellationToken cancellation)
    {
        using var method = new OnPolicy(options, data, model);
        var longest = method.Prompts.Max(p => p.Ids.Length) + options.CompletionLength;
        return Train(data, model, method.Prompts.Count * options.Generations, longest, method.Objective, method.Batches, cancellation, method.Parameters);
    }

    private int Pairs(TrainingData data, TrainedModel model, CancellationToken cancellation)
    {
        var pairs = data.Pairs();
        if (options.Method is "dpo" or "ipo" && !options.DryRun)
        {
            pairs = Dpo.WithReference(pairs, model.Reference(), data.Tokenizer.Pad, options.Batch, cancellation);
            model.ForgetReference();
        }

        var objective = options.Method switch
        {
            "dpo" => Dpo.Objective(model.Policy, beta: options.Beta),
            "ipo" => Dpo.Objective(model.Policy, beta: options.Beta, loss: x => DpoLosses.Ipo(x, options.Beta)),
            "orpo" => Orpo.Objective(model.Policy, options.Beta),
            "cpo" => Cpo.Objective(model.Policy, options.Beta),
            "simpo" => Cpo.SimpoObjective(model.Policy, options.Beta, options.Gamma),
            _ => RewardModelling.Objective(model.Reward, margins: pairs.All(p => p.Margin is not null)),
        };
        return Train(data, model, pairs.Count, pairs.Max(p => Math.Max(p.Chosen.Ids.Length, p.Rejected.Ids.Length)), objective, rng => Dpo.Batches(pairs, options.Batch, data.Tokenizer.Pad, rng), cancellation);
    }

    private int Train<TBatch>(TrainingData data, TrainedModel model, int rows, int longest, Objective<TBatch> objective, Func<Rng, IBatchSource<TBatch>> batches, CancellationToken cancellation, IReadOnlyList<(string Name, Tensor Value)>? parameters = null)
        where TBatch : IBatch
    {
        var perPass = (rows + options.Batch * options.Accumulate - 1) / (options.Batch * options.Accumulate);
        var wanted = options.MaxSteps > 0 ? options.MaxSteps : Math.Max(1, Math.Ceiling(perPass * options.Epochs * options.Iterations));
        if (wanted > int.MaxValue) throw new TrainException($"{rows} rows, {options.Epochs} times over, are {wanted:F0} steps, more than can be counted. Choose fewer --epochs, or --max-steps.");
        var steps = (int)wanted;
        new TrainingPlan(options, data, model, rows, steps, longest).Show(console);
        if (options.DryRun) return 0;

        Directory.CreateDirectory(options.Output);
        using var optimizer = new AdamW(parameters ?? model.Parameters, weightDecay: options.WeightDecay);
        var run = new Run<TBatch>(objective, batches(new Rng((ulong)options.Seed)), optimizer, Rate(steps), steps, options.Accumulate, options.MaxGradientNorm)
        {
            Compute = options.BFloat16 ? ScalarType.BFloat16 : null,
            Settings = Record.Settings,
        };
        if (options.Resume) console.WriteLine(run.Load(States) is { } from ? $"Resumed from {from}, step {run.Step} of {steps}." : $"There is no saved state in {States}: starting at step 0.");
        else if (HasState) throw new TrainException($"{States} holds a run that was begun. Go on with --resume, or choose another --output.");

        var clock = Stopwatch.StartNew();
        var first = run.Step;
        StepBar.Follow(console, run.Train(cancellation), first, steps, step =>
        {
            if (step.Number == 1 || step.Number % options.LoggingSteps == 0 || step.Number == steps) console.WriteLine(Line(step, steps, clock.Elapsed / (step.Number - first)));
            if (options.SaveSteps > 0 && step.Number % options.SaveSteps == 0 && step.Number < steps) run.Save(States);
        });

        if (cancellation.IsCancellationRequested)
        {
            console.WriteLine($"Interrupted: step {run.Step} of {steps} is saved in {run.Save(States)}. Go on with --resume.");
            return Interrupted;
        }

        if (run.Step < steps) steps = run.Step;
        model.Save(options.Output, options.Merge);
        run.History.Write(Path.Combine(options.Output, "history.jsonl"));
        Record.Write(data, model, run.History, steps, clock.Elapsed);
        if (Directory.Exists(States)) Directory.Delete(States, recursive: true);
        console.WriteLine($"Wrote {options.Output} after {steps} steps in {clock.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture)} s.");
        return 0;
    }

    private Schedule Rate(int steps)
    {
        var warmup = (int)Math.Ceiling(options.Warmup * steps);
        return options.Schedule switch
        {
            "constant" => Schedules.Constant(options.LearningRate, warmup),
            "cosine" => Schedules.Cosine(options.LearningRate, steps, warmup),
            _ => Schedules.Linear(options.LearningRate, steps, warmup),
        };
    }

    private static string Line(Step step, int steps, TimeSpan perStep)
    {
        string[] shown = ["loss", "reward", "objective/scores", "kl", "objective/kl", "rewards/margins", "rewards/accuracies", "accuracy", "mean_token_accuracy", "grad_norm", "learning_rate"];
        var metrics = shown.Where(step.Metrics.ContainsKey).Select(m => $"{m} {step[m].ToString("G4", CultureInfo.InvariantCulture)}");
        return string.Create(CultureInfo.InvariantCulture, $"step {step.Number}/{steps}  {string.Join("  ", metrics)}  {perStep.TotalSeconds:F2} s/step");
    }
}
