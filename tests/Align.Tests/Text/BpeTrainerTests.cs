using System.Text;
using System.Text.Json.Nodes;
using Align.Text;

namespace Align.Tests.Text;

public sealed class BpeTrainerTests
{
    [Fact]
    public void Every_golden_vocabulary_is_learnt_again_merge_by_merge() =>
        Golden.Rows(
            "tokenizers/training",
            Directory.GetFiles(Golden.PathOf("tokenizers/training"), "*.json").Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), JsonNode.Parse(File.ReadAllText(f))!)),
            row =>
            {
                var lines = Lines(File.ReadAllText(Golden.PathOf($"tokenizers/training/{row["corpus"]}"), new UTF8Encoding(false)));
                if ((string?)row["normalizer"] == "NFC") lines = lines.Select(l => l.Normalize(NormalizationForm.FormC));
                var kind = (string)row["pre_tokenizer"]!;
                if (kind == "gpt2-prefix-space") lines = lines.Select(l => l.StartsWith(' ') ? l : " " + l);

                var learnt = BpeTrainer.Train(
                    lines,
                    (int)row["vocab_size"]!,
                    [.. row["special_tokens"]!.AsArray().Select(s => (string)s!)],
                    kind switch { "llama3" => new WordSplit(Llama("{1,3}")), "qwen2" => new WordSplit(Llama("")), _ => WordSplit.Gpt2 },
                    (int)row["min_frequency"]!,
                    (string)row["initial_alphabet"]! != "none",
                    (int?)row["max_token_length"]);

                Assert.Equal(row["merges"]!.AsArray().Select(m => ((string)m![0]!, (string)m[1]!)), learnt.Merges);
                Assert.Equal(row["vocab"]!.AsArray().Select(t => (string)t!), learnt.Tokens);
                return Outcome.Passed;
            });

    [Fact]
    public void The_most_frequent_pair_is_joined_first_and_ties_go_to_the_smaller_ids()
    {
        // ab 3, bc 2, cd 2. With ab joined: cd 2, (ab, c) 2: c is the smaller id. With cd joined: (ab, c) 1 in abc, (ab, cd) 1 in abcd.
        var learnt = BpeTrainer.Train(["ab", "abc", "abcd", "cd"], 100, wholeAlphabet: false);
        Assert.Equal(["a", "b", "c", "d", "ab", "cd", "abc", "abcd"], learnt.Tokens);
        Assert.Equal([("a", "b"), ("c", "d"), ("ab", "c"), ("ab", "cd")], learnt.Merges);
    }

    [Fact]
    public void A_special_token_comes_first_and_is_not_learnt_from_text()
    {
        var learnt = BpeTrainer.Train(["<end><end>"], 300, ["<end>"]);
        Assert.Equal("<end>", learnt.Tokens[0]);
        Assert.Equal("!", learnt.Tokens[1]);
        Assert.DoesNotContain("<end>", learnt.Tokens.Skip(1));
    }

    [Fact]
    public void A_special_given_twice_is_refused() =>
        Assert.Contains("<x>", Assert.Throws<TokenizerException>(() => BpeTrainer.Train(["a"], 300, ["<x>", "<x>"])).Message, StringComparison.Ordinal);

    [Fact]
    public void Astral_letters_and_numbers_are_letters_and_numbers() =>
        Assert.Equal([" \U00020BB7a", "\U0001D7D9" + "2", "🎂", " 🎂!"], WordSplit.Gpt2.Words(" \U00020BB7a\U0001D7D92🎂 🎂!"));

    [Fact]
    public void A_pattern_that_is_no_regular_expression_is_refused() =>
        Assert.Throws<TokenizerException>(() => new WordSplit("(a"));

    private static IEnumerable<string> Lines(string text)
    {
        // A last line without its line feed was not fed: with the words of corpus-tiny's, two of its vocabularies would be others.
        for (int start = 0, end; (end = text.IndexOf('\n', start)) >= 0; start = end + 1)
            yield return text[start..(end + 1)];
    }

    private static string Llama(string digits) =>
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + digits + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
}
