using Align.Runtime;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Names = Align.Models.DecoderConfig.Names;

namespace Align.Models;

/// <summary>A decoder-only transformer: rotary positions, RMSNorm before each block, grouped-query attention, gated feed-forward.</summary>
/// <remarks>
/// Parameters carry the names of Hugging Face checkpoints. Weights, norms, softmax and the residual stream are in the weights' type (fp32; fp64 in tests);
/// matrix products in <see cref="Compute"/>.
/// </remarks>
public sealed class Decoder : IPolicy, ITrainable, IDisposable
{
    private readonly Dictionary<string, Tensor> _weights;
    private readonly Tensor _frequencies; // [d/2]
    private readonly double[] _frequencyValues;

    private Decoder(DecoderConfig config, IEnumerable<(string Name, Tensor Value)> weights)
    {
        Config = config;
        Parameters = [.. weights];
        _weights = Parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        Device = Parameters[0].Value.device;
        Type = Parameters[0].Value.dtype;
        _frequencyValues = config.Rotary.Frequencies(config.HeadWidth);
        _frequencies = tensor(_frequencyValues, ScalarType.Float64, CPU).to(Type, Device).DetachFromDisposeScope();
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
    public Head Head => Config.HasHead
        ? new(_weights[Config.TiedEmbeddings ? Names.Embedding : Names.Head], Compute)
        : throw new ConfigException("This decoder belongs to a reward model: it has no output embedding and writes nothing.");

    /// <summary>Called with what each block computes, for looking inside; null in normal use.</summary>
    internal Action<string, Tensor>? Probe { get; set; }

    /// <summary>A decoder with random weights.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="rng">Where the weights come from.</param>
    /// <param name="device">Where they live; the CPU when absent.</param>
    /// <param name="compute">The type of the matrix products; null for fp32.</param>
    /// <remarks>Embeddings N(0, 0.02²), matrices N(0, 0.8²/fan-in), the two projections back into the residual stream further divided by √(2·layers); biases 0, norms 1.</remarks>
    public static Decoder Random(DecoderConfig config, Rng rng, Device? device = null, ScalarType? compute = null)
    {
        using var scope = NewDisposeScope();
        return Create(config, device ?? CPU, ScalarType.Float32, compute, (name, shape) =>
        {
            if (shape.Length == 1) return name.EndsWith(".bias", StringComparison.Ordinal) ? zeros(shape) : ones(shape);
            var embedding = name is Names.Embedding or Names.Head;
            var deviation = embedding ? 0.02 : 0.8 / Math.Sqrt(shape[1]);
            if (name.Contains(Names.Output, StringComparison.Ordinal) || name.Contains(Names.Down, StringComparison.Ordinal)) deviation /= Math.Sqrt(2.0 * config.Layers);
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
        var config = Families.Read(files.Config);
        files.Check(config.ParameterShapes(), IsBuffer);
        var decoder = Create(config, device ?? CPU, type, compute, (_, shape) => empty(shape, type));
        try
        {
            using var frozen = no_grad();
            var found = files.Load(decoder.Parameters, IsBuffer);
            report?.Invoke(found);
            return decoder;
        }
        catch
        {
            decoder.Dispose();
            throw;
        }
    }

    /// <summary>Writes a folder that <c>transformers</c> loads: <c>config.json</c> and <c>model.safetensors</c>, in shards where they are large.</summary>
    public void Save(string folder) => CheckpointFolder.Save(folder, Families.Write(Config), Parameters);

    /// <summary>Whether a checkpoint's tensor is no weight and may be there or not.</summary>
    internal static bool IsBuffer(string name) => name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    /// <summary>A decoder whose weights are made one by one.</summary>
    internal static Decoder Create(DecoderConfig config, Device device, ScalarType type, ScalarType? compute, Func<string, long[], Tensor> make)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var weights = config.ParameterShapes()
            .Select(p => (p.Name, make(p.Name, p.Shape).to(type, device, copy: true).requires_grad_(true).DetachFromDisposeScope()))
            .ToArray();
        return new Decoder(config, weights) { Compute = compute == type ? null : compute };
    }

    /// <summary>An independent copy: the reference model of a run.</summary>
    /// <param name="trainable">Whether the copy's weights have gradients.</param>
    /// <param name="type">The type of the copy's weights; the same when absent.</param>
    public Decoder Copy(bool trainable = false, ScalarType? type = null) => Copy(Config, trainable, type);

    /// <summary>A copy of all but the output embedding: what a reward model is begun from.</summary>
    internal Decoder CopyWithoutHead(ScalarType? type = null) => Copy(Config with { HasHead = false }, trainable: true, type);

    private Decoder Copy(DecoderConfig config, bool trainable, ScalarType? type)
    {
        var copy = Create(config, Device, type ?? Type, Compute, (name, _) => _weights[name]);
        if (!trainable) foreach (var (_, value) in copy.Parameters) value.requires_grad_(false);
        return copy;
    }

    /// <inheritdoc/>
    public Tensor Hidden(Batch batch, Tensor places)
    {
        Shape.Is(places, [-1]);
        using var scope = NewDisposeScope();
        batch.CheckIds(VocabularySize);
        var mask = batch.IsCausal ? null : AttentionMask(batch);
        var x = Stream(batch.Ids, batch.Positions(), batch.Rows, (q, k, v, _) => Attend(q, k, v, mask)); // [R, T, H]
        var chosen = x.reshape(-1, Config.Hidden).index_select(0, places);                               // [N, H]
        return Norm(chosen, Names.FinalNorm).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IDecoding Decode(Batch prompts, int newTokens) => new CachedDecoding(this, prompts, newTokens);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, value) in Parameters) value.Dispose();
        _frequencies.Dispose();
    }

    /// <summary>Ids to the residual stream after the last layer, before the final norm. Shape [R, T, H].</summary>
    /// <param name="ids">Row after row.</param>
    /// <param name="positions">Of every id.</param>
    /// <param name="rows">R.</param>
    /// <param name="attend">Attention given q [R, heads, T, d], k and v [R, key-value heads, T, d] and the layer's index.</param>
    internal Tensor Stream(long[] ids, long[] positions, int rows, Func<Tensor, Tensor, Tensor, int, Tensor> attend)
    {
        using var scope = NewDisposeScope();
        var columns = ids.Length / rows;
        var (cos, sin) = Rotation(positions, rows, columns);
        var x = _weights[Names.Embedding].index_select(0, tensor(ids, ScalarType.Int64, Device)).view(rows, columns, Config.Hidden);
        for (var i = 0; i < Config.Layers; i++)
        {
            using var layer = NewDisposeScope();
            Probe?.Invoke($"hidden.{i}", x);
            var attention = Attention(Norm(x, Names.Layer(i, Names.AttentionNorm) + ".weight"), i, cos, sin, attend);
            Probe?.Invoke($"layer.{i}.attn", attention);
            x = x + attention;
            var mlp = Mlp(Norm(x, Names.Layer(i, Names.MlpNorm) + ".weight"), i);
            Probe?.Invoke($"layer.{i}.mlp", mlp);
            x = (x + mlp).MoveToOuterDisposeScope();
        }

        Probe?.Invoke($"hidden.{Config.Layers}", x);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>x / √(mean x² + ε) · w.</summary>
    internal Tensor Norm(Tensor x, string weight = Names.FinalNorm)
    {
        using var scope = NewDisposeScope();
        return (x * ((x * x).mean([-1], keepdim: true) + Config.NormEpsilon).rsqrt() * _weights[weight]).MoveToOuterDisposeScope();
    }

    /// <summary>Attention with the mask of a batch, or causal without one. Key and value heads are repeated for their group of query heads.</summary>
    internal Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        return functional.scaled_dot_product_attention(q, Repeat(k), Repeat(v), mask!, 0, is_casual: mask is null).MoveToOuterDisposeScope();
    }

    private Tensor Attention(Tensor x, int layer, Tensor cos, Tensor sin, Func<Tensor, Tensor, Tensor, int, Tensor> attend)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (x.shape[0], x.shape[1]);
        var q = Rotate(Split(Linear(x, layer, Names.Query), Config.Heads), cos, sin);        // [R, heads, T, d]
        var k = Rotate(Split(Linear(x, layer, Names.Key), Config.KeyValueHeads), cos, sin);
        var v = Split(Linear(x, layer, Names.Value), Config.KeyValueHeads);
        var mixed = attend(q, k, v, layer).transpose(1, 2).reshape(rows, columns, Config.Heads * Config.HeadWidth);
        return Linear(mixed, layer, Names.Output).MoveToOuterDisposeScope();

        Tensor Split(Tensor y, int heads) => y.view(rows, columns, heads, Config.HeadWidth).transpose(1, 2);
    }

    private Tensor Mlp(Tensor x, int layer)
    {
        using var scope = NewDisposeScope();
        return Linear(functional.silu(Linear(x, layer, Names.Gate)) * Linear(x, layer, Names.Up), layer, Names.Down).MoveToOuterDisposeScope();
    }

    private Tensor Linear(Tensor x, int layer, string name)
    {
        var weight = _weights[Names.Layer(layer, name) + ".weight"];
        var bias = _weights.GetValueOrDefault(Names.Layer(layer, name) + ".bias");
        if (Compute is not { } type) return functional.linear(x, weight, bias);
        using var scope = NewDisposeScope();
        return functional.linear(x.to(type), weight.to(type), bias?.to(type)).to(Type).MoveToOuterDisposeScope();
    }

    /// <summary>(x₁, x₂) → (x₁·cos − x₂·sin, x₂·cos + x₁·sin), where entry i is paired with entry i + d/2.</summary>
    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        using var scope = NewDisposeScope();
        var half = x.shape[^1] / 2;
        var (first, second) = (x.narrow(-1, 0, half), x.narrow(-1, half, half));
        return (x * cos + cat([-second, first], -1) * sin).MoveToOuterDisposeScope();
    }

    private (Tensor Cos, Tensor Sin) Rotation(long[] positions, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        var angles = tensor(positions, ScalarType.Int64, Device).to(Type).unsqueeze(-1) * _frequencies;                   // [R·T, d/2]
        var both = cat([angles, angles], -1).view(rows, 1, columns, Config.HeadWidth);                                    // [R, 1, T, d]
        return (both.cos().MoveToOuterDisposeScope(), both.sin().MoveToOuterDisposeScope());
    }

    private Tensor AttentionMask(Batch batch)
    {
        using var scope = NewDisposeScope();
        var visible = tensor(batch.Visible(), ScalarType.Bool, Device).view(batch.Rows, 1, batch.Columns, batch.Columns); // [R, 1, T, T]
        return Additive(visible).MoveToOuterDisposeScope();
    }

    /// <summary>0 where a key is seen, −∞ elsewhere, in the weights' type.</summary>
    internal Tensor Additive(Tensor visible)
    {
        using var scope = NewDisposeScope();
        return zeros(visible.shape, Type, Device).masked_fill(visible.logical_not(), double.NegativeInfinity).MoveToOuterDisposeScope();
    }

    private Tensor Repeat(Tensor x)
    {
        var group = Config.Heads / Config.KeyValueHeads;
        if (group == 1) return x.alias();
        using var scope = NewDisposeScope();
        var s = x.shape;
        return x.unsqueeze(2).expand(s[0], s[1], group, s[2], s[3]).reshape(s[0], Config.Heads, s[2], s[3]).MoveToOuterDisposeScope();
    }
}
