using Align.Runtime;

namespace Align.Tool.Notebooks;

/// <summary>A notebook that cannot be read, written or run as asked. The message names the file and the place in it.</summary>
internal sealed class NotebookException(string message, Exception? inner = null) : AlignException(message, inner);
