using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Methods;

/// <summary>Learning rewards from preferences: P(y⁺ ≻ y⁻) = σ(r(y⁺) − r(y⁻)), the model of Bradley and Terry (1952), fitted by maximum likelihood (Ouyang et al. 2022, https://arxiv.org/abs/2203.02155, eq. 1).</summary>
public static class RewardModelling
{
    /// <summary>−log σ(r⁺ − r⁻ − m).</summary>
    /// <param name="chosen">r⁺, shape [B].</param>
    /// <param name="rejected">r⁻, shape [B].</param>
    /// <param name="margin">m: by how much the reward of y⁺ should lead before the loss is ln 2, shape [B]; 0 when absent (Touvron et al. 2023, https://arxiv.org/abs/2307.09288, eq. 2).</param>
    /// <returns>Shape [B]; finite for any finite rewards.</returns>
    public static Tensor BradleyTerry(Tensor chosen, Tensor rejected, Tensor? margin = null)
    {
        Shape.Is(chosen, [-1]);
        Shape.Same(chosen, rejected);
        if (margin is not null) Shape.Same(chosen, margin);
        using var scope = NewDisposeScope();
        var lead = chosen - rejected;
        return (-logsigmoid(margin is null ? lead : lead - margin)).MoveToOuterDisposeScope();
    }

    /// <summary>(r⁺ + r⁻)²: preferences do not say where 0 is, this does (Eisenstein et al. 2023, https://arxiv.org/abs/2312.09244).</summary>
    /// <param name="chosen">r⁺, shape [B].</param>
    /// <param name="rejected">r⁻, shape [B].</param>
    public static Tensor Centring(Tensor chosen, Tensor rejected)
    {
        Shape.Same(chosen, rejected);
        using var scope = NewDisposeScope();
        return (chosen + rejected).Squared().MoveToOuterDisposeScope();
    }

    /// <summary>The method: the mean of Bradley–Terry losses over pairs, and λ times the mean of the centring terms.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="centring">λ; 0 leaves the term out, 0.01 is a usual value.</param>
    /// <param name="margins">Whether the pairs' margins enter the loss.</param>
    /// <remarks>
    /// Logs <c>min_reward</c>, <c>mean_reward</c>, <c>max_reward</c> over both sides; <c>accuracy</c>, the share of pairs whose chosen answer has the higher
    /// reward (equal ones count as wrong); <c>margin</c> = r⁺ − r⁻, which has nothing to do with the pairs' margins; per pair also
    /// <c>rewards/chosen</c> and <c>rewards/rejected</c>.
    /// </remarks>
    public static Objective<PreferenceBatch> Objective(RewardModel model, double centring = 0, bool margins = false) => new(
        Weights: batch => centring == 0 ? [batch.Pairs.Count] : [batch.Pairs.Count, batch.Pairs.Count],
        Terms: batch =>
        {
            using var scope = NewDisposeScope();
            var pairs = batch.Pairs.Count;
            var rewards = model.Scores(batch.Text);                                                              // [2B]
            var (chosen, rejected) = (rewards.narrow(0, 0, pairs), rewards.narrow(0, pairs, pairs));             // [B]
            var losses = BradleyTerry(chosen, rejected, margins ? Margins(batch, rewards) : null);               // [B]
            var preference = new LossTerm("preference", losses.sum().MoveToOuterDisposeScope());
            var terms = centring == 0
                ? new Terms(preference)
                : new Terms(preference, new LossTerm("centring", Centring(chosen, rejected).sum().MoveToOuterDisposeScope(), centring));

            using var frozen = no_grad();
            return terms
                .PerExample("rewards/chosen", chosen)
                .PerExample("rewards/rejected", rejected)
                .PerExample("accuracy", chosen > rejected)
                .PerExample("margin", chosen - rejected)
                .PerExample("loss", centring == 0 ? losses : losses + centring * Centring(chosen, rejected))
                .Least("min_reward", rewards)
                .Mean("mean_reward", rewards.sum().to(ScalarType.Float64).ToDouble(), 2 * pairs)
                .Greatest("max_reward", rewards);
        });

    private static Tensor Margins(PreferenceBatch batch, Tensor like)
    {
        var missing = Enumerable.Range(0, batch.Pairs.Count).FirstOrDefault(i => batch.Pairs[i].Margin is null, -1);
        if (missing >= 0)
            throw new MissingMarginException($"Pair {batch.Examples[missing]} has no margin, but margins were asked for. Give every pair one, or train without them.");
        return tensor([.. batch.Pairs.Select(p => p.Margin!.Value)], like.dtype, like.device);
    }
}

/// <summary>A pair without the margin that the loss was to read.</summary>
public sealed class MissingMarginException(string message) : AlignException(message);
