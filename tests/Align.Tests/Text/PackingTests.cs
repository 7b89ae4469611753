using System.Text.Json.Nodes;
using Align.Text;
using CsCheck;

namespace Align.Tests.Text;

public sealed class PackingTests
{
    [Fact]
    public void Every_row_of_the_reference_is_packed_alike()
    {
        Golden.Rows("offline/sft.json#packing", Golden.Json("offline/sft.json")["packing"]!.AsArray().Select((p, i) => ($"{p!["strategy"]} {i}", p)), row =>
        {
            var next = (int)row["first_id"]!;
            var texts = row["lengths"]!.AsArray().Select(n => TokenizedText.All([.. Enumerable.Range((next += (int)n!) - (int)n!, (int)n!)])).ToArray();
            var length = (int)row["seq_length"]!;
            var rows = (string)row["strategy"]! switch
            {
                "bfd" => Packing.BestFit(texts, length),
                "bfd_split" => Packing.BestFitSplit(texts, length),
                _ => Packing.Wrapped(texts, length),
            };
            Assert.Equal(Ints(row["packed"]!), rows.Select(r => r.SelectMany(t => t.Ids)));
            if (row["seq_lengths"] is { } lengths) Assert.Equal(Ints(lengths), rows.Select(r => r.Select(t => t.Ids.Length)));
            if (row["collated"] is { } collated) CollatesTo(collated, rows);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void A_row_is_never_too_long_and_no_token_is_lost_but_by_cutting()
    {
        var texts = Gen.Int[0, 20].Array[0, 30].Select(lengths => lengths.Select((n, i) => TokenizedText.All([.. Enumerable.Range(100 * i, n)])).ToArray());
        Gen.Select(texts, Gen.Int[1, 12]).Sample((some, length) =>
        {
            foreach (var rows in new[] { Packing.BestFit(some, length), Packing.BestFitSplit(some, length), Packing.Wrapped(some, length) })
            {
                Assert.All(rows, r => Assert.InRange(r.Sum(t => t.Ids.Length), 1, length));
                Assert.All(rows.SelectMany(r => r), t => Assert.Equal(t.Ids.Length, t.Trained.Length));
            }

            Assert.Equal(some.SelectMany(t => t.Ids.Take(length)).Order(), Ids(Packing.BestFit(some, length)).Order());
            Assert.Equal(some.SelectMany(t => t.Ids).Order(), Ids(Packing.BestFitSplit(some, length)).Order());
            Assert.Equal(some.SelectMany(t => t.Ids), Ids(Packing.Wrapped(some, length)));
        });
    }

    [Fact]
    public void Best_fit_fills_the_tightest_row_and_of_equal_ones_the_first()
    {
        // Rows of 5: 4 opens a row (1 left), 3 another (2 left), 3 a third (2 left), 2 goes into the second, 1 into the first, where least is left.
        var texts = new[] { 3, 1, 4, 3, 2 }.Select((n, i) => TokenizedText.All([.. Enumerable.Repeat(i, n)])).ToArray();
        var rows = Packing.BestFit(texts, 5).Select(r => string.Join(' ', r.Select(t => t.Ids[0])));
        Assert.Equal(["2 1", "0 4", "3"], rows);
    }

    [Fact]
    public void What_is_trained_stays_with_its_token()
    {
        var text = TokenizedText.Of([1, 2, 3], [4, 5]);
        var pieces = Packing.BestFitSplit([text], 2).SelectMany(r => r).ToArray();
        Assert.Equal([false, false, false, true, true], pieces.SelectMany(p => p.Trained));
        Assert.Equal([1, 2, 3, 4, 5], pieces.SelectMany(p => p.Ids));
    }

    [Fact]
    public void A_row_without_room_is_refused()
    {
        Assert.Throws<BatchException>(() => Packing.BestFit([], 0));
        Assert.Throws<BatchException>(() => Packing.BestFitSplit([TokenizedText.All([1])], 0));
        Assert.Throws<BatchException>(() => Packing.Wrapped([], -1));
    }

    /// <summary>The reference flattens packed rows to one: positions begin anew with every text, and its first token is no label.</summary>
    private static void CollatesTo(JsonNode collated, IReadOnlyList<IReadOnlyList<TokenizedText>> rows)
    {
        var batch = Batching.Packed([[.. rows.SelectMany(r => r)]], padId: 0);
        var labels = Enumerable.Repeat(-100L, batch.Columns).ToArray();
        foreach (var (predictor, id) in batch.Targets.Predictors.Zip(batch.Targets.Ids)) labels[predictor + 1] = id;
        Assert.Equal(Ints(collated["input_ids"]!)[0], batch.Ids.Select(i => (int)i));
        Assert.Equal(Ints(collated["position_ids"]!)[0], batch.Positions().Select(i => (int)i));
        Assert.Equal(Ints(collated["labels"]!)[0], labels.Select(i => (int)i));
    }

    private static int[][] Ints(JsonNode rows) => [.. rows.AsArray().Select(r => r!.AsArray().Select(x => (int)x!).ToArray())];

    private static IEnumerable<int> Ids(IReadOnlyList<IReadOnlyList<TokenizedText>> rows) => rows.SelectMany(r => r).SelectMany(t => t.Ids);
}
