using System.Text;

namespace Align.Text.Parts;

/// <summary>The steps from tokens back to a text.</summary>
internal static class TokenDecoders
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads the letters of bytes; what is no UTF-8 becomes U+FFFD.</summary>
    public static IReadOnlyList<string> ByteLevel(IReadOnlyList<string> tokens) => [Utf8.Text([.. tokens.SelectMany(ByteAlphabet.Read)])];

    /// <summary>One text for another in every token.</summary>
    public static Func<IReadOnlyList<string>, IReadOnlyList<string>> Replace(string old, string with) =>
        tokens => [.. tokens.Select(t => t.Replace(old, with, StringComparison.Ordinal))];

    /// <summary>Runs of byte tokens become their characters, or one U+FFFD a byte where they are no UTF-8 as a whole.</summary>
    public static IReadOnlyList<string> ByteFallback(IReadOnlyList<string> tokens)
    {
        var texts = new List<string>();
        var run = new List<byte>();
        foreach (var token in tokens)
        {
            if (BpeModel.ByteOf(token) is { } value)
            {
                run.Add(value);
                continue;
            }

            Flush();
            texts.Add(token);
        }

        Flush();
        return texts;

        void Flush()
        {
            if (run.Count == 0) return;
            try
            {
                texts.Add(Strict.GetString([.. run]));
            }
            catch (DecoderFallbackException)
            {
                texts.AddRange(run.Select(_ => "\uFFFD"));
            }

            run.Clear();
        }
    }

    /// <summary>All tokens as one text.</summary>
    public static IReadOnlyList<string> Fuse(IReadOnlyList<string> tokens) => [string.Concat(tokens)];

    /// <summary>Takes at most so many of a character off both ends of every text.</summary>
    public static Func<IReadOnlyList<string>, IReadOnlyList<string>> Strip(char character, int start, int stop) => tokens =>
        [.. tokens.Select(t =>
        {
            var from = t.TakeWhile((c, i) => i < start && c == character).Count();
            var to = t.Length - t.Reverse().TakeWhile((c, i) => i < stop && c == character).Count();
            return from < to ? t[from..to] : "";
        })];

    /// <summary>The mark of a space becomes one, and vanishes from the first token where the text had been given one.</summary>
    public static Func<IReadOnlyList<string>, IReadOnlyList<string>> Metaspace(string mark, bool prefixed) => tokens =>
        [.. tokens.Select((t, i) => t.Replace(mark, i == 0 && prefixed ? "" : " ", StringComparison.Ordinal))];
}
