using Align.Runtime;

namespace Align.Tool.Jupyter;

/// <summary>The kernel cannot be installed or started as asked.</summary>
internal sealed class JupyterException(string message, Exception? inner = null) : AlignException(message, inner);
