using System.Text.Json.Nodes;
using Align.Runtime;
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
    internal const string ScoreName = ScoreModule + ".weight";

    private const string ScoreModule = "score";

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
        Parameters = [.. ownsTrunk && trunk is ITrainable t ? t.Parameters : [], (trunk is AdaptedDecoder ? LoraFiles.Prefix + ScoreName : ScoreName, _score)];
    }

    /// <summary>What gives the hidden states; its own head is not used.</summary>
    public IPolicy Trunk { get; }

    /// <summary>What is trained: the head, and the trunk where it is the reward model's own.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <summary>A reward model of its own that begins as a copy of a language model, with a head of zeros.</summary>
    /// <param name="model">The language model, usually after SFT; it is not changed.</param>
    public static RewardModel From(Decoder model) =>
        new(model.CopyWithoutHead(), Zeros(model.Config.Hidden, model.Type, model.Device), ownsTrunk: true);

    /// <summary>A reward model of its own on a table of zeros: every text has a number of its own, 0 at first.</summary>
    /// <param name="policy">The table policy whose texts it has to know; it is not changed.</param>
    public static RewardModel From(TablePolicy policy)
    {
        var table = policy.Zeros();
        return new(table, ones(1, policy.VocabularySize, table.Parameters[0].Value.dtype).requires_grad_(true), ownsTrunk: true);
    }

    /// <summary>A head of zeros on a model that stays the caller's: values on the policy's own trunk, which the value loss then trains as well.</summary>
    public static RewardModel OnTrunk(Decoder model) => new(model, Zeros(model.Config.Hidden, model.Type, model.Device), ownsTrunk: false);

    /// <summary>Opens a checkpoint of a sequence classifier with one label: <c>config.json</c>, and <c>score.weight</c> beside the decoder's weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the weights go; the CPU when absent.</param>
    /// <param name="type">The type of the weights.</param>
    /// <param name="compute">The type of the matrix products; null for that of the weights.</param>
    /// <param name="report">Told what is worth knowing about the files.</param>
    /// <exception cref="CheckpointException">The folder cannot be opened, or its tensors are not those of such a model.</exception>
    /// <exception cref="ConfigException">The configuration describes no decoder of ours, or a classifier with more than one label.</exception>
    public static RewardModel Load(
        string folder, Device? device = null, ScalarType type = ScalarType.Float32, ScalarType? compute = null, Action<CheckpointReport>? report = null)
    {
        using var files = CheckpointFolder.Open(folder);
        if (files.Config["id2label"] is JsonObject { Count: not 1 } labels)
            throw new ConfigException($"{files.Path}: config.json names {labels.Count} labels (id2label). A reward model has one.");
        var config = Families.Read(files.Config) with { HasHead = false };
        var (trunk, score) = DecoderFiles.Load(files, config, device ?? CPU, type, compute, report);
        return new(trunk, score!, ownsTrunk: true);
    }

    /// <summary>Low-rank adapters on this reward model, and a copy of its head that is trained whole. Its trunk is frozen from now on and stays its own.</summary>
    /// <param name="config">What adapters.</param>
    /// <param name="rng">Where they begin.</param>
    /// <exception cref="ConfigException">The configuration means modules that the model has not, or there are adapters on it already.</exception>
    public RewardModel WithLora(LoraConfig config, Rng rng)
    {
        var adapted = AdaptedDecoder.On(Plain(), config with { ModulesToSave = [.. config.ModulesToSave.Append(ScoreModule).Distinct()] }, rng);
        using var frozen = no_grad();
        return new(adapted, _score.clone().requires_grad_(true), ownsTrunk: true);
    }

    /// <summary>The adapters of a PEFT folder on this reward model, whose trunk is frozen from now on and stays its own.</summary>
    /// <param name="folder">The folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <exception cref="ConfigException">The adapter is of a kind that is not known here.</exception>
    /// <exception cref="CheckpointException">Files are not there, or tensors are missing, too many or of another shape: all of them are listed.</exception>
    public RewardModel WithLora(string folder)
    {
        var (adapted, beside) = AdaptedDecoder.Load(Plain(), folder, (LoraFiles.Prefix + ScoreName, _score.shape));
        return new(adapted, beside[0].requires_grad_(true), ownsTrunk: true);
    }

    /// <summary>Writes a folder that <c>transformers</c> loads as a sequence classifier with one label, or PEFT as its adapters.</summary>
    /// <param name="folder">The folder; it is made where it is not there.</param>
    /// <param name="type">The type of all weights. When absent, a weight that is still what its file held is written as it was there, bit for bit, and one that was trained in the type that keeps its digits.</param>
    /// <exception cref="ConfigException">The head stands on the policy's trunk or on no decoder: it is no checkpoint of its own.</exception>
    public void Save(string folder, ScalarType? type = null)
    {
        if (Trunk is AdaptedDecoder adapted)
        {
            adapted.Save(folder, "SEQ_CLS", Parameters);
            return;
        }

        if (!_ownsTrunk || Trunk is not Decoder trunk)
            throw new ConfigException("A head on a policy's trunk is saved with its run and not as a checkpoint of its own.");
        var config = DecoderFiles.ConfigOf(trunk);
        config["architectures"] = new JsonArray(trunk.Config.Row.Architecture + "ForSequenceClassification");
        config["id2label"] = new JsonObject { ["0"] = "LABEL_0" };
        config["label2id"] = new JsonObject { ["LABEL_0"] = 0 };
        DecoderFiles.Save(folder, config, trunk.Origin, Parameters, type, DecoderFiles.ShardBytes);
    }

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

    /// <summary>This head on another view of its trunk, such as one that counts; it is disposed of with this.</summary>
    internal RewardModel Over(IPolicy trunk) => new(trunk, _score, _ownsTrunk);

    /// <summary>Hidden states [N, H] to numbers [N].</summary>
    internal Tensor Read(Tensor hidden)
    {
        Shape.Is(hidden, [-1, _score.shape[1]]);
        using var scope = NewDisposeScope();
        return hidden.mm(_score.t()).squeeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>An independent copy: a reward model that is trained no further, or the beginning of a value model. Adapters go into its weights.</summary>
    /// <param name="trainable">Whether the copy's weights have gradients.</param>
    public RewardModel Copy(bool trainable = false)
    {
        using var frozen = no_grad();
        var trunk = Trunk is AdaptedDecoder adapted ? adapted.Merged(trainable) : Plain().Copy(trainable);
        return new(trunk, _score.clone().requires_grad_(trainable), ownsTrunk: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _score.Dispose();
        if (_ownsTrunk && Trunk is IDisposable trunk) trunk.Dispose();
    }

    private Decoder Plain() => Trunk as Decoder ?? throw new ConfigException("This reward model does not stand on a plain decoder, which is needed for that.");

    private static Tensor Zeros(int width, ScalarType type, Device device) => zeros(1, width, type, device).requires_grad_(true);
}
