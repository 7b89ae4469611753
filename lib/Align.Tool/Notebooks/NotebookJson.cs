using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Tool.Notebooks;

/// <summary>JSON as Jupyter writes it: keys in order, one space of indent, every character but control characters as it is.</summary>
/// <remarks>A notebook that Jupyter saves again therefore differs only where somebody changed it.</remarks>
internal static class NotebookJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        Indented = true,
        IndentCharacter = ' ',
        IndentSize = 1,
        NewLine = "\n",
        Encoder = new PlainEncoder(),
    };

    /// <summary>Options for messages and payloads on one line, with the same few escapes.</summary>
    public static JsonSerializerOptions Compact { get; } = new() { Encoder = new PlainEncoder() };

    /// <summary>The text of a whole file, ending in a line feed.</summary>
    public static string Write(JsonNode root)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
            Write(writer, root);
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                writer.WriteStartObject();
                foreach (var (name, value) in fields.OrderBy(field => field.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(name);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray items:
                writer.WriteStartArray();
                foreach (var item in items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }

    /// <summary>Escapes what JSON must and nothing else; the encoders that come with .NET turn every emoji into two escapes.</summary>
    private sealed class PlainEncoder : JavaScriptEncoder
    {
        private static readonly SearchValues<char> Escaped =
            SearchValues.Create([.. Enumerable.Range(0, 32).Select(code => (char)code), '"', '\\']);

        public override int MaxOutputCharactersPerInputCharacter => 6;

        public override bool WillEncode(int unicodeScalar) => unicodeScalar < 32 || unicodeScalar is '"' or '\\';

        public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) =>
            FirstEscaped(new ReadOnlySpan<char>(text, textLength));

        public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
        {
            // A lone half of a surrogate pair arrives here as U+FFFD, which needs no escape.
            var text = unicodeScalar switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < 32 => $"\\u{unicodeScalar:x4}",
                _ => char.ConvertFromUtf32(unicodeScalar),
            };
            numberOfCharactersWritten = text.TryCopyTo(new Span<char>(buffer, bufferLength)) ? text.Length : 0;
            return numberOfCharactersWritten > 0;
        }

        private static int FirstEscaped(ReadOnlySpan<char> text)
        {
            for (var start = 0; start < text.Length; start++)
            {
                var next = text[start..].IndexOfAny(Escaped);
                var surrogate = text[start..].IndexOfAnyInRange('\uD800', '\uDFFF');
                if (surrogate < 0 || (next >= 0 && next < surrogate))
                    return next < 0 ? -1 : start + next;
                start += surrogate;
                if (Rune.DecodeFromUtf16(text[start..], out _, out var used) != OperationStatus.Done || used < 2)
                    return start;
                start += used - 1;
            }

            return -1;
        }
    }
}
