using System.Text.Json.Nodes;
using Align.Tool.Engine;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Engine;

/// <summary>Runs cells given as text, one after another, and keeps what they showed.</summary>
internal sealed class Cells : IDisposable
{
    private readonly NotebookEngine engine;
    private int number;

    public Cells(Func<string, string?>? ask = null) => engine = new NotebookEngine(ask);

    public NotebookEngine Engine => engine;

    public CellOutputs Last { get; private set; } = new();

    public Task<CellError?> Run(string source) => RunUntil(source, TestContext.Current.CancellationToken);

    public Task<CellError?> RunUntil(string source, CancellationToken cancellation)
    {
        Last = new CellOutputs();
        return engine.RunAsync(++number, source, Last, cancellation);
    }

    /// <summary>Runs a cell that must succeed and returns its outputs.</summary>
    public async Task<JsonArray> Show(string source)
    {
        Assert.Null(await Run(source));
        return Last.ToJson();
    }

    /// <summary>Runs a cell that must succeed and returns the text of its only output.</summary>
    public async Task<string> Text(string source)
    {
        var output = Assert.Single(await Show(source))!;
        return SourceLines.Join(output["text"] ?? output["data"]![MimeBundle.Plain] ?? output["data"]![MimeBundle.Html]);
    }

    public void Dispose() => engine.Dispose();
}
