using Align.Models;
using Align.Runtime;
using Align.Text;

namespace Align.Notebooks.Tests.Training;

/// <summary>A tiny model folder of Qwen2's shape, with Qwen2's golden tokenizer and chat template.</summary>
internal static class TinyQwen
{
    public static void Write(string folder)
    {
        var tokenizer = Path.Combine(Folders.Root, "tests", "Golden", "tokenizers", "qwen2");
        using (var decoder = Decoder.Random(Shape(HuggingFaceTokenizer.Load(tokenizer).VocabularySize), new Rng(1))) decoder.Save(folder);
        foreach (var file in (string[])["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) File.Copy(Path.Combine(tokenizer, file), Path.Combine(folder, file));
    }

    private static DecoderConfig Shape(int vocabulary) => new()
    {
        Family = "qwen2", VocabularySize = vocabulary, Hidden = 32, Intermediate = 64, Layers = 2, Heads = 4, KeyValueHeads = 2, HeadWidth = 8,
        NormEpsilon = 1e-6, TiedEmbeddings = true, AttentionBias = true, Rotary = new RotaryConfig(10_000),
    };
}
