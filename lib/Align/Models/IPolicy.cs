using Align.Tensors;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>A language model as everything else sees it: hidden states at chosen positions, and a head that turns them into logits.</summary>
/// <remarks>A lookup table is a policy too: its hidden states are logits and its head is the identity.</remarks>
public interface IPolicy
{
    /// <summary>The number of ids.</summary>
    int VocabularySize { get; }

    /// <summary>Where the weights are; inputs are brought there.</summary>
    Device Device { get; }

    /// <summary>Hidden states to logits.</summary>
    Head Head { get; }

    /// <summary>The hidden states that the head reads, at chosen places. Differentiable.</summary>
    /// <param name="batch">The rows; their ids are checked.</param>
    /// <param name="places">Flat places, row × columns + column, int64 on the policy's device. Shape [N].</param>
    /// <returns>Shape [N, H].</returns>
    Tensor Hidden(Batch batch, Tensor places);

    /// <summary>Begins to write: every row is one prompt, padded on the left.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="newTokens">The most tokens that will be appended.</param>
    IDecoding Decode(Batch prompts, int newTokens);
}

/// <summary>Rows that are being written, with what was computed for them so far.</summary>
public interface IDecoding : IDisposable
{
    /// <summary>The hidden state that predicts the next token of every row. Shape [R, H]. No gradient; valid until the next call.</summary>
    Tensor Hidden { get; }

    /// <summary>Appends one token to every row.</summary>
    void Append(ReadOnlySpan<long> ids);
}

/// <summary>A policy whose weights are trained.</summary>
public interface ITrainable
{
    /// <summary>The trained tensors by name, each with a gradient.</summary>
    IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }
}
