namespace Align.Text;

/// <summary>Puts a prompt and its answer into the conversation that the model was trained on: <c>&lt;begin&gt;&lt;user&gt; prompt&lt;assistant&gt; answer&lt;end&gt;</c>.</summary>
/// <remarks>The space after <c>&lt;user&gt;</c> and <c>&lt;assistant&gt;</c> gives a word the same token at the start of an answer as inside a prompt.</remarks>
public sealed class PromptFormat(ITokenizer tokenizer)
{
    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer => tokenizer;

    /// <summary>The id that fills short rows.</summary>
    public int Pad { get; } = tokenizer.Specials["<pad>"];

    /// <summary>The id that ends an answer.</summary>
    public int End { get; } = tokenizer.Specials["<end>"];

    /// <summary>The ids up to the place where the answer begins.</summary>
    public int[] Prompt(string prompt) =>
        [tokenizer.Specials["<begin>"], tokenizer.Specials["<user>"], .. tokenizer.Encode(" " + prompt), tokenizer.Specials["<assistant>"]];

    /// <summary>The ids of an answer, its end included.</summary>
    public int[] Completion(string completion) => [.. tokenizer.Encode(" " + completion), End];

    /// <summary>The text of an answer's ids, without its end and its leading space.</summary>
    public string Text(IEnumerable<int> completion)
    {
        var text = tokenizer.Decode(completion);
        return text.StartsWith(' ') ? text[1..] : text;
    }

    /// <summary>A prompt and its answer, the answer trained.</summary>
    public TokenizedText Tokenize(string prompt, string completion) => TokenizedText.Of(Prompt(prompt), Completion(completion));
}
