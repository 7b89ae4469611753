using System.Text.RegularExpressions;

namespace Align.Rewards;

/// <summary>Words and sentences as the gold reward counts them: a Latin word, a number, one Chinese character or one emoji is a word.</summary>
internal static partial class GoldWords
{
    /// <summary>Too common to say what a sentence is about.</summary>
    private static readonly HashSet<string> Common = new(
        """
        a an the is are was were am be been do does did has have had can could will would shall should may must in on at to of and or but for from with by as
        it its i me my mine you your we us our they them their he him his she her this that these those what where when who whose whom how which why
        if so than then there here too very not no yes one now all more most some any only just also about into out up down over again please
        say says said tell write give make take get go goes let like need want wants know knows think
        的 了 是 在 我 你 他 她 它 们 一 这 那 什 么 吗 呢 吧 请 有 和 很 也 就 都 不 个 谁 哪 里 儿
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);

    /// <summary>The words of a text in lower case, in order; a possessive 's is no part of its word.</summary>
    public static List<string> Of(string text)
    {
        var words = new List<string>();
        foreach (var match in WordPattern.EnumerateMatches(text))
        {
            var word = text.AsSpan(match.Index, match.Length);
            if (word.EndsWith("'s", StringComparison.Ordinal)) word = word[..^2];
            words.Add(word.ToString().ToLowerInvariant());
        }

        return words;
    }

    /// <summary>The words that say what a text is about.</summary>
    public static IEnumerable<string> Content(string text) => Of(text).Where(w => !Common.Contains(w));

    /// <summary>The sentences of a text, without the marks that end them.</summary>
    public static IEnumerable<string> Sentences(string text) => SentencePattern.Matches(text).Select(m => m.Value);

    /// <summary>Whether a text holds a name, number, word or emoji, capital letters aside: as whole words in alphabets, anywhere in Chinese and emoji.</summary>
    public static bool Contains(string text, string part)
    {
        for (var at = 0; (at = text.IndexOf(part, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
            if (!(Joins(text, at - 1) && Joins(text, at)) && !(Joins(text, at + part.Length - 1) && Joins(text, at + part.Length))) return true;
        return false;
    }

    /// <summary>The last word of a phrase, or the empty string.</summary>
    public static string Last(string phrase) => Of(phrase) is [.., var last] ? last : "";

    private static bool Joins(string text, int at) =>
        at >= 0 && at < text.Length && char.IsLetterOrDigit(text[at]) && text[at] is < '\u4E00' or > '\u9FFF';

    [GeneratedRegex(@"[\u4E00-\u9FFF]|[\p{L}\p{M}-[\u4E00-\u9FFF]]+(?:'[\p{L}\p{M}-[\u4E00-\u9FFF]]+)?|\p{Nd}+|[\u2600-\u27BF\u2B50]|[\uD83C-\uD83E][\uDC00-\uDFFF]", RegexOptions.CultureInvariant)]
    private static partial Regex WordPattern { get; }

    [GeneratedRegex("[^.!?…。！？]+", RegexOptions.CultureInvariant)]
    private static partial Regex SentencePattern { get; }
}
