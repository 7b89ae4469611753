using Align.Runtime;

namespace Align.Annotation;

/// <summary>A question that cannot be asked, an answer that is none, or a file of answers that does not fit.</summary>
public sealed class AnnotationException(string message, Exception? inner = null) : AlignException(message, inner);
