using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>The same code on a GPU. Where there is none, each test says "not run: no GPU" and is counted as skipped.</summary>
[Trait("class", "gpu")]
public sealed class GpuTests
{
    private static Device Gpu()
    {
        Assert.SkipUnless(cuda.is_available(), "not run: no GPU");
        return CUDA;
    }

    [Fact]
    public void An_sft_step_equals_the_cpu_s()
    {
        var device = Gpu();
        Same(device, (policy, _) => Step(policy, Sft.Objective(policy), Sft.Batches(TinyModels.Texts(6), 3, 0), 2));
    }

    [Fact]
    public void A_dpo_step_equals_the_cpu_s()
    {
        var device = Gpu();
        Same(device, (policy, reference) => Step(policy, Dpo.Objective(policy, reference), Dpo.Batches(TinyModels.Pairs(6), 3, 0), 2));
    }

    [Fact]
    public void The_sampler_writes_what_it_writes_on_the_cpu()
    {
        var device = Gpu();
        using var cpu = Tiny(CPU);
        using var gpu = Tiny(device);
        int[][] prompts = [[1, 2, 3], [4]];
        Assert.Equal(
            cpu.Complete(prompts, Sampling.Greedy, 12, [], 0, new Rng(1)).Select(c => string.Join(",", c.Ids)),
            gpu.Complete(prompts, Sampling.Greedy, 12, [], 0, new Rng(1)).Select(c => string.Join(",", c.Ids)));
    }

    [Fact]
    public void A_run_is_resumed_bit_for_bit()
    {
        var device = Gpu();
        var folder = Directory.CreateTempSubdirectory("align-gpu-").FullName;
        try
        {
            using var whole = Tiny(device);
            using var first = Tiny(device);
            using var second = Tiny(device, seed: 9);
            Run<TextBatch> Run(Decoder policy) => new(Sft.Objective(policy), Sft.Batches(TinyModels.Texts(8), 2, 0, new Rng(3)), new AdamW(policy.Parameters), Schedules.Linear(1e-2, 6), 6);
            var expected = Run(whole).Train().ToList();
            var stopped = Run(first);
            foreach (var step in stopped.Train()) if (step.Number == 3) break;
            stopped.Save(folder);
            var resumed = Run(second);
            resumed.Load(folder);
            Assert.Equal(expected.Skip(3).Select(s => s["loss"]), resumed.Train().Select(s => s["loss"]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Decoder Tiny(Device device, ulong seed = 1) => Decoder.Random(TinyModels.Config(), new Rng(seed), device);

    private static double Step<TBatch>(Decoder policy, Objective<TBatch> objective, IBatchSource<TBatch> source, int accumulate)
        where TBatch : class, IBatch
    {
        using var optimizer = new AdamW(policy.Parameters);
        return new Run<TBatch>(objective, source, optimizer, Schedules.Constant(1e-2), 1, accumulate).Train().Single()["loss"];
    }

    private static void Same(Device device, Func<Decoder, Decoder, double> train)
    {
        using var scope = NewDisposeScope();
        using var cpu = Tiny(CPU);
        using var gpu = Tiny(device);
        using var cpuReference = Tiny(CPU, seed: 2);
        using var gpuReference = Tiny(device, seed: 2);
        Close.To(train(cpu, cpuReference), train(gpu, gpuReference), 1e-4, "loss");
        foreach (var (a, b) in cpu.Parameters.Zip(gpu.Parameters)) Close.To(a.Value.grad!, b.Value.grad!.cpu(), 1e-4, $"gradient of {a.Name}");
    }
}
