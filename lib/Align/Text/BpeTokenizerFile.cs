using System.Text.Encodings.Web;
using System.Text.Json;

namespace Align.Text;

/// <summary>Reads and writes <c>tokenizer.json</c>, Hugging Face's file of a tokenizer, for byte-level BPE. Any other part is refused by name.</summary>
public static class BpeTokenizerFile
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file.</summary>
    /// <exception cref="TokenizerException">The file is missing, is broken, or needs a part this library does not have.</exception>
    public static BpeVocabulary Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="json">The content.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="TokenizerException">The content is broken, or needs a part this library does not have.</exception>
    public static BpeVocabulary Parse(ReadOnlyMemory<byte> json, string name = "tokenizer.json")
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return new BpeTokenizerReader(name).Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new TokenizerException($"{name} is no JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // JsonElement.GetString and JsonProperty.Name say so of strings with half a surrogate pair or broken UTF-8.
            throw new TokenizerException($"{name} holds a string that is no valid Unicode.", e);
        }
    }

    /// <summary>Writes a file, which <c>transformers</c> reads too. The same vocabulary gives the same bytes.</summary>
    public static void Write(string path, BpeVocabulary vocabulary)
    {
        using var file = File.Create(path);
        file.Write(Serialize(vocabulary));
    }

    /// <summary>The content that <see cref="Write"/> writes.</summary>
    public static byte[] Serialize(BpeVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteSpecials(json, vocabulary);
            json.WriteNull("normalizer");
            WritePreTokenizer(json, vocabulary.Split);
            json.WriteNull("post_processor");
            WriteByteLevel(json, "decoder", useRegex: true);
            WriteModel(json, vocabulary);
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void WriteSpecials(Utf8JsonWriter json, BpeVocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (!vocabulary.Specials.Contains(vocabulary.Tokens[id])) continue;
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", vocabulary.Tokens[id]);
            foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "normalized"]) json.WriteBoolean(flag, false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, WordSplit split)
    {
        if (split.Pattern == WordSplit.Gpt2Pattern)
        {
            WriteByteLevel(json, "pre_tokenizer", useRegex: true);
            return;
        }

        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", split.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, name: null, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string? name, bool useRegex)
    {
        if (name is null) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, BpeVocabulary vocabulary)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var absent in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"]) json.WriteNull(absent);
        foreach (var flag in (string[])["fuse_unk", "byte_fallback", "ignore_merges"]) json.WriteBoolean(flag, false);
        json.WriteStartObject("vocab");
        for (var id = 0; id < vocabulary.Tokens.Count; id++) json.WriteNumber(vocabulary.Tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in vocabulary.Merges) json.WriteStringValue($"{left} {right}");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
