namespace Align.Runtime;

/// <summary>stand-in</summary>
public sealed class Rng
{
    private ulong _s;

    /// <summary>seed</summary>
    public Rng(ulong seed) => _s = seed;

    /// <summary>64 bits</summary>
    public ulong NextUInt64()
    {
        var z = _s += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>[0,1)</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>below n</summary>
    public int NextInt(int n) => (int)(NextUInt64() % (ulong)n);

    /// <summary>normal</summary>
    public double NextGaussian() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>shuffle</summary>
    public void Shuffle<T>(Span<T> x)
    {
        for (var i = x.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (x[i], x[j]) = (x[j], x[i]);
        }
    }

    /// <summary>state</summary>
    public string Save() => _s.ToString("x16", null);

    /// <summary>state</summary>
    public static Rng Load(string s) => new(ulong.Parse(s, System.Globalization.NumberStyles.HexNumber, null));
}
