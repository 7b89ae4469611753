using System.Text.Json.Nodes;
using Align.Data;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.Tool.Training;

/// <summary>A model folder that answers prompts.</summary>
internal sealed class Writer : IDisposable
{
    private readonly Decoder _decoder;
    private readonly AdaptedDecoder? _adapted;

    /// <summary>Opens a model folder, or a folder of adapters with the model that they belong to.</summary>
    public Writer(string folder, string? baseModel, int maxLength, bool bf16)
    {
        ModelFolder.Require(folder);
        if (baseModel is not null) ModelFolder.Require(baseModel);
        var adapters = File.Exists(Path.Combine(folder, "adapter_config.json"));
        if (adapters && baseModel is null) throw new TrainException($"{folder} holds adapters: name the model that they belong to with --base.");
        var model = adapters ? baseModel! : folder;
        _decoder = Decoder.Load(model, compute: bf16 ? TorchSharp.torch.ScalarType.BFloat16 : null);
        _adapted = adapters ? AdaptedDecoder.Load(_decoder, folder) : null;
        Tokenizer = HuggingFaceTokenizer.Load(model);
        Rows = new ExampleTokenizer(Tokenizer, ChatTemplate.Load(model), maxLength);
    }

    public HuggingFaceTokenizer Tokenizer { get; }

    public ExampleTokenizer Rows { get; }

    private IPolicy Policy => _adapted is not null ? _adapted : _decoder;

    /// <summary>A prompt as this model reads it: a user's message where it has a chat template, plain text where not.</summary>
    public static Example Prompt(string text, bool chat) => new(
        ExampleKind.Prompt, 1, new Passage(""), chat ? new Passage([new JsonObject { ["role"] = "user", ["content"] = text }]) : new Passage(text));

    public IReadOnlyList<Answer> Answer(IReadOnlyList<TokenizedPrompt> prompts, Sampling sampling, int maxTokens, int batch, ulong seed, CancellationToken cancellation)
    {
        var rng = new Rng(seed);
        int[] ends = [.. ((string[])["eos_token", "eot_token"]).Select(r => Tokenizer.Role(r)).OfType<int>()];
        var answers = new List<Answer>();
        foreach (var some in prompts.Chunk(batch))
        {
            var completions = Policy.Complete([.. some.Select(p => p.Ids)], sampling, maxTokens, ends, Rows.Pad, rng.Fork($"{answers.Count}"), cancellation);
            answers.AddRange(completions.Zip(some, (c, p) => new Answer(0, p, c.Ids, c.Ended, Tokenizer.Decode(c.Ids).Trim())));
        }

        return answers;
    }

    public void Dispose()
    {
        _adapted?.Dispose();
        _decoder.Dispose();
    }
}
