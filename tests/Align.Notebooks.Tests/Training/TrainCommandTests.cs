using System.Text.Json.Nodes;
using Align.Data;
using Align.Runtime;
using Align.Tests.Annotation;

namespace Align.Notebooks.Tests.Training;

/// <summary><c>align train</c>, <c>sample</c>, <c>eval</c> and <c>data report</c> on a tiny model of Qwen2's shape and tokenizer.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string model;
    private readonly string data;

    public TrainCommandTests()
    {
        Natives.Load();
        (model, data) = (Path.Combine(folder.Path, "tiny-qwen"), Path.Combine(folder.Path, "preferences.jsonl"));
        TinyQwen.Write(model);
        File.WriteAllLines(data, File.ReadLines(Path.Combine(Folders.Root, "data", "preferences.jsonl")).Take(12));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_person_at_the_terminal_collects_pairs_stops_and_goes_on()
    {
        var prompts = Path.Combine(folder.Path, "prompts.jsonl");
        File.WriteAllLines(prompts, Enumerable.Range(0, 4).Select(i => $"{{\"prompt\":\"Question {i}?\"}}"));
        string[] command = ["collect", "--model", model, "--prompts", prompts, "--output", "pairs.jsonl", "--samples", "3", "--max-new-tokens", "4", "--repeat-every", "2"];
        var (exit, output, errors) = await Typed("1\n3\n7\n2 1\nq\n", command);
        Assert.True(exit == 0, errors);
        Assert.Contains("2 pairs of 2 questions in pairs.jsonl", output, StringComparison.Ordinal);
        Assert.Equal(2, File.ReadLines(Path.Combine(folder.Path, "pairs.jsonl")).Count());
        (exit, output, errors) = await Typed("1 2\ns\n3 1\n", command); // a repeat, a skip, an answer
        Assert.True(exit == 0, errors);
        Assert.Contains("Going on after 2 questions", output, StringComparison.Ordinal);
        Assert.Contains("3 pairs of 4 questions", output, StringComparison.Ordinal);
        Assert.Contains("same best", output, StringComparison.Ordinal);
        Assert.Equal(5, File.ReadLines(Path.Combine(folder.Path, "pairs.journal.jsonl")).Count());
        Assert.NotEqual(0, (await Typed("", "collect", "--prompts", prompts, "--output", "x.jsonl")).Exit);
    }

    [Fact]
    public async Task A_server_writes_and_another_chooses_and_the_cost_is_told()
    {
        var prompts = Path.Combine(folder.Path, "asked.jsonl");
        File.WriteAllLines(prompts, ["{\"prompt\":\"One?\"}", "{\"prompt\":\"Two?\"}"]);
        using var writer = new FakeServer((_, i) => FakeReply.Says(i % 2 == 0 ? "<think>Hm.</think> Good." : "Bad."));
        using var judge = new FakeServer((body, _) => FakeReply.Says(body["messages"]![1]!["content"]!.ToString().Contains("Answer A:\nGood.", StringComparison.Ordinal) ? "A" : "B"));
        string[] command = ["collect", "--url", writer.Url, "--url-model", "w", "--judge", judge.Url, "--judge-model", "j", "--prompts", prompts, "--output", "judged.jsonl", "--samples", "2", "--repeat-every", "0"];
        var (exit, output, errors) = await Tool([.. command, "--judge-price-in", "1000", "--judge-price-out", "5000"]);
        Assert.True(exit == 0, errors);
        Assert.Contains("2 pairs of 2 questions", output, StringComparison.Ordinal);
        Assert.Contains("4 requests, 0 from the cache, 40 + 4 tokens. At these prices that cost 0.06.", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.All(Jsonl.ReadPairs(Path.Combine(folder.Path, "judged.jsonl")), p => Assert.Equal(("Good.", "Bad."), (p.Chosen, p.Rejected)));
    }

    [Fact]
    public async Task The_job_everybody_starts_with_writes_a_model_that_loads_and_answers()
    {
        var (exit, output, errors) = await Tool("train", "dpo", "--model", model, "--data", data, "--beta", "0.1", "--batch", "4", "--epochs", "3", "--lr", "5e-7", "--logging-steps", "10", "--output", "dpo_model");
        Assert.True(exit == 0, errors);
        Assert.Contains("step 1/9  loss 0.6931", output, StringComparison.Ordinal);
        var trained = Path.Combine(folder.Path, "dpo_model");
        Assert.Equal(
            ["README.md", "chat_template.jinja", "config.json", "generation_config.json", "history.jsonl", "model.safetensors", "run.json", "tokenizer.json", "tokenizer_config.json"],
            Directory.EnumerateFiles(trained).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(trained, "run.json")))!;
        Assert.Equal(("dpo", "9", 12), ((string?)record["settings"]!["method"], record["steps"]!.ToJsonString(), (int)record["data"]!["rows"]!));

        (exit, output, errors) = await Tool("eval", "--model", "dpo_model", "--against", model, "--prompts", data, "--reward", "ended", "--count", "4", "--max-new-tokens", "4");
        Assert.True(exit == 0, errors);
        Assert.Contains("Win rate over 4 prompts: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chat_server_judges_and_one_that_prefers_what_stands_first_decides_nothing()
    {
        string[] ask = ["eval", "--model", model, "--against", model, "--prompts", data, "--count", "3", "--max-new-tokens", "4"];
        using var server = new FakeServer(FakeReply.Says("A"));
        var (exit, output, errors) = await Tool([.. ask, "--judge", server.Url, "--judge-model", "fake"]);
        Assert.True(exit == 0, errors);
        Assert.Contains("Win rate over 3 prompts: 50.0 %", output, StringComparison.Ordinal);
        Assert.Contains("The judge decided 0, could not tell 3 apart, and gave 0 replies that are no letter; ", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("Say who judges", (await Tool(ask)).Errors, StringComparison.Ordinal);
        Assert.Contains("Say who judges", (await Tool([.. ask, "--judge", server.Url])).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orpo_with_adapters_writes_adapters_and_merged_a_whole_model_which_answers_the_same()
    {
        string[] job = ["train", "orpo", "--model", model, "--data", data, "--beta", "0.1", "--batch", "4", "--epochs", "3", "--lr", "8e-6", "--lora"];
        Assert.Equal(0, (await Tool([.. job, "--output", "adapters"])).Exit);
        Assert.Equal(0, (await Tool([.. job, "--merge", "--output", "merged"])).Exit);
        Assert.True(File.Exists(Path.Combine(folder.Path, "adapters", "adapter_model.safetensors")));
        Assert.True(File.Exists(Path.Combine(folder.Path, "merged", "model.safetensors")));
        string[] ask = ["--prompt", "Name three colours.", "--max-new-tokens", "8", "--temperature", "0"];
        var (exit, adapted, errors) = await Tool(["sample", "--model", "adapters", "--base", model, .. ask]);
        Assert.True(exit == 0, errors);
        Assert.Equal(adapted, (await Tool(["sample", "--model", "merged", .. ask])).Output);
        Assert.Contains("holds adapters", (await Tool(["sample", "--model", "adapters", .. ask])).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_done_and_does_nothing()
    {
        var (exit, output, errors) = await Tool("train", "dpo", "--model", model, "--data", data, "--output", "never", "--dry-run", "--lora", "--max-length", "200");
        Assert.True(exit == 0, errors);
        foreach (var part in (string[])["M parameters", "% trained", "12 rows, 0 skipped", "cut at 200 tokens", " MB at most"]) Assert.Contains(part, output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "never")));
    }

    [Fact]
    public async Task Ctrl_C_finishes_the_step_saves_and_exits_130_and_resumed_the_run_ends_as_if_it_had_never_stopped()
    {
        string[] Job(string output) => ["train", "sft", "--model", model, "--data", Demonstrations(), "--batch", "2", "--max-steps", "400", "--lr", "1e-3", "--logging-steps", "1", "--output", output];
        using (var tool = ToolProcess.Start(folder.Path, Job("stopped")))
        {
            await tool.Prints("step 3/400");
            tool.Interrupt();
            var (exit, output, _) = await tool.End();
            Assert.Equal(130, exit);
            Assert.Contains("Interrupted: step ", output, StringComparison.Ordinal);
        }

        Assert.Contains("--resume", (await Tool(Job("stopped"))).Errors, StringComparison.Ordinal);
        var resumed = await Tool([.. Job("stopped"), "--resume"]);
        Assert.True(resumed.Exit == 0, resumed.Errors);
        Assert.Contains("Resumed from ", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Tool(Job("whole"))).Exit);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder.Path, "whole", "model.safetensors")), File.ReadAllBytes(Path.Combine(folder.Path, "stopped", "model.safetensors")));
    }

    [Theory]
    [InlineData("rloo", "brevity", "--num-generations", "2")]
    [InlineData("grpo", "repetition", "--num-generations", "4", "--lora")]
    [InlineData("ppo", "reward_model", "--num-iterations", "2")]
    public async Task A_model_learns_from_its_own_answers_by_a_rule_or_a_reward_model(string method, string reward, params string[] more)
    {
        if (reward == "reward_model") Assert.Equal(0, (await Tool("train", "reward", "--model", model, "--data", data, "--batch", "4", "--max-steps", "1", "--output", reward)).Exit);
        var (exit, output, errors) = await Tool(["train", method, "--model", model, "--data", data, "--reward", reward, "--batch", "4", "--max-completion-length", "6", "--max-steps", "3", "--lr", "1e-3", "--logging-steps", "1", "--output", method, .. more]);
        Assert.True(exit == 0, errors);
        Assert.Contains("step 3/3  loss ", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.Path, method, more.Contains("--lora") ? "adapter_model.safetensors" : "model.safetensors")));
        Assert.Equal(1, (await Tool("train", method, "--model", model, "--data", data, "--reward", "nonsense", "--output", "x")).Exit);
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_in_a_line()
    {
        var (exit, _, errors) = await Tool("train", "kto", "--model", model, "--data", data, "--output", "x");
        Assert.Equal(1, exit);
        Assert.Contains("preferences.jsonl, line 1", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.NotEqual(0, (await Tool("train", "dpo", "--model", model, "--data", data, "--output", "x", "--batch", "0")).Exit);
    }

    [Fact]
    public async Task A_data_file_is_reported_in_tokens_with_a_row_shown()
    {
        var (exit, output, errors) = await Tool("data", "report", data, "--model", model, "--row", "1", "--page", "report.html");
        Assert.True(exit == 0, errors);
        foreach (var part in (string[])["12 rows of the kind Pair, plain", "prompt: ", "tokens, median", "the longer answer is chosen in", "▏<|im_end|>▕"]) Assert.Contains(part, output, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(Path.Combine(folder.Path, "report.html"), TestContext.Current.CancellationToken);
        foreach (var part in (string[])["<h1>preferences.jsonl</h1>", "How long answers are", "By how much the chosen answer is longer", "the longer answer is chosen in", "One row: what counts is coloured"]) Assert.Contains(part, page, StringComparison.Ordinal);
    }

    private string Demonstrations()
    {
        var path = Path.Combine(folder.Path, "demonstrations.jsonl");
        File.WriteAllLines(path, File.ReadLines(data).Select(l => JsonNode.Parse(l)!).Select(r => new JsonObject { ["prompt"] = (string)r["prompt"]!, ["completion"] = (string)r["chosen"]! }.ToJsonString()));
        return path;
    }

    private Task<(int Exit, string Output, string Errors)> Tool(params string[] arguments) => ToolProcess.Run(folder.Path, arguments);

    private Task<(int Exit, string Output, string Errors)> Typed(string lines, params string[] arguments) => ToolProcess.Typed(folder.Path, lines, arguments);
}
