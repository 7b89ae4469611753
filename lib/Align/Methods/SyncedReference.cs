using System.Globalization;
using System.Text.Json.Nodes;
using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>A reference that follows the policy, π₀ ← α·π + (1 − α)·π₀ every n steps: TR-DPO (Gorbatovski et al. 2024, https://arxiv.org/abs/2404.09656).</summary>
/// <remarks>
/// <c>foreach (var step in reference.Follow(run.Train()))</c>. It moves by the steps' numbers, so a resumed run goes on at the right ones; its weights are saved and
/// loaded with the run whose objective it is given to.
/// </remarks>
public sealed class SyncedReference : IPolicy, IMethodState
{
    private readonly (Tensor Policy, Tensor Reference)[] _weights;
    private readonly double _share;
    private readonly int _every;

    /// <summary>Ties a reference to a policy.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="reference">π₀ at the start, such as <c>policy.Copy()</c>; its weights are overwritten.</param>
    /// <param name="share">α: 1 replaces the reference, 0.6 moves it more than half-way.</param>
    /// <param name="every">Optimizer steps between two moves.</param>
    public SyncedReference(ITrainable policy, Decoder reference, double share = 0.6, int every = 512)
    {
        LossSettingException.ThrowUnless(share is > 0 and <= 1, nameof(share), share, "above 0 and at most 1");
        LossSettingException.ThrowUnless(every >= 1, nameof(every), every, "at least 1");
        if (ReferenceEquals(policy, reference)) throw new LossSettingException("Policy and reference are the same model. Give the reference weights of its own: policy.Copy().");
        (Model, _share, _every) = (reference, share, every);
        var own = reference.Parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        _weights = [.. policy.Parameters.Select(p => own.TryGetValue(p.Name, out var value) && value.shape.AsSpan().SequenceEqual(p.Value.shape)
            ? (p.Value, value)
            : throw new LossSettingException($"The reference has no weights {p.Name} of shape {Shape.Text(p.Value.shape)}. Take a copy of the policy."))];
    }

    /// <summary>π₀ as it stands.</summary>
    public Decoder Model { get; }

    /// <inheritdoc/>
    public int VocabularySize => Model.VocabularySize;

    /// <inheritdoc/>
    public Device Device => Model.Device;

    /// <inheritdoc/>
    public Head Head => Model.Head;

    /// <summary>Passes steps on, and moves the reference after every n-th.</summary>
    public IEnumerable<Step> Follow(IEnumerable<Step> steps)
    {
        foreach (var step in steps)
        {
            if (step.Number % _every == 0) Move();
            yield return step;
        }
    }

    /// <summary>π₀ ← α·π + (1 − α)·π₀, now.</summary>
    public void Move()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var (policy, reference) in _weights) reference.mul_(1 - _share).add_(policy.to(reference.dtype), alpha: _share);
    }

    IReadOnlyList<(string Name, Tensor Value)> IMethodState.Weights => [.. Model.Parameters.Select(p => ("reference." + p.Name, p.Value))];

    JsonNode IMethodState.Save() => new JsonObject { ["share"] = _share, ["every"] = _every };

    void IMethodState.Load(JsonNode state)
    {
        if (state is JsonObject known && (double?)known["share"] == _share && (int?)known["every"] == _every) return;
        throw new RunStateException(string.Create(CultureInfo.InvariantCulture,
            $"The run was saved with {state.ToJsonString()} and its reference now moves by {_share} every {_every} steps. Resume with the same."));
    }

    /// <inheritdoc/>
    public Tensor Hidden(Batch batch, Tensor places) => Model.Hidden(batch, places);

    /// <inheritdoc/>
    public IDecoding Decode(Batch prompts, int newTokens) => Model.Decode(prompts, newTokens);
}
