using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Align.Tool;

/// <summary>Options that are numbers: what is no number, or out of range, is refused in a line.</summary>
internal static class NumberOption
{
    /// <summary>The least of a number that has to be above 0.</summary>
    public const double AboveZero = double.Epsilon;

    /// <summary>An option with a default and a range.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="absent">The value where it is not given.</param>
    /// <param name="least">The smallest value.</param>
    /// <param name="most">The largest value.</param>
    /// <param name="what">What it means, for <c>--help</c>.</param>
    /// <param name="aliases">Its other names.</param>
    public static Option<T> Of<T>(string name, T absent, T least, T most, string what, params string[] aliases)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name, aliases)
        {
            Description = what,
            DefaultValueFactory = _ => absent,
            CustomParser = given =>
            {
                var text = given.Tokens[0].Value;
                if (!T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value >= least && value <= most))
                    given.AddError($"{name} is {text}; it must be {Range(least, most)}.");
                return value;
            },
        };

    private static string Range<T>(T least, T most)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var number = typeof(T) == typeof(double) ? "a number" : "a whole number";
        var above = least is AboveZero;
        var from = above ? "above 0" : string.Create(CultureInfo.InvariantCulture, $"of at least {least}");
        return most == T.MaxValue ? $"{number} {from}" : string.Create(CultureInfo.InvariantCulture, $"{number} {from} and at most {most}");
    }
}
