namespace Align.Text.Parts;

/// <summary>A token that was added to a vocabulary: it is cut out of a text before words are split.</summary>
/// <param name="Content">The text that stands for it.</param>
/// <param name="Id">Its id.</param>
/// <param name="SingleWord">Whether it must not touch a word character.</param>
/// <param name="StripsLeft">Whether it swallows white space before it.</param>
/// <param name="StripsRight">Whether it swallows white space after it.</param>
/// <param name="Normalized">Whether it is looked for in the normalized text.</param>
/// <param name="Special">Whether it is a special token.</param>
internal sealed record AddedToken(string Content, int Id, bool SingleWord = false, bool StripsLeft = false, bool StripsRight = false, bool Normalized = false, bool Special = false);
