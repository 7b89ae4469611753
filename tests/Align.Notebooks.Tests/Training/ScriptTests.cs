using System.Text.Json;
using Align.Data;
using Align.Notebooks.Tests.Engine;
using Align.Runtime;

namespace Align.Notebooks.Tests.Training;

/// <summary>The scripts that start from a person's own model folder and data file, run as cells: their <c>#:</c> lines are for the SDK alone.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _model;
    private readonly string _data;

    public ScriptTests()
    {
        Natives.Load();
        (_model, _data) = (Path.Combine(_folder.Path, "tiny"), Path.Combine(_folder.Path, "preferences.jsonl"));
        TinyQwen.Write(_model);
        File.WriteAllLines(_data, File.ReadLines(Path.Combine(Folders.Root, "data", "preferences.jsonl")).Take(8));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sft", "model.safetensors")]
    [InlineData("dpo", "adapter_model.safetensors")]
    [InlineData("reward", "model.safetensors")]
    public async Task A_script_trains_from_files_to_files(string name, string written)
    {
        if (name == "sft")
            File.WriteAllLines(_data, File.ReadAllLines(_data).Select(l => JsonDocument.Parse(l).RootElement).Select(r => JsonSerializer.Serialize(new { prompt = r.GetProperty("prompt").GetString(), completion = r.GetProperty("chosen").GetString() })));
        var output = Path.Combine(_folder.Path, name);
        var printed = await Run(name, _model, _data, output);
        Assert.Contains("step 1/", printed, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(output, written)));
    }

    [Fact]
    public async Task Graded_answers_become_pairs_and_judgements()
    {
        string Solution(string text, bool right) => $$"""{"solution": "{{text}}", "is_correct": {{(right ? "true" : "false")}}}""";
        File.WriteAllLines(_data,
        [
            $$"""{"question": "1 + 1?", "ground_truth": "2", "a": {{Solution("2", true)}}, "b": {{Solution("3", false)}}, "c": {{Solution("2", true)}}, "d": {{Solution("4", false)}}}""",
            $$"""{"question": "2 + 2?", "a": {{Solution("4", true)}}, "b": {{Solution("vier", true)}}}""",
        ]);
        Assert.Contains("2 questions: 1 pairs of 1 of them, 5 judgements", await Run("pairs", _data, _folder.Path), StringComparison.Ordinal);
        var pair = Assert.Single(DataFile.Read(Path.Combine(_folder.Path, "pairs.jsonl"), ExampleKind.Pair));
        Assert.Equal(("1 + 1?\n", "2", "3"), (pair.Prompt!.Text, pair.Answer.Text, pair.Rejected!.Text));
        Assert.Equal([true, false, false, true, true], DataFile.Read(Path.Combine(_folder.Path, "judgements.jsonl"), ExampleKind.Judgement).Select(j => j.Desirable));
    }

    private static async Task<string> Run(string name, params string[] arguments)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Folders.Root, "notebooks", "scripts", name + ".cs"), TestContext.Current.CancellationToken);
        var code = lines.SkipWhile(l => !l.StartsWith("using ", StringComparison.Ordinal)).ToLookup(l => l.StartsWith("using ", StringComparison.Ordinal) && !l.StartsWith("using var ", StringComparison.Ordinal));
        using var cells = new Cells();
        Assert.Null(await cells.Run(string.Join('\n', ["using System.IO;", .. code[true], "void Script(params string[] args)", "{", .. code[false], "}", $"Script({string.Join(", ", arguments.Select(a => JsonSerializer.Serialize(a)))});"])));
        return cells.Last.ToJson().ToJsonString();
    }
}
