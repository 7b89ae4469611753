using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Align.Data;

namespace Align.Annotation;

/// <summary>A judge's replies by the hash of everything that decided them, so that a rerun asks nothing twice: one JSON line a reply, on the disk before it is used.</summary>
public sealed class JudgeCache
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = new ReadableEncoder() };

    private readonly Dictionary<string, string> _replies = new(StringComparer.Ordinal);
    private readonly string? _file;
    private readonly Lock _gate = new();

    /// <summary>Opens a cache.</summary>
    /// <param name="file">The file, made with the first reply; null to keep replies in memory alone. A line that cannot be read is passed over and asked anew.</param>
    /// <exception cref="DataException">The file's folder cannot be made.</exception>
    public JudgeCache(string? file = null)
    {
        _file = file;
        if (file is null) return;
        JsonlWriter.MakeFolderOf(file);
        if (!File.Exists(file)) return;
        foreach (var line in File.ReadLines(file))
        {
            try
            {
                if (JsonSerializer.Deserialize<Reply>(line, Json) is { Key: { } key, Text: { } text }) _replies[key] = text;
            }
            catch (JsonException)
            {
                // Half a line, from a crash: that one is asked again.
            }
        }
    }

    /// <summary>The replies that are known.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _replies.Count;
        }
    }

    /// <summary>A hash of parts, each of any length.</summary>
    internal static string KeyOf(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal string? Find(string key)
    {
        lock (_gate) return _replies.GetValueOrDefault(key);
    }

    internal void Add(string key, string text)
    {
        lock (_gate)
        {
            _replies[key] = text;
            if (_file is null) return;
            JsonlWriter.AppendLine(_file, JsonSerializer.Serialize(new Reply(key, text), Json));
        }
    }

    private sealed record Reply(string Key, string Text);
}
