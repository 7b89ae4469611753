using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Training;

/// <summary>The one loop that every method shares.</summary>
public static class Loop
{
    /// <summary>Trains, lazily: each element is one optimizer step that has been taken. Stop reading, or cancel, and the run stands after its last whole step.</summary>
    /// <param name="run">Everything that changes; it may be saved between two steps and goes on from where it stands.</param>
    /// <param name="cancellation">Looked at before every micro-batch; a step that is not whole is undone, and its batches come again.</param>
    /// <exception cref="NonFiniteException">A loss or gradient is NaN or infinite: the weights are those after the last whole step.</exception>
    /// <exception cref="DivergedException">The method speaks against the step: the weights are those after the last whole step.</exception>
    public static IEnumerable<Step> Train<TBatch>(this Run<TBatch> run, CancellationToken cancellation = default)
        where TBatch : IBatch
    {
        while (run.Step < run.Steps && Step(run, cancellation) is { } step) yield return step;
    }

    private static Step? Step<TBatch>(Run<TBatch> run, CancellationToken cancellation)
        where TBatch : IBatch
    {
        using var scope = NewDisposeScope(); // owns everything the step makes
        var (start, state) = (run.Source.Save(), run.Objective.State?.Save());
        var log = new StepLog();
        try
        {
            var batches = run.NextBatches();
            if (batches.Count == 0) return null;
            var weights = batches.Select(run.Objective.Weights).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);
            run.Optimizer.ZeroGradients();
            foreach (var batch in batches)
            {
                using var micro = NewDisposeScope();
                cancellation.ThrowIfCancellationRequested();
                var terms = run.Objective.Terms(batch);
                var loss = terms.Losses.Select((t, i) => t.Sum * (t.Coefficient / Math.Max(weights[i], 1))).Aggregate((a, b) => a + b);
                log.Add(batch, terms, loss, weights);
                if (terms.Refusal is { } refusal) throw new DivergedException(run.Step + 1, refusal, batch.Examples);
                if (!double.IsFinite(loss.ToDouble())) throw NonFiniteException.Loss(run.Step + 1, loss.ToDouble(), batch, terms);
                if (loss.requires_grad) loss.backward();
            }

            var norm = run.Optimizer.GradientNorm();
            if (!double.IsFinite(norm)) throw NonFiniteException.Gradient(run.Step + 1, norm, batches.SelectMany(b => b.Examples), run.Optimizer);
            var rate = run.LearningRate(run.Step);
            run.Optimizer.Step(rate, Clip.Factor(norm, run.MaxGradientNorm));
            return run.Finish(log, norm, rate, batches.Sum(b => b.Tokens));
        }
        catch (Exception e)
        {
            run.Source.Load(start); // the batches of a step that was not taken come again
            if (state is not null) run.Objective.State!.Load(state);
            if (e is not OperationCanceledException || !cancellation.IsCancellationRequested) throw; // somebody else's time-out is no stop of ours
            return null;
        }
    }
}
