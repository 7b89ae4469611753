using System.Text.Json.Nodes;
using Align.Models;
using Align.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private static JsonObject Config => new() { ["model_type"] = "llama", ["eos"] = "<|end|>é" };

    private static List<(string Name, Tensor Tensor)> Weights(double value = 1) =>
        [("b", full(10, value)), ("a", full(new long[] { 5, 4 }, value, dtype: ScalarType.BFloat16)), ("c", full(30, value, dtype: ScalarType.Float16))]; // 40, 40 and 60 bytes

    private string[] Files => [.. Directory.GetFileSystemEntries(_folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private void AssertHolds(double value)
    {
        using var checkpoint = CheckpointFolder.Open(_folder.Path);
        var places = Weights(0);
        var report = checkpoint.Load(places);
        Assert.Empty(report.Messages);
        Assert.All(places, p => Assert.True(p.Tensor.eq(value).all().item<bool>()));
        Assert.Equal(Config.ToJsonString(), checkpoint.Config.ToJsonString());
    }

    private void Write(string file, string text) => File.WriteAllText(_folder[file], text);

    private CheckpointException Refused() => Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(_folder.Path));

    [Fact]
    public void A_small_checkpoint_is_one_file()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights());
        Assert.Equal(["config.json", "model.safetensors"], Files);
        Assert.Contains("\"<|end|>é\"", File.ReadAllText(_folder["config.json"]));
        using (var file = Safetensors.Open(_folder["model.safetensors"])) Assert.Equal("pt", file.Metadata["format"]);
        AssertHolds(1);
    }

    [Fact]
    public void A_large_one_is_cut_into_shards_in_the_order_given_with_an_index()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights(), shardBytes: 80);
        Assert.Equal(["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"], Files);
        Assert.Equal(
            """
            {
              "metadata": {
                "total_size": 140
              },
              "weight_map": {
                "a": "model-00001-of-00002.safetensors",
                "b": "model-00001-of-00002.safetensors",
                "c": "model-00002-of-00002.safetensors"
              }
            }

            """,
            File.ReadAllText(_folder["model.safetensors.index.json"]));
        AssertHolds(1);
    }

    [Fact]
    public void A_tensor_larger_than_a_shard_has_one_to_itself()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights(), shardBytes: 1);
        Assert.Equal(5, Files.Length);
        AssertHolds(1);
    }

    [Theory]
    [InlineData(1, 80)]
    [InlineData(80, 1000)]
    [InlineData(1000, 80)]
    [InlineData(1000, 1000)]
    public void Saving_over_a_checkpoint_leaves_the_new_one_alone_and_other_files_as_they_were(long first, long second)
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights(1), first);
        Write("tokenizer.json", "{}");
        Write("model-best-of-5.safetensors", "mine");
        Directory.CreateDirectory(_folder[".saving"]); // left by a process that died
        Write(Path.Combine(".saving", "model.safetensors"), "half");
        CheckpointFolder.Save(_folder.Path, Config, Weights(2), second);
        AssertHolds(2);
        Assert.Contains("tokenizer.json", Files);
        Assert.Contains("model-best-of-5.safetensors", Files);
        Assert.Equal(second == 80 ? 6 : 4, Files.Length);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_old_one()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights(1), 80);
        var before = Files;
        Assert.Equal("a", Assert.Throws<SafetensorsException>(() => CheckpointFolder.Save(_folder.Path, Config, [.. Weights(2), ("a", ones(100))], 80)).Tensor);
        Assert.Equal("z", Assert.Throws<SafetensorsException>(() => CheckpointFolder.Save(_folder.Path, Config, [.. Weights(2), ("z", zeros(9, dtype: ScalarType.ComplexFloat64))], 80)).Tensor);
        Assert.Equal(before, Files);
        AssertHolds(1);
    }

    [Fact]
    public void Weights_are_converted_to_the_model_s_type_and_the_report_says_so()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights(0.5));
        using var checkpoint = CheckpointFolder.Open(_folder.Path);
        List<(string, Tensor)> model = [("a", zeros(4, 5, dtype: ScalarType.Float64).t()), ("b", new TorchSharp.Modules.Parameter(zeros(10)))];
        var report = checkpoint.Load(model);
        Assert.All(model, p => Assert.True(p.Item2.eq(0.5).all().item<bool>()));
        Assert.Equal("\"c\" F16 [30]", Assert.Single(report.Unexpected).ToString());
        Assert.Contains(report.Messages, m => m.Contains("1 tensors were converted from BF16 to Float64", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/model.safetensors")]
    [InlineData("..\\\\model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("//host/share/model.safetensors")]
    [InlineData("model\\u0000.safetensors")]
    public void A_shard_must_be_a_plain_file_name(string shard)
    {
        Write("config.json", "{}");
        Write("model.safetensors.index.json", "{\"weight_map\":{\"w\":\"" + shard + "\"}}");
        Assert.Contains("plain file name", Refused().Message);
    }

    [Theory]
    [InlineData("[]", "JSON object")]
    [InlineData("{\"a\":1,}", "line 1, column 8")]
    [InlineData("{\"a\":1,\"a\":2}", "'a'")]
    [InlineData("{\"a\":\"\\ud800\"}", "surrogate")]
    [InlineData("", "JSON")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 700\n", "git lfs pull")]
    [InlineData("<!DOCTYPE html>", "web page")]
    public void A_faulty_configuration_is_refused_with_its_place(string text, string what)
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights());
        Write("config.json", text);
        var e = Refused();
        Assert.Contains(what, e.Message);
        Assert.Equal(_folder["config.json"], e.Path);
    }

    [Fact]
    public void A_configuration_that_is_no_UTF8_or_nested_without_end_is_refused()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights());
        File.WriteAllBytes(_folder["config.json"], [.. "{\"a\":\""u8, 0xFF, .. "\"}"u8]);
        Assert.Contains("UTF-8", Refused().Message);
        Write("config.json", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)));
        Assert.Contains("depth", Refused().Message);
    }

    [Fact]
    public void A_byte_order_mark_before_the_configuration_is_passed_over()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights());
        File.WriteAllBytes(_folder["config.json"], [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(_folder["config.json"])]);
        AssertHolds(1);
    }

    [Fact]
    public void A_folder_that_is_none_is_refused()
    {
        Assert.Contains("no such folder", Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(_folder["none"])).Message);
        Write("file", "");
        Assert.Contains("this is a file", Assert.Throws<CheckpointException>(() => CheckpointFolder.Open(_folder["file"])).Message);
    }

    [Fact]
    public void Weights_under_another_name_are_pointed_out()
    {
        Write("config.json", "{}");
        Safetensors.Save(_folder["adapter_model.safetensors"], Weights());
        Assert.Contains("adapter_model.safetensors", Refused().Message);
    }

    [Fact]
    public void Files_are_closed_when_opening_fails_and_when_the_folder_is_disposed()
    {
        if (!OperatingSystem.IsLinux()) return;
        CheckpointFolder.Save(_folder.Path, Config, Weights(), 1);
        using (CheckpointFolder.Open(_folder.Path)) Assert.Equal(3, Open());
        Assert.Equal(0, Open());
        File.WriteAllBytes(_folder["model-00003-of-00003.safetensors"], [1]);
        Assert.Throws<SafetensorsException>(() => CheckpointFolder.Open(_folder.Path));
        Assert.Equal(0, Open());

        int Open() => Directory.GetFiles("/proc/self/fd").Count(f => File.ResolveLinkTarget(f, false)?.FullName.StartsWith(_folder.Path, StringComparison.Ordinal) == true);
    }

    [Fact]
    public void A_damaged_index_is_refused_by_a_typed_error_or_loads_what_it_says()
    {
        CheckpointFolder.Save(_folder.Path, Config, Weights(), 80);
        var index = File.ReadAllBytes(_folder["model.safetensors.index.json"]);
        var random = new Random(7);
        var (opened, refused) = (0, 0);
        for (var i = 0; i < 500; i++)
        {
            var damaged = index.ToList();
            var at = random.Next(damaged.Count);
            if (i % 3 == 0) damaged[at] = (byte)random.Next(256);
            else if (i % 3 == 1) damaged.RemoveRange(at, Math.Min(random.Next(1, 30), damaged.Count - at));
            else damaged.InsertRange(at, index.Skip(random.Next(index.Length)).Take(random.Next(1, 30)));
            File.WriteAllBytes(_folder["model.safetensors.index.json"], [.. damaged]);
            try
            {
                using var checkpoint = CheckpointFolder.Open(_folder.Path);
                Assert.Equal(3, checkpoint.Tensors.Count);
                opened++;
            }
            catch (AlignException)
            {
                refused++;
            }
        }

        Assert.InRange(opened, 10, 400);
        Assert.InRange(refused, 10, 490);
    }
}
