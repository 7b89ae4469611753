using Align.Runtime;
using Align.Tensors;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>What is wrong with a loss that somebody wrote, in words: the trainer, the gradient check and the loss explorer say it in the same ones.</summary>
internal static class OwnLoss
{
    private const string Ways = "detach(), item(), comparisons and no_grad() cut the gradient";

    /// <summary>The losses themselves, once they are seen to be one differentiable value per thing.</summary>
    /// <param name="loss">Calls the loss.</param>
    /// <param name="policy">The policy's log-probabilities that it was given; the losses need their shape.</param>
    /// <param name="thing">What a value belongs to, such as <c>pair</c>.</param>
    /// <exception cref="ShapeException">The shape is another.</exception>
    /// <exception cref="LossSettingException">There is no gradient although the policy has one, or the loss threw.</exception>
    public static Tensor Checked(Func<Tensor> loss, Tensor policy, string thing = "pair")
    {
        Tensor losses;
        try
        {
            losses = loss();
        }
        catch (Exception e) when (e is not AlignException and not OperationCanceledException)
        {
            throw new LossSettingException(Threw(e, thing), e);
        }

        if (WrongShape(losses, policy, thing) is { } shape) throw new ShapeException(shape);
        return NoGradient(losses, policy) is { } gradient ? throw new LossSettingException(gradient) : losses;
    }

    /// <summary>Why the shape is wrong; null when it is right.</summary>
    public static string? WrongShape(Tensor? losses, Tensor policy, string thing)
    {
        if (losses is null) return $"The loss returned null; it has to return one value per {thing}.";
        var (found, wanted) = (losses.shape, policy.shape);
        if (found.AsSpan().SequenceEqual(wanted)) return null;
        var count = wanted.Length == 1 ? $"{wanted[0]} {thing}s" : $"log-probabilities of the shape {Shape.Text(wanted)}";
        return $"The loss returned the shape {Shape.Text(found)} for {count}; it has to return one value per {thing}, {Shape.Text(wanted)}: {Advice(found, wanted, thing)}.";
    }

    /// <summary>Why nothing could be learnt; null when something can, or nothing is to be.</summary>
    public static string? NoGradient(Tensor losses, Tensor policy) => !policy.requires_grad || losses.requires_grad ? null
        : $"The loss does not depend on the policy in a differentiable way, so nothing could be learnt from it. Compute it from the policy's log-probabilities with tensor operations: {Ways}.";

    /// <summary>What an exception out of a loss means.</summary>
    public static string Threw(Exception e, string thing = "pair")
    {
        var what = e.Message.Split('\n')[0].TrimEnd('.', ' '); // libtorch adds its own stack
        bool Says(string word) => what.Contains(word, StringComparison.OrdinalIgnoreCase);
        return $"The loss threw {e.GetType().Name}: {what}." + (
            e is AlignException ? ""
            : Says("in-place") ? " Operations whose names end in _ change their input; take those without."
            : Says("item") || Says("scalar") || Says("number of elements") ? " item() takes a tensor of one value and cuts the gradient; compute with the tensors themselves."
            : $" Every tensor of the argument has one value per {thing}{(thing == "token" ? "" : ", the shape [B]")}.");
    }

    /// <summary>Why a slope by autograd may not be the slope of the value.</summary>
    public static string OtherSlope(string of, string byAutograd, string byDifferences) =>
        $"The slope with respect to {of} is {byAutograd} by autograd and {byDifferences} by finite differences. A part of the loss that depends on the policy is a constant for the gradient: {Ways}. "
        + "Where a constant factor is meant, as in WPO, this is right";

    private static string Advice(long[] found, long[] wanted, string thing) =>
        found.Length < wanted.Length || found.Aggregate(1L, (a, b) => a * b) == 1 ? "leave out mean() and sum(), the trainer takes the mean"
        : found.Length == wanted.Length + 1 && found[^1] == 1 ? "the last dimension is one too many; leave out unsqueeze() and keepdim"
        : found.Length > wanted.Length ? $"two shapes were broadcast against each other, such as [B, 1] against [B]; look for the term that is not {Shape.Text(wanted)}"
        : $"something in it has another number of values than there are {thing}s";
}
