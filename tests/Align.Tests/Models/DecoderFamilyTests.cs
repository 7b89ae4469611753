using Align.Models;
using Align.Runtime;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>What has to hold in every family.</summary>
public sealed class DecoderFamilyTests
{
    public static TheoryData<string> Families => TinyModels.Families;

    [Theory]
    [MemberData(nameof(Families))]
    public void With_the_cache_the_hidden_states_are_those_without_it(string family)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Decoder(TinyModels.Family(family));
        var rng = new Rng(4);
        int[][] texts = [.. new[] { 12, 9, 7 }.Select(n => Ids(rng, n))];
        int[] prompts = [4, 1, 2];
        int written = 5;
        using var decoding = model.Decode(Batching.Padded([.. texts.Select((t, i) => TokenizedText.All(t.AsSpan(0, prompts[i])))], 0, PaddingSide.Left), written);
        for (var step = 0; step <= written; step++)
        {
            if (step > 0) decoding.Append([.. texts.Select((t, i) => (long)t[prompts[i] + step - 1])]);
            for (var row = 0; row < texts.Length; row++)
                Close.To(Last(model, texts[row].AsSpan(0, prompts[row] + step).ToArray()), decoding.Hidden.select(0, row), 1e-12, $"row {row}, step {step}");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Packed_rows_and_shared_prefixes_give_the_numbers_of_single_rows(string family)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Decoder(TinyModels.Family(family));
        var rng = new Rng(8);
        var (prompt, first, second) = (Ids(rng, 5), Ids(rng, 4), Ids(rng, 6));
        var packed = Batching.Packed([[TokenizedText.All(prompt), TokenizedText.All([.. prompt, .. second])]], 0);
        Close.To(Last(model, [.. prompt, .. second]), Hidden(model, packed, packed.Columns - 1), 1e-12, "packed");

        var shared = Batching.SharedPrefix([prompt], [[first, second]], 0);
        Close.To(Last(model, [.. prompt, .. first]), Hidden(model, shared, prompt.Length + first.Length - 1), 1e-12, "first of a shared prefix");
        Close.To(Last(model, [.. prompt, .. second]), Hidden(model, shared, shared.Columns - 1), 1e-12, "second of a shared prefix");
    }

    [Fact]
    public void Through_one_layer_a_window_of_4_sees_the_last_4_tokens_and_no_other()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Decoder(TinyModels.Family("mistral") with { Layers = 1 });
        int[] text = Ids(new Rng(3), 9);
        var before = Last(model, text);
        for (var changed = 0; changed < text.Length; changed++)
        {
            var other = text.ToArray();
            other[changed] = (other[changed] + 1) % 40;
            var moved = (Last(model, other) - before).abs().max().ToDouble();
            if (changed < text.Length - 4) Assert.Equal(0, moved, 1e-14);
            else Assert.True(moved > 1e-6, $"token {changed} is inside of the window");
        }
    }

    [Fact]
    public void Texts_longer_than_the_learned_positions_are_refused_before_anything_native()
    {
        using var model = TinyModels.Decoder(TinyModels.Family("gpt2"));
        Assert.Equal(1, Last(model, Ids(new Rng(1), 24)).dim());
        Assert.Contains("24 positions", Assert.Throws<BatchException>(() => Last(model, Ids(new Rng(1), 25))).Message, StringComparison.Ordinal);

        var prompt = Batching.Padded([TokenizedText.All(Ids(new Rng(1), 20))], 0, PaddingSide.Left);
        model.Decode(prompt, 5).Dispose();
        Assert.Contains("24 positions", Assert.Throws<BatchException>(() => model.Decode(prompt, 6)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_pass_leaves_no_tensor_behind(string family)
    {
        using var model = TinyModels.Decoder(TinyModels.Family(family));
        var ids = Ids(new Rng(2), 8);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            Last(model, ids).sum().backward();
            var prompts = Batching.Padded([TokenizedText.All(ids.AsSpan(0, 3)), TokenizedText.All(ids.AsSpan(3, 2))], 0, PaddingSide.Left);
            using var decoding = model.Decode(prompts, 3);
            decoding.Append([1, 2]);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static int[] Ids(Rng rng, int count) => [.. Enumerable.Range(0, count).Select(_ => rng.NextInt(40))];

    private static Tensor Last(Decoder model, int[] ids) => Hidden(model, Batching.Padded([TokenizedText.All(ids)], 0), ids.Length - 1);

    private static Tensor Hidden(Decoder model, Batch batch, int place) => model.Hidden(batch, tensor([(long)place])).squeeze(0);
}
