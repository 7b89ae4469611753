using Align.Data;
using Align.Models;
using Align.Runtime;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>Small random decoders and data for properties.</summary>
internal static class TinyModels
{
    public static DecoderConfig Config(int vocabulary = 40, bool tied = false) => new()
    {
        Family = "llama",
        VocabularySize = vocabulary,
        Hidden = 16,
        Intermediate = 24,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        HeadWidth = 4,
        NormEpsilon = 1e-6,
        TiedEmbeddings = tied,
        Rotary = new RotaryConfig(10_000),
    };

    /// <summary>A decoder's numbers by a family's name, or one of a family with a window.</summary>
    public static DecoderConfig Family(string name) => name switch
    {
        "mistral" => Config() with { Family = "mistral", Window = 4 },
        "qwen2" => Config(tied: true) with { Family = "qwen2", AttentionBias = true },
        "qwen2 with a window" => Config(tied: true) with { Family = "qwen2", AttentionBias = true, Window = 3, FullLayers = 1 },
        "qwen3" => Config(tied: true) with { Family = "qwen3", HeadWidth = 6 },
        "gpt2" => Config(tied: true) with { Family = "gpt2", KeyValueHeads = 4, AttentionBias = true, OutputBias = true, MlpBias = true, Rotary = null, Positions = 24 },
        _ => Config() with { Family = name },
    };

    public static TheoryData<string> Families { get; } = ["llama", "mistral", "qwen2", "qwen2 with a window", "qwen3", "gpt2"];

    public static Decoder Decoder(ulong seed = 1, ScalarType type = ScalarType.Float64, int vocabulary = 40, bool tied = false) =>
        Decoder(Config(vocabulary, tied), seed, type);

    public static Decoder Decoder(DecoderConfig config, ulong seed = 1, ScalarType type = ScalarType.Float64)
    {
        using var small = Align.Models.Decoder.Random(config, new Rng(seed));
        var model = small.Copy(trainable: true, type);
        using var frozen = no_grad();
        foreach (var (_, value) in model.Parameters) value.mul_(3); // far enough from 0 that mistakes show
        return model;
    }

    public static TokenizedText Text(Rng rng, int prompt, int completion, int vocabulary = 40) =>
        TokenizedText.Of([.. Enumerable.Range(0, prompt).Select(_ => rng.NextInt(vocabulary))], [.. Enumerable.Range(0, completion).Select(_ => rng.NextInt(vocabulary))]);

    public static IReadOnlyList<TokenizedText> Texts(int count, ulong seed = 5)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Text(rng, 1 + rng.NextInt(5), 1 + rng.NextInt(7)))];
    }

    public static IReadOnlyList<TokenizedPair> Pairs(int count, ulong seed = 6)
    {
        var rng = new Rng(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int[] prompt = [.. Enumerable.Range(0, 1 + rng.NextInt(5)).Select(_ => rng.NextInt(40))];
            int[] Answer() => [.. Enumerable.Range(0, 1 + rng.NextInt(7)).Select(_ => rng.NextInt(40))];
            return new TokenizedPair(TokenizedText.Of(prompt, Answer()), TokenizedText.Of(prompt, Answer()));
        })];
    }
}
