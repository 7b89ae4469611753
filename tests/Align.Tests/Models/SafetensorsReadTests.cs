using Align.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class SafetensorsReadTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private SafetensorsFile Saved(params (string, Tensor)[] tensors)
    {
        Safetensors.Save(_folder["it.safetensors"], tensors);
        return Safetensors.Open(_folder["it.safetensors"]);
    }

    [Fact]
    public void A_parameter_is_filled_in_place_in_its_own_type_and_still_trains()
    {
        using var file = Saved(("w", tensor(new float[,] { { 1, 2 }, { 3, 0.1f } }).to(ScalarType.BFloat16)));
        var parameter = new TorchSharp.Modules.Parameter(zeros(2, 2));
        file.Read("w", parameter);
        Assert.Equal([1f, 2f, 3f, 0.10009765625f], parameter.data<float>()); // 0.1 in BF16 is 0x3DCD
        Assert.True(parameter.requires_grad && parameter.is_leaf);
        parameter.sum().backward();
        Assert.Equal([1f, 1f, 1f, 1f], parameter.grad!.data<float>());
    }

    [Fact]
    public void A_transposed_view_is_filled_row_by_row()
    {
        using var file = Saved(("w", arange(6, dtype: ScalarType.Float32).view(2, 3)));
        var weight = zeros(3, 2);
        file.Read("w", weight.t());
        Assert.Equal([0f, 3f, 1f, 4f, 2f, 5f], weight.data<float>());
    }

    // More values than one piece holds (4 194 304 of F32), so that rows are taken in blocks, and rows longer than a piece one by one.
    [Theory]
    [InlineData(3, 1_500_000)]
    [InlineData(2, 4_300_000)]
    [InlineData(2_200_000, 2)]
    public void Tensors_longer_than_a_piece_arrive_whole(long rows, long columns)
    {
        using var file = Saved(("w", arange(rows * columns, dtype: ScalarType.Int32).view(rows, columns)));
        var expected = arange(rows * columns, dtype: ScalarType.Int32).view(rows, columns);
        Assert.True(file.Load("w").eq(expected).all().item<bool>());
        Assert.True(file.Load("w", ScalarType.Float64).eq(expected).all().item<bool>());
        var (wide, longer) = (zeros(columns, rows, dtype: ScalarType.Int64), zeros(rows, columns * 2, dtype: ScalarType.Int32));
        file.Read("w", wide.t());
        file.Read("w", longer.slice(1, 0, 2 * columns, 2));
        Assert.True(wide.t().eq(expected).all().item<bool>());
        Assert.True(longer.slice(1, 0, 2 * columns, 2).eq(expected).all().item<bool>());
        Assert.Equal(0, longer.slice(1, 1, 2 * columns, 2).count_nonzero().item<long>());
    }

    [Fact]
    public void A_destination_of_another_shape_is_refused_with_both_shapes_and_untouched()
    {
        using var file = Saved(("w", ones(2, 3)));
        var destination = zeros(3, 2);
        var e = Assert.Throws<SafetensorsException>(() => file.Read("w", destination));
        Assert.Contains("[2, 3]", e.Message);
        Assert.Contains("[3, 2]", e.Message);
        Assert.Equal(0, destination.sum().item<float>());
    }

    [Theory]
    [InlineData(ScalarType.Int64, ScalarType.Int32)]
    [InlineData(ScalarType.Int64, ScalarType.Float64)]
    [InlineData(ScalarType.Int32, ScalarType.Float32)]
    [InlineData(ScalarType.Int8, ScalarType.Byte)]
    [InlineData(ScalarType.Float32, ScalarType.Int64)]
    [InlineData(ScalarType.Float32, ScalarType.Bool)]
    [InlineData(ScalarType.ComplexFloat32, ScalarType.Float32)]
    public void Values_that_would_not_all_fit_are_refused(ScalarType stored, ScalarType wanted)
    {
        using var file = Saved(("w", zeros(2, dtype: stored)));
        var e = Assert.Throws<SafetensorsException>(() => file.Load("w", wanted));
        Assert.Equal("w", e.Tensor);
        Assert.Contains(wanted.ToString(), e.Message);
    }

    [Fact]
    public void A_name_that_is_not_there_is_a_typed_error()
    {
        using var file = Saved(("w", ones(1)));
        Assert.Equal("W", Assert.Throws<SafetensorsException>(() => file.Load("W")).Tensor);
        Assert.Null(file.Find("w "));
    }

    [Fact]
    public void A_file_that_became_shorter_after_it_was_opened_is_a_typed_error()
    {
        using var file = Saved(("w", ones(100)));
        using (var stream = new FileStream(_folder["it.safetensors"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(200);
        Assert.Contains("shorter", Assert.Throws<SafetensorsException>(() => file.Load("w")).Message);
    }

    [Fact]
    public void A_tensor_for_which_there_is_no_memory_is_a_typed_error()
    {
        // A sparse file of 8 TB: it takes no disk, and its header is right.
        var header = """{"w":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}}""";
        File.WriteAllBytes(_folder["it.safetensors"], RawSafetensors.File(header));
        using (var stream = File.OpenWrite(_folder["it.safetensors"])) stream.SetLength(8 + header.Length + 8796093022208);
        using var file = Safetensors.Open(_folder["it.safetensors"]);
        Assert.Equal(8796093022208, file["w"].ByteCount);
        Assert.Contains("[1099511627776]", Assert.Throws<SafetensorsException>(() => file.Load("w")).Message);
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        using var file = Saved(("a", ones(2, 3)), ("b", ones(4, dtype: ScalarType.Float64)));
        var destination = zeros(3, 2, dtype: ScalarType.Float64).t();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        file.Read("a", destination);
        file.NonFinite();
        using (var a = file.Load("a", ScalarType.Float16)) Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        foreach (var (_, t) in Safetensors.Load(_folder["it.safetensors"])) t.Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Several_threads_read_from_one_file()
    {
        using var file = Saved([.. Enumerable.Range(0, 16).Select(i => ($"t{i}", full(1000 + i, i, dtype: ScalarType.Int32)))]);
        Parallel.For(0, 64, n =>
        {
            using var scope = NewDisposeScope();
            Assert.True(file.Load($"t{n % 16}").eq(n % 16).all().item<bool>());
        });
    }
}
