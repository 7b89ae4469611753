using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Align.Models;
using Align.Runtime;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Keeps the reference's log-probabilities beside the data: one JSON line of hashes, then one line of numbers per pair or judgement.</summary>
/// <remarks>The hashes are of the reference's weights and of the tokens. A file of another model, of other or re-ordered data is refused, never used in silence.</remarks>
public static class ReferenceFile
{
    /// <summary>Writes the log-probabilities that <see cref="Dpo.WithReference"/> computed.</summary>
    public static void Write(string path, IReadOnlyList<TokenizedPair> pairs, ITrainable reference) =>
        Write(path, KeyOf(reference, Texts(pairs)), pairs.Select(p => new[] { p.ReferenceChosen, p.ReferenceRejected }));

    /// <summary>Writes the log-probabilities that <see cref="Kto.WithReference"/> computed.</summary>
    public static void Write(string path, IReadOnlyList<TokenizedJudgement> judgements, ITrainable reference) =>
        Write(path, KeyOf(reference, Texts(judgements)), judgements.Select(j => j.Mismatched is null ? new[] { j.Reference } : [j.Reference, j.ReferenceMismatched]));

    /// <summary>The pairs with the log-probabilities of a file.</summary>
    /// <exception cref="ReferenceFileException">The file is of another model or other data, or is damaged.</exception>
    public static IReadOnlyList<TokenizedPair> Read(string path, IReadOnlyList<TokenizedPair> pairs, ITrainable reference) =>
        [.. Read(path, KeyOf(reference, Texts(pairs)), [.. pairs.Select(_ => 2)]).Zip(pairs, (v, p) => p with { ReferenceChosen = v[0], ReferenceRejected = v[1] })];

    /// <summary>The judgements with the log-probabilities of a file.</summary>
    /// <exception cref="ReferenceFileException">The file is of another model or other data, or is damaged.</exception>
    public static IReadOnlyList<TokenizedJudgement> Read(string path, IReadOnlyList<TokenizedJudgement> judgements, ITrainable reference) =>
        [.. Read(path, KeyOf(reference, Texts(judgements)), [.. judgements.Select(j => j.Mismatched is null ? 1 : 2)])
            .Zip(judgements, (v, j) => j with { Reference = v[0], ReferenceMismatched = v.Length > 1 ? v[1] : null })];

    internal static IEnumerable<TokenizedText> Texts(IEnumerable<TokenizedPair> pairs) => pairs.SelectMany(p => new[] { p.Chosen, p.Rejected });

    private static IEnumerable<TokenizedText> Texts(IEnumerable<TokenizedJudgement> judgements) =>
        judgements.SelectMany(j => j.Mismatched is null ? new[] { j.Text } : [j.Text, j.Mismatched]);

    /// <summary>The hashes of a model's weights and of tokens.</summary>
    internal static Key KeyOf(ITrainable reference, IEnumerable<TokenizedText> texts)
    {
        using var scope = NewDisposeScope();
        using var model = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var data = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in reference.Parameters)
        {
            model.AppendData(Encoding.UTF8.GetBytes($"{name} {value.dtype} {string.Join(',', value.shape)}\n"));
            model.AppendData(value.detach().cpu().contiguous().bytes);
        }

        foreach (var text in texts)
        {
            data.AppendData(BitConverter.GetBytes(text.Ids.Length));
            data.AppendData(MemoryMarshal.AsBytes(text.Ids.AsSpan()));
            data.AppendData(MemoryMarshal.AsBytes(text.Trained.AsSpan()));
        }

        return new(Convert.ToHexStringLower(model.GetHashAndReset()), Convert.ToHexStringLower(data.GetHashAndReset()));
    }

    private static void Write(string path, Key key, IEnumerable<double?[]> rows)
    {
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.WriteLine(JsonSerializer.Serialize(key));
            foreach (var (i, row) in rows.Index())
            {
                if (Array.Exists(row, v => v is not { } x || !double.IsFinite(x)))
                    throw new ReferenceFileException($"Example {i} has no finite log-probabilities to write. Compute them first: Dpo.WithReference or Kto.WithReference.");
                writer.WriteLine(JsonSerializer.Serialize(row));
            }
        });
    }

    private static List<double[]> Read(string path, Key expected, int[] lengths)
    {
        var (rows, number) = (new List<double[]>(), 0);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            try
            {
                if (number == 1) CheckKey(path, JsonSerializer.Deserialize<Key>(line), expected);
                else rows.Add(Row(JsonSerializer.Deserialize<double[]>(line), rows.Count < lengths.Length ? lengths[rows.Count] : -1));
            }
            catch (JsonException e)
            {
                throw new ReferenceFileException($"{path}, line {number}: {e.Message} Delete the file and compute the log-probabilities again.", e);
            }
        }

        return rows.Count == lengths.Length ? rows
            : throw new ReferenceFileException($"{path} has the log-probabilities of {rows.Count} examples and there are {lengths.Length}. Delete it and compute them again.");
    }

    private static void CheckKey(string path, Key? found, Key expected)
    {
        if (found is not { Model: not null, Data: not null }) throw new JsonException("This is no file of reference log-probabilities.");
        var stale = found.Model != expected.Model ? "another reference model" : found.Data != expected.Data ? "other data, or the same in another order" : null;
        if (stale is not null)
            throw new ReferenceFileException($"{path} was computed with {stale}: its log-probabilities do not fit. Delete it and compute them again.");
    }

    private static double[] Row(double[]? values, int length) => values is not null && values.Length == length ? values
        : throw new JsonException(length < 0 ? "There are more lines than examples." : $"An array of {length} numbers has to stand here.");

    internal sealed record Key(string Model, string Data);
}

/// <summary>A file of reference log-probabilities that does not fit, or is damaged.</summary>
public sealed class ReferenceFileException(string message, Exception? inner = null) : AlignException(message, inner);
