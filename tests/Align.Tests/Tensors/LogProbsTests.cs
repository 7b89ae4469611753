using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Tensors;

public sealed class LogProbsTests
{
    /// <summary>A loss of each kind on top: a sum, a preference, one with entropy, one that is not smooth.</summary>
    public static TheoryData<string> Kinds => ["sum", "preference", "entropy", "clipped"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Chunks_equal_full_logits_in_value_and_gradient(string kind)
    {
        var (full, fullHidden, fullWeight) = Compute(kind, long.MaxValue / 1000);
        foreach (var rows in new[] { 1, 3, 7, 22 })
        {
            var (loss, hidden, weight) = Compute(kind, rows * 13 * sizeof(double));
            Close.To(full, loss, 1e-12, "loss");
            Close.To(fullHidden, hidden, 1e-12, "gradient of the hidden states");
            Close.To(fullWeight, weight, 1e-12, "gradient of the head");
        }
    }

    [Fact]
    public void Statistics_of_chunks_equal_those_of_full_logits()
    {
        using var scope = NewDisposeScope();
        var (hidden, weight, targets) = Inputs();
        var (a, whole) = LogProbs.Score(hidden, new Head(weight), targets, statistics: true);
        var (b, chunked) = LogProbs.Score(hidden, new Head(weight), targets, statistics: true, chunkBytes: 5 * 13 * sizeof(double));
        Close.To(a, b, 1e-12);
        Close.To(whole!.Entropy, chunked!.Entropy, 1e-12, "entropy");
        Close.To(whole.MeanLogit, chunked.MeanLogit, 1e-12, "mean logit");
        Close.To(whole.SumOfSquares, chunked.SumOfSquares, 1e-12, "sum of squares");
        Close.To(whole.Top1, chunked.Top1, 0, "top 1");
        var best = new Head(weight).Logits(hidden).argmax(-1);
        Assert.Equal(Enumerable.Repeat(1.0, 22), LogProbs.Score(hidden, new Head(weight), best, statistics: true, chunkBytes: 5 * 13 * sizeof(double)).Statistics!.Top1.Values());
    }

    [Fact]
    public void By_hand()
    {
        using var scope = NewDisposeScope();
        // Logits (0, ln 3): p = (1/4, 3/4).
        var logits = tensor(new[] { 0, Math.Log(3), 0, Math.Log(3) }, [2, 2]);
        var (logProb, s) = LogProbs.Score(logits, new Head(null), tensor(new long[] { 0, 1 }), statistics: true);
        Close.To([Math.Log(0.25), Math.Log(0.75)], logProb.Values(), 1e-15);
        Close.To(0.25 * Math.Log(4) + 0.75 * Math.Log(4 / 3.0), s!.Entropy.Values()[0], 1e-15, "entropy");
        Close.To(Math.Log(3) / 2, s.MeanLogit.Values()[0], 1e-15, "mean logit");
        Close.To(1 / 16.0 + 9 / 16.0, s.SumOfSquares.Values()[0], 1e-15, "sum of squares");
        Assert.Equal([0, 1], s.Top1.Values());
    }

    [Fact]
    public void A_frozen_head_costs_no_gradient_of_its_own()
    {
        using var scope = NewDisposeScope();
        var (hidden, weight, targets) = Inputs();
        LogProbs.Of(hidden.requires_grad_(true), new Head(weight), targets, 4 * 13 * sizeof(double)).sum().backward();
        Assert.NotNull(hidden.grad);
        Assert.Null(weight.grad);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0.5)]
    public void Chunks_give_the_gradient_of_what_the_loss_reads_after_the_scope_they_were_made_in_is_closed(double ofLogProb, double ofEntropy)
    {
        using var scope = NewDisposeScope();
        Close.To(Gradient(long.MaxValue / 1000), Gradient(5 * 13 * sizeof(double)), 1e-12, "gradient");

        Tensor Gradient(long bytes)
        {
            var (hidden, weight, targets) = Inputs();
            hidden.requires_grad_(true);
            var (logProb, entropy) = Scored();
            var loss = (ofLogProb, ofEntropy) switch { (_, 0) => logProb.sum(), (0, _) => entropy.sum(), _ => ofLogProb * logProb.sum() + ofEntropy * entropy.sum() };
            loss.backward();
            return hidden.grad!;

            (Tensor LogProb, Tensor Entropy) Scored()
            {
                using var inner = NewDisposeScope();
                var (logProb, statistics) = LogProbs.Score(hidden, new Head(weight), targets, statistics: true, bytes);
                return (logProb.MoveToOuterDisposeScope(), statistics!.Entropy.MoveToOuterDisposeScope());
            }
        }
    }

    [Fact]
    public void Bfloat16_products_stay_near()
    {
        using var scope = NewDisposeScope();
        var (hidden, weight, targets) = Inputs();
        var exact = LogProbs.Of(hidden, new Head(weight), targets);
        foreach (var bytes in new[] { LogProbs.DefaultChunkBytes, 5 * 13 * sizeof(float) })
        {
            var near = LogProbs.Of(hidden.to(ScalarType.Float32).requires_grad_(true), new Head(weight.to(ScalarType.Float32).requires_grad_(true), ScalarType.BFloat16), targets, bytes);
            Assert.InRange((exact - near).abs().max().ToDouble(), 1e-6, 0.1);
            near.sum().backward();
        }
    }

    [Fact]
    public void A_target_count_that_does_not_fit_is_refused_before_native_code()
    {
        using var scope = NewDisposeScope();
        var (hidden, weight, _) = Inputs();
        Assert.Throws<ShapeException>(() => LogProbs.Of(hidden, new Head(weight), zeros(3, ScalarType.Int64)));
        Assert.Throws<ShapeException>(() => LogProbs.Of(hidden.unsqueeze(0), new Head(weight), zeros(1, ScalarType.Int64)));
        Assert.Throws<ShapeException>(() => new Head(weight).Logits(hidden.narrow(1, 0, 2)));
    }

    private static (Tensor Hidden, Tensor Weight, Tensor Targets) Inputs()
    {
        Tensor Waves(int rows, int columns, double f) => tensor(Enumerable.Range(0, rows * columns).Select(i => 2 * Math.Sin(f * (i + 1) * (i % 7 + 1))).ToArray(), [rows, columns]);
        return (Waves(22, 5, 0.31), Waves(13, 5, 0.17), tensor(Enumerable.Range(0, 22).Select(i => (long)(i * 5 % 13)).ToArray()));
    }

    private static (double Loss, Tensor Hidden, Tensor Weight) Compute(string kind, long chunkBytes)
    {
        var (hidden, weight, targets) = Inputs();
        hidden.requires_grad_(true);
        weight.requires_grad_(true);
        var (x, s) = LogProbs.Score(hidden, new Head(weight), targets, statistics: kind == "entropy", chunkBytes);
        var loss = kind switch
        {
            "sum" => -x.sum(),
            "preference" => -nn.functional.logsigmoid(0.3 * (x.narrow(0, 0, 11) - x.narrow(0, 11, 11))).mean(),
            "entropy" => (x * x).mean() - 0.5 * (s!.Entropy * x.detach()).sum(),
            _ => (x + 2).exp().clamp_max(0.4).sum(),
        };
        loss.backward();
        return (loss.ToDouble(), hidden.grad!, weight.grad!);
    }
}
