using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Align.Tool.Engine;

namespace Align.Tool.Jupyter;

/// <summary>Our engine as a Jupyter kernel. One thread listens, this one answers the shell in order, the engine's runs the cells.</summary>
internal sealed class Kernel : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly TextWriter log = Console.Error;
    private readonly BlockingCollection<Message> requests = [];
    private readonly BlockingCollection<Message> answers = [];
    private readonly History history = new();
    private readonly KernelSockets sockets;
    private readonly KernelOutput output;
    private readonly NotebookEngine engine;
    private readonly CodeAssist assist;
    private readonly ParentWatch parent = new();
    private volatile CancellationTokenSource? interrupt;
    private Message? asking;
    private int count;
    private long abortedBefore = -1;

    public Kernel(ConnectionFile connection)
    {
        sockets = new KernelSockets(connection, log);
        output = new KernelOutput(sockets);
        engine = new NotebookEngine(Ask, () => asking is not null);
        assist = new CodeAssist(engine);
    }

    /// <summary>Serves until Jupyter says that it is over.</summary>
    public int Run()
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            Interrupt();
        });
        sockets.OnShell = requests.Add;
        sockets.OnControl = Control;
        sockets.OnStdin = answers.Add;
        Status([], "starting");
        sockets.Start();
        _ = engine.WarmAsync();
        foreach (var request in requests.GetConsumingEnumerable())
        {
            Status(request.Header, "busy");
            Shell(request);
            output.Flush();
            Status(request.Header, "idle");
        }

        return 0;
    }

    public void Dispose()
    {
        engine.Dispose();
        output.Dispose();
        sockets.Dispose();
        parent.Dispose();
        requests.Dispose();
        answers.Dispose();
    }

    private void Shell(Message request)
    {
        switch (request.Type)
        {
            case "execute_request":
                Reply(request, Execute(request));
                break;
            case "shutdown_request":
                ShutDown(request, sockets.Reply);
                break;
            case "comm_open":
                // Nothing here lives in the browser: the other side is told at once, and need not wait.
                sockets.Publish(request.Header, "comm_close", new JsonObject { ["comm_id"] = request.Text("comm_id"), ["data"] = new JsonObject() });
                break;
            case "comm_msg" or "comm_close":
                break;
            default:
                Reply(request, Answer(request));
                break;
        }
    }

    /// <summary>The content of the reply to a request that runs nothing.</summary>
    private JsonObject Answer(Message request) => request.Type switch
    {
        "kernel_info_request" => KernelInfo.Reply(),
        "is_complete_request" => CodeAssist.IsComplete(request.Text("code")),
        "complete_request" => assist.Complete(request.Text("code"), request.Number("cursor_pos", 0)),
        "inspect_request" => assist.Inspect(request.Text("code"), request.Number("cursor_pos", 0)),
        "history_request" => history.Reply(request),
        "comm_info_request" => new JsonObject { ["status"] = "ok", ["comms"] = new JsonObject() },
        "interrupt_request" => Interrupt(),
        _ => NotSupported(request),
    };

    private static JsonObject NotSupported(Message request) => new()
    {
        ["status"] = "error",
        ["ename"] = "NotSupported",
        ["evalue"] = $"This kernel does not know '{request.Type}'.",
        ["traceback"] = new JsonArray(),
    };

    private JsonObject Execute(Message request)
    {
        var code = request.Text("code");
        var isSilent = request.Flag("silent", false);
        if (request.Arrived <= abortedBefore)
            return new JsonObject { ["status"] = "aborted", ["execution_count"] = count };
        if (code.Trim().Length == 0)
            return Done(count);
        var number = count + 1;
        if (!isSilent && request.Flag("store_history", true))
        {
            count = number;
            history.Add(number, code);
        }

        output.Begin(request);
        if (!isSilent)
            sockets.Publish(request.Header, "execute_input", new JsonObject { ["code"] = code, ["execution_count"] = number });
        var cancellation = new CancellationTokenSource();
        (interrupt, asking) = (cancellation, request.Flag("allow_stdin", false) ? request : null);
        ICellOutput shown = isSilent ? new CellOutputs() : output;
        var error = engine.RunAsync(number, code, shown, cancellation.Token).GetAwaiter().GetResult();
        interrupt = null;
        if (error is null)
            return Done(number);
        if (request.Flag("stop_on_error", true))
            abortedBefore = Message.LastArrived;
        var content = KernelOutput.Content(error);
        (content["status"], content["execution_count"]) = ("error", number);
        return content;

        JsonObject Done(int number) => new()
        {
            ["status"] = "ok",
            ["execution_count"] = number,
            ["user_expressions"] = new JsonObject(),
            ["payload"] = new JsonArray(),
        };
    }

    /// <summary>Requests that must not wait for a running cell. Runs on the sockets' thread.</summary>
    private void Control(Message request)
    {
        Status(request.Header, "busy");
        if (request.Type == "shutdown_request")
            ShutDown(request, sockets.ReplyOnControl);
        else
            sockets.ReplyOnControl(request, ReplyType(request), request.Type is "kernel_info_request" or "interrupt_request" ? Answer(request) : NotSupported(request));
        Status(request.Header, "idle");
    }

    private JsonObject Interrupt()
    {
        if (interrupt is { } cancellation)
        {
            cancellation.Cancel();
            _ = Task.Delay(Patience).ContinueWith(_ => Remind(cancellation), TaskScheduler.Default);
        }

        return new JsonObject { ["status"] = "ok" };
    }

    private void Remind(CancellationTokenSource cancellation)
    {
        if (interrupt == cancellation)
            output.Stream("stderr", "The cell has not heeded the interruption yet: it stops when it next looks at Kit.Cancellation. Restarting the kernel stops it at once.\n");
    }

    /// <summary>Asks the person in front of the notebook; null where nobody can answer.</summary>
    private string? Ask(string question)
    {
        if (asking is not { } request || interrupt is not { } cancellation)
            return null;
        while (answers.TryTake(out _))
        {
            // An answer to a question that was interrupted is not one to this.
        }

        output.Flush();
        sockets.Ask(request, new JsonObject { ["prompt"] = question, ["password"] = false });
        return answers.Take(cancellation.Token).Text("value");
    }

    private void ShutDown(Message request, Action<Message, string, JsonObject> reply)
    {
        reply(request, "shutdown_reply", new JsonObject { ["status"] = "ok", ["restart"] = request.Flag("restart", false) });
        // Not on this thread, which may be the one that sends the reply; and not through the usual way out, for a cell may still run.
        _ = Task.Run(() =>
        {
            sockets.Dispose();
            ProcessEnd.Now(0);
        });
    }

    private void Reply(Message request, JsonObject content)
    {
        output.Flush();
        sockets.Reply(request, ReplyType(request), content);
    }

    private void Status(JsonObject request, string state) =>
        sockets.Publish(request, "status", new JsonObject { ["execution_state"] = state });

    private static string ReplyType(Message request) =>
        request.Type.EndsWith("_request", StringComparison.Ordinal) ? request.Type[..^"request".Length] + "reply" : "error";
}
