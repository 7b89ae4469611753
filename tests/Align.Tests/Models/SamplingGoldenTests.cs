using Align.Models;
using Align.Runtime;

namespace Align.Tests.Models;

public sealed class SamplingGoldenTests
{
    [Fact]
    public void Every_row_of_the_table_has_our_probabilities()
    {
        var table = Golden.Json("models/tables/sampling.json")["cases"]!.AsArray();
        Golden.Rows("models/tables/sampling.json", table.Select(c => ((string)c!["name"]!, c)), row =>
        {
            var p = row["params"]!;
            double Number(string key, double absent) => p[key] is { } value ? Golden.Number(value) : absent;
            var sampling = new Sampling(Number("temperature", 1), (int)Number("top_k", 0), Number("top_p", 1), Number("min_p", 0), Number("repetition_penalty", 1));
            for (var r = 0; r < row["logits"]!.AsArray().Count; r++)
            {
                var seen = row["input_ids"]![r]!.AsArray().Select(i => (int)i!).ToList();
                if (row["attention_mask"] is { } mask) seen = [.. seen.Where((_, i) => (int)mask[r]![i]! != 0)];
                var ours = sampling.Probabilities([.. row["logits"]![r]!.Numbers().Select(x => (float)x)], seen);
                Close.To(row["probabilities"]![r]!.Numbers(), ours, 1e-6, "probabilities");
                if (row["kept"] is { } kept) Assert.Equal((int)kept[r]!, ours.Count(x => x > 0));
            }

            return Outcome.Passed;
        });
    }

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        float[] logits = [0, 1, 2, -1];
        var p = new Sampling().Probabilities(logits, []);
        var rng = new Rng(3);
        var counts = new int[4];
        for (var i = 0; i < 40_000; i++) counts[new Sampling().Draw(logits, [], rng)]++;
        for (var i = 0; i < 4; i++) Assert.InRange(counts[i] / 40_000.0, p[i] - 4 * Math.Sqrt(p[i] / 40_000), p[i] + 4 * Math.Sqrt(p[i] / 40_000));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Broken_logits_are_refused(float broken) =>
        Assert.Throws<SamplingException>(() => new Sampling().Probabilities([0, broken, 1], []));

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        foreach (var bad in new[] { new Sampling(-1), new Sampling(TopK: -1), new Sampling(TopP: 1.5), new Sampling(MinP: -0.1), new Sampling(RepetitionPenalty: 0), new Sampling(double.NaN) })
            Assert.Throws<SamplingException>(() => bad.Probabilities([0, 1], []));
        Assert.Equal("The top-p is 1.5; it must be within [0, 1].", Assert.Throws<SamplingException>(() => new Sampling(TopP: 1.5).Probabilities([0, 1], [])).Message);
    }
}
