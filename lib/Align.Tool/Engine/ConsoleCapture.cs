using System.Text;

namespace Align.Tool.Engine;

/// <summary>Sends what anybody writes to the console, on whatever thread, to a cell's output. One at a time in a process.</summary>
internal sealed class ConsoleCapture : IDisposable
{
    private readonly TextWriter realOut = Console.Out;
    private readonly TextWriter realError = Console.Error;
    private readonly TextReader realIn = Console.In;

    /// <param name="stream">Receives the stream's name and the text.</param>
    /// <param name="ask">Answers <c>Console.ReadLine</c>; null at the end of the input.</param>
    public ConsoleCapture(Action<string, string> stream, Func<string, string?> ask)
    {
        Console.SetOut(new Writer(text => stream("stdout", text)));
        Console.SetError(new Writer(text => stream("stderr", text)));
        Console.SetIn(new Reader(ask));
    }

    /// <summary>Gives the console back.</summary>
    public void Dispose()
    {
        Console.SetOut(realOut);
        Console.SetError(realError);
        Console.SetIn(realIn);
    }

    private sealed class Writer : TextWriter
    {
        private readonly Action<string> write;

        public Writer(Action<string> write)
        {
            this.write = write;
            CoreNewLine = ['\n'];
        }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => write(value.ToString());

        public override void Write(string? value)
        {
            if (!string.IsNullOrEmpty(value))
                write(value);
        }

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));
    }

    private sealed class Reader(Func<string, string?> ask) : TextReader
    {
        private string rest = "";

        public override string? ReadLine()
        {
            var line = rest.Length > 0 ? rest.TrimEnd('\n') : ask("");
            rest = "";
            return line;
        }

        public override int Peek() => Fill() ? rest[0] : -1;

        public override int Read()
        {
            if (!Fill())
                return -1;
            var first = rest[0];
            rest = rest[1..];
            return first;
        }

        private bool Fill()
        {
            if (rest.Length == 0 && ask("") is { } line)
                rest = line + "\n";
            return rest.Length > 0;
        }
    }
}
