using System.Text.Json.Nodes;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Training;

public sealed class OptimizerGoldenTests
{
    [Fact]
    public void AdamW_equals_the_table()
    {
        var table = Golden.Json("models/tables/adamw.json").AsArray();
        Golden.Rows("models/tables/adamw.json", table.Select((c, i) => ($"row {i}", c!)), row =>
        {
            if (row["options"]!["amsgrad"] is not null) return Outcome.NotInThisLibrary("amsgrad");
            Run(row, ScalarType.Float64, 1e-12);
            Run(row, ScalarType.Float32, 1e-6);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Clipping_equals_the_table()
    {
        var table = Golden.Json("models/tables/clip_grad_norm.json").AsArray();
        Golden.Rows("models/tables/clip_grad_norm.json", table.Select((c, i) => ($"row {i}", c!)), row =>
        {
            if (Golden.Number(row["norm_type"]) != 2) return Outcome.NotInThisLibrary("norms other than the Euclidean");
            using var scope = NewDisposeScope();
            var (type, tolerance) = (string)row["dtype"]! == "float64" ? (ScalarType.Float64, 1e-12) : (ScalarType.Float32, 1e-6);
            var parameters = row["grads"]!.AsArray().Select((g, i) => ($"p{i}", WithGradient(g!.Numbers(), type))).ToArray();
            using var optimizer = new AdamW(parameters);
            var norm = optimizer.GradientNorm();
            Close.To(Golden.Number(row["total_norm"]), norm, tolerance, "total_norm");
            var factor = Clip.Factor(norm, Golden.Number(row["max_norm"]));
            foreach (var ((_, p), clipped) in parameters.Zip(row["clipped"]!.AsArray())) Close.To(clipped!.Numbers(), (p.grad! * factor).Values(), tolerance, "clipped");
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Schedules_equal_the_table()
    {
        var table = Golden.Json("models/tables/schedules.json").AsArray();
        Golden.Rows("models/tables/schedules.json", table.Select((c, i) => ($"{c!["name"]} {i}", c)), row =>
        {
            var (peak, steps, warmup, more) = (Golden.Number(row["lr"]), (int)row["num_training_steps"]!, (int)row["num_warmup_steps"]!, row["kwargs"]!.AsObject());
            double Option(string name, double absent) => more[name] is { } value ? Golden.Number(value) : absent;
            Schedule? ours = (string)row["name"]! switch
            {
                "constant" => Schedules.Constant(peak),
                "constant_with_warmup" => Schedules.Constant(peak, warmup),
                "linear" => Schedules.Linear(peak, steps, warmup),
                "cosine" => Schedules.Cosine(peak, steps, warmup, Option("num_cycles", 0.5)),
                "cosine_with_min_lr" => Schedules.Cosine(peak, steps, warmup, 0.5, Option("min_lr_rate", Option("min_lr", 0) / peak)),
                "cosine_warmup_with_min_lr" => k => Schedules.Cosine(peak, steps, warmup, 0.5, Option("min_lr", 0) / peak)(k + 1), // one step ahead
                "cosine_with_restarts" => Schedules.CosineWithRestarts(peak, steps, warmup, (int)Option("num_cycles", 1)),
                "polynomial" => Schedules.Polynomial(peak, steps, warmup, Option("lr_end", 1e-7), Option("power", 1)),
                "warmup_stable_decay" => Schedules.WarmupStableDecay(peak, steps, warmup, (int)Option("num_decay_steps", 0)),
                "inverse_sqrt" => Schedules.InverseSquareRoot(peak, warmup),
                _ => null,
            };
            if (ours is null) return Outcome.NotInThisLibrary((string)row["name"]!);
            Close.To(row["lr_used_at_step"]!.Numbers(), [.. Enumerable.Range(0, row["lr_used_at_step"]!.AsArray().Count).Select(k => ours(k))], 1e-12, "lr");
            return Outcome.Passed;
        });
    }

    [Fact]
    public void The_pass_over_memory_equals_the_same_in_tensor_operations()
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            // 70001 elements: more than one piece of work, and a rest that fills no vector.
            Tensor Fresh(int seed) => tensor(Enumerable.Range(0, 70_001).Select(i => Math.Sin(seed + i * 0.37)).ToArray(), ScalarType.Float64).to(type);
            var (p1, g, m1, v1) = (Fresh(1), Fresh(2), Fresh(3), Fresh(4).square());
            var (p2, m2, v2) = (p1.clone().view(-1, 1).expand(-1, 2).select(1, 0), m1.clone(), v1.clone()); // strided: the tensor path
            var pass = new AdamWPass(0.01, 0.9, 0.999, 1e-8, 0.1, 0.7, 0.19, 0.04);
            pass.Apply(p1, g, m1, v1);
            pass.Apply(p2 = p2.clone().unsqueeze(1).repeat(1, 2).select(1, 0), g, m2, v2);
            Assert.False(p2.is_contiguous());
            Close.To(p2.contiguous(), p1, type == ScalarType.Float64 ? 1e-14 : 2e-6, "p");
            Close.To(m2, m1, type == ScalarType.Float64 ? 1e-14 : 2e-6, "m");
            Close.To(v2, v1, type == ScalarType.Float64 ? 1e-14 : 2e-6, "v");
        }
    }

    private static void Run(JsonNode row, ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (options, expected) = (row["options"]!, row[type == ScalarType.Float64 ? "float64" : "float32"]!);
        // A row is one vector: as a matrix it decays, as the table's single parameter does.
        var start = row["start"]!.Numbers();
        var p = tensor(start, [1, start.Length], ScalarType.Float64).to(type).requires_grad_(true);
        using var optimizer = new AdamW([("p", p)], Golden.Number(options["betas"]![0]), Golden.Number(options["betas"]![1]), Golden.Number(options["eps"]), Golden.Number(options["weight_decay"]));
        var step = 0;
        foreach (var gradient in row["grads"]!.AsArray())
        {
            p.grad = tensor(gradient!.Numbers(), [1, start.Length], ScalarType.Float64).to(type);
            optimizer.Step(Golden.Number(options["lr"]));
            Close.To(expected["params_after_each_step"]![step++]!.Numbers(), p.Values(), tolerance, $"parameters after step {step}");
        }

        Close.To(expected["exp_avg"]!.Numbers(), optimizer.State.Single(s => s.Name == "exp_avg.p").Value.Values(), tolerance, "exp_avg");
        Close.To(expected["exp_avg_sq"]!.Numbers(), optimizer.State.Single(s => s.Name == "exp_avg_sq.p").Value.Values(), tolerance, "exp_avg_sq");
    }

    private static Tensor WithGradient(double[] gradient, ScalarType type)
    {
        var p = zeros(gradient.Length, type).requires_grad_(true);
        p.grad = tensor(gradient, ScalarType.Float64).to(type);
        return p;
    }
}
