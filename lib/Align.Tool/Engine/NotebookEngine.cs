using System.Text;
using Align.Interactive;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace Align.Tool.Engine;

/// <summary>Runs cells of C# script one after another: what the headless runner and the Jupyter kernel have in common.</summary>
/// <remarks>It takes the process's console and <see cref="Kit.Host"/> while it lives: one engine at a time in a process.</remarks>
internal sealed class NotebookEngine : INotebookHost, IDisposable
{
    /// <summary>The namespaces that .NET Interactive opens by itself.</summary>
    private static readonly string[] Imports =
        ["System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq"];

    private readonly ScriptOptions options = ScriptOptions.Default
        .WithLanguageVersion(LanguageVersion.Latest)
        .WithMetadataResolver(new HostReferences())
        .WithEmitDebugInformation(true)
        .WithFileEncoding(Encoding.UTF8)
        .WithImports(Imports)
        .AddReferences(typeof(object).Assembly, typeof(Enumerable).Assembly, typeof(Microsoft.AspNetCore.Html.IHtmlContent).Assembly);

    private readonly InteractiveAssemblyLoader loader = new();
    private readonly CellThread thread = new();
    private readonly CellTrace trace = new();
    private readonly CellScope scope;
    private readonly ConsoleCapture console;
    private readonly Func<string, string?> ask;
    private readonly Func<bool> canAsk;
    private readonly List<ResultRow> results = [];
    private volatile ICellOutput? output;
    private ScriptState<object>? state;
    private int shown;

    /// <param name="ask">Asks the person for a line; null where nobody can answer.</param>
    /// <param name="canAsk">Whether the running cell may ask; always, where there is somebody, when absent.</param>
    public NotebookEngine(Func<string, string?>? ask = null, Func<bool>? canAsk = null)
    {
        this.canAsk = canAsk ?? (() => ask is not null);
        this.ask = ask ?? (_ => null);
        scope = new CellScope(this);
        console = new ConsoleCapture((name, text) => output?.Stream(name, text), this.ask);
        Kit.Host = this;
    }

    /// <summary>Cancelled when the person interrupts the running cell.</summary>
    public CancellationToken Cancellation { get; private set; }

    /// <summary>The rows of the closing table so far.</summary>
    public IReadOnlyList<ResultRow> Results
    {
        get
        {
            lock (results)
                return [.. results];
        }
    }

    /// <summary>The script as far as it has run, for questions about names; null before the first cell.</summary>
    public Script? Script => state?.Script;

    /// <summary>The options under which the next cell is compiled.</summary>
    public ScriptOptions Options => options;

    /// <summary>Runs one cell on the engine's thread. A cell that fails leaves every variable as it was then.</summary>
    /// <param name="number">The number under which the cell runs.</param>
    /// <param name="source">The cell's text.</param>
    /// <param name="output">Where its output goes.</param>
    /// <param name="cancellation">The person's wish to stop.</param>
    /// <returns>Null where the cell succeeded.</returns>
    public Task<CellError?> RunAsync(int number, string source, ICellOutput output, CancellationToken cancellation) =>
        thread.Run(() =>
        {
            this.output = output;
            Cancellation = cancellation;
            trace.Add(number, source);
            var error = Submit(number, source, output, cancellation);
            if (error is not null)
                output.Error(error);
            return error;
        });

    /// <summary>Loads the compiler while nobody waits for it, so that the first cell is as quick as the later ones.</summary>
    public Task WarmAsync() =>
        thread.Run(() => MimeBundle.Of(CSharpScript.EvaluateAsync<object>("0", options, scope, typeof(CellScope)).GetAwaiter().GetResult()));

    /// <inheritdoc/>
    public ILiveDisplay Display(object value)
    {
        var id = $"align-{Environment.ProcessId}-{Interlocked.Increment(ref shown)}";
        var target = output;
        target?.Display(id, MimeBundle.Of(value));
        return new Shown(target, id);
    }

    /// <inheritdoc/>
    public string? Ask(string question) => ask(question);

    /// <inheritdoc/>
    public bool CanAsk => canAsk();

    /// <inheritdoc/>
    public void Result(ResultRow row)
    {
        lock (results)
            results.Add(row);
    }

    /// <summary>Gives the console and <see cref="Kit.Host"/> back.</summary>
    public void Dispose()
    {
        if (ReferenceEquals(Kit.Host, this))
            Kit.Host = null;
        output = null;
        console.Dispose();
        thread.Dispose();
        loader.Dispose();
    }

    private CellError? Submit(int number, string source, ICellOutput output, CancellationToken cancellation)
    {
        try
        {
            var named = options.WithFilePath(CellTrace.FileName(number));
            // catchException: a cell that throws still leads to a state, and so keeps the variables it had set.
            var run = state is null
                ? CSharpScript.Create<object>(source, named, typeof(CellScope), loader).RunAsync(scope, _ => true, cancellation)
                : state.ContinueWithAsync<object>(source, named, _ => true, cancellation);
            state = run.GetAwaiter().GetResult();
            if (state.Exception is { } thrown)
                return Failed(number, thrown, cancellation);
            if (state.ReturnValue is { } value and not ILiveDisplay)
                output.Result(number, MimeBundle.Of(value));
            return null;
        }
        catch (CompilationErrorException error)
        {
            return trace.OfCompilation(number, error);
        }
        catch (Exception error)
        {
            // A value whose formatter throws, or an interruption while the cell is compiled.
            return Failed(number, error, cancellation);
        }
    }

    private CellError Failed(int number, Exception thrown, CancellationToken cancellation) =>
        thrown is OperationCanceledException && cancellation.IsCancellationRequested
            ? trace.OfInterruption(number, thrown)
            : trace.OfException(number, thrown);

    private sealed class Shown(ICellOutput? output, string id) : ILiveDisplay
    {
        public void Update(object value) => output?.Update(id, MimeBundle.Of(value));
    }
}
