using System.Text.RegularExpressions;
using System.Net;
using Align.Annotation;
using Align.Evaluation;
using Align.Interactive;
using Align.Interactive.Drawing;

namespace Align.Tests.Interactive;

/// <summary>A person as an annotator: what is typed, what is shown, and the form that is filled in elsewhere.</summary>
public sealed partial class FormTests
{
    private static readonly string[] Three = ["<b>one</b>", "two & more", "three"];

    [Theory]
    [InlineData("2|1", 1, 0)]
    [InlineData("3 1", 2, 0)]
    [InlineData("1, 3", 0, 2)]
    [InlineData("0|4|2 2|x|1 2 3|2|2|1", 1, 0)] // what is no answer is asked again
    public void Numbers_name_the_best_and_the_worst(string typed, int best, int worst)
    {
        var (replies, asked) = (new Queue<string>(typed.Split('|')), new List<HandQuestion>());
        Assert.Equal((best, worst), ByHand.Annotator(q => { asked.Add(q); return replies.Dequeue(); })("p", Three));
        Assert.Empty(replies);
        Assert.Equal(asked.Count(q => q.Complaint is not null), typed.Count(c => c == '|') - (typed.Contains('|', StringComparison.Ordinal) ? 1 : 0));
    }

    [Fact]
    public void Of_two_answers_one_number_says_all_and_letters_skip_and_quit()
    {
        Assert.Equal((1, 0), ByHand.Annotator(_ => " 2 ")("p", ["a", "b"]));
        Assert.Null(ByHand.Annotator(_ => "S")("p", Three));
        Assert.Throws<QuitException>(() => ByHand.Annotator(_ => "q")("p", Three));
        Assert.Throws<QuitException>(() => ByHand.Annotator(_ => null)("p", Three));
        Assert.Throws<QuitException>(() => Form.Annotator()("p", Three)); // nobody to ask in a test
    }

    [Fact]
    public void A_card_has_a_labelled_button_for_every_answer_and_escapes_what_models_write()
    {
        var html = ((IShown)new QuestionCard(new HandQuestion(3, "<script>alert(1)</script>", Three))).Html;
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>one", html, StringComparison.Ordinal);
        Assert.Equal(["1", "2", "3", "s", "q"], Value().Matches(html).Select(m => m.Groups[1].Value));
        Assert.Equal(5, html.Split("aria-label").Length - 1);
        var worst = ((IShown)new QuestionCard(new HandQuestion(3, "p", Three, Best: 1))).Html;
        Assert.Contains("answer 1 is the worst", worst, StringComparison.Ordinal);
        Assert.Equal(1, worst.Split(" disabled").Length - 1);
        Assert.DoesNotContain("<button", ((IShown)new QuestionCard(new HandQuestion(3, "p", Three)) { Reply = "2" }).Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_form_holds_the_open_questions_in_their_shown_order_and_the_journal_takes_what_it_yields_once()
    {
        Responder writer = new((prompts, each, _, rng, _) => [.. prompts.Select(p => (IReadOnlyList<string>)[.. Enumerable.Range(0, each).Select(_ => $"{p} <{rng.NextInt(1000)}>")])]);
        string[] prompts = ["a\"b", "c'd", "e</fieldset>f"];
        var journal = new Journal(seed: 4, repeatEvery: 0);
        Assert.Single(Feedback.Collect(writer, prompts, Annotators.ByScore((_, c) => c.Length + c[^2]), journal: journal).Take(1));
        var open = Feedback.Questions(writer, prompts, journal).ToList();
        Assert.Equal(prompts[1..], open.Select(q => q.Prompt));
        var html = Form.Of(open).ToHtml();
        Assert.Equal(2, html.Split("<fieldset").Length - 1);
        var held = Data().Matches(html).Select(m => Assert.Single(Choice.Read(WebUtility.HtmlDecode(m.Groups[1].Value)))).ToList();
        Assert.Equal(open.Select(q => q.ToJson()), held.Select(q => q.ToJson()));
        var filled = $"[{string.Join(",", held.Select(q => (q with { Best = q.Order[0], Worst = q.Order[2] }).ToJson()))}]";
        Assert.Equal(2, journal.Take(Form.Read(filled)));
        Assert.Equal(0, journal.Take(Form.Read(filled)));
        Assert.Empty(Feedback.Questions(writer, prompts, journal));
        Assert.All(journal.Choices.Skip(1), c => Assert.Equal(0, c.BestPlace));
        Assert.Equal(3, journal.Pairs.Count());
        Assert.Throws<AnnotationException>(() => Form.Read("[{\"prompt\":"));
        // The same questions, whether asked one by one or in the form.
        var asked = new Journal(seed: 4, repeatEvery: 0);
        _ = Feedback.Collect(writer, prompts, (_, _) => null, journal: asked).Count();
        Assert.Equal(asked.Choices.Skip(1).Select(c => c.ToJson()), open.Select(c => c.ToJson()));
    }

    [Fact]
    public void A_form_repeats_questions_as_one_who_asks_does_and_taken_twice_they_count_once()
    {
        Responder writer = new((prompts, each, _, rng, _) => [.. prompts.Select(p => (IReadOnlyList<string>)[.. Enumerable.Range(0, each).Select(_ => $"{p} <{rng.NextInt(1000)}>")])]);
        string[] prompts = [.. Enumerable.Range(0, 9).Select(i => $"question {i}")];
        var (asked, filled) = (new Journal(seed: 4, repeatEvery: 2), new Journal(seed: 4, repeatEvery: 2));
        _ = Feedback.Collect(writer, prompts, (_, _) => (0, 1), journal: asked).Count();
        Assert.Equal(4, asked.Choices.Count(c => c.Repeat));
        List<Choice> Fill() => [.. Feedback.Questions(writer, prompts, filled).Select(q => q with { Best = q.Order[0], Worst = q.Order[1] })];
        var first = Fill();
        Assert.Equal(asked.Choices.Select(c => c.ToJson()), first.Select(c => c.ToJson()));
        Assert.Equal(7, filled.Take(first[..7])); // half of the form is filled in, and later the rest
        Assert.Equal(0, filled.Take(first[..7]));
        Assert.Equal(first[7..].Select(c => c.ToJson()), Fill().Select(c => c.ToJson()));
        Assert.Equal(6, filled.Take(first));
        Assert.Equal(4, AnnotatorReport.Of("", filled.Choices).Consistent!.Count);
        // A question that was left out in the form says nothing about its repeat.
        Assert.Null(AnnotatorReport.Of("", [first[0] with { Best = null, Worst = null }, first[0] with { Repeat = true }]).Consistent);
    }

    [Fact]
    public void Annotators_are_compared_in_a_table_and_in_charts()
    {
        Choice[] one = [.. Enumerable.Range(0, 12).Select(i => new Choice($"{i}", ["a b", "c"], [0, 1], i % 2, 1 - i % 2))];
        Choice[] other = [.. one.Select((c, i) => i < 9 ? c : c with { Best = c.Worst, Worst = c.Best })];
        var table = AnnotationCharts.AgreementTable(("me", one), ("you", other), ("me again", one));
        Assert.Equal(3, table.Rows.Count);
        Assert.Contains("75 %", table.ToText(), StringComparison.Ordinal);
        Assert.Equal(1, AnnotationCharts.Agreement("t", ("me", one), ("again", one)).Values[0, 1]);
        AnnotatorReport[] reports = [AnnotatorReport.Of("me", one), AnnotatorReport.Of("nobody", [])];
        Assert.Contains("50.0 %", reports.ToTable().ToText(), StringComparison.Ordinal);
        Assert.Equal(2, reports.Biases("t").All.Count);
        Assert.Contains("strength", BradleyTerry.Rank(["a", "b"], new double[,] { { 0, 3 }, { 1, 0 } }).ToBars("t").ToSvg(), StringComparison.Ordinal);
    }

    [GeneratedRegex("value=\"([^\"]*)\"")]
    private static partial Regex Value();

    [GeneratedRegex("data-question=\"([^\"]*)\"")]
    private static partial Regex Data();
}
