using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.Tests.Rewards;

public sealed class WritingTests
{
    [Fact]
    public void An_answer_ends_by_itself_or_is_cut_off_by_a_stop_or_by_the_room()
    {
        using var policy = new TablePolicy(vocabularySize: 4, length: 3); // every id as likely as every other
        var writing = new Writing(MaxTokens: 3, EndIds: [0], PadId: 0, ids => string.Join(' ', ids)) { StopIds = [3] };
        var answers = writing.Write(policy, new PromptBatch([new("a", [1]), new("b", [2])], [7, 9]), each: 40, new Rng(1));

        Assert.Equal([.. Enumerable.Repeat(7, 40), .. Enumerable.Repeat(9, 40)], answers.Select(a => a.Place)); // those to one prompt side by side
        Assert.All(answers, a =>
        {
            Assert.DoesNotContain(a.Ids[..^1], id => id is 0 or 3);
            Assert.Equal(a.Ids[^1] == 0, a.Ended);
            Assert.True(a.Ids.Length == 3 || a.Ids[^1] is 0 or 3);
            Assert.Equal((a.Place == 7 ? "a" : "b", string.Join(' ', a.Ids)), (a.Prompt.Text, a.Text));
        });
        Assert.Equal(3, answers.Select(a => a.Ids[^1] switch { 0 => "ended", 3 => "stopped", _ => "full" }).Distinct().Count());
    }
}
