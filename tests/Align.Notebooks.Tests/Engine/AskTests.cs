namespace Align.Notebooks.Tests.Engine;

public sealed class AskTests
{
    [Fact]
    public async Task Reading_the_console_asks_the_person()
    {
        var questions = new List<string>();
        using var cells = new Cells(question =>
        {
            questions.Add(question);
            return "42";
        });
        Assert.Equal("43", await cells.Text("int.Parse(Console.ReadLine()!) + 1"));
        Assert.Equal("4", await cells.Text("(char)Console.Read()"));
        Assert.Equal("2", await cells.Text("Console.ReadLine()"));
        Assert.Equal(["", ""], questions);
    }
}
