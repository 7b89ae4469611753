using Align.Runtime;

namespace Align.Tests.Runtime;

public sealed class WeakenedCopyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("align-tests-");

    private string Cache => Path.Combine(_folder.FullName, "cache");

    private string Source { get; }

    private readonly byte[] _weak;

    public WeakenedCopyTests()
    {
        Source = Path.Combine(_folder.FullName, "libMade.so");
        var (file, flags) = MadeElf.Of((MadeElf.Marker, 4));
        File.WriteAllBytes(Source, file);
        _weak = file;
        _weak[flags] = 2;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_copy_lies_under_the_hash_of_its_source_and_the_source_stays_as_it_is()
    {
        var before = File.ReadAllBytes(Source);
        var copy = WeakenedCopy.Of(Source, Cache);
        Assert.Equal(Path.Combine(Cache, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(before)), "libMade.so"), copy);
        Assert.Equal(_weak, File.ReadAllBytes(copy));
        Assert.Equal(before, File.ReadAllBytes(Source));
    }

    [Fact]
    public void A_copy_that_is_there_is_used_as_it_is()
    {
        var copy = WeakenedCopy.Of(Source, Cache);
        var long_ago = new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(copy, long_ago);
        Assert.Equal(copy, WeakenedCopy.Of(Source, Cache));
        Assert.Equal(long_ago, File.GetLastWriteTimeUtc(copy));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_copy_that_a_power_cut_spoiled_is_made_again(bool sameLength)
    {
        var copy = WeakenedCopy.Of(Source, Cache);
        File.WriteAllBytes(copy, new byte[sameLength ? _weak.Length : 10]);
        Assert.Equal(_weak, File.ReadAllBytes(WeakenedCopy.Of(Source, Cache)));
    }

    [Fact]
    public async Task Many_writers_at_once_leave_one_whole_file()
    {
        for (var round = 0; round < 20; round++)
        {
            var cache = Path.Combine(Cache, $"{round}");
            using var start = new Barrier(4);
            var writers = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return File.ReadAllBytes(WeakenedCopy.Of(Source, cache));
                },
                TaskCreationOptions.LongRunning));
            foreach (var bytes in await Task.WhenAll(writers)) Assert.Equal(_weak, bytes);
            Assert.Single(Directory.GetFiles(cache, "*", SearchOption.AllDirectories));
        }
    }

    [Fact]
    public void A_source_that_needs_no_weakening_is_refused_and_nothing_is_written()
    {
        var (file, _) = MadeElf.Of(("_ZNSt3newEv", 4));
        File.WriteAllBytes(Source, file);
        Assert.Throws<ElfException>(() => WeakenedCopy.Of(Source, Cache));
        File.WriteAllText(Source, "no library");
        Assert.Throws<ElfException>(() => WeakenedCopy.Of(Source, Cache));
        Assert.False(Directory.Exists(Cache));
    }
}
