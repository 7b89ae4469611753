using System.Text.Json.Nodes;
using Align.Tool.Jupyter;

namespace Align.Notebooks.Tests.Jupyter;

public sealed class HistoryTests
{
    private readonly History history = new();

    public HistoryTests()
    {
        history.Add(1, "var beta = 0.1;");
        history.Add(2, "beta");
        history.Add(3, "var (x,\ny) = (1, 2);");
        history.Add(4, "beta");
    }

    [Theory]
    [InlineData("""{"hist_access_type": "tail", "n": 2}""", "3 4")]
    [InlineData("""{"hist_access_type": "tail"}""", "1 2 3 4")]
    [InlineData("""{"hist_access_type": "range", "session": 0, "start": 2, "stop": 4}""", "2 3")]
    [InlineData("""{"hist_access_type": "range", "session": -1, "start": 2, "stop": 4}""", "")]
    [InlineData("""{"hist_access_type": "search", "pattern": "beta"}""", "2 4")]
    [InlineData("""{"hist_access_type": "search", "pattern": "beta", "unique": true}""", "4")]
    [InlineData("""{"hist_access_type": "search", "pattern": "*b?ta*", "n": 2}""", "2 4")]
    [InlineData("""{"hist_access_type": "search", "pattern": "var*", "n": 5}""", "1 3")]
    [InlineData("""{"hist_access_type": "search", "pattern": "[(+"}""", "")]
    [InlineData("{}", "1 2 3 4")]
    public void Entries_are_those_that_were_asked_for(string content, string numbers)
    {
        var reply = history.Reply(new Message([], [], [], JsonNode.Parse(content)!.AsObject()));
        Assert.Equal(numbers, string.Join(' ', reply["history"]!.AsArray().Select(entry => (int)entry![1]!)));
    }
}
