using Align.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>What is added to attention scores: 0 where a key is seen, −∞ elsewhere. Null where plain causal attention is right.</summary>
/// <param name="Full">For layers that see all that came before. Shape [R, 1, T, T].</param>
/// <param name="Windowed">For layers that look back over a window.</param>
internal sealed record AttentionMasks(Tensor? Full, Tensor? Windowed)
{
    /// <summary>The masks of a batch.</summary>
    public static AttentionMasks Of(Batch batch, DecoderConfig config, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var positions = batch.Positions();
        var reaches = config.Window is { } w && positions.Max() >= w; // else every token is inside of the window
        if (batch.IsCausal && !reaches) return new(null, null);

        var visible = tensor(batch.Visible(), ScalarType.Bool, device).view(batch.Rows, 1, batch.Columns, batch.Columns);
        var full = batch.IsCausal ? null : Additive(visible, type).MoveToOuterDisposeScope();
        if (!reaches) return new(full, full);

        // A window is counted in positions: they say how far two tokens are from one another in packed rows and shared prefixes too.
        var at = tensor(positions, ScalarType.Int64, device).view(batch.Rows, 1, batch.Columns);
        var near = (at.unsqueeze(-1) - at.unsqueeze(-2)).lt(config.Window!.Value);                                     // [R, 1, T, T]
        return new(full, Additive(visible.logical_and(near), type).MoveToOuterDisposeScope());
    }

    /// <summary>0 where a key is seen, −∞ elsewhere.</summary>
    public static Tensor Additive(Tensor visible, ScalarType type)
    {
        using var scope = NewDisposeScope();
        return zeros(visible.shape, type, visible.device).masked_fill(visible.logical_not(), double.NegativeInfinity).MoveToOuterDisposeScope();
    }
}
