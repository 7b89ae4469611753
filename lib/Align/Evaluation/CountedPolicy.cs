using Align.Models;
using Align.Tensors;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Evaluation;

/// <summary>A policy that tells how often it is asked; it may be made only when it is.</summary>
internal sealed class CountedPolicy(Func<IPolicy> make, Action<int> passed) : IPolicy, ITrainable
{
    private IPolicy? _policy;

    /// <summary>Whether it was made.</summary>
    public bool IsThere => _policy is not null;

    /// <inheritdoc/>
    public int VocabularySize => Policy.VocabularySize;

    /// <inheritdoc/>
    public Device Device => Policy.Device;

    /// <inheritdoc/>
    public Head Head => Policy.Head;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters => Policy is ITrainable t ? t.Parameters : [];

    private IPolicy Policy => _policy ??= make();

    /// <inheritdoc/>
    public Tensor Hidden(Batch batch, Tensor places)
    {
        var hidden = Policy.Hidden(batch, places);
        passed(1);
        return hidden;
    }

    /// <inheritdoc/>
    public IDecoding Decode(Batch prompts, int newTokens)
    {
        var decoding = new Counted(Policy.Decode(prompts, newTokens), passed);
        passed(1);
        return decoding;
    }

    private sealed class Counted(IDecoding decoding, Action<int> passed) : IDecoding
    {
        public Tensor Hidden => decoding.Hidden;

        public void Append(ReadOnlySpan<long> ids)
        {
            decoding.Append(ids);
            passed(1);
        }

        public void Dispose() => decoding.Dispose();
    }
}
