using System.Text;
using Align.Models;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>Files damaged at random: 3000 of them in each run, 100 000 when the environment variable ALIGN_FUZZ is <c>full</c>.</summary>
public sealed class SafetensorsFuzzTests
{
    private static readonly int Count = Environment.GetEnvironmentVariable("ALIGN_FUZZ") == "full" ? 100_000 : 3000;

    private static readonly byte[][] Pieces =
        [.. new[] { "\"", "{", "}", "[", "]", ",", ":", "-", "0", "1", "9", "e5", ".0", "null", "\\u0000", "\\ud800", "\"a\"", "\"dtype\"", "\"F32\"", "\"shape\":[", "\"__metadata__\":", "18446744073709551615", "9223372036854775808", "[[[[[[[[" }
            .Select(Encoding.UTF8.GetBytes), [0xFF], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0], [1, 0, 0, 0, 0, 0, 0, 0x80]];

    [Fact]
    public void A_damaged_file_is_refused_by_a_typed_error_or_holds_together()
    {
        var seeds = Directory.GetFiles(Golden.PathOf("files/safetensors/valid"), "*.safetensors").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).Where(f => f.Length < 4000).ToArray();
        var random = new Random(20261124);
        var (accepted, refused) = (0, new SortedDictionary<string, int>(StringComparer.Ordinal));
        using var folder = new TemporaryFolder();
        for (var i = 0; i < Count; i++)
        {
            var file = Mutate(seeds[random.Next(seeds.Length)], seeds[random.Next(seeds.Length)], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var header = SafetensorsHeader.Read(new MemoryStream(file), "it");
                AssertWhole(header, file.Length);
                if (accepted++ % 10 == 0) LoadAll(folder["it.safetensors"], file);
            }
            catch (SafetensorsException e)
            {
                refused[e.Rule!] = refused.GetValueOrDefault(e.Rule!) + 1;
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000 + 50 * file.Length);
            }
        }

        // The mutations reach every rule, and do not merely break the JSON.
        Assert.InRange(accepted, Count / 50, Count / 2);
        Assert.Superset<string>(new HashSet<string>(["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R14"]), refused.Keys.Select(r => r.Split(' ')[0]).ToHashSet());
    }

    private static void AssertWhole(SafetensorsHeader header, int length)
    {
        long end = 0;
        foreach (var tensor in header.Tensors)
        {
            Assert.Equal(end, tensor.Begin);
            var elements = tensor.Shape.Aggregate((Int128)1, (a, b) => a * b);
            Assert.Equal(elements * SafetensorsDtype.Find(tensor.Dtype)!.Bits, (Int128)tensor.ByteCount * 8);
            end = tensor.End;
        }

        Assert.Equal(length, header.DataStart + end);
        Assert.Equal(header.Tensors.Count, header.Tensors.Select(t => t.Name).Distinct(StringComparer.Ordinal).Count());
    }

    private static void LoadAll(string path, byte[] bytes)
    {
        using var scope = NewDisposeScope();
        File.WriteAllBytes(path, bytes);
        using var file = Safetensors.Open(path);
        file.NonFinite();
        foreach (var tensor in file.Tensors)
        {
            try
            {
                Assert.Equal(tensor.Shape, file.Load(tensor.Name).shape);
            }
            catch (SafetensorsException e)
            {
                Assert.Equal(tensor.Name, e.Tensor);
            }
        }
    }

    private static byte[] Mutate(byte[] seed, byte[] other, Random random)
    {
        var bytes = seed.ToList();
        var fixLength = random.Next(4) > 0;
        for (var n = random.Next(1, 4); n > 0 && bytes.Count > 0; n--)
        {
            var header = RawHeaderLength(seed);
            var at = random.Next(4) == 0 ? random.Next(bytes.Count) : Math.Min(bytes.Count - 1, 8 + random.Next(header));
            switch (random.Next(10))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]); break;
                case 4: Digit(bytes, at, random); break;
                case 5: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at))); break;
                case 6: bytes.InsertRange(at, other.Skip(random.Next(other.Length)).Take(random.Next(1, 60))); break;
                case 7: bytes = bytes[..random.Next(bytes.Count)]; break;
                case 8: Number(bytes, at, random); break;
                case 9: bytes.AddRange(new byte[random.Next(1, 40)]); break;
            }
        }

        // Most of the time the header's length follows, so that the damage is met by the later rules.
        var grown = bytes.Count - seed.Length;
        if (fixLength && bytes.Count >= 8) BitConverter.TryWriteBytes(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes), Math.Max(0, RawHeaderLength(seed) + (long)grown));
        return [.. bytes];
    }

    private static int RawHeaderLength(byte[] seed) => (int)BitConverter.ToInt64(seed);

    private static readonly byte[][] Numbers = [.. new[] { "0", "2", "-1", "1.0", "1e0", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616" }.Select(Encoding.ASCII.GetBytes)];

    private static void Number(List<byte> bytes, int at, Random random)
    {
        var start = bytes.FindIndex(at, IsDigit);
        if (start < 0) return;
        var end = bytes.FindIndex(start, b => !IsDigit(b));
        if (end < 0) return;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Numbers[random.Next(Numbers.Length)]);
    }

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    private static void Digit(List<byte> bytes, int at, Random random)
    {
        var digit = bytes.FindIndex(at, IsDigit);
        if (digit >= 0) bytes[digit] = (byte)('0' + random.Next(10));
    }
}
