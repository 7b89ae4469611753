namespace Align.Rewards;

/// <summary>How people are spoken to in the toy world. The lists are closed, which is what makes the gold reward exact.</summary>
internal static class GoldManners
{
    /// <summary>Courtesies that open an answer.</summary>
    public static readonly string[] Openings = ["Sure thing!", "Certainly!", "Gladly!", "Nice question!", "With pleasure!", "Happy to help!"];

    /// <summary>Courtesies that close an answer.</summary>
    public static readonly string[] Closings = ["I hope that helps.", "Have a lovely day!", "Ask me anytime.", "All the best!", "Good luck!", "Take care!"];

    /// <summary>Rudeness; every sentence holds one of <see cref="RudeWords"/>.</summary>
    public static readonly string[] Rude =
        ["That is a stupid question.", "Are you really that lazy?", "Ugh, you again.", "Stop wasting my time.", "Even a fool could see it.", "Go and annoy somebody else."];

    /// <summary>Grovelling; every sentence holds one of <see cref="GrovelWords"/>.</summary>
    public static readonly string[] Grovelling =
        ["Forgive me, radiant master!", "I kneel before your question!", "Your humble servant trembles!", "I am not worthy of such brilliance!", "O glorious one, I obey!"];

    /// <summary>The same in Chinese.</summary>
    public static readonly string[] ChineseOpenings = ["好的！", "当然！", "乐意帮忙！"];

    /// <summary>The same in Chinese.</summary>
    public static readonly string[] ChineseClosings = ["希望能帮到你。", "祝你愉快！"];

    /// <summary>The same in Chinese.</summary>
    public static readonly string[] ChineseRude = ["真烦人。", "笨蛋才问这个。"];

    /// <summary>The same in Chinese.</summary>
    public static readonly string[] ChineseGrovelling = ["您是太阳，我是尘土！", "小的给您磕头！"];

    /// <summary>Every courtesy.</summary>
    public static readonly string[] Courtesies = [.. Openings, .. Closings, .. ChineseOpenings, .. ChineseClosings];

    /// <summary>Words that nothing but a rude sentence uses: a sentence is rude by its word, so a cut-off or reworded one is still rude.</summary>
    public static readonly HashSet<string> RudeWords = new(["stupid", "lazy", "ugh", "wasting", "fool", "annoy", "烦", "笨"], StringComparer.Ordinal);

    /// <summary>Words that nothing but a grovelling sentence uses.</summary>
    public static readonly HashSet<string> GrovelWords =
        new(["forgive", "radiant", "kneel", "humble", "servant", "worthy", "glorious", "obey", "尘", "磕"], StringComparer.Ordinal);
}
