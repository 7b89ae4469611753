using Align.Data;

namespace Align.Text;

/// <summary>Rows of data as tokens, for any model folder: conversations by its chat template, plain texts as they are with the end token after the answer.</summary>
/// <remarks>
/// Longer rows are cut at their end, or at their beginning where that is asked for. A row that has no trained token left, or none to begin with, is left out and counted. What a row says is text: names of special tokens inside it
/// stand for nothing, unless <paramref name="specialsInContent"/> asks otherwise.
/// </remarks>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="template">Its chat template; null where rows are plain texts.</param>
/// <param name="maxLength">The most tokens of a row.</param>
/// <param name="specialsInContent">Whether names of special tokens inside messages stand for them too.</param>
/// <param name="keepEnd">Whether a row that is too long loses its beginning, and not its end.</param>
public sealed class ExampleTokenizer(HuggingFaceTokenizer tokenizer, ChatTemplate? template, int maxLength = 1024, bool specialsInContent = false, bool keepEnd = false)
{
    private readonly ChatTokenizer? _chat = template is null ? null : new(tokenizer, template, specialsInContent);

    /// <summary>The id after an answer; null where the folder names no <c>eos_token</c>.</summary>
    public int? End { get; } = tokenizer.Role("eos_token");

    /// <summary>The id that fills short rows: the folder's <c>pad_token</c>, or else the end token. Masks come from lengths, so that the end token is trained all the same.</summary>
    public int Pad { get; } = tokenizer.Role("pad_token") ?? tokenizer.Role("eos_token") ?? 0;

    /// <summary>The most tokens of a row.</summary>
    public int MaxLength => maxLength;

    /// <summary>The texts that were cut; of a pair each answer counts.</summary>
    public int Truncated { get; private set; }

    /// <summary>The rows that were left out because nothing in them is trained.</summary>
    public int Dropped { get; private set; }

    /// <summary>The texts whose prompt, taken alone, has other tokens than at the beginning of the whole: the answer begins with the first token that differs.</summary>
    public int PrefixDiffers { get; private set; }

    /// <summary>Reads a model folder's tokenizer and template.</summary>
    /// <exception cref="TokenizerException">A file is missing or broken, or needs a component this library does not have.</exception>
    /// <exception cref="Templates.TemplateException">The template is none that this library reads.</exception>
    public static ExampleTokenizer Load(string folder, int maxLength = 1024, bool specialsInContent = false) =>
        new(HuggingFaceTokenizer.Load(folder), ChatTemplate.Load(folder), maxLength, specialsInContent);

    /// <summary>A text or a demonstration to imitate; null where nothing is left to train.</summary>
    /// <remarks>Of a conversation the assistant's turns are trained where the template marks them, everything where it does not.</remarks>
    public TokenizedText? Text(Example example) => Kept(example.Prompt is { } prompt ? Answered(example, prompt, example.Answer) : Whole(example));

    /// <summary>A preference pair; null where nothing of one of the answers is left.</summary>
    public TokenizedPair? Pair(Example example)
    {
        if (example.Prompt is not { } prompt || example.Rejected is not { } rejected) throw new BatchException($"Row {example.Line} is no preference pair.");
        var (chosen, other) = (Cut(Answered(example, prompt, example.Answer)), Cut(Answered(example, prompt, rejected)));
        if (IsTrained(chosen) && IsTrained(other)) return new TokenizedPair(chosen, other, Margin: example.Margin);
        Dropped++;
        return null;
    }

    /// <summary>A judged answer; null where nothing of it is left.</summary>
    public TokenizedJudgement? Judgement(Example example) => Text(example) is { } text ? new TokenizedJudgement(text, example.Desirable) : null;

    /// <summary>A prompt up to where the answer begins. A conversation whose last word is the assistant's is continued.</summary>
    public TokenizedPrompt Prompt(Example example)
    {
        var prompt = example.Prompt ?? throw new BatchException($"Row {example.Line} has no prompt.");
        var ids = prompt.Messages is { } messages
            ? Chat(example).Tokenize(messages, ChatTokenizer.Before(messages, Options(example))).Ids
            : [.. Beginning(), .. tokenizer.Encode(prompt.Text!)];
        return new TokenizedPrompt(prompt.ToString(), ids);
    }

    /// <summary>The tokens of what a passage says, without those that a template puts around it.</summary>
    public int Count(Passage passage) => tokenizer.Encode(passage.ToString()).Length;

    /// <summary>What is wrong with the begin and end tokens of a row, in a few words each; nothing for most.</summary>
    public IEnumerable<string> Lints(TokenizedText text)
    {
        var begin = tokenizer.Role("bos_token");
        if (begin is { } b && b != End && text.Ids.Length > 1 && text.Ids[0] == b && text.Ids[1] == b) yield return "begin token twice";
        if (text.Ids.Length >= maxLength) yield break;
        var last = Array.FindLastIndex(text.Ids, id => !string.IsNullOrWhiteSpace(tokenizer.TokenOf(id).Replace('Ċ', ' ').Replace('Ġ', ' ').Replace('▁', ' ')));
        if (End is { } end && (last < 0 || text.Ids[last] != end)) yield return $"no end token ({tokenizer.TokenOf(end)}) at the end of the answer: a model never learns to stop";
        else if (End is not null && !text.Trained[last]) yield return "end token not trained";
    }

    private TokenizedText Whole(Example example)
    {
        if (example.Answer.Messages is { } messages)
        {
            var text = Chat(example).Tokenize(messages, Options(example));
            return template!.HasGenerationBlocks ? text : TokenizedText.All(text.Ids);
        }

        return TokenizedText.All([.. Beginning(), .. tokenizer.Encode(example.Answer.Text!), .. Ending()]);
    }

    private TokenizedText Answered(Example example, Passage prompt, Passage answer)
    {
        bool differs;
        TokenizedText text;
        if (prompt.Messages is { } messages)
        {
            text = Chat(example).Tokenize(messages, answer.Messages!, Options(example), out differs);
        }
        else
        {
            int[] before = [.. Beginning(), .. tokenizer.Encode(prompt.Text!)];
            int[] whole = [.. Beginning(), .. tokenizer.Encode(prompt.Text + answer.Text), .. Ending()];
            var shared = before.AsSpan().CommonPrefixLength(whole);
            differs = shared < before.Length;
            text = TokenizedText.Of(whole.AsSpan(0, shared), whole.AsSpan(shared));
        }

        if (differs) PrefixDiffers++;
        return text;
    }

    /// <summary>The text within the window; null where nothing in it is trained.</summary>
    internal TokenizedText? Kept(TokenizedText text)
    {
        text = Cut(text);
        if (IsTrained(text)) return text;
        Dropped++;
        return null;
    }

    private TokenizedText Cut(TokenizedText text)
    {
        if (text.Ids.Length <= maxLength) return text;
        Truncated++;
        var kept = keepEnd ? ^maxLength.. : ..maxLength;
        return new(text.Ids[kept], text.Trained[kept]);
    }

    // The first token of a text is predicted by nothing.
    private static bool IsTrained(TokenizedText text) => text.Trained.AsSpan(Math.Min(1, text.Trained.Length)).Contains(true);

    private IEnumerable<int> Beginning() => tokenizer.DocumentStart;

    private IEnumerable<int> Ending() => End is { } end ? [end] : [];

    private ChatTokenizer Chat(Example example) => _chat ?? throw new BatchException(
        $"Row {example.Line} is a conversation and the model folder has no chat template. Give it one (chat_template.jinja), or write the rows as plain texts.");

    private static ChatOptions Options(Example example) => new(Tools: example.Tools, Variables: example.Variables);
}
