using System.Text;
using System.Text.RegularExpressions;
using Align.Tool.Engine;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Lint;

/// <summary>The rules for a notebook that is committed. Each finding says the notebook, the cell and the rule.</summary>
internal static partial class NotebookLint
{
    private const int MostCells = 62;
    private const int MostWords = 2000;
    private const int MostCodeLines = 260;
    private const int MostLinesInACell = 25;
    private const double MostMeanLines = 8;

    private const string References = """
        #r "../artifacts/kit/TorchSharp.dll"
        #r "../artifacts/kit/Align.dll"
        #r "../artifacts/kit/Align.Interactive.dll"
        """;

    /// <summary>What is wrong with a notebook whose file holds <paramref name="text"/>; empty where nothing is.</summary>
    public static IReadOnlyList<string> Check(string name, string text)
    {
        var notebook = NotebookFile.Parse(text, name);
        return [.. Whole(notebook, text).Concat(Beginning(notebook))
            .Concat(notebook.Cells.SelectMany(Cell))
            .Concat(notebook.CodeCells.SelectMany(Output))
            .Select(finding => $"{name}: {finding}")];
    }

    private static IEnumerable<string> Whole(NotebookFile notebook, string text)
    {
        if (text != notebook.ToJson())
            yield return "the file is not as align run --save writes it";
        if (Encoding.UTF8.GetByteCount(text) is var bytes && bytes > CommittedOutputs.MostBytes)
            yield return $"{bytes} bytes, {CommittedOutputs.MostBytes} are the most";
        if (notebook.Cells.Count > MostCells)
            yield return $"{notebook.Cells.Count} cells, {MostCells} are the most";
        var words = notebook.Cells.Where(cell => cell.IsMarkdown).Sum(cell => Words().Count(cell.Source));
        if (words > MostWords)
            yield return $"{words} words of prose, {MostWords} are the most";
        var lines = notebook.CodeCells.Select(LineCount).ToList();
        if (lines.Sum() > MostCodeLines)
            yield return $"{lines.Sum()} lines of code, {MostCodeLines} are the most";
        if (lines.Count > 0 && lines.Average() > MostMeanLines)
            yield return $"{lines.Average():0.0} lines in the mean code cell, {MostMeanLines} are the most";
        if ((string?)notebook.Metadata["kernelspec"]?["name"] != ".net-csharp" || notebook.Metadata["language_info"] is null)
            yield return "metadata lacks the kernelspec .net-csharp or language_info";
    }

    private static IEnumerable<string> Beginning(NotebookFile notebook)
    {
        if (notebook.CodeCells.Count < 1 || !notebook.CodeCells[0].Source.StartsWith(References.ReplaceLineEndings("\n") + "\n", StringComparison.Ordinal))
            yield return "cell [1] does not start with the three #r lines, letter for letter";
        if (notebook.CodeCells.Count < 2 || !notebook.CodeCells[1].Source.StartsWith("Kit.Start();", StringComparison.Ordinal))
            yield return "cell [2] does not start with Kit.Start();";
        if (notebook.Parameters is not { } parameters || parameters.Json != notebook.CodeCells.ElementAtOrDefault(1)?.Json)
            yield return "cell [2] is not tagged parameters";
        else if (parameters.Metadata["align"]?["quick"] is null)
            yield return "cell [2] has no align.quick numbers";
        else if (QuickError(notebook) is { } error)
            yield return error;
    }

    private static IEnumerable<string> Cell(NotebookCell cell)
    {
        var where = cell.IsCode ? $"code cell \"{cell.Source.Split('\n')[0]}\"" : $"prose \"{cell.Source.Split('\n')[0]}\"";
        if (cell.IsCode && LineCount(cell) > MostLinesInACell)
            yield return $"{where}: {LineCount(cell)} lines, {MostLinesInACell} are the most";
        if (Unfinished().IsMatch(cell.Source))
            yield return $"{where}: something is left to do";
        if (AbsolutePath().Match(cell.Source) is { Success: true } path)
            yield return $"{where}: the absolute path {path.Value}";
        if (cell.Source.Contains("<script", StringComparison.OrdinalIgnoreCase))
            yield return $"{where}: a <script";
        if (cell.IsCode && Magic().Match(cell.Source) is { Success: true } magic && !cell.Source.StartsWith(References.Split('\n')[0].TrimEnd(), StringComparison.Ordinal))
            yield return $"{where}: the kernel magic {magic.Value}";
        if (cell.IsCode && cell.Source.Contains("://", StringComparison.Ordinal))
            yield return $"{where}: an address; a notebook fetches nothing";
    }

    private static IEnumerable<string> Output(NotebookCell cell, int index)
    {
        var where = $"cell [{index + 1}]";
        if (cell.SourceSha != cell.ComputeSha())
            yield return $"{where}: the outputs are not those of this source; align run --save makes them";
        if (cell.ExecutionCount != (cell.Source.Trim().Length > 0 ? index + 1 : null))
            yield return $"{where}: its execution count is {cell.ExecutionCount}";
        var json = cell.Outputs.ToJsonString(NotebookJson.Compact);
        if (json.Contains("<script", StringComparison.OrdinalIgnoreCase))
            yield return $"{where}: an output holds a <script";
        if (AbsolutePath().Match(json) is { Success: true } path)
            yield return $"{where}: an output holds the absolute path {path.Value}";
        foreach (var output in cell.Outputs)
        {
            if ((string?)output!["output_type"] == "error")
                yield return $"{where}: an output is an error";
            foreach (var mime in new[] { MimeBundle.Plotly, "image/svg+xml", "application/javascript" })
            {
                if (output["data"]?[mime] is not null)
                    yield return $"{where}: an output of type {mime}, which readers strip";
            }

            if (output["data"]?[MimeBundle.Html] is { } html && SourceLines.Join(html).Contains("<svg", StringComparison.OrdinalIgnoreCase))
                yield return $"{where}: a raw <svg, which readers strip; a data-URI image stays";
        }
    }

    private static int LineCount(NotebookCell cell) => cell.Source.Split('\n').Length;

    private static string? QuickError(NotebookFile notebook)
    {
        try
        {
            Parameters.SetQuick(notebook.Copy());
            return null;
        }
        catch (NotebookException error)
        {
            return error.Message;
        }
    }

    [GeneratedRegex(@"\S+")]
    private static partial Regex Words();

    [GeneratedRegex(@"\b(TODO|FIXME|XXX|TBD)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(?<![\w.<~)])/(home|root|Users|tmp|work|mnt|var|usr|opt|etc)/[\w.]+|\b[A-Za-z]:\\\\?\w+|file://\S*")]
    private static partial Regex AbsolutePath();

    [GeneratedRegex(@"^\s*(#!\S*|#r\b.*|#load\b.*|%\w+)", RegexOptions.Multiline)]
    private static partial Regex Magic();
}
