using Align.Runtime;
using CsCheck;

namespace Align.Tests.Runtime;

public sealed class ElfVersionNeedTests
{
    private const string Version = WeakenedCopy.Version;
    private static readonly (byte[] File, int Flags) Of = MadeElf.Of(("memcpy", 2), ("_ZSt4cout", 3), (MadeElf.Marker, 4));
    private static readonly byte[] Made = Of.File;

    private static bool Weaken(byte[] file) => ElfVersionNeed.Weaken(file, Version, MadeElf.Marker);

    [Fact]
    public void Weakening_sets_one_bit_of_the_flags_of_that_version()
    {
        var file = Made.ToArray();
        Assert.True(Weaken(file));
        Assert.Equal([Of.Flags], Different(Made, file));
        Assert.Equal(0, Made[Of.Flags]);
        Assert.Equal(2, file[Of.Flags]);
    }

    [Fact]
    public void Weakening_twice_is_weakening_once()
    {
        var once = Made.ToArray();
        Weaken(once);
        var twice = once.ToArray();
        Assert.True(Weaken(twice));
        Assert.Equal(once, twice);
    }

    [Fact]
    public void A_file_that_does_not_need_the_version_stays_as_it_is()
    {
        var file = Made.ToArray();
        Assert.False(ElfVersionNeed.Weaken(file, "GLIBCXX_3.4.3", MadeElf.Marker));
        Assert.False(ElfVersionNeed.Weaken(file, "GLIBCXX_3.4.321", MadeElf.Marker));
        Assert.Equal(Made, file);
    }

    [Fact]
    public void A_file_that_calls_something_of_the_version_is_refused_by_the_name_of_what_it_calls()
    {
        var (file, _) = MadeElf.Of((MadeElf.Marker, 4), ("_ZNSt3newEv", 4));
        var before = file.ToArray();
        var error = Assert.Throws<ElfException>(() => Weaken(file));
        Assert.Contains("_ZNSt3newEv", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, file);
    }

    [Theory]
    [InlineData(0, 0x7e, "no ELF file")]
    [InlineData(4, 1, "64 bits")]
    [InlineData(5, 2, "little-endian")]
    [InlineData(47, 0x80, "lie at")] // the section headers at a negative offset
    [InlineData(58, 40, "section headers have 40 bytes")]
    public void A_damaged_header_is_named(int at, byte value, string message)
    {
        var file = Made.ToArray();
        file[at] = value;
        Assert.Contains(message, Assert.Throws<ElfException>(() => Weaken(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_that_leads_out_of_its_section_is_refused()
    {
        var file = Made.ToArray();
        var needs = Of.Flags - 4 - 64;
        file[needs + 2] = file[needs + 3] = 0xff;
        file.AsSpan(needs + 16 + 12, 4).Fill(0xf0);
        Assert.Contains("outside its section", Assert.Throws<ElfException>(() => Weaken(file)).Message, StringComparison.Ordinal);
    }

    /// <summary>Entries of 16 bytes that follow each other every 4 bytes: more of them than the section has room for.</summary>
    [Fact]
    public void A_chain_that_visits_bytes_again_is_refused()
    {
        var file = Made.ToArray();
        var needs = Of.Flags - 4 - 64;
        file[needs + 2] = 0xff;
        file.AsSpan(needs + 16, 64).Clear();
        for (var at = needs + 16 + 12; at < needs + 64; at += 4) file[at] = 4;
        Assert.Contains("overlap", Assert.Throws<ElfException>(() => Weaken(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_beginning_of_a_file_is_refused()
    {
        for (var length = 0; length < Made.Length; length++)
            Assert.Throws<ElfException>(() => Weaken(Made[..length]));
    }

    [Fact]
    public void Random_damage_gives_the_typed_error_or_none() =>
        Gen.Select(Gen.Int[0, Made.Length - 1], Gen.Byte).Array[1, 8].Sample(
            damage =>
            {
                var file = Made.ToArray();
                foreach (var (at, value) in damage) file[at] = value;
                return OnlyTypedErrors(file);
            },
            iter: 20_000);

    [Fact]
    public void TorchSharps_own_file_changes_by_one_bit()
    {
        if (RealFile() is not { } real) return;
        var file = real.ToArray();
        Assert.True(Weaken(file));
        var at = Assert.Single(Different(real, file));
        Assert.Equal(2, real[at] ^ file[at]);
        var twice = file.ToArray();
        Assert.True(Weaken(twice));
        Assert.Equal(file, twice);
    }

    [Fact]
    public void TorchSharps_own_file_cut_short_is_refused()
    {
        if (RealFile() is not { } real) return;
        for (var i = 0; i < 200; i++)
        {
            var length = (int)((long)real.Length * i / 200);
            Assert.Throws<ElfException>(() => Weaken(real[..length]));
        }

        Assert.Throws<ElfException>(() => Weaken(real[..^1]));
    }

    [Fact]
    public void TorchSharps_own_file_damaged_gives_the_typed_error_or_none()
    {
        if (RealFile() is not { } real) return;
        var weakened = real.ToArray();
        Weaken(weakened);
        var needs = Assert.Single(Different(real, weakened)) - 0x140;
        var headers = (int)BitConverter.ToInt64(real, 40);
        var rng = new Rng(17);
        var file = real.ToArray();
        for (var i = 0; i < 2000; i++)
        {
            // Most of the file is code, which nobody reads here: three of four hits go to what is read.
            var at = (i % 4) switch
            {
                0 => rng.NextInt(real.Length),
                1 => rng.NextInt(64),
                2 => headers + rng.NextInt(real.Length - headers),
                _ => needs + rng.NextInt(0x200),
            };
            file[at] = (byte)rng.NextInt(256);
            Assert.True(OnlyTypedErrors(file), $"byte {at} as {file[at]}");
            real.CopyTo(file, 0);
        }
    }

    private static bool OnlyTypedErrors(byte[] file)
    {
        try
        {
            Weaken(file);
        }
        catch (ElfException)
        {
        }

        return true;
    }

    private static List<int> Different(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return [.. Enumerable.Range(0, a.Length).Where(i => a[i] != b[i])];
    }

    private static byte[]? RealFile() => RealNatives.TorchSharp is { } path ? File.ReadAllBytes(path) : null;
}
