using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Tensors;

public sealed class TokenLogProbsTests
{
    [Fact]
    public void Sums_counts_and_means_see_only_what_the_mask_keeps()
    {
        using var scope = NewDisposeScope();
        // Row 0 keeps −1 and −3; row 1 keeps nothing. What is masked is no 0: a NaN and numbers.
        var x = new TokenLogProbs(
            tensor(new[] { -1, 100, -3, double.NaN, 7, double.NaN }, [2, 3]), tensor(new[] { true, false, true, false, false, false }, [2, 3]));
        Assert.Equal([-4, 0], x.Sum().Values());
        Assert.Equal([2, 0], x.Count().Values());
        Assert.Equal([-2, 0], x.Mean().Values());
        Assert.Equal([0], x.Rows(1, 1).Sum().Values());
    }

    [Fact]
    public void Masked_reductions_ignore_what_is_masked_and_are_0_for_nothing()
    {
        using var scope = NewDisposeScope();
        var (x, mask) = (tensor(new[] { 2, double.NaN, 4 }), tensor(new[] { true, false, true }));
        Assert.Equal(6, Masked.Sum(x, mask).ToDouble());
        Assert.Equal(3, Masked.Mean(x, mask).ToDouble());
        Assert.Equal(0, Masked.Mean(x, mask.logical_and(false)).ToDouble());
        Assert.Throws<ShapeException>(() => Masked.Sum(x, mask.unsqueeze(0)));
    }
}
