using System.Text.Json.Nodes;
using Align.Runtime;
using Align.Tool;
using Align.Tool.Training;
using Spectre.Console;

namespace Align.Notebooks.Tests.Training;

/// <summary>What the commands say in one line and do not do; and what a run that is gone on with, or finished, says of its settings.</summary>
public sealed class TrainRefusalTests(TrainRefusalTests.Start start) : IClassFixture<TrainRefusalTests.Start>
{
    private readonly TestFolder folder = start.Folder;
    private readonly string model = start.Model;
    private readonly string data = start.Data;

    [Theory]
    [InlineData("--lr is abc; it must be a number of at least 0.", "--lr", "abc")]
    [InlineData("--batch is 0; it must be a whole number of at least 1.", "--batch", "0")]
    [InlineData("--batch is 1.5;", "--batch", "1.5")]
    [InlineData("--epochs is 0; it must be a number above 0 and at most 1000000.", "--epochs", "0")]
    [InlineData("--epochs is 1e99;", "--epochs", "1e99")]
    [InlineData("--epochs is NaN;", "--epochs", "NaN")]
    [InlineData("--warmup is 2; it must be a number of at least 0 and at most 1.", "--warmup", "2")]
    [InlineData("--beta is -1;", "--beta", "-1")]
    [InlineData("--merge is of adapters: it goes with --lora.", "--merge")]
    [InlineData("--lora-r is of adapters: it goes with --lora.", "--lora-r", "4")]
    [InlineData("--lora-alpha is of adapters", "--lora-alpha", "4")]
    [InlineData("--lora-target-modules is of adapters", "--lora-target-modules", "q_proj")]
    [InlineData("'--bta'", "--bta", "1")]
    public Task A_setting_that_means_nothing_is_refused_in_a_line(string said, params string[] settings) =>
        Refused(said, ["train", "dpo", "--model", model, "--data", data, "--output", "out", .. settings]);

    [Theory]
    [InlineData("sample", "--model", "x", "--prompt", "p", "--temperature", "abc")]
    [InlineData("sample", "--model", "x", "--prompt", "p", "--temperature", "-1")]
    [InlineData("sample", "--model", "x", "--prompt", "p", "--top-p", "2")]
    [InlineData("eval", "--model", "x", "--against", "y", "--prompts", "p", "--reward", "ended", "--count", "0")]
    [InlineData("collect", "--model", "x", "--prompts", "p", "--output", "o", "--samples", "1")]
    [InlineData("data", "report", "x", "--max-length", "many")]
    public Task So_it_is_by_the_other_commands(params string[] command) => Refused($"{command[^2]} is {command[^1]}; it must be", command);

    [Fact]
    public async Task Where_a_model_cannot_be_read_or_an_output_not_written_nothing_is_loaded_and_the_remedy_is_named()
    {
        await Refused("Methods: sft, dpo, ipo, orpo, cpo, simpo, kto, reward, ppo, rloo, grpo.", "train", "dpp", "--model", model);
        await Refused("hf download Qwen/Qwen2.5-0.5B-Instruct --local-dir Qwen2.5-0.5B-Instruct", "train", "dpo", "--model", "nope", "--data", data, "--output", "out");
        await Refused("hf download me/mine --local-dir mine", "sample", "--model", "me/mine", "--prompt", "p");
        await Refused("has no config.json", "data", "report", data, "--model", ".");

        File.WriteAllText(Path.Combine(folder.Path, "file"), "");
        Directory.CreateSymbolicLink(Path.Combine(folder.Path, "link"), model);
        await Refused("--output file is a file.", Train("file"));
        await Refused("--output file/inside cannot be written: ", Train("file/inside"));
        foreach (var same in (string[])["tiny-qwen", "./tiny-qwen/../tiny-qwen", "link"]) await Refused("is the folder of --model", Train(same));
        Assert.Empty(Directory.EnumerateFiles(model, ".align*"));
        await Refused("nothing.jsonl", "train", "dpo", "--model", model, "--data", "nothing.jsonl", "--output", "new/out");
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "new")));
    }

    [Fact]
    public async Task A_run_that_goes_on_has_the_settings_it_began_with_and_a_finished_one_is_left_as_it_is()
    {
        using (var tool = ToolProcess.Start(folder.Path, Train("run", "--max-steps", "400", "--logging-steps", "1")))
        {
            await tool.Prints("step 2/400");
            tool.Interrupt();
            Assert.Equal(130, (await tool.End()).Exit);
        }

        var other = Path.Combine(folder.Path, "other.jsonl");
        File.WriteAllLines(other, File.ReadLines(data).Reverse());
        await Refused("lr = 1E-06, now 2E-06; max_steps = 400, now 500; warmup = 0, now 0.5", Train("run", "--max-steps", "500", "--lr", "2e-6", "--warmup", "0.5", "--resume"));
        await Refused("data_sha256 = ", ["train", "dpo", "--model", model, "--data", other, "--output", "run", "--batch", "2", "--max-steps", "400", "--resume"]);
        await Refused("method = dpo, now ipo", ["train", "ipo", "--model", model, "--data", data, "--output", "run", "--batch", "2", "--max-steps", "400", "--resume"]);

        var job = Train("done", "--max-steps", "2");
        Assert.Equal(0, (await Tool(job)).Exit);
        string[] Written() => [.. Directory.EnumerateFiles(Path.Combine(folder.Path, "done")).Order(StringComparer.Ordinal).Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O}")];
        var before = Written();
        File.Copy(data, Path.Combine(folder.Path, "moved.jsonl"));
        var (exit, output, errors) = await Tool(["train", "dpo", "--model", model, "--data", "moved.jsonl", "--batch", "2", "--output", "done", "--max-steps", "2", "--logging-steps", "1", "--resume"]);
        Assert.True(exit == 0, errors);
        Assert.Contains("finished after 2 steps: there is nothing left to do", output, StringComparison.Ordinal);
        await Refused("max_steps = 2, now 3", Train("done", "--max-steps", "3", "--resume"));
        Assert.Equal(before, Written());
    }

    [Fact]
    public async Task The_record_of_a_run_holds_every_option_of_its_command()
    {
        var options = TrainCommand.Create().Subcommands.Single(c => c.Name == "grpo").Options.Select(o => o.Name.TrimStart('-').Replace('-', '_')).Append("method").Order(StringComparer.Ordinal).ToList();
        Assert.True(options.Count > 30);
        var (exit, _, errors) = await Tool(
            "train", "grpo", "--model", model, "--data", data, "--reward", "ended", "--batch", "2", "--num-generations", "2", "--max-steps", "1", "--max-completion-length", "2",
            "--accumulate", "1", "--save-steps", "7", "--logging-steps", "3", "--lora", "--lora-target-modules", "q_proj", "v_proj", "--merge", "--output", "record");
        Assert.True(exit == 0, errors);
        var written = Path.Combine(folder.Path, "record");
        var settings = JsonNode.Parse(File.ReadAllText(Path.Combine(written, "run.json")))!["settings"]!.AsObject();
        Assert.Equal(options, settings.Select(s => s.Key));
        var card = File.ReadAllText(Path.Combine(written, "README.md"));
        foreach (var (name, value) in ((string, string)[])[("save_steps", "7"), ("logging_steps", "3"), ("merge", "true"), ("bf16", "false"), ("lora_target_modules", "q_proj,v_proj"), ("lr", "1E-06"), ("temperature", "1"), ("method", "grpo")])
        {
            Assert.Equal(value, (string?)settings[name]);
            Assert.Contains($"| {name} | {value} |", card, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_reward_model_with_adapters_is_merged_into_one_that_can_pay()
    {
        Assert.Equal(0, (await Tool("train", "reward", "--model", model, "--data", data, "--batch", "4", "--max-steps", "1", "--lora", "--merge", "--output", "paying")).Exit);
        Assert.True(File.Exists(Path.Combine(folder.Path, "paying", "model.safetensors")));
        var (exit, output, errors) = await Tool("eval", "--model", model, "--against", model, "--prompts", data, "--reward", "paying", "--count", "2", "--max-new-tokens", "2");
        Assert.True(exit == 0, errors);
        Assert.Contains("Win rate over 2 prompts", output, StringComparison.Ordinal);
    }

    private string[] Train(string output, params string[] more) => ["train", "dpo", "--model", model, "--data", data, "--batch", "2", "--output", output, .. more];

    private async Task Refused(string said, params string[] arguments)
    {
        var (exit, output, errors) = await Tool(arguments);
        Assert.Equal(1, exit);
        Assert.Contains(said, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Usage:", output, StringComparison.Ordinal);
        Assert.InRange(errors.Trim().Split('\n').Length, 1, 2);
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("kto")]
    public void A_stop_while_the_reference_is_asked_ends_the_run_with_130_and_leaves_nothing(string method)
    {
        var output = Path.Combine(folder.Path, $"stopped-{method}");
        var judged = Path.Combine(folder.Path, "judged.jsonl");
        File.WriteAllLines(judged, Enumerable.Range(0, 8).Select(i => $$"""{"prompt": "Name {{i}}.", "completion": "It is {{i}}.", "label": {{(i % 2 == 0 ? "true" : "false")}}}"""));
        var said = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(said) });
        var options = new TrainOptions { Method = method, Model = model, Data = method == "kto" ? judged : data, Output = output, Beta = 0.1, Batch = 4, Epochs = 1, LearningRate = 1e-3, MaxLength = 128, Schedule = "linear", LoggingSteps = 1, Given = new Dictionary<string, string>() };
        Assert.Equal(130, new TrainingJob(options, console).Run(new CancellationToken(canceled: true)));
        Assert.Contains("Interrupted before the first step", said.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
    }

    private Task<(int Exit, string Output, string Errors)> Tool(params string[] arguments) => ToolProcess.Run(folder.Path, arguments);

    /// <summary>One model and one file for all of them.</summary>
    public sealed class Start : IDisposable
    {
        public Start()
        {
            Natives.Load();
            TinyQwen.Write(Model);
            File.WriteAllLines(Data, File.ReadLines(Path.Combine(Folders.Root, "data", "preferences.jsonl")).Take(8));
        }

        internal TestFolder Folder { get; } = new();

        internal string Model => Path.Combine(Folder.Path, "tiny-qwen");

        internal string Data => Path.Combine(Folder.Path, "preferences.jsonl");

        public void Dispose() => Folder.Dispose();
    }
}
