using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>One number instead of a distribution: a linear head on a model's hidden states. At the last token of a text it is a reward, at every step a value.</summary>
/// <remarks>The last token is found by the text's length, never by an id: a text may end in the padding's id.</remarks>
public sealed class RewardModel : ITrainable, IDisposable
{
    /// <summary>The name of the head's weight in checkpoints.</summary>
    internal const string ScoreName = "score.weight";

    private readonly Tensor _score; // [1, H]
    private readonly bool _ownsTrunk;

    /// <summary>A head on a trunk.</summary>
    /// <param name="trunk">What gives hidden states.</param>
    /// <param name="score">The head's weight, shape [1, H]; it belongs to the reward model from now on.</param>
    /// <param name="ownsTrunk">Whether the trunk is the reward model's own, to be trained and disposed with it.</param>
    internal RewardModel(IPolicy trunk, Tensor score, bool ownsTrunk)
    {
        Shape.Is(score, [1, -1]);
        (Trunk, _score, _ownsTrunk) = (trunk, score.DetachFromDisposeScope(), ownsTrunk);
        Parameters = [.. ownsTrunk && trunk is ITrainable t ? t.Parameters : [], (ScoreName, _score)];
    }

    /// <summary>What gives the hidden states; its own head is not used.</summary>
    public IPolicy Trunk { get; }

    /// <summary>What is trained: the head, and the trunk where it is the reward model's own.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <summary>A reward model of its own that begins as a copy of a language model, with a head of zeros.</summary>
    /// <param name="model">The language model, usually after SFT; it is not changed.</param>
    public static RewardModel From(Decoder model) =>
        new(model.CopyWithoutHead(), Zeros(model.Config.Hidden, model.Type, model.Device), ownsTrunk: true);

    /// <summary>A head of zeros on a model that stays the caller's: values on the policy's own trunk, which the value loss then trains as well.</summary>
    public static RewardModel OnTrunk(Decoder model) => new(model, Zeros(model.Config.Hidden, model.Type, model.Device), ownsTrunk: false);

    /// <summary>The reward of every example of a batch, read at its last token. Shape [B].</summary>
    public Tensor Scores(Batch batch)
    {
        using var scope = NewDisposeScope();
        var last = batch.Scored.Select(i => batch.Segments[i]).Select(s => (long)s.Row * batch.Columns + s.Start + s.Length - 1).ToArray();
        return Values(batch, last).MoveToOuterDisposeScope();
    }

    /// <summary>The head at chosen places. Shape [N].</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="places">Flat places, row × columns + column.</param>
    public Tensor Values(Batch batch, long[] places)
    {
        using var scope = NewDisposeScope();
        return Read(Trunk.Hidden(batch, tensor(places, ScalarType.Int64, Trunk.Device))).MoveToOuterDisposeScope();
    }

    /// <summary>Hidden states [N, H] to numbers [N].</summary>
    internal Tensor Read(Tensor hidden)
    {
        Shape.Is(hidden, [-1, _score.shape[1]]);
        using var scope = NewDisposeScope();
        return hidden.mm(_score.t()).squeeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>An independent copy, frozen: a reward model that is trained no further, or the beginning of a value model.</summary>
    /// <param name="trainable">Whether the copy's weights have gradients.</param>
    public RewardModel Copy(bool trainable = false)
    {
        var trunk = Trunk as Decoder ?? throw new NotSupportedException("Only a reward model on a decoder can be copied.");
        using var frozen = no_grad();
        return new(trunk.Copy(trainable), _score.clone().requires_grad_(trainable), ownsTrunk: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _score.Dispose();
        if (_ownsTrunk && Trunk is IDisposable trunk) trunk.Dispose();
    }

    private static Tensor Zeros(int width, ScalarType type, Device device) => zeros(1, width, type, device).requires_grad_(true);
}
