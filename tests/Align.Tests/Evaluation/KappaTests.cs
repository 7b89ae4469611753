using Align.Annotation;
using Align.Evaluation;
using Align.Runtime;

namespace Align.Tests.Evaluation;

/// <summary>Agreement of annotators, fits of choices, and rankings from comparisons.</summary>
public sealed class KappaTests
{
    [Fact]
    public void Kappa_worked_by_hand()
    {
        // 50 questions: both yes 20, yes-no 5, no-yes 10, both no 15. p_o = 35/50, p_e = 0.5·0.6 + 0.5·0.4 = 0.5, κ = 0.2/0.5
        var first = Enumerable.Repeat("yes", 25).Concat(Enumerable.Repeat("no", 25)).ToArray();
        var second = Enumerable.Repeat("yes", 20).Concat(Enumerable.Repeat("no", 5)).Concat(Enumerable.Repeat("yes", 10)).Concat(Enumerable.Repeat("no", 15)).ToArray();
        var kappa = Kappa.Of(first, second);
        Assert.Equal((50, 0.7, 0.5), (kappa.Count, Math.Round(kappa.Observed, 12), Math.Round(kappa.Chance, 12)));
        Assert.Equal(0.4, kappa.Value, 12);
        // Fleiss, Cohen and Everitt: diagonal 0.4·(1 − 1.1·0.6)² + 0.3·(1 − 0.9·0.6)² = 0.10972; beside 0.36·(0.1·(0.6 + 0.5)² + 0.2·(0.4 + 0.5)²) = 0.10188;
        // (0.4 − 0.5·0.6)² = 0.01; variance (0.10972 + 0.10188 − 0.01)/(50·0.25) = 0.016128
        Assert.Equal(0.4 - 1.959964 * Math.Sqrt(0.016128), kappa.Low, 5);
        Assert.Equal(0.4 + 1.959964 * Math.Sqrt(0.016128), kappa.High, 5);
        Assert.Equal("0.40 (0.15 … 0.65)", kappa.ToString());
    }

    [Fact]
    public void Kappa_is_1_for_the_same_and_about_0_for_strangers_and_undefined_where_nothing_varies()
    {
        var luck = new Rng(3);
        int[] a = [.. Enumerable.Range(0, 4000).Select(_ => luck.NextInt(3))], b = [.. Enumerable.Range(0, 4000).Select(_ => luck.NextInt(3))];
        Assert.Equal(1, Kappa.Of(a, a).Value, 12);
        var strangers = Kappa.Of(a, b);
        Assert.InRange(strangers.Value, -0.04, 0.04);
        Assert.Equal(strangers.Value, Kappa.Of(b, a).Value, 12);
        Assert.True(double.IsNaN(Kappa.Of([1, 1], [1, 1]).Value));
        Assert.Equal("–", Kappa.Of<int>([], []).ToString());
        Assert.Throws<AnnotationException>(() => Kappa.Of([1], [1, 2]));
    }

    [Fact]
    public void The_interval_holds_the_true_kappa_about_95_times_in_100()
    {
        // The second repeats the first with probability 0.6 and else guesses: κ = 0.6.
        var luck = new Rng(11);
        var held = 0;
        for (var trial = 0; trial < 400; trial++)
        {
            int[] a = [.. Enumerable.Range(0, 120).Select(_ => luck.NextInt(2))];
            int[] b = [.. a.Select(x => luck.NextDouble() < 0.6 ? x : luck.NextInt(2))];
            var kappa = Kappa.Of(a, b);
            if (kappa.Low <= 0.6 && 0.6 <= kappa.High) held++;
        }

        Assert.InRange(held, 366, 394);
    }

    [Fact]
    public void Choices_are_compared_by_their_text_on_what_both_decided_in_whatever_order_it_stood()
    {
        Choice Choice(string prompt, bool turned, bool firstIsBest, bool decided = true) => new(
            prompt, turned ? [$"{prompt} b", $"{prompt} a"] : [$"{prompt} a", $"{prompt} b"], [0, 1],
            decided ? firstIsBest != turned ? 0 : 1 : null, decided ? firstIsBest != turned ? 1 : 0 : null);
        var one = Enumerable.Range(0, 10).Select(i => Choice($"{i}", false, i % 3 == 0)).ToList();
        var same = Enumerable.Range(0, 10).Select(i => Choice($"{i}", true, i % 3 == 0, decided: i != 4)).Append(Choice("more", false, true)).ToList();
        Assert.Equal((9, 1.0), (Kappa.Of(one, same).Count, Kappa.Of(one, same).Observed));
        var opposite = Enumerable.Range(0, 10).Select(i => Choice($"{i}", true, i % 3 != 0)).ToList();
        Assert.Equal(0, Kappa.Of(one, opposite).Observed);
        Assert.True(Kappa.Of(one, opposite).Value < -0.7);
    }

    [Fact]
    public void The_report_of_an_annotator_worked_by_hand()
    {
        Choice[] choices =
        [
            new("p", ["one two three", "one"], [0, 1], 0, 1), // the longer, shown first
            new("q", ["one", "one two"], [0, 1], 1, 0), // the longer, shown second
            new("r", ["one two", "two one"], [1, 0], 1, 0), // as long, shown first
            new("s", ["one", "one two"], [0, 1]), // skipped
            new("p", ["one two three", "one"], [1, 0], 0, 1, Repeat: true), // the same best
            new("q", ["one", "one two"], [1, 0], 0, 1, Repeat: true), // another best
            new("r", ["one two", "two one"], [0, 1], Repeat: true), // skipped this time
        ];
        var report = AnnotatorReport.Of("me", choices);
        Assert.Equal(("me", 4, 3), (report.Name, report.Questions, report.Chosen));
        Assert.Equal(new WinRate(2, 0, 1), report.ShownFirst);
        Assert.Equal(new WinRate(2, 1, 0), report.Longer);
        Assert.Equal(new WinRate(1, 0, 2), report.Consistent);
        Assert.Null(AnnotatorReport.Of("nobody", []).ShownFirst);
    }

    [Fact]
    public void What_length_pays_is_found_with_the_mark_kept_equal()
    {
        // P(x ≻ y) = σ((Δmark + 1.5·Δwords/10)/0.7): in log-odds ten words pay 1.5/0.7 and a mark 1/0.7
        var luck = new Rng(5);
        var marks = new Dictionary<string, double>(StringComparer.Ordinal);
        string Answer()
        {
            var text = string.Join(' ', Enumerable.Range(0, 1 + luck.NextInt(20)).Select(_ => $"w{luck.NextInt(1000)}"));
            marks[text] = 3 * luck.NextDouble();
            return text;
        }

        var choices = Enumerable.Range(0, 3000).Select(i =>
        {
            var (x, y) = (Answer(), Answer());
            var z = (marks[x] - marks[y] + 1.5 * (x.Split(' ').Length - y.Split(' ').Length) / 10.0) / 0.7;
            return luck.NextDouble() < 1 / (1 + Math.Exp(-z)) ? new Choice($"{i}", [x, y], [0, 1], 0, 1) : new Choice($"{i}", [x, y], [0, 1], 1, 0);
        }).Where(c => c.Completions[0] != c.Completions[1]).ToList();
        // GoldWords counts the letter and the digits of w12 as one or two words: the scale is that of its own count.
        var pay = AnnotatorReport.LengthPay(choices, (_, text) => marks[text]);
        var words = Align.Rewards.GoldWords.Of("w12 w3").Count / 2.0;
        Assert.InRange(1.5 / 0.7 / words, pay.Low, pay.High);
        Assert.True(pay.Half < 0.4 && pay.Low > 0);
    }

    [Fact]
    public void A_ranking_of_two_is_the_log_odds_of_their_wins()
    {
        // 30 wins of 40: s_a − s_b = ln 3, each ± half of it; variance of the difference 1/(40·¾·¼) = 0.1333, of one strength a quarter of that
        var ranked = BradleyTerry.Rank(["b", "a"], new double[,] { { 0, 10 }, { 30, 0 } });
        Assert.Equal(["a", "b"], ranked.Select(r => r.Name));
        Assert.Equal(Math.Log(3) / 2, ranked[0].Strength, 9);
        Assert.Equal(-Math.Log(3) / 2, ranked[1].Strength, 9);
        var half = 1.959964 * Math.Sqrt(1 / (40 * 0.75 * 0.25) / 4);
        Assert.Equal(Math.Log(3) / 2 + half, ranked[0].High, 6);
        Assert.Equal(1000 + 400 / Math.Log(10) * Math.Log(3) / 2, ranked[0].Elo, 6);
    }

    [Fact]
    public void A_ranking_finds_the_strengths_that_made_the_wins_and_does_not_depend_on_the_order_of_names()
    {
        double[] strengths = [1.2, 0.4, -0.1, -1.5];
        var wins = new double[4, 4];
        for (var i = 0; i < 4; i++) for (var j = 0; j < 4; j++) if (i != j) wins[i, j] = 1000 / (1 + Math.Exp(strengths[j] - strengths[i]));
        string[] names = ["w", "x", "y", "z"];
        var ranked = BradleyTerry.Rank(names, wins);
        Assert.Equal(names, ranked.Select(r => r.Name));
        Close.To(strengths, [.. ranked.Select(r => r.Strength)], 1e-6);
        var turned = new double[4, 4];
        for (var i = 0; i < 4; i++) for (var j = 0; j < 4; j++) turned[3 - i, 3 - j] = wins[i, j];
        var again = BradleyTerry.Rank([.. names.Reverse()], turned);
        foreach (var (a, b) in ranked.Zip(again)) Close.To([a.Strength, a.Low, a.High], [b.Strength, b.Low, b.High], 1e-9, a.Name);
    }

    [Fact]
    public void Who_was_never_beaten_has_no_strength_unless_ties_are_added()
    {
        double[,] wins = { { 0, 5, 5 }, { 0, 0, 3 }, { 0, 2, 0 } };
        Assert.Contains("a: nobody", Assert.Throws<RankingException>(() => BradleyTerry.Rank(["a", "b", "c"], wins)).Message, StringComparison.Ordinal);
        Assert.Throws<RankingException>(() => BradleyTerry.Rank(["a", "b"], new double[2, 2]));
        var ranked = BradleyTerry.Rank(["a", "b", "c"], wins, virtualTies: 1);
        Assert.Equal(["a", "b", "c"], ranked.Select(r => r.Name));
        Assert.All(ranked, r => Assert.True(double.IsFinite(r.Strength)));
        Assert.Equal(10, ranked[0].Comparisons);
    }

    [Fact]
    public void A_fit_without_an_answer_says_why()
    {
        Assert.Contains("single error", Assert.Throws<LogisticException>(() => Logistic.Fit([1, 1, 0, 0], [[1.0], [2], [-1], [-2]])).Message, StringComparison.Ordinal);
        Assert.Contains("Leave it out", Assert.Throws<LogisticException>(() => Logistic.Fit([1, 0, 1], [[1.0, 2], [2, 4], [-1, -2]])).Message, StringComparison.Ordinal);
        Assert.Throws<LogisticException>(() => Logistic.Fit([1, 0], [[1.0]]));
    }

    [Fact]
    public void A_win_rate_by_hand_is_blind_and_counts_skips_and_identical_answers_as_ties()
    {
        string[] prompts = [.. Enumerable.Range(0, 200).Select(i => $"q{i}")];
        string[] ours = [.. prompts.Select((_, i) => i == 7 ? "same" : $"good {i}")], theirs = [.. prompts.Select((_, i) => i == 7 ? "same" : $"bad {i}")];
        var (first, journal) = (0, new Journal(repeatEvery: 0));
        Annotator likes = (p, c) =>
        {
            if (c[0].StartsWith("good", StringComparison.Ordinal)) first++;
            return p == "q9" ? null : c[0].StartsWith("good", StringComparison.Ordinal) == (p is not ("q1" or "q2" or "q3")) ? (0, 1) : (1, 0);
        };
        Assert.Equal(new WinRate(195, 2, 3), WinRate.ByHand(prompts, ours, theirs, likes, journal));
        Assert.InRange(first, 80, 120); // ours stood first about half of the time: 99.5 expected, σ = 7
        Assert.Equal(200, journal.Choices.Count);
        string[] others = [.. prompts.Select((_, i) => $"other {i}")]; // another comparison in the same journal asks about its own answers
        Annotator likesOthers = (_, c) => c[0].StartsWith("other", StringComparison.Ordinal) ? (0, 1) : (1, 0);
        Assert.Equal(new WinRate(200, 0, 0), WinRate.ByHand(prompts, others, theirs, likesOthers, journal));
        Annotator nobody = (_, _) => throw new InvalidOperationException("asked");
        Assert.Equal(new WinRate(195, 2, 3), WinRate.ByHand(prompts, ours, theirs, nobody, journal));
        Assert.Equal(new WinRate(200, 0, 0), WinRate.ByHand(prompts, others, theirs, nobody, journal));
        var asked = 0;
        Assert.Equal(10, WinRate.ByHand(prompts, ours, theirs, (p, c) => asked++ == 9 ? throw Annotators.Quit : likes(p, c)).Count); // nine answers and the tie that needed none
        Assert.Throws<WinRateException>(() => WinRate.ByHand(prompts, ours, ["x"], likes));
        Assert.Throws<WinRateException>(() => WinRate.ByHand(prompts, ours, theirs, (_, _) => throw Annotators.Quit));
    }
}
