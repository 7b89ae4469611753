using System.Globalization;

namespace Align.Tests.Text;

/// <summary>A clock that stands still, for templates that write the date.</summary>
internal sealed class FixedClock(DateTime now) : TimeProvider
{
    /// <summary>When the golden texts were made.</summary>
    public static FixedClock Golden { get; } = new(DateTime.Parse((string)Tests.Golden.Json("chat/clock.json")["now"]!, CultureInfo.InvariantCulture));

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(now, TimeSpan.Zero);
}
