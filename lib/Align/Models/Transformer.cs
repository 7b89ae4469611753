using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Align.Models;

/// <summary>What a decoder computes: embeddings, then layers of attention and feed-forward blocks with a norm before each, then a norm.</summary>
/// <remarks>It owns nothing: the weights and the adapters belong to those who made them.</remarks>
/// <param name="Config">The numbers.</param>
/// <param name="Weights">Every parameter by name.</param>
/// <param name="Compute">The type of the matrix products; null for the weights' own.</param>
/// <param name="Adapters">Low-rank maps beside matrices, by module.</param>
/// <param name="Probe">Called with what each block computes.</param>
internal sealed record Transformer(
    DecoderConfig Config,
    IReadOnlyDictionary<string, Tensor> Weights,
    ScalarType? Compute,
    IReadOnlyDictionary<string, LowRankMap>? Adapters = null,
    Action<string, Tensor>? Probe = null)
{
    private readonly Family _family = Config.Row;
    private readonly ParameterNames _names = Config.Row.Names;

    public Device Device => Embedding.device;

    public ScalarType Type => Embedding.dtype;

    public Head Head => Config.HasHead
        ? new(Config.TiedEmbeddings ? Embedding : Weights[ParameterNames.Head], Compute)
        : throw new ConfigException("This decoder belongs to a reward model: it has no output embedding and writes nothing.");

    private Tensor Embedding => Weights[_names.Embedding];

    /// <summary>The hidden states after the final norm, at chosen places of a batch. Shape [N, H].</summary>
    public Tensor Hidden(Batch batch, Tensor places)
    {
        Shape.Is(places, [-1]);
        using var scope = NewDisposeScope();
        batch.CheckIds(Config.VocabularySize);
        var masks = AttentionMasks.Of(batch, Config, Type, Device);
        var x = Stream(batch.Ids, batch.Positions(), batch.Rows, (q, k, v, layer) =>                                   // [R, T, H]
        {
            var mask = Config.HasWindow(layer) ? masks.Windowed : masks.Full;
            return Attend(q, k, v, mask, causal: mask is null);
        });
        return FinalNorm(x.reshape(-1, Config.Hidden).index_select(0, places)).MoveToOuterDisposeScope();              // [N, H]
    }

    /// <summary>Ids to the residual stream after the last layer, before the final norm. Shape [R, T, H].</summary>
    /// <param name="ids">Row after row.</param>
    /// <param name="positions">Of every id.</param>
    /// <param name="rows">R.</param>
    /// <param name="attend">Attention given q [R, heads, T, d], k and v [R, key-value heads, T, d] and the layer's index.</param>
    public Tensor Stream(long[] ids, long[] positions, int rows, Func<Tensor, Tensor, Tensor, int, Tensor> attend)
    {
        using var scope = NewDisposeScope();
        var columns = ids.Length / rows;
        var x = At(Embedding, ids).view(rows, columns, Config.Hidden);
        if (Config.Positions is { } limit) x = x + PositionEmbedding(positions, limit).view(rows, columns, Config.Hidden);
        var turn = Config.Rotary is { } rotary ? Rotation.Of(rotary.Frequencies(Config.HeadWidth), positions, rows, Type, Device) : null;
        for (var i = 0; i < Config.Layers; i++)
        {
            using var layer = NewDisposeScope();
            Probe?.Invoke($"hidden.{i}", x);
            var attention = Attention(Norm(x, _names.Layer(i, _names.AttentionNorm)), i, turn, attend);
            Probe?.Invoke($"layer.{i}.attn", attention);
            x = x + attention;
            var mlp = Mlp(Norm(x, _names.Layer(i, _names.MlpNorm)), i);
            Probe?.Invoke($"layer.{i}.mlp", mlp);
            x = (x + mlp).MoveToOuterDisposeScope();
        }

        Probe?.Invoke($"hidden.{Config.Layers}", x);
        return x.MoveToOuterDisposeScope();
    }

    public Tensor FinalNorm(Tensor x) => Norm(x, _names.FinalNorm);

    /// <summary>Attention with a mask, causal, or over everything. Key and value heads are repeated for their group of query heads.</summary>
    public Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal)
    {
        using var scope = NewDisposeScope();
        return functional.scaled_dot_product_attention(q, Repeat(k), Repeat(v), mask!, 0, is_casual: causal).MoveToOuterDisposeScope();
    }

    private Tensor Attention(Tensor x, int layer, Rotation? turn, Func<Tensor, Tensor, Tensor, int, Tensor> attend)
    {
        using var scope = NewDisposeScope();
        var (rows, columns, d) = (x.shape[0], x.shape[1], Config.HeadWidth);
        var (q, k, v) = QueryKeyValue(x, layer);
        q = Turned(Split(q, Config.Heads), _names.QueryNorm);                                                          // [R, heads, T, d]
        k = Turned(Split(k, Config.KeyValueHeads), _names.KeyNorm);
        var mixed = attend(q, k, Split(v, Config.KeyValueHeads), layer).transpose(1, 2).reshape(rows, columns, Config.Heads * d);
        return Linear(mixed, layer, _names.Output).MoveToOuterDisposeScope();

        Tensor Split(Tensor y, int heads) => y.reshape(rows, columns, heads, d).transpose(1, 2);

        Tensor Turned(Tensor y, string norm)
        {
            if (_family.HeadNorms) y = RootMeanSquare(y, Weights[_names.Layer(layer, norm) + ".weight"]);
            return turn is null ? y : turn.Apply(y);
        }
    }

    private (Tensor Query, Tensor Key, Tensor Value) QueryKeyValue(Tensor x, int layer)
    {
        if (!_family.FusedAttention) return (Linear(x, layer, _names.Query), Linear(x, layer, _names.Key), Linear(x, layer, _names.Value));
        var parts = Linear(x, layer, _names.Fused).chunk(3, -1); // as wide as one another: there are as many key heads as query heads
        return (parts[0], parts[1], parts[2]);
    }

    private Tensor Mlp(Tensor x, int layer)
    {
        using var scope = NewDisposeScope();
        var up = Linear(x, layer, _names.Up);
        var inside = _family.Gated ? Activate(Linear(x, layer, _names.Gate)) * up : Activate(up);                      // [R, T, I]
        return Linear(inside, layer, _names.Down).MoveToOuterDisposeScope();
    }

    /// <summary>silu(x) = x·σ(x), or gelu_new(x) = ½x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
    private Tensor Activate(Tensor x) => _family.Activation == "silu"
        ? functional.silu(x)
        : 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh());

    /// <summary>x·Wᵀ + b, and what an adapter adds.</summary>
    private Tensor Linear(Tensor x, int layer, string name)
    {
        var module = _names.Layer(layer, name);
        var (weight, bias) = (Weights[module + ".weight"], Weights.GetValueOrDefault(module + ".bias"));
        using var scope = NewDisposeScope();
        if (_family.InputFirst) weight = weight.t();
        if (Compute is { } type) (x, weight, bias) = (x.to(type), weight.to(type), bias?.to(type));
        var y = functional.linear(x, weight, bias);
        if (Adapters?.GetValueOrDefault(module) is { } adapter) y = y + adapter.Of(x);
        return y.to(Type).MoveToOuterDisposeScope();
    }

    private Tensor Norm(Tensor x, string module)
    {
        var weight = Weights[module + ".weight"];
        return _family.LayerNorm ? functional.layer_norm(x, [Config.Hidden], weight, Weights[module + ".bias"], Config.NormEpsilon) : RootMeanSquare(x, weight);
    }

    /// <summary>x / √(mean x² + ε) · w.</summary>
    private Tensor RootMeanSquare(Tensor x, Tensor weight)
    {
        using var scope = NewDisposeScope();
        return (x * ((x * x).mean([-1], keepdim: true) + Config.NormEpsilon).rsqrt() * weight).MoveToOuterDisposeScope();
    }

    private Tensor PositionEmbedding(long[] positions, int limit)
    {
        if (positions.Max() is var last && last >= limit)
            throw new BatchException($"A text goes up to position {last} and the model has learned {limit} positions, from 0 on. Give it shorter texts.");
        return At(Weights[_names.Positions], positions);
    }

    private Tensor At(Tensor table, long[] rows) => table.index_select(0, tensor(rows, ScalarType.Int64, Device));

    private Tensor Repeat(Tensor x)
    {
        var group = Config.Heads / Config.KeyValueHeads;
        if (group == 1) return x.alias();
        using var scope = NewDisposeScope();
        var s = x.shape;
        return x.unsqueeze(2).expand(s[0], s[1], group, s[2], s[3]).reshape(s[0], Config.Heads, s[2], s[3]).MoveToOuterDisposeScope();
    }
}
