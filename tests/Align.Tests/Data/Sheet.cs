using System.Text;
using Align.Data;

namespace Align.Tests.Data;

/// <summary>Reads JSON lines from memory, or from a file of the temporary folder.</summary>
internal static class Sheet
{
    public static Rows<PreferencePair> Pairs(string text, BadRow onBadRow = BadRow.Stop, int maxLineBytes = Jsonl.DefaultMaxLineBytes) =>
        Pairs(Encoding.UTF8.GetBytes(text), onBadRow, maxLineBytes);

    public static Rows<PreferencePair> Pairs(byte[] bytes, BadRow onBadRow = BadRow.Stop, int maxLineBytes = Jsonl.DefaultMaxLineBytes) =>
        new("sheet.jsonl", () => new MemoryStream(bytes), RowShapes.Pairs, onBadRow, maxLineBytes);

    public static Rows<Demonstration> Demonstrations(string text, BadRow onBadRow = BadRow.Stop) => Demonstrations(Encoding.UTF8.GetBytes(text), onBadRow);

    public static Rows<Demonstration> Demonstrations(byte[] bytes, BadRow onBadRow) =>
        new("sheet.jsonl", () => new MemoryStream(bytes), RowShapes.Demonstrations, onBadRow, Jsonl.DefaultMaxLineBytes);

    /// <summary>The error that ends the reading.</summary>
    public static DataException Refusal(string text) => Assert.Throws<DataException>(() => Pairs(text).ToList());

    public static DataException Refusal(byte[] bytes) => Assert.Throws<DataException>(() => Pairs(bytes).ToList());

    public static string Row(string prompt, string chosen, string rejected) =>
        $$"""{"prompt":"{{prompt}}","chosen":"{{chosen}}","rejected":"{{rejected}}"}""";

    /// <summary>A path in a new folder, which is deleted after use.</summary>
    public static void InFolder(Action<string> use)
    {
        var folder = Directory.CreateTempSubdirectory("align-data-");
        try
        {
            use(Path.Combine(folder.FullName, "rows.jsonl"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
