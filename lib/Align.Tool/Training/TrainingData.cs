using Align.Data;
using Align.Methods;
using Align.Text;

namespace Align.Tool.Training;

/// <summary>A data file as tokens.</summary>
internal sealed class TrainingData
{
    private readonly TrainOptions _options;

    public TrainingData(TrainOptions options)
    {
        _options = options;
        Names = HuggingFaceTokenizer.Load(options.Model);
        Tokenizer = new ExampleTokenizer(Names, ChatTemplate.Load(options.Model), options.MaxLength, options.SpecialsInContent, options.KeepEnd);
        Rows = DataFile.Read(options.Data, Kind, options.SkipBadRows ? BadRow.Skip : BadRow.Stop);
    }

    public HuggingFaceTokenizer Names { get; }

    public ExampleTokenizer Tokenizer { get; }

    /// <summary>The ids that end an answer.</summary>
    public IReadOnlyList<int> EndIds => [.. ((string[])["eos_token", "eot_token"]).Select(r => Names.Role(r)).OfType<int>()];

    public DataRows Rows { get; }

    /// <summary>What the method trains on; SFT takes demonstrations and conversations alike.</summary>
    private ExampleKind? Kind => _options.Method switch
    {
        "sft" or "ppo" or "rloo" or "grpo" => null,
        "kto" => ExampleKind.Judgement,
        _ => ExampleKind.Pair,
    };

    public IReadOnlyList<TokenizedText> Texts() => Some(Rows.Select(r => r.Kind is ExampleKind.Text or ExampleKind.Demonstration
        ? Tokenizer.Text(r)
        : throw new TrainException($"{_options.Data} holds rows of the kind {r.Kind}; SFT learns from messages, texts, or prompts with completions.")));

    public IReadOnlyList<TokenizedPair> Pairs() => Some(Rows.Select(Tokenizer.Pair));

    public IReadOnlyList<TokenizedJudgement> Judgements() => Kto.Mismatch(Some(Rows.Select(Tokenizer.Judgement)), Math.Max(2, _options.Batch));

    /// <summary>Prompts, of rows of any kind that have one; longer ones than the window are left out.</summary>
    public IReadOnlyList<TokenizedPrompt> Prompts() => Some(Rows.Select(r => r.Prompt is null
        ? throw new TrainException($"Row {r.Line} of {_options.Data} has no prompt to answer.")
        : Tokenizer.Prompt(r)).Select(p => p.Ids.Length <= _options.MaxLength ? p : null));

    private List<T> Some<T>(IEnumerable<T?> rows)
        where T : class
    {
        var kept = rows.OfType<T>().ToList();
        return kept.Count > 0 ? kept
            : throw new TrainException($"No row of {_options.Data} has a trained token within {_options.MaxLength} tokens. Raise --max-length.");
    }
}
