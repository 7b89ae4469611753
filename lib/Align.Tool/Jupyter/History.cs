using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Align.Tool.Jupyter;

/// <summary>What was run in this session.</summary>
internal sealed class History
{
    private readonly List<(int Number, string Source)> entries = [];

    /// <summary>Remembers a cell.</summary>
    public void Add(int number, string source) => entries.Add((number, source));

    /// <summary>The content of a <c>history_reply</c>.</summary>
    public JsonObject Reply(Message request)
    {
        var asked = request.Text("hist_access_type") switch
        {
            "range" => Range(request),
            "search" => Search(request.Text("pattern"), request.Flag("unique", false)).TakeLast(Most(request)),
            _ => entries.TakeLast(Most(request)),
        };
        var withOutput = request.Flag("output", false);
        return new JsonObject
        {
            ["status"] = "ok",
            ["history"] = new JsonArray([.. asked.Select(entry => (JsonNode)new JsonArray(
                0, entry.Number, withOutput ? new JsonArray(entry.Source, null) : entry.Source))]),
        };
    }

    private static int Most(Message request) => request.Number("n", int.MaxValue);

    private IEnumerable<(int Number, string Source)> Range(Message request)
    {
        // Session 0 is this one; earlier ones are not kept.
        var (start, stop) = (request.Number("start", 0), request.Number("stop", int.MaxValue));
        return request.Number("session", 0) == 0 ? entries.Where(entry => entry.Number >= start && entry.Number < stop) : [];
    }

    private IEnumerable<(int Number, string Source)> Search(string pattern, bool unique)
    {
        var regex = new Regex("^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$", RegexOptions.Singleline | RegexOptions.NonBacktracking);
        var found = entries.Where(entry => regex.IsMatch(entry.Source));
        return unique ? found.Reverse().DistinctBy(entry => entry.Source).Reverse() : found;
    }
}
