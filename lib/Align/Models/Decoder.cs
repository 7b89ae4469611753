using Align.Runtime;
using Align.Tensors;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>A decoder-only transformer of one of the families known here.</summary>
/// <remarks>
/// Parameters carry the names of Hugging Face checkpoints. Weights, norms, softmax and the residual stream are in the weights' type (fp32; fp64 in tests);
/// matrix products in <see cref="Compute"/>.
/// </remarks>
public sealed class Decoder : IPolicy, ITrainable, IDisposable
{
    private readonly Dictionary<string, Tensor> _weights;

    private Decoder(DecoderConfig config, IEnumerable<(string Name, Tensor Value)> weights)
    {
        Config = config;
        Parameters = [.. weights];
        _weights = Parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        Device = Parameters[0].Value.device;
        Type = Parameters[0].Value.dtype;
    }

    /// <summary>The numbers that make it.</summary>
    public DecoderConfig Config { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <inheritdoc/>
    public int VocabularySize => Config.VocabularySize;

    /// <inheritdoc/>
    public Device Device { get; }

    /// <summary>The type of the weights.</summary>
    public ScalarType Type { get; }

    /// <summary>The type of the matrix products; null for the weights' own. bfloat16 trades digits for speed where the processor has it.</summary>
    public ScalarType? Compute { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ConfigException">The decoder is a reward model's and has none.</exception>
    public Head Head => Transformer().Head;

    /// <summary>Called with what each block computes, for looking inside; null in normal use.</summary>
    internal Action<string, Tensor>? Probe { get; set; }

    /// <summary>What its files were, where it comes from files.</summary>
    internal CheckpointOrigin? Origin { get; init; }

    /// <summary>The weights by name.</summary>
    internal IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>A decoder with random weights.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="rng">Where the weights come from.</param>
    /// <param name="device">Where they live; the CPU when absent.</param>
    /// <param name="compute">The type of the matrix products; null for fp32.</param>
    /// <remarks>Embeddings N(0, 0.02²), matrices N(0, 0.8²/fan-in), the two projections back into the residual stream further divided by √(2·layers); biases 0, norms 1.</remarks>
    public static Decoder Random(DecoderConfig config, Rng rng, Device? device = null, ScalarType? compute = null)
    {
        using var scope = NewDisposeScope();
        var maps = config.LinearMaps().ToDictionary(m => m.Weight, StringComparer.Ordinal);
        var names = config.Row.Names;
        return Create(config, device ?? CPU, ScalarType.Float32, compute, (name, shape) =>
        {
            if (shape.Length == 1) return name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape) : ones(shape);
            var deviation = maps.TryGetValue(name, out var map) ? 0.8 / Math.Sqrt(map.In) : 0.02;
            if (map?.Module.EndsWith(names.Output, StringComparison.Ordinal) == true || map?.Module.EndsWith(names.Down, StringComparison.Ordinal) == true)
                deviation /= Math.Sqrt(2.0 * config.Layers);
            var values = new float[shape[0] * shape[1]];
            for (var i = 0; i < values.Length; i++) values[i] = (float)(deviation * rng.NextGaussian());
            return tensor(values, shape, ScalarType.Float32);
        });
    }

    /// <summary>The decoder of a Hugging Face folder. Its weights become fp32, whatever the files hold, unless another type is asked for.</summary>
    /// <param name="folder">The folder with <c>config.json</c> and the weights.</param>
    /// <param name="device">Where the weights go; the CPU when absent.</param>
    /// <param name="type">The type of the weights: fp32, or fp64 for tests.</param>
    /// <param name="compute">The type of the matrix products; null for the weights' own.</param>
    /// <param name="report">Receives what is worth knowing about the files, such as tensors without a place.</param>
    /// <exception cref="CheckpointException">Tensors are missing or mis-shaped: all of them are listed, and nothing was loaded.</exception>
    /// <exception cref="ConfigException">The family is unknown or a number is impossible.</exception>
    /// <exception cref="SafetensorsException">A file is damaged.</exception>
    public static Decoder Load(string folder, Device? device = null, ScalarType type = ScalarType.Float32, ScalarType? compute = null, Action<CheckpointReport>? report = null)
    {
        using var files = CheckpointFolder.Open(folder);
        return DecoderFiles.Load(files, Families.Read(files.Config), device ?? CPU, type, compute, report).Decoder;
    }

    /// <summary>
    /// Writes a folder that <c>transformers</c> loads: <c>config.json</c> and <c>model.safetensors</c>, in shards where they are large; of a decoder that was loaded, also
    /// the generation config and the tokenizer's files of the folder it came from.
    /// </summary>
    /// <param name="folder">The folder; it is made where it is not there.</param>
    /// <param name="type">The type of all weights. When absent, a weight that is still what its file held is written as it was there, bit for bit, and one that was trained in the type that keeps its digits.</param>
    /// <param name="shardBytes">How much one file holds at most.</param>
    public void Save(string folder, ScalarType? type = null, long shardBytes = DecoderFiles.ShardBytes) =>
        DecoderFiles.Save(folder, DecoderFiles.ConfigOf(this), Origin, Parameters, type, shardBytes);

    /// <summary>A decoder whose weights are made one by one.</summary>
    internal static Decoder Create(
        DecoderConfig config, Device device, ScalarType type, ScalarType? compute, Func<string, long[], Tensor> make, CheckpointOrigin? origin = null)
    {
        using var frozen = no_grad();
        return new Decoder(config, config.ParameterShapes().Select(p => (p.Name, Make(p.Name, p.Shape))))
        {
            Compute = compute == type ? null : compute,
            Origin = origin,
        };

        Tensor Make(string name, long[] shape)
        {
            using var temporaries = NewDisposeScope();
            return make(name, shape).to(type, device, copy: true).requires_grad_(true).DetachFromDisposeScope();
        }
    }

    /// <summary>An independent copy: the reference model of a run.</summary>
    /// <param name="trainable">Whether the copy's weights have gradients.</param>
    /// <param name="type">The type of the copy's weights; the same when absent.</param>
    public Decoder Copy(bool trainable = false, ScalarType? type = null) => Copy(Config, trainable, type, name => _weights[name]);

    /// <summary>A copy of all but the output embedding: what a reward model is begun from.</summary>
    internal Decoder CopyWithoutHead(ScalarType? type = null) => Copy(Config with { HasHead = false }, trainable: true, type, name => _weights[name]);

    /// <summary>A copy with other weights.</summary>
    internal Decoder CopyWith(Func<string, Tensor> weights, bool trainable) => Copy(Config, trainable, null, weights);

    /// <inheritdoc/>
    public Tensor Hidden(Batch batch, Tensor places) => Transformer().Hidden(batch, places);

    /// <inheritdoc/>
    public IDecoding Decode(Batch prompts, int newTokens) => new CachedDecoding(Transformer(), prompts, newTokens);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, value) in Parameters) value.Dispose();
    }

    private Decoder Copy(DecoderConfig config, bool trainable, ScalarType? type, Func<string, Tensor> weights)
    {
        var copy = Create(config, Device, type ?? Type, Compute, (name, _) => weights(name), Origin);
        if (!trainable) foreach (var (_, value) in copy.Parameters) value.requires_grad_(false);
        return copy;
    }

    private Transformer Transformer() => new(Config, _weights, Compute, Probe: Probe);
}
