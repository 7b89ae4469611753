using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>The output head as one differentiable operation over chunks of rows. Its backward never throws: an exception there would end the process.</summary>
/// <remarks>
/// With p = softmax(logits) and H the entropy: ∂ log p_y / ∂ logits = 1_y − p and ∂ H / ∂ logits = −p·(log p + H).
/// The hidden states' and the weight's gradients follow by two matrix products per chunk.
/// </remarks>
internal sealed class ChunkedHead : autograd.MultiTensorFunction<ChunkedHead>
{
    /// <param name="Rows">Rows per chunk.</param>
    /// <param name="Compute">The type of the matrix products, null for the hidden states' own.</param>
    /// <param name="Temperature">What the logits are divided by.</param>
    /// <param name="Statistics">Whether entropy, mean logit, Σp² and top-1 are wanted.</param>
    internal sealed record Plan(long Rows, ScalarType? Compute, double Temperature, bool Statistics);

    public override string Name => nameof(ChunkedHead);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (hidden, weight, targets, plan) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Plan)vars[3]);
        using var scope = NewDisposeScope();
        var n = hidden.shape[0];
        var w = plan.Compute is { } type ? weight.to(type) : weight;
        var columns = Enumerable.Range(0, plan.Statistics ? 6 : 2).Select(_ => hidden.new_empty(n)).ToArray();
        var (logProb, logZ) = (columns[0], columns[1]);

        for (long at = 0; at < n; at += plan.Rows)
        {
            using var chunk = NewDisposeScope();
            var rows = Math.Min(plan.Rows, n - at);
            var logits = Logits(hidden.narrow(0, at, rows), w, plan.Temperature);                              // [rows, V]
            var target = targets.narrow(0, at, rows).unsqueeze(-1);                          // [rows, 1]
            var z = logits.logsumexp(-1, keepdim: true);                                     // [rows, 1]
            logZ.narrow(0, at, rows).copy_(z.squeeze(-1));
            logProb.narrow(0, at, rows).copy_((logits.gather(-1, target) - z).squeeze(-1));
            if (!plan.Statistics) continue;

            columns[3].narrow(0, at, rows).copy_(logits.mean([-1]));
            columns[5].narrow(0, at, rows).copy_(logits.argmax(-1).eq(target.squeeze(-1)));
            var p = (logits - z).exp_();                                                     // [rows, V]
            columns[4].narrow(0, at, rows).copy_(p.Squared().sum(-1));
            columns[2].narrow(0, at, rows).copy_(z.squeeze(-1) - (p.mul_(logits)).sum(-1));  // H = log Z − Σ p·logit
        }

        ctx.save_for_backward(plan.Statistics ? [hidden, weight, targets, logZ, columns[2]] : [hidden, weight, targets, logZ]);
        ctx.save_data("plan", plan);
        ctx.set_materialize_grads(false); // zeros for outputs that the loss does not read would be made like tensors that the caller's scope has freed
        foreach (var column in columns) column.MoveToOuterDisposeScope(); // also what is kept for the backward pass: it is taken after this returns
        if (!plan.Statistics) return [logProb];

        ctx.mark_non_differentiable([columns[3], columns[4], columns[5]]);
        return [logProb, columns[2], columns[3], columns[4], columns[5]];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var plan = (Plan)ctx.get_data("plan");
        var (hidden, weight, targets, logZ) = (saved[0], saved[1], saved[2], saved[3]);
        var n = hidden.shape[0];
        var w = plan.Compute is { } type ? weight.to(type) : weight;
        var hiddenGradient = hidden.requires_grad ? empty_like(hidden) : null;
        var weightGradient = weight.requires_grad ? zeros_like(weight) : null;
        var (logProbGradient, entropyGradient) = (Given(0) ?? zeros_like(logZ), plan.Statistics ? Given(1) : null);

        for (long at = 0; at < n; at += plan.Rows)
        {
            using var chunk = NewDisposeScope();
            var rows = Math.Min(plan.Rows, n - at);
            var h = hidden.narrow(0, at, rows);
            var target = targets.narrow(0, at, rows).unsqueeze(-1);
            var g = logProbGradient.narrow(0, at, rows).unsqueeze(-1);              // [rows, 1]
            var logP = Logits(h, w, plan.Temperature).sub_(logZ.narrow(0, at, rows).unsqueeze(-1)); // [rows, V]
            Tensor d;                                                                        // [rows, V] ∂ loss / ∂ logits
            if (entropyGradient is not null)
            {
                var entropy = saved[4].narrow(0, at, rows).unsqueeze(-1);
                var e = entropyGradient.narrow(0, at, rows).unsqueeze(-1);
                d = logP.exp().mul_(logP.add_(entropy).mul_(e).add_(g)).neg_();
            }
            else
            {
                d = logP.exp_().mul_(-g);
            }

            d.scatter_add_(-1, target, g);
            if (plan.Temperature != 1) d.div_(plan.Temperature);
            var dc = d.to(w.dtype);
            if (hiddenGradient is not null) hiddenGradient.narrow(0, at, rows).copy_(dc.mm(w));
            if (weightGradient is not null) weightGradient.add_(dc.t().mm(h.to(w.dtype)));
        }

        hiddenGradient?.MoveToOuterDisposeScope();
        weightGradient?.MoveToOuterDisposeScope();
        return [hiddenGradient!, weightGradient!, null!, null!];

        // The gradient of an output that the loss does not read arrives as a tensor without a handle, or as null.
        Tensor? Given(int output) => gradients[output] is { IsInvalid: false } gradient ? gradient : null;
    }

    private static Tensor Logits(Tensor hidden, Tensor weight, double temperature)
    {
        var logits = hidden.dtype == weight.dtype ? hidden.mm(weight.t()) : hidden.to(weight.dtype).mm(weight.t()).to(hidden.dtype);
        return temperature == 1 ? logits : logits.div_(temperature);
    }
}
