using Align.Models;
using Align.Runtime;
using static TorchSharp.torch;

namespace Align.Tool.Training;

/// <summary>A model made ready to be trained: whole, or with adapters, whose base is then the reference.</summary>
internal sealed class TrainedModel : IDisposable
{
    private readonly Decoder? _decoder;
    private readonly AdaptedDecoder? _adapted;
    private readonly RewardModel? _reward;
    private Decoder? _copy;

    private TrainedModel(Decoder? decoder, AdaptedDecoder? adapted, RewardModel? reward) => (_decoder, _adapted, _reward) = (decoder, adapted, reward);

    /// <summary>What writes and is scored; of a reward model, its trunk.</summary>
    public IPolicy Policy => _adapted is not null ? _adapted : _decoder!;

    /// <summary>The reward model, where one is trained.</summary>
    public RewardModel Reward => _reward!;

    /// <summary>What is trained.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters => _reward?.Parameters ?? _adapted?.Parameters ?? _decoder!.Parameters;

    /// <summary>The whole model's numbers.</summary>
    public long Size { get; private init; }

    /// <summary>Its shape.</summary>
    public required DecoderConfig Config { get; init; }

    public static TrainedModel Load(TrainOptions options)
    {
        var decoder = Decoder.Load(options.Model, compute: options.BFloat16 ? ScalarType.BFloat16 : null);
        var config = decoder.Config;
        var size = decoder.Parameters.Sum(p => p.Value.numel());
        var lora = new LoraConfig { Rank = options.LoraRank, Alpha = options.LoraAlpha, Targets = options.LoraTargets };
        var rng = new Rng((ulong)options.Seed).Fork("lora");
        if (options.Method == "reward")
        {
            var reward = RewardModel.From(decoder);
            if (!options.Lora) decoder.Dispose();
            return new(options.Lora ? decoder : null, null, options.Lora ? reward.WithLora(lora, rng) : reward) { Size = size, Config = config };
        }

        return new(decoder, options.Lora ? AdaptedDecoder.On(decoder, lora, rng) : null, null) { Size = size, Config = config };
    }

    /// <summary>π₀: the same weights with the adapters off, or a frozen copy.</summary>
    public IPolicy Reference() => _adapted is not null ? _adapted.Base : _copy ??= _decoder!.Copy();

    /// <summary>A value model: a head on the policy's own trunk, or with adapters on a copy of the base.</summary>
    public RewardModel Value(TrainOptions options) => _adapted is null
        ? RewardModel.OnTrunk(_decoder!)
        : RewardModel.From(_decoder!).WithLora(_adapted.Config, new Rng((ulong)options.Seed).Fork("value"));

    /// <summary>Lets the copy go once its log-probabilities are kept with the data.</summary>
    public void ForgetReference()
    {
        _copy?.Dispose();
        _copy = null;
    }

    /// <summary>Writes the trained model: adapters, or weights.</summary>
    public void Save(string folder, bool merge)
    {
        if (_reward is not null)
        {
            using var whole = merge ? _reward.Copy() : null;
            (whole ?? _reward).Save(folder);
        }
        else if (_adapted is not null && !merge) _adapted.Save(folder);
        else if (_adapted is not null)
        {
            using var merged = _adapted.Merged();
            merged.Save(folder);
        }
        else _decoder!.Save(folder);
    }

    public void Dispose()
    {
        ForgetReference();
        _reward?.Dispose();
        _adapted?.Dispose();
        _decoder?.Dispose();
    }
}
