using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Align.Runtime;

namespace Align.Models;

/// <summary>The <c>README.md</c> of a saved model: what was done to it, with what data and settings, and how it came out.</summary>
public sealed record ModelCard
{
    /// <summary>The model's name.</summary>
    public required string Title { get; init; }

    /// <summary>The method, such as <c>dpo</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The model it was begun from.</summary>
    public string? BaseModel { get; init; }

    /// <summary>Whether the folder holds adapters, which need the base model beside them.</summary>
    public bool IsAdapter { get; init; }

    /// <summary>What it was trained on.</summary>
    public IReadOnlyList<DataSource> Data { get; init; } = [];

    /// <summary>The settings of the run.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What was measured.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Writes <c>README.md</c> into a folder that is there.</summary>
    public void Write(string folder)
    {
        var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(Markdown());
        AtomicFile.Write(Path.Combine(folder, "README.md"), stream => stream.Write(text));
    }

    /// <summary>The text of the card.</summary>
    public string Markdown()
    {
        var card = new StringBuilder("---\n");
        card.Append("library_name: ").Append(IsAdapter ? "peft" : "transformers").Append('\n');
        if (BaseModel is not null) card.Append("base_model: ").Append(JsonSerializer.Serialize(BaseModel)).Append('\n'); // a JSON text is a YAML text
        card.Append("tags:\n- ").Append(JsonSerializer.Serialize(Method)).Append("\n---\n\n# ").Append(Plain(Title)).Append("\n\n");
        card.Append("Trained with Align.Notebooks by the method ").Append(Plain(Method)).Append(BaseModel is null ? "." : $", from {Plain(BaseModel)}.").Append('\n');
        Table("Data", ["file", "rows", "SHA-256"], Data.Select(d => new[] { d.Name, d.Rows?.ToString(CultureInfo.InvariantCulture) ?? "", d.Sha256 }));
        Table("Settings", ["setting", "value"], Settings.Select(s => new[] { s.Key, s.Value }));
        Table("Metrics", ["metric", "value"], Metrics.Select(m => new[] { m.Key, m.Value.ToString("G6", CultureInfo.InvariantCulture) }));
        return card.ToString();

        void Table(string title, string[] head, IEnumerable<string[]> rows)
        {
            var lines = rows.Select(Row).ToArray();
            if (lines.Length > 0) card.Append("\n## ").Append(title).Append("\n\n").Append(Row(head)).Append(Row([.. head.Select(_ => "---")])).AppendJoin("", lines);
        }

        static string Row(string[] cells) => $"| {string.Join(" | ", cells.Select(Plain))} |\n";
    }

    /// <summary>Text that stays text in Markdown: one line, no table border, no tag.</summary>
    private static string Plain(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries)).Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}

/// <summary>A file that a model was trained on.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">The hash of its bytes, in hexadecimal.</param>
/// <param name="Rows">Its rows, where they were counted.</param>
public sealed record DataSource(string Name, string Sha256, long? Rows = null)
{
    /// <summary>Hashes a file.</summary>
    /// <param name="path">The file; its name without the folder goes into the card.</param>
    /// <param name="rows">Its rows, where they were counted.</param>
    public static DataSource Of(string path, long? rows = null)
    {
        using var stream = File.OpenRead(path);
        return new(Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(stream)), rows);
    }
}
