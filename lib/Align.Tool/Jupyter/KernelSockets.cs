using System.Text;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace Align.Tool.Jupyter;

/// <summary>The five sockets of a kernel, all of them touched by one thread only.</summary>
internal sealed class KernelSockets : IDisposable
{
    private readonly MessageCodec codec;
    private readonly RouterSocket shell = new();
    private readonly RouterSocket control = new();
    private readonly RouterSocket stdin = new();
    private readonly PublisherSocket publisher = new();
    private readonly ResponseSocket heartbeat = new();
    private readonly NetMQQueue<(NetMQSocket Socket, NetMQMessage Message)> sending = new();
    private readonly NetMQPoller poller;
    private readonly TextWriter log;

    /// <param name="connection">Where to listen.</param>
    /// <param name="log">Where messages that are refused are told of.</param>
    public KernelSockets(ConnectionFile connection, TextWriter log)
    {
        codec = new MessageCodec(connection.Key);
        this.log = log;
        NetMQSocket[] sockets = [shell, control, stdin, publisher, heartbeat];
        int[] ports = [connection.Shell, connection.Control, connection.Stdin, connection.IoPub, connection.Heartbeat];
        foreach (var (socket, port) in sockets.Zip(ports))
        {
            // A cell may print faster than a browser reads: nothing is dropped.
            socket.Options.SendHighWatermark = 0;
            socket.Options.Linger = TimeSpan.FromSeconds(1);
            Bind(socket, connection.At(port));
        }

        poller = [shell, control, stdin, heartbeat, sending];
        heartbeat.ReceiveReady += (_, _) => heartbeat.SendMultipartMessage(heartbeat.ReceiveMultipartMessage());
        sending.ReceiveReady += (_, _) => Send();
        shell.ReceiveReady += (_, _) => Receive(shell, OnShell);
        control.ReceiveReady += (_, _) => Receive(control, OnControl);
        stdin.ReceiveReady += (_, _) => Receive(stdin, OnStdin);
    }

    /// <summary>Called on the sockets' thread with each request on the shell.</summary>
    public Action<Message> OnShell { get; set; } = _ => { };

    /// <summary>Called on the sockets' thread with each request on the control socket.</summary>
    public Action<Message> OnControl { get; set; } = _ => { };

    /// <summary>Called on the sockets' thread with each answer of the person.</summary>
    public Action<Message> OnStdin { get; set; } = _ => { };

    /// <summary>Starts to listen.</summary>
    public void Start() => poller.RunAsync("jupyter");

    /// <summary>Answers a request on the shell.</summary>
    public void Reply(Message request, string type, JsonObject content) => Queue(shell, request.Identities, type, request.Header, content);

    /// <summary>Answers a request on the control socket.</summary>
    public void ReplyOnControl(Message request, string type, JsonObject content) => Queue(control, request.Identities, type, request.Header, content);

    /// <summary>Asks the person who sent a request.</summary>
    public void Ask(Message request, JsonObject content) => Queue(stdin, request.Identities, "input_request", request.Header, content);

    /// <summary>Tells everybody who listens.</summary>
    public void Publish(JsonObject parent, string type, JsonObject content) => Queue(publisher, [Encoding.UTF8.GetBytes(type)], type, parent, content);

    /// <summary>Sends what is queued and closes the sockets.</summary>
    public void Dispose()
    {
        if (poller.IsRunning)
        {
            using var isSent = new ManualResetEventSlim();
            poller.Run(() =>
            {
                Send();
                isSent.Set();
            });
            isSent.Wait();
        }

        poller.Dispose();
        sending.Dispose();
        foreach (var socket in new NetMQSocket[] { shell, control, stdin, publisher, heartbeat })
            socket.Dispose();
        NetMQConfig.Cleanup(block: true);
    }

    private static void Bind(NetMQSocket socket, string address)
    {
        try
        {
            socket.Bind(address);
        }
        catch (NetMQException error)
        {
            throw new JupyterException($"The kernel cannot listen at {address}: {error.Message}", error);
        }
    }

    private void Queue(NetMQSocket socket, IReadOnlyList<byte[]> identities, string type, JsonObject parent, JsonObject content) =>
        sending.Enqueue((socket, codec.Encode(identities, type, parent, content)));

    private void Send()
    {
        while (sending.TryDequeue(out var item, TimeSpan.Zero))
            item.Socket.SendMultipartMessage(item.Message);
    }

    private void Receive(NetMQSocket socket, Action<Message> handle)
    {
        if (codec.Decode(socket.ReceiveMultipartMessage(), out var problem) is { } message)
            handle(message);
        else
            log.WriteLine($"Refused {problem}.");
    }
}
