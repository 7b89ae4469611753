namespace Align.Tests.Methods.Laws;

/// <summary>Loss × law. ✓: the law holds, and a property runs. Anything else names the reason why it does not.</summary>
/// <remarks>
/// per-example: a pair's value depends on no other pair. permutation: a permuted batch has the same values. accumulation: micro-batches have the big batch's loss and gradient.
/// monotone: a larger margin never costs more. finite: log-ratios of ±10⁴ have a finite loss and gradient, in fp32 and fp64. gradient: it is that of finite differences.
/// π = π₀: the value where policy and reference agree is the one worked out by hand.
/// </remarks>
internal static class LawTable
{
    private const string Text = """
        | loss                      | per-example | permutation | accumulation | monotone | finite   | gradient | π = π₀ |
        |---------------------------|-------------|-------------|--------------|----------|----------|----------|--------|
        | sigmoid                   | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | cdpo                      | ✓           | ✓           | ✓            | doubt    | ✓        | ✓        | ✓      |
        | hinge                     | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | ipo                       | ✓           | ✓           | ✓            | target   | ✓        | ✓        | ✓      |
        | exo_pair                  | ✓           | ✓           | ✓            | doubt    | ✓        | ✓        | ✓      |
        | nca_pair                  | ✓           | ✓           | ✓            | target   | ✓        | ✓        | ✓      |
        | robust                    | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | bco_pair                  | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | sppo_hard                 | ✓           | ✓           | ✓            | target   | ✓        | ✓        | ✓      |
        | aot                       | ranks       | ✓           | ranks        | ✓        | ✓        | ✓        | ✓      |
        | aot_unpaired              | ranks       | ✓           | ranks        | ✓        | ✓        | ✓        | ✓      |
        | apo_zero                  | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | apo_down                  | ✓           | ✓           | ✓            | down     | ✓        | ✓        | ✓      |
        | discopop                  | ✓           | ✓           | ✓            | changes  | ✓        | ✓        | ✓      |
        | sigmoid_norm              | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | sigmoid, forward_kl       | ✓           | ✓           | ✓            | ✓        | grows    | ✓        | ✓      |
        | sigmoid, js_divergence    | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | sigmoid, alpha_divergence | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | mpo                       | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | ld_dpo                    | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | wpo                       | ✓           | ✓           | ✓            | weight   | ✓        | constant | weight |
        | orpo                      | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | none   |
        | cpo                       | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | none   |
        | cpo, hinge                | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | none   |
        | cpo, ipo                  | ✓           | ✓           | ✓            | target   | ✓        | ✓        | none   |
        | simpo                     | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | none   |
        | alphapo                   | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | none   |
        | kto                       | ✓           | ✓           | coupled      | ✓        | ✓        | ✓        | ✓      |
        | apo_zero_unpaired         | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | ✓      |
        | bco                       | ✓           | ✓           | coupled      | ✓        | ✓        | ✓        | ✓      |
        | nll                       | ✓           | ✓           | ✓            | ✓        | ✓        | ✓        | none   |
        | dft                       | ✓           | ✓           | ✓            | turns    | ✓        | constant | none   |
        """;

    /// <summary>The reasons by the word that stands in the table.</summary>
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>
    {
        ["doubt"] = "It believes that a share ε of the labels is flipped, so the margin that it likes best is log((1 − ε)/ε), and more costs more.",
        ["target"] = "It is a distance to a target: what lies beyond it costs again.",
        ["ranks"] = "It sorts the whole batch: a value belongs to a rank, not to a pair, and a micro-batch has other ranks.",
        ["down"] = "It pushes the chosen answer down too, only less than the rejected one.",
        ["changes"] = "Around z = 0 it changes over from one half to the other, and rises on the way.",
        ["grows"] = "e^(−u) leaves fp32 at u = −89 and fp64 at u = −710; by its definition the loss is infinite then.",
        ["weight"] = "A pair counts more the likelier the policy finds its answers, so the value is the loss times a number that depends on the policy.",
        ["constant"] = "A factor that depends on the policy is a constant for the gradient, so it is not the value's derivative; it has a test of its own.",
        ["coupled"] = "Its reference point is a mean over the batch, and a micro-batch has another mean.",
        ["turns"] = "−p·log p is largest at p = 1/e; the gradient −p never turns.",
        ["none"] = "It has no reference to agree with.",
    };

    public static IReadOnlyList<string> Laws { get; } = Cells(Text.Split('\n')[0])[1..];

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Rows { get; } = Text.Split('\n')[2..].Select(Cells)
        .ToDictionary(row => row[0], row => (IReadOnlyDictionary<string, string>)Laws.Zip(row[1..]).ToDictionary(c => c.First, c => c.Second));

    /// <summary>The losses for which a law holds, or does not.</summary>
    public static IEnumerable<string> Losses(string law, bool holds) => Rows.Where(r => r.Value[law] == "✓" == holds).Select(r => r.Key);

    private static string[] Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(c => c.Trim())];
}
