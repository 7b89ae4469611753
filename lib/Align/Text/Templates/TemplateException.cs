using Align.Runtime;

namespace Align.Text.Templates;

/// <summary>Why a template gave no text.</summary>
public enum TemplateFault
{
    /// <summary>The template refused the conversation itself, with <c>raise_exception</c>: the message is the template's.</summary>
    Raised,

    /// <summary>It is no template that this library reads.</summary>
    Syntax,

    /// <summary>It used something that is not defined, or not allowed.</summary>
    Undefined,

    /// <summary>An operation does not fit its values.</summary>
    Value,

    /// <summary>It took more steps or made more text than allowed.</summary>
    Limit,

    /// <summary>What was asked for does not fit the conversation or the template.</summary>
    Request,
}

/// <summary>A chat template that cannot be read, or that did not get to its end.</summary>
public sealed class TemplateException : AlignException
{
    /// <summary>Creates the error.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="message">What happened; of <see cref="TemplateFault.Raised"/> the template's own words.</param>
    /// <param name="line">The template's line, counted from 1; 0 where there is none.</param>
    /// <param name="inner">What caused it.</param>
    public TemplateException(TemplateFault fault, string message, int line = 0, Exception? inner = null)
        : base(line > 0 && fault != TemplateFault.Raised ? $"Line {line} of the chat template: {message}" : message, inner) => (Fault, Line) = (fault, line);

    /// <summary>Why.</summary>
    public TemplateFault Fault { get; }

    /// <summary>The template's line, counted from 1; 0 where there is none.</summary>
    public int Line { get; }
}
