namespace Align.Data;

/// <summary>What a reader does with a row that it cannot take.</summary>
public enum BadRow
{
    /// <summary>Throw the row's <see cref="DataException"/>.</summary>
    Stop,

    /// <summary>Leave the row out, count it, and keep its reason in the <see cref="RowReport"/>.</summary>
    Skip,
}
