namespace Align.Runtime;

/// <summary>libtorch or TorchSharp's native part cannot be loaded on this machine. The message holds the system loader's own words, the file and the remedy.</summary>
public sealed class NativeLoadException : AlignException
{
    /// <summary>The systems on which the natives load, as the message names them.</summary>
    internal const string Supported =
        "linux-x64 with glibc 2.34 or newer: Debian 12, Ubuntu 22.04 and everything later. osx-arm64 is built for but not tested. On Windows use WSL2.";

    internal NativeLoadException(string what, string? file, string? loader, string remedy, Exception? inner = null)
        : base(Message(what, file, loader, remedy), inner) => File = file;

    /// <summary>The file that would not load; null where none was found.</summary>
    public string? File { get; }

    private static new string Message(string what, string? file, string? loader, string remedy) => string.Join(
        Environment.NewLine,
        new[]
        {
            what,
            file is null ? null : $"  file:      {file}",
            loader is null ? null : $"  loader:    {loader}",
            $"  remedy:    {remedy}",
            $"  supported: {Supported}",
        }.OfType<string>());
}
