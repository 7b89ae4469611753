using Align.Models;
using Align.Runtime;
using Align.Text;

namespace Align.ToyWorld;

/// <summary>Whether a model knows the answers: on which share of held-out prompts is log π(right answer) above log π(wrong answer)? The loss does not tell.</summary>
internal sealed class Probe
{
    private const int PerTopic = 16;

    private readonly (string Topic, TokenizedText Right, TokenizedText Wrong)[] _items;
    private readonly int _padId;

    /// <summary>Draws as many prompts of each topic from the split for choosing.</summary>
    public Probe(PromptFormat format)
    {
        _padId = format.Pad;
        var rng = new Rng(5);
        var items = new List<(string Topic, TokenizedText Right, TokenizedText Wrong)>();
        for (var draws = 0; draws < 40_000; draws++)
        {
            var draft = World.Draw(rng);
            if (World.SplitOf(draft.Text) != Split.Choose || items.Count(i => i.Topic == draft.Topic) >= PerTopic) continue;
            var wording = rng.NextInt(Math.Min(draft.Good.Count, draft.Bad.Count));
            items.Add((draft.Topic, format.Tokenize(draft.Text, draft.Good[wording]), format.Tokenize(draft.Text, draft.Bad[wording])));
        }

        _items = [.. items.OrderBy(i => i.Topic, StringComparer.Ordinal)];
    }

    /// <summary>The share per topic.</summary>
    public IReadOnlyList<(string Topic, double Share)> Shares(Decoder model)
    {
        var right = LogProbs(model, i => i.Right).Zip(LogProbs(model, i => i.Wrong), (a, b) => a > b ? 1.0 : a < b ? 0 : 0.5);
        return [.. _items.Zip(right).GroupBy(x => x.First.Topic).Select(g => (g.Key, g.Average(x => x.Second)))];
    }

    private IEnumerable<double> LogProbs(Decoder model, Func<(string Topic, TokenizedText Right, TokenizedText Wrong), TokenizedText> side) =>
        _items.Select(side).Chunk(64).SelectMany(some => model.FrozenValues(Batching.Padded(some, _padId)));
}
