using Align.Interactive.Drawing;
using Align.Runtime;
using TorchSharp;

namespace Align.Interactive;

/// <summary>How far an exercise is.</summary>
public enum ExerciseState
{
    /// <summary>The stub is still there.</summary>
    NotSolvedYet,

    /// <summary>Something differs from what is right.</summary>
    Wrong,

    /// <summary>All cases agree.</summary>
    Right,
}

/// <summary>What a check says about an exercise, shown as a small card.</summary>
/// <param name="Exercise">Its name.</param>
/// <param name="State">How far it is.</param>
/// <param name="Message">What was seen, with the smallest failing case and its numbers.</param>
[TypeFormatterSource(typeof(HtmlFormats), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record Verdict(string Exercise, ExerciseState State, string Message) : IShown
{
    string IShown.Html
    {
        get
        {
            var (sign, colour) = State switch { ExerciseState.Right => ("✓", "#0d8068"), ExerciseState.Wrong => ("✗", "#c2410c"), _ => ("○", "#6b7280") };
            return $"<div style=\"border-left:4px solid {colour};padding:4px 12px;margin:6px 0\"><b>{sign} {Words.Escape(Exercise)}</b>: {Words.Escape(Text).ReplaceLineEndings("<br>")}</div>";
        }
    }

    string IShown.Plain => ToString();

    private string Text => State switch
    {
        ExerciseState.Right => $"right. {Message}",
        ExerciseState.Wrong => $"wrong: {Message}",
        _ => $"not solved yet. {Message}",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Exercise}: {Text}";
}

/// <summary>Thrown by the body of an exercise that waits for its solution.</summary>
public sealed class NotSolvedException() : AlignException("This exercise waits for your solution: replace the line that throws.");

/// <summary>Checks of exercises. They never throw, whatever the learner's function does.</summary>
public static class Check
{
    /// <summary>What an unsolved exercise throws: <c>=> throw Check.NotSolved;</c></summary>
    public static NotSolvedException NotSolved => new();

    /// <summary>Compares the learner's function with the right one, case by case.</summary>
    /// <param name="exercise">Its name on the card.</param>
    /// <param name="yours">The learner's function.</param>
    /// <param name="right">The solution. It is asked first, so that a function that changes its input does not spoil it.</param>
    /// <param name="cases">Inputs; of those that differ, the one that is shortest in print is shown.</param>
    /// <param name="tolerance">Difference that still counts as equal, relative to numbers above 1.</param>
    /// <typeparam name="TIn">The input; several go into a tuple.</typeparam>
    /// <typeparam name="TOut">A number, text, truth value, tensor, or a sequence or tuple of these.</typeparam>
    public static Verdict Exercise<TIn, TOut>(string exercise, Func<TIn, TOut> yours, Func<TIn, TOut> right, IReadOnlyList<TIn> cases, double tolerance = 1e-5) =>
        Compared(exercise, yours, (input, _) => right(input), cases, tolerance);

    /// <summary>As by the right function, with the right answers written out: a cell that gives the solution away is no exercise.</summary>
    /// <param name="exercise">Its name on the card.</param>
    /// <param name="yours">The learner's function.</param>
    /// <param name="cases">Inputs.</param>
    /// <param name="right">The answer to each.</param>
    /// <param name="tolerance">Difference that still counts as equal, relative to numbers above 1.</param>
    /// <typeparam name="TIn">The input; several go into a tuple.</typeparam>
    /// <typeparam name="TOut">A number, text, truth value, tensor, or a sequence or tuple of these.</typeparam>
    /// <exception cref="ArgumentException">There are not as many answers as inputs.</exception>
    public static Verdict Exercise<TIn, TOut>(string exercise, Func<TIn, TOut> yours, IReadOnlyList<TIn> cases, IReadOnlyList<TOut> right, double tolerance = 1e-5)
    {
        if (cases.Count != right.Count) throw new ArgumentException($"{exercise}: {cases.Count} inputs and {right.Count} answers. Give an answer to each.", nameof(right));
        return Compared(exercise, yours, (_, i) => right[i], cases, tolerance);
    }

    /// <summary>Any other check.</summary>
    /// <param name="exercise">Its name on the card.</param>
    /// <param name="complaint">Tries the learner's work; null when it is right, else what is wrong and by how much.</param>
    public static Verdict Exercise(string exercise, Func<string?> complaint) => Guarded(exercise, "", complaint);

    /// <summary>Whether a loss of one's own can be trained with, as a card: <see cref="Methods.GradientCheck"/> in a notebook.</summary>
    /// <param name="name">Its name on the card.</param>
    /// <param name="loss">The loss.</param>
    public static Verdict Loss(string name, Tensors.PairLoss loss)
    {
        Natives.Load();
        var check = Methods.GradientCheck.Of(loss);
        return new Verdict(name, check.Passed ? ExerciseState.Right : ExerciseState.Wrong, check.ToString());
    }

    private static Verdict Compared<TIn, TOut>(string exercise, Func<TIn, TOut> yours, Func<TIn, int, TOut> right, IReadOnlyList<TIn> cases, double tolerance) =>
        Guarded(exercise, $"{cases.Count} of {cases.Count} cases agree.", () =>
        {
            Natives.Load();
            var wrong = new List<(string Input, string Complaint)>();
            foreach (var (i, input) in cases.Index())
            {
                using var scope = torch.NewDisposeScope();
                var (shown, expected) = (Answer.Of(input), Answer.Of(right(input, i)));
                try
                {
                    if (Answer.Of(yours(input)).DiffersFrom(expected, tolerance) is { } complaint) wrong.Add((shown.Text, complaint));
                }
                catch (Exception e) when (e is not NotSolvedException)
                {
                    wrong.Add((shown.Text, $"it threw {e.GetType().Name} ({e.Message.ReplaceLineEndings(" ")}), where {expected.Text} is right"));
                }
            }

            if (wrong.Count == 0) return null;
            var (text, why) = wrong.MinBy(w => w.Input.Length);
            return $"for {text} {why}. {wrong.Count} of {cases.Count} {(cases.Count == 1 ? "case differs" : "cases differ")}.";
        });

    private static Verdict Guarded(string exercise, string praise, Func<string?> complaint)
    {
        try
        {
            return complaint() is { } text ? new Verdict(exercise, ExerciseState.Wrong, text) : new Verdict(exercise, ExerciseState.Right, praise);
        }
        catch (NotSolvedException)
        {
            return new Verdict(exercise, ExerciseState.NotSolvedYet, "Replace the line that throws, and run again.");
        }
#pragma warning disable CA1031 // A check never throws: what the learner wrote may throw anything, and the notebook goes on.
        catch (Exception e)
        {
            return new Verdict(exercise, ExerciseState.Wrong, $"it threw {e.GetType().Name}: {e.Message}");
        }
#pragma warning restore CA1031
    }
}
