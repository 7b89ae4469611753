using System.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>How the tensors of a checkpoint differ from those a model needs, told from the headers alone.</summary>
internal sealed record CheckpointDifference(
    IReadOnlyList<(string Name, long[] Shape)> Missing,
    IReadOnlyList<(SafetensorsTensor Found, long[] Expected)> Misshapen,
    IReadOnlyList<SafetensorsTensor> WrongType,
    IReadOnlyList<SafetensorsTensor> Unexpected)
{
    /// <summary>Compares.</summary>
    /// <param name="found">What the checkpoint has.</param>
    /// <param name="expected">What the model needs; a type only where the tensors exist already, else any floating point will do.</param>
    /// <param name="ignore">Names that nobody misses when the model has no place for them.</param>
    public static CheckpointDifference Of(IReadOnlyDictionary<string, SafetensorsTensor> found, IReadOnlyList<(string Name, long[] Shape, ScalarType? Type)> expected, Func<string, bool>? ignore)
    {
        var names = expected.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        var pairs = expected.Where(e => found.ContainsKey(e.Name)).Select(e => (Found: found[e.Name], e.Shape, Type: e.Type ?? ScalarType.Float32)).ToList();
        return new(
            [.. expected.Where(e => !found.ContainsKey(e.Name)).Select(e => (e.Name, e.Shape))],
            [.. pairs.Where(p => !p.Found.Shape.SequenceEqual(p.Shape)).Select(p => (p.Found, p.Shape))],
            [.. pairs.Where(p => !Suits(p.Found.Type, p.Type)).Select(p => p.Found)],
            [.. found.Where(f => !names.Contains(f.Key) && ignore?.Invoke(f.Key) != true).Select(f => f.Value)]);
    }

    /// <summary>Whether the model can be filled.</summary>
    public bool IsFatal => Missing.Count + Misshapen.Count + WrongType.Count > 0;

    /// <summary>Every difference with its names and shapes.</summary>
    /// <param name="what">What does not fit.</param>
    /// <param name="check">What should belong to the weights.</param>
    public string Describe(string what, string check)
    {
        var text = new StringBuilder($"{what} does not fit the model; nothing was loaded.");
        Append("missing", Missing.Select(m => $"{Quoted.Name(m.Name)} {Quoted.Shape(m.Shape)}"));
        Append("of another shape", Misshapen.Select(m => $"{m.Found}, the model's is {Quoted.Shape(m.Expected)}"));
        Append("of a type that does not go into the model's (weights must be floating point)", WrongType.Select(w => w.ToString()));
        Append("not in the model", Unexpected.Select(u => u.ToString()));
        return text.Append(System.Globalization.CultureInfo.InvariantCulture, $" Check that {check} belongs to these weights.").ToString();

        void Append(string what, IEnumerable<string> tensors)
        {
            var list = tensors.ToList();
            if (list.Count > 0) text.Append(System.Globalization.CultureInfo.InvariantCulture, $" {list.Count} {what}: {string.Join("; ", list)}.");
        }
    }

    // Integers would fit into floating point, but a weight stored as integers is quantised and means something else.
    private static bool Suits(SafetensorsDtype stored, ScalarType type) => stored.GoesInto(type) && (stored.IsFloating || stored.Torch == type);
}
