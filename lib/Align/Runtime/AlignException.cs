namespace Align.Runtime;

/// <summary>The base of every error this library throws on purpose: the message says what is wrong, where, and what to do about it.</summary>
/// <remarks>Whoever catches this type catches bad input and bad machines, and no bug.</remarks>
public abstract class AlignException : Exception
{
    /// <summary>Creates the error.</summary>
    protected AlignException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
