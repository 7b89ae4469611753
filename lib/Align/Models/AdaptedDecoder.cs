using System.Text.Json.Nodes;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>A decoder with low-rank adapters (LoRA, Hu et al. 2021, https://arxiv.org/abs/2106.09685): its own weights stand still, the adapters are trained.</summary>
/// <remarks>
/// The reference model of a run is <see cref="Base"/>: the same weights with the adapters off, and no second copy of them. Parameters carry the names of PEFT's files.
/// </remarks>
public sealed class AdaptedDecoder : IPolicy, ITrainable, IDisposable
{
    private readonly IReadOnlyList<LoraSite> _sites;
    private readonly Dictionary<string, LowRankMap> _maps;  // by module
    private readonly Dictionary<string, Tensor> _weights;   // the decoder's, with those that are trained whole in their places
    private readonly JsonObject? _file;                     // the adapter_config.json that it was loaded with

    private AdaptedDecoder(Decoder model, LoraConfig config, IReadOnlyList<LoraSite> sites, IReadOnlyList<string> whole, IReadOnlyDictionary<string, Tensor> tensors, JsonObject? file)
    {
        (Base, Config, _sites, _file) = (model, config, sites, file);
        foreach (var (_, value) in model.Parameters) value.requires_grad_(false);
        foreach (var tensor in tensors.Values)
        {
            tensor.requires_grad_(true);
            tensor.DetachFromDisposeScope();
        }

        _maps = sites.ToDictionary(
            s => s.Map.Module,
            s => new LowRankMap(tensors[LoraFiles.WeightNameOf(s.Map.Module, 'A')], tensors[LoraFiles.WeightNameOf(s.Map.Module, 'B')], s.Scale),
            StringComparer.Ordinal);
        _weights = new(model.Weights, StringComparer.Ordinal);
        foreach (var name in whole) _weights[name] = tensors[LoraFiles.Prefix + name];
        Parameters = [.. Shapes(model, sites, whole).Select(s => (s.Name, tensors[s.Name]))];
    }

    /// <summary>The decoder with the adapters off: the reference. It is the caller's, and frozen.</summary>
    public Decoder Base { get; }

    /// <summary>What the adapters are.</summary>
    public LoraConfig Config { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <inheritdoc/>
    public int VocabularySize => Base.VocabularySize;

    /// <inheritdoc/>
    public Device Device => Base.Device;

    /// <inheritdoc/>
    public Head Head => Transformer().Head;

    /// <summary>Puts new adapters on a decoder: A from U(−1/√in, 1/√in), B zero, so that nothing has changed yet. The decoder is frozen from now on.</summary>
    /// <param name="model">The decoder; it stays the caller's.</param>
    /// <param name="config">What adapters.</param>
    /// <param name="rng">Where A comes from.</param>
    /// <exception cref="ConfigException">The configuration means modules that the decoder has not.</exception>
    public static AdaptedDecoder On(Decoder model, LoraConfig config, Rng rng)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var sites = LoraSites.Of(model.Config, config, strict: true);
        var whole = LoraSites.Whole(model.Config, config, sites, strict: true);
        var tensors = whole.ToDictionary(n => LoraFiles.Prefix + n, n => model.Weights[n].clone(), StringComparer.Ordinal);
        foreach (var (map, rank, _) in sites)
        {
            var reach = 1 / Math.Sqrt(map.In);
            var a = tensor([.. Enumerable.Range(0, checked((int)(rank * map.In))).Select(_ => (float)((2 * rng.NextDouble() - 1) * reach))], [rank, map.In], ScalarType.Float32);
            tensors.Add(LoraFiles.WeightNameOf(map.Module, 'A'), a.to(model.Type, model.Device));
            tensors.Add(LoraFiles.WeightNameOf(map.Module, 'B'), zeros(map.Out, rank, model.Type, model.Device));
        }

        return new(model, config, sites, whole, tensors, file: null);
    }

    /// <summary>Puts the adapters of a PEFT folder on a decoder, which is frozen from now on.</summary>
    /// <param name="model">The decoder they were trained for; it stays the caller's.</param>
    /// <param name="folder">The folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <exception cref="ConfigException">The adapter is of a kind that is not known here, such as DoRA.</exception>
    /// <exception cref="CheckpointException">Files are not there, or tensors are missing, too many or of another shape: all of them are listed.</exception>
    public static AdaptedDecoder Load(Decoder model, string folder) => Load(model, folder, beside: []).Adapted;

    /// <summary>The same with tensors beside those of the decoder.</summary>
    internal static (AdaptedDecoder Adapted, IReadOnlyList<Tensor> Beside) Load(Decoder model, string folder, params (string Name, long[] Shape)[] beside)
    {
        using var scope = NewDisposeScope();
        var (config, file) = LoraFiles.ReadConfig(folder);
        var sites = LoraSites.Of(model.Config, config, strict: false);
        var whole = LoraSites.Whole(model.Config, config, sites, strict: false);
        var tensors = LoraFiles.Load(folder, [.. Shapes(model, sites, whole), .. beside], shape => empty(shape, model.Type, model.Device));
        return (new(model, config, sites, whole, tensors, file), [.. beside.Select(b => tensors[b.Name].DetachFromDisposeScope())]);
    }

    /// <summary>Writes a folder that PEFT loads.</summary>
    public void Save(string folder) => Save(folder, "CAUSAL_LM", Parameters);

    /// <inheritdoc cref="Save(string)"/>
    internal void Save(string folder, string task, IReadOnlyList<(string Name, Tensor Value)> parameters) =>
        LoraFiles.Save(folder, (JsonObject?)_file?.DeepClone() ?? LoraFiles.Write(Config, _sites, Base, task), parameters);

    /// <summary>A decoder of its own with the adapters put into its weights: W + s·B·A.</summary>
    /// <param name="trainable">Whether its weights have gradients.</param>
    public Decoder Merged(bool trainable = false) => Base.CopyWith(Merged, trainable);

    /// <inheritdoc/>
    public Tensor Hidden(Batch batch, Tensor places) => Transformer().Hidden(batch, places);

    /// <inheritdoc/>
    public IDecoding Decode(Batch prompts, int newTokens) => new CachedDecoding(Transformer(), prompts, newTokens);

    /// <summary>Frees the adapters; the decoder stays.</summary>
    public void Dispose()
    {
        foreach (var (_, value) in Parameters) value.Dispose();
    }

    private Tensor Merged(string name)
    {
        var weight = _weights[name];
        if (!name.EndsWith(".weight", StringComparison.Ordinal) || !_maps.TryGetValue(name[..^".weight".Length], out var map)) return weight;
        var added = map.Product();                                                   // [out, in]
        return weight + (Base.Config.Row.InputFirst ? added.t() : added);
    }

    private static IEnumerable<(string Name, long[] Shape)> Shapes(Decoder model, IReadOnlyList<LoraSite> sites, IReadOnlyList<string> whole) =>
    [
        .. sites.SelectMany(s => new[]
        {
            (LoraFiles.WeightNameOf(s.Map.Module, 'A'), new[] { s.Rank, s.Map.In }), (LoraFiles.WeightNameOf(s.Map.Module, 'B'), [s.Map.Out, s.Rank]),
        }),
        .. whole.Select(n => (LoraFiles.Prefix + n, model.Weights[n].shape)),
    ];

    private Transformer Transformer() => new(Base.Config, _weights, Base.Compute, _maps);
}
