using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Align.Runtime;

/// <summary>A random generator that is passed in, saved and loaded: xoshiro256** (Blackman and Vigna), seeded by SplitMix64.</summary>
/// <remarks>Its four words are all its state: a loaded one goes on exactly where the saved one stopped. One thread at a time may use it.</remarks>
public sealed class Rng
{
    private const double Unit = 1.0 / (1L << 53);

    private ulong _a, _b, _c, _d;

    /// <summary>Creates the generator of a seed; any seed is good, also 0.</summary>
    public Rng(ulong seed) => (_a, _b, _c, _d) = (SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed), SplitMix64(ref seed));

    private Rng(ulong a, ulong b, ulong c, ulong d) => (_a, _b, _c, _d) = (a, b, c, d);

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = ulong.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1): a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * Unit;

    /// <summary>Uniform in 0 … n − 1, without bias.</summary>
    public int NextInt(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        // Lemire 2019: of the 2⁶⁴ draws, the 2⁶⁴ mod n that would make some results likelier are drawn again.
        var bound = (ulong)n;
        var high = Math.BigMul(NextUInt64(), bound, out var low);
        if (low < bound)
            for (var surplus = (0 - bound) % bound; low < surplus;) high = Math.BigMul(NextUInt64(), bound, out low);
        return (int)high;
    }

    /// <summary>Normal with mean 0 and variance 1 (Box and Muller). Always two draws: nothing is kept for the next call.</summary>
    public double NextGaussian()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Puts the items into random order, each order equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>A generator for another purpose, independent of this one and of those with other names. This one does not move.</summary>
    /// <param name="name">What the stream is for. The same name at the same state gives the same stream.</param>
    public Rng Fork(string name)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Save()} {name}"));
        return new(BitConverter.ToUInt64(hash, 0), BitConverter.ToUInt64(hash, 8), BitConverter.ToUInt64(hash, 16), BitConverter.ToUInt64(hash, 24));
    }

    /// <summary>The state as 64 hexadecimal digits, which <see cref="Load"/> reads.</summary>
    public string Save() => $"{_a:x16}{_b:x16}{_c:x16}{_d:x16}";

    /// <summary>The generator whose state <see cref="Save"/> wrote.</summary>
    /// <exception cref="RngStateException">The text is no such state.</exception>
    public static Rng Load(string state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var words = new ulong[4];
        var whole = state.Length == 64;
        for (var i = 0; i < 4 && whole; i++)
            whole = ulong.TryParse(state.AsSpan(16 * i, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out words[i]);
        if (!whole) throw new RngStateException("A generator's state is 64 hexadecimal digits; this text is not. Save it with Rng.Save.");
        if (words is [0, 0, 0, 0]) throw new RngStateException("A generator's state is never all zeros: it would give zeros for ever. Save it with Rng.Save.");
        return new(words[0], words[1], words[2], words[3]);
    }

    /// <summary>One step of SplitMix64 (Steele, Lea and Flood), which spreads a seed over many bits.</summary>
    internal static ulong SplitMix64(ref ulong state)
    {
        var z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}

/// <summary>A text is no saved state of a generator.</summary>
public sealed class RngStateException(string message) : AlignException(message);
