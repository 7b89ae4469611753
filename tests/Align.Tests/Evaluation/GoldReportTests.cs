using Align.Evaluation;
using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.Tests.Evaluation;

/// <summary>Answers and their gold marks.</summary>
public sealed class GoldReportTests
{
    private static readonly GoldPrompt Prompt = new() { Prompt = "Who won?", Topic = "races", Truth = TruthRule.One, Accepted = ["Ada"], Least = 2, Most = 8 };

    [Fact]
    public void Means_words_and_distinct_runs_worked_by_hand()
    {
        var report = Report("Ada won it.", "Ada won it.", "Bo won.");
        Assert.Equal(8.0 / 3, report.Words, 12);
        Assert.Equal(4.0 / 8, report.Distinct(1), 12);        // ada won it · ada won it · bo won
        Assert.Equal(3.0 / 5, report.Distinct(2), 12);        // ada won, won it, bo won
        Assert.Equal(2.0 / 3, report.Mean.Truth, 12);
        Assert.Equal(report.Scores.Average(), report.Mean.Mark, 9);
        Assert.Equal(0, Report("…").Distinct(1));
    }

    [Fact]
    public void The_better_answers_win()
    {
        var rate = Report("Ada won it.", "Bo won.").Against(Report("Bo won.", "Bo won."));
        Assert.Equal(new WinRate(1, 1, 0), rate);
    }

    [Fact]
    public void A_model_s_answers_come_in_order_and_the_same_generator_repeats_them()
    {
        var format = new PromptFormat(new ByteTokenizer());
        using var model = TinyModels.Decoder(vocabulary: format.Tokenizer.VocabularySize, type: TorchSharp.torch.ScalarType.Float32);
        string[] prompts = ["Who won?", "Hello", "Why?"];
        var answers = model.Answer(prompts, format, new Rng(4), maxTokens: 6, batchSize: 2);
        Assert.Equal(prompts, answers.Select(a => a.Prompt.Text));
        Assert.Equal([0, 1, 2], answers.Select(a => a.Place));
        Assert.All(answers, a => Assert.Equal(format.Text(a.Ids), a.Text));
        Assert.Equal(answers.Select(a => a.Text), model.Answer(prompts, format, new Rng(4), maxTokens: 6, batchSize: 2).Select(a => a.Text));

        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Empty(model.Answer(prompts, format, new Rng(4), cancellation: stopped.Token));
    }

    private static GoldReport Report(params string[] texts) =>
        GoldReport.Of(new GoldReward([Prompt]), [.. texts.Select((t, i) => new Answer(i, new TokenizedPrompt(Prompt.Prompt, [0]), [1], true, t))]);
}
