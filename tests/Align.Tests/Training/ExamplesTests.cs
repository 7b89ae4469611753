using Align.Runtime;
using Align.Text;
using Align.Training;
using CsCheck;

namespace Align.Tests.Training;

public sealed class ExamplesTests
{
    private const int BatchSize = 4;

    private static readonly Gen<int[]> Lengths = Gen.Int[1, 100].Array[1, 150];

    [Fact]
    public void Sorted_by_length_every_example_still_comes_once_a_pass_and_no_batch_is_short_but_the_last() => Lengths.Sample(lengths =>
    {
        var batches = Pass(ByLength(lengths, new Rng(1)));
        Assert.Equal(Enumerable.Range(0, lengths.Length), batches.SelectMany(b => b).Order());
        Assert.All(batches.SkipLast(1), b => Assert.Equal(BatchSize, b.Count));
    });

    [Fact]
    public void Sorted_by_length_no_example_stands_between_those_of_another_batch_of_its_group() => Lengths.Sample(lengths =>
    {
        foreach (var group in Pass(ByLength(lengths, new Rng(1))).Chunk(Examples<int, Places>.Together))
        {
            var spans = group.Select(b => (Least: b.Min(p => lengths[p]), Most: b.Max(p => lengths[p]))).OrderBy(s => s.Least).ThenBy(s => s.Most).ToList();
            Assert.All(spans.Zip(spans.Skip(1)), s => Assert.True(s.First.Most <= s.Second.Least));
        }
    });

    [Fact]
    public void Sorted_by_length_the_batches_come_in_any_order()
    {
        var lengths = Enumerable.Range(1, 320).ToArray();
        var firsts = Pass(ByLength(lengths, new Rng(1))).Select(b => lengths[b[0]]).ToList();
        Assert.NotEqual(firsts.Chunk(8).SelectMany(g => g.Order()), firsts);
    }

    [Fact]
    public void Saved_anywhere_it_goes_on_with_the_same_batches() => Gen.Select(Lengths, Gen.Int[0, 60]).Sample((lengths, taken) =>
    {
        var source = ByLength(lengths, new Rng(1), passes: null);
        for (var i = 0; i < taken; i++) source.Next();
        var resumed = ByLength(lengths, new Rng(9), passes: null);
        resumed.Load(source.Save());
        for (var i = 0; i < 50; i++) Assert.Equal(source.Next()!.Examples, resumed.Next()!.Examples);
    });

    [Fact]
    public void A_run_that_was_sorted_is_not_resumed_unsorted()
    {
        int[] lengths = [1, 2, 3];
        var sorted = ByLength(lengths, new Rng(1));
        var plain = new Examples<int, Places>(lengths, BatchSize, (_, places) => new(places), new Rng(1));
        Assert.Contains("sorted by length", Assert.Throws<RunStateException>(() => plain.Load(sorted.Save())).Message, StringComparison.Ordinal);
        Assert.Contains("sorted by length", Assert.Throws<RunStateException>(() => sorted.Load(plain.Save())).Message, StringComparison.Ordinal);
    }

    private static Examples<int, Places> ByLength(int[] lengths, Rng shuffle, int? passes = 1) =>
        new(lengths, BatchSize, (_, places) => new(places), shuffle, passes, length => length);

    private static List<IReadOnlyList<int>> Pass(Examples<int, Places> source)
    {
        var batches = new List<IReadOnlyList<int>>();
        while (source.Next() is { } batch) batches.Add(batch.Examples);
        return batches;
    }

    private sealed record Places(IReadOnlyList<int> Examples) : IBatch
    {
        public int Tokens => Examples.Count;
    }
}
