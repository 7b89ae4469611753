using Align.Data;
using Align.Rewards;

namespace Align.Tests.Rewards;

public sealed class GoldPromptFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void What_is_written_is_read_back_and_readable()
    {
        var prompt = new GoldPrompt { Prompt = "写🔥 \"é\"", Topic = "emoji", Truth = TruthRule.Parts, Accepted = ["🔥"], Wrong = ["x"], Rhymes = ["y"], Least = 2, Most = 3, Keywords = ["z"] };
        var text = GoldPromptFile.Write([prompt]);
        Assert.StartsWith("{\"prompt\":\"写🔥 \\\"é\\\"\",\"topic\":\"emoji\",\"truth\":\"parts\",\"accepted\":[\"🔥\"]", text, StringComparison.Ordinal);
        File.WriteAllText(_file, text);
        var read = Assert.Single(GoldReward.Load(_file).Prompts);
        Assert.Equal(text, GoldPromptFile.Write([read]));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("{\"prompt\": \"a\"}")]
    [InlineData("{\"prompt\": \"a\", \"topic\": \"b\", \"truth\": \"maybe\", \"accepted\": [\"c\"], \"least\": 1, \"most\": 2}")]
    [InlineData("{\"prompt\": \"a\", \"topic\": \"b\", \"truth\": \"one\", \"accepted\": null, \"least\": 1, \"most\": 2}")]
    [InlineData("{\"prompt\": \"a\", \"topic\": \"b\", \"truth\": \"one\", \"accepted\": [\"c\"], \"wrong\": [null], \"least\": 1, \"most\": 2}")]
    [InlineData("{\"prompt\": \"a\\uD800\", \"topic\": \"b\", \"truth\": \"one\", \"accepted\": [\"c\"], \"least\": 1, \"most\": 2}")]
    public void A_row_that_is_no_prompt_with_facts_is_named_by_file_and_line(string row)
    {
        File.WriteAllText(_file, GoldPromptFile.Write([new GoldPrompt { Prompt = "p", Topic = "t", Truth = TruthRule.One, Accepted = ["a"], Least = 1, Most = 2 }]) + row + "\n");
        var error = Assert.Throws<DataException>(() => GoldReward.Load(_file));
        Assert.Equal((_file, 2), (error.File, error.Line));
    }

    [Fact]
    public void A_missing_file_is_a_typed_error() => Assert.Throws<DataException>(() => GoldReward.Load("nowhere.jsonl"));
}
