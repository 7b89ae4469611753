using System.Globalization;
using System.Text.RegularExpressions;

namespace Align.Annotation;

/// <summary>What a person is to be asked next.</summary>
/// <param name="Number">The question's number in this session, from 1.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completions">The answers as they are to be shown, numbered from 1.</param>
/// <param name="Best">The best, where it was named already and the worst is asked for; a place from 0.</param>
/// <param name="Complaint">What was wrong with the reply before; null where nothing was.</param>
public sealed record HandQuestion(int Number, string Prompt, IReadOnlyList<string> Completions, int? Best = null, string? Complaint = null)
{
    /// <summary>What to type, in a line.</summary>
    public string Ask => Best is { } best
        ? $"Best: {Said(best)}. Which is the worst? 1–{Said(Completions.Count - 1)}, s to skip, q to quit"
        : $"Which is the best? 1–{Said(Completions.Count - 1)}, s to skip, q to quit";

    private static string Said(int place) => (place + 1).ToString(CultureInfo.InvariantCulture);
}

/// <summary>A person as an annotator, wherever they sit: a terminal, a notebook.</summary>
public static partial class ByHand
{
    /// <summary>Asks for the best and, where there are more than two answers, for the worst.</summary>
    /// <param name="ask">Shows a question and returns what was typed: a number, two numbers for best and worst at once, <c>s</c> for skip, <c>q</c> for quit; null where nobody can answer, which quits.</param>
    public static Annotator Annotator(Func<HandQuestion, string?> ask)
    {
        var number = 0;
        return (prompt, completions) =>
        {
            var question = new HandQuestion(++number, prompt, completions);
            while (true)
            {
                var reply = ask(question)?.Trim().ToLowerInvariant() ?? "q";
                question = question with { Complaint = null };
                if (reply is "q" or "quit") throw Annotators.Quit;
                if (reply is "s" or "skip") return null;
                int[] places = [.. Number.Matches(reply).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture) - 1)];
                if (question.Best is { } best) places = [best, .. places];
                if (!Reply.IsMatch(reply) || places.Any(p => p < 0 || p >= completions.Count) || places.Distinct().Count() != places.Length || places.Length > 2)
                    question = question with { Complaint = $"\"{reply}\" is no answer here." };
                else if (places.Length == 2) return (places[0], places[1]);
                else if (completions.Count == 2) return (places[0], 1 - places[0]);
                else question = question with { Best = places[0] };
            }
        };
    }

    [GeneratedRegex(@"^\d{1,3}([\s,]+\d{1,3})?$")]
    private static partial Regex Reply { get; }

    [GeneratedRegex(@"\d{1,3}")]
    private static partial Regex Number { get; }
}
