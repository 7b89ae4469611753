namespace Align.Data;

/// <summary>Says of a row that lacks fields what it has, and what kind of row it looks like.</summary>
internal static class MissingField
{
    private const int NamesShown = 10;

    private static readonly string[] Wrappers = ["data", "rows", "train", "examples", "items"];

    public static DataException Error(RowPosition position, int column, IReadOnlyList<RowField> fields, List<string> found)
    {
        var required = fields.Where(f => f.Required).Select(f => f.Name).ToList();
        var missing = required.Except(found).ToList();
        var has = found.Count == 0 ? "The row has no fields" : $"The row has {Names(found)}";
        var lacks = missing.Count > 1 ? $" and lacks {Names(missing)}" : "";

        // Every kind has a prompt: of several fields, another one tells which kind was expected.
        var field = missing.FirstOrDefault(m => m != "prompt") ?? missing[0];
        return position.Error("missing", $"{has}{lacks}; this reader takes {Names(required)}.{Advice(missing, found)}", column, field);
    }

    private static string Advice(List<string> missing, List<string> found)
    {
        var near = missing.Select(m => (m, f: found.FirstOrDefault(f => f.Trim().Equals(m, StringComparison.OrdinalIgnoreCase)))).Where(p => p.f is not null).ToList();
        if (near.Count > 0)
            return $" Did you mean {string.Join(", ", near.Select(p => $"{p.m} (not {p.f})"))}? Names of fields are lower-case, without spaces.";
        return Kind(found) is { } kind ? $" These are {kind}." : "";
    }

    private static string? Kind(List<string> found)
    {
        bool Has(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
                if (!found.Contains(name)) return false;
            return true;
        }

        if (Has("messages") || Has("conversations")) return "chat conversations, which this reader does not take";
        if (Has("prompt", "chosen", "rejected")) return "preference pairs: read them with Jsonl.ReadPairs";
        if (Has("chosen", "rejected")) return "pairs whose prompt is inside both answers: take it out into a field prompt";
        if (Has("prompt", "completion", "label")) return "judgements (KTO), which this reader does not take";
        if (Has("prompt", "completion")) return "demonstrations: read them with Jsonl.ReadDemonstrations";
        if (Has("text")) return "plain texts for language modelling, which this reader does not take";
        return found.FirstOrDefault(Wrappers.Contains) is { } wrapper ? $"rows under the field {wrapper}, it seems: jq -c '.{wrapper}[]' FILE > rows.jsonl" : null;
    }

    private static string Names(List<string> names) =>
        string.Join(", ", names.Take(NamesShown).Select(n => n.Length > 40 ? n[..40] + "…" : n)) + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "");
}
