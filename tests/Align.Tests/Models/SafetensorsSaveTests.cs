using System.Text;
using Align.Models;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class SafetensorsSaveTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private byte[] Saved(IEnumerable<(string, Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Safetensors.Save(_folder["it.safetensors"], tensors, metadata);
        return File.ReadAllBytes(_folder["it.safetensors"]);
    }

    [Theory]
    [InlineData("files/safetensors/valid/written-by-save_file.safetensors")]
    [InlineData("files/checkpoints/whole/model.safetensors")]
    [InlineData("files/checkpoints/bf16-weights/model.safetensors")]
    public void What_the_reference_wrote_is_written_again_byte_for_byte(string golden)
    {
        var path = Golden.PathOf(golden);
        using var file = Safetensors.Open(path);
        var tensors = Safetensors.Load(path).Select(t => (t.Key, t.Value)).ToList();
        Assert.Equal(File.ReadAllBytes(path), Saved(tensors, file.Metadata));
        tensors.Reverse();
        Assert.Equal(File.ReadAllBytes(path), Saved(tensors, file.Metadata));
    }

    // The reference orders types as it lists them, larger ones last, and writes the last first; names go by their bytes, where "｡" (EF BD A1) comes before "😀" (F0 9F 98 80).
    [Fact]
    public void Types_and_names_are_written_in_the_reference_s_order()
    {
        ScalarType[] types = [ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int32, ScalarType.Float32, ScalarType.ComplexFloat32, ScalarType.Float64, ScalarType.Int64];
        Saved([.. types.Select(t => ($"{t}", zeros(1, dtype: t))), ("😀", zeros(1)), ("｡", zeros(1)), ("", zeros(1)), ("Z", zeros(1)), ("a", zeros(1))]);
        using var file = Safetensors.Open(_folder["it.safetensors"]);
        Assert.Equal(["Int64", "Float64", "ComplexFloat32", "", "Float32", "Z", "a", "｡", "😀", "Int32", "BFloat16", "Float16", "Int16", "Int8", "Byte", "Bool"], file.Tensors.Select(t => t.Name));
    }

    [Fact]
    public void Names_and_texts_are_escaped_as_the_reference_does_and_no_more()
    {
        var bytes = Saved([("é\"\\/\b\f\n\r\t\0\u001f\u007f\u2028😀<&'", zeros(0))], new Dictionary<string, string> { ["z"] = "", ["a"] = "ü" });
        var header = Encoding.UTF8.GetString(bytes, 8, bytes.Length - 8);
        Assert.Equal(
            "{\"__metadata__\":{\"a\":\"ü\",\"z\":\"\"},\"é\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007f\u2028😀<&'\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
            header.TrimEnd(' '));
        Assert.Equal(0, bytes.Length % 8);
    }

    [Fact]
    public void A_file_without_tensors_is_a_padded_pair_of_braces()
    {
        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], Saved([]));
        Assert.Equal([.. RawSafetensors.File("""{"__metadata__":{"framework":"pt"}}     """)], Saved([], new Dictionary<string, string> { ["framework"] = "pt" }));
    }

    private static readonly ScalarType[] Types =
        [ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64, ScalarType.ComplexFloat32];

    private static readonly Gen<(string Name, int Type, int[] Shape, uint Seed)> AnyTensor =
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 0, 12], Gen.Int[0, Types.Length - 1], Gen.Int[0, 4].Array[0, 4], Gen.UInt);

    [Fact]
    public void Saving_loading_and_saving_again_gives_the_same_bits_and_the_same_bytes() =>
        AnyTensor.Array[0, 8].Sample(
            specifications =>
            {
                using var scope = NewDisposeScope();
                var tensors = specifications.DistinctBy(s => s.Name).Select(s => (s.Name, Tensor: Made(Types[s.Type], s.Shape, s.Seed))).ToList();
                var path = _folder[$"{Guid.NewGuid():N}"];
                Safetensors.Save(path, tensors);
                var first = File.ReadAllBytes(path);
                var loaded = Safetensors.Load(path);
                foreach (var (name, tensor) in tensors)
                {
                    Assert.Equal(tensor.dtype, loaded[name].dtype);
                    Assert.Equal(tensor.shape, loaded[name].shape);
                    Assert.Equal(tensor.bytes.ToArray(), loaded[name].bytes.ToArray());
                    Assert.Equal(tensor.bytes.ToArray(), RawSafetensors.BytesOf(first, name));
                }

                Safetensors.Save(path, loaded.Reverse().Select(t => (t.Key, t.Value)));
                Assert.Equal(first, File.ReadAllBytes(path));
                File.Delete(path);
            },
            iter: 60, threads: 1);

    private static Tensor Made(ScalarType type, int[] shape, uint seed)
    {
        var tensor = zeros(Array.ConvertAll(shape, d => (long)d), dtype: type);
        new Random((int)seed).NextBytes(tensor.bytes);
        if (type == ScalarType.Bool) foreach (ref var b in tensor.bytes) b &= 1;
        return tensor;
    }

    [Fact]
    public void Views_are_written_as_what_they_show()
    {
        var grid = arange(12, dtype: ScalarType.Int16).view(3, 4);
        var complex = tensor(new System.Numerics.Complex[] { new(1, 2) }).to(ScalarType.ComplexFloat32);
        Saved([("transposed", grid.t()), ("strided", grid[.., TensorIndex.Slice(0, 4, 2)]), ("expanded", grid[0].expand(2, 4)), ("longer than a piece", grid[..2, ..1].expand(2, 9_000_000)), ("conjugate", complex.conj()), ("trained", ones(1, requires_grad: true) * 2)]);
        var loaded = Safetensors.Load(_folder["it.safetensors"]);
        Assert.Equal(new short[] { 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11 }, loaded["transposed"].data<short>());
        Assert.Equal(new short[] { 0, 2, 4, 6, 8, 10 }, loaded["strided"].data<short>());
        Assert.Equal(new short[] { 0, 1, 2, 3, 0, 1, 2, 3 }, loaded["expanded"].data<short>());
        Assert.True(loaded["longer than a piece"].eq(grid[..2, ..1]).all().item<bool>());
        Assert.Equal((1f, -2f), loaded["conjugate"].data<(float, float)>()[0]);
        Assert.Equal(2f, loaded["trained"].item<float>());
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_by_name_and_the_old_file_stays()
    {
        var old = Saved([("a", ones(1))]);
        Refused("b", [("b", ones(1)), ("b", ones(1))]);
        Refused("__metadata__", [("__metadata__", ones(1))]);
        Refused("c", [("c", zeros(1, dtype: ScalarType.ComplexFloat64))]);
        Refused(null, [("\ud800", ones(1))]);
        Assert.Equal(old, File.ReadAllBytes(_folder["it.safetensors"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));

        void Refused(string? name, (string, Tensor)[] tensors) => Assert.Equal(name, Assert.Throws<SafetensorsException>(() => Saved(tensors)).Tensor);
    }

    [Fact]
    public void A_header_over_100_MB_is_refused()
    {
        var text = new string('x', 25_000_000);
        var metadata = Enumerable.Range(0, 4).ToDictionary(i => $"{i}", _ => text);
        Assert.StartsWith("R15", Assert.Throws<SafetensorsException>(() => Saved([], metadata)).Rule);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void When_writing_fails_half_way_the_old_file_stays_and_nothing_is_left_over()
    {
        var old = Saved([("a", ones(1))]);
        // A sparse tensor has no bytes to write: libtorch says so only when they are asked for, after the first tensor is written.
        var sparse = eye(3, dtype: ScalarType.Float32).to_sparse();
        Assert.ThrowsAny<Exception>(() => Saved([("a", zeros(5_000_000)), ("b", sparse)]));
        Assert.Equal(old, File.ReadAllBytes(_folder["it.safetensors"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }
}
