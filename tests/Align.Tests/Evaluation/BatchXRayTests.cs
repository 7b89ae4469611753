using Align.Evaluation;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Evaluation;

public sealed class BatchXRayTests
{
    private static readonly HuggingFaceTokenizer Tokenizer = HuggingFaceTokenizer.Load(Golden.PathOf("tokenizers/qwen2"));
    private static readonly int End = Tokenizer.Role("eos_token")!.Value, Pad = Tokenizer.Role("pad_token")!.Value;

    [Fact]
    public void Every_token_has_its_label_its_weight_and_its_share_of_the_log_ratio()
    {
        using var scope = NewDisposeScope();
        int[] prompt = [40, 41], answer = [42, End];
        var batch = Batching.Padded([TokenizedText.Of(prompt, answer), TokenizedText.Of([40], [43, 44, End])], Pad);
        var table = zeros(Tokenizer.VocabularySize, Tokenizer.VocabularySize, ScalarType.Float64);
        table[41, 42] = Math.Log(3);                                           // 42 is three times as likely as any other id after 41
        var (v, policy, reference) = (Tokenizer.VocabularySize, new BigramPolicy(table), new BigramPolicy(zeros_like(table)));

        var tokens = BatchXRay.Of(batch, Tokenizer, policy, reference).Tokens.Where(t => t.Row == 0).ToList();
        Assert.Equal([40, 41, 42, End], tokens.Select(t => t.Id));
        Assert.Equal([false, false, true, true], tokens.Select(t => t.Trained));
        Assert.Equal([null, 42, End, null], tokens.Select(t => t.Label));
        Assert.Equal([0, 0, 0.2, 0.2], tokens.Select(t => t.Weight));           // five trained tokens in the batch
        Assert.Equal("<|im_end|>", tokens[3].Text);
        Assert.Null(tokens[1].LogProb);
        Assert.Equal(Math.Log(3.0 / (v + 2)), tokens[2].LogProb!.Value, 12);
        Assert.Equal(-Math.Log(v), tokens[2].Reference!.Value, 12);
        Assert.Equal(Math.Log(3.0 * v / (v + 2)), tokens[2].Contribution!.Value, 12);
        Assert.Equal(0, tokens[3].Contribution!.Value, 12);
        Assert.Equal(Math.Log(v) / 5, BatchXRay.Of(batch, Tokenizer, reference).Tokens[3].Contribution!.Value, 12);
    }

    [Fact]
    public void What_looks_wrong_is_said_with_its_row()
    {
        var batch = Batching.Padded(
            [TokenizedText.Of([40], [42, End]), TokenizedText.Of([40], [42]), TokenizedText.Of([40, End], [42]), TokenizedText.Of([40, Pad], [42, End]), TokenizedText.All([40, End])], Pad);
        Assert.Equal(
            ["row 1: there is no end token", "row 2: the end token is not trained", "row 3: the padding token stands inside the text", "row 4: there is no prompt before the trained tokens"],
            BatchXRay.Of(batch, Tokenizer).Lints);
    }
}
