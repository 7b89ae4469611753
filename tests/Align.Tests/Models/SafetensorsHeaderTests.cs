using System.Text;
using Align.Models;

namespace Align.Tests.Models;

public sealed class SafetensorsHeaderTests
{
    private static SafetensorsHeader Read(byte[] file) => SafetensorsHeader.Read(new MemoryStream(file), "it.safetensors");

    private static SafetensorsException Refused(byte[] file) => Assert.Throws<SafetensorsException>(() => Read(file));

    [Fact]
    public void Tensors_are_listed_in_the_order_of_their_bytes_whatever_the_header_says_first()
    {
        var header = Read(RawSafetensors.File(
            """{"late":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"__metadata__":{"b":"2","a":"1"},"early":{"data_offsets":[0,1],"shape":[1],"dtype":"I8"}}""", 1, 2, 3));
        Assert.Equal(["early", "late"], header.Tensors.Select(t => t.Name));
        Assert.Equal(["b", "a"], header.Metadata.Keys);
        Assert.Equal(new SafetensorsTensor("late", "U8", header.Tensors[1].Shape, 1, 3), header.Tensors[1]);
        Assert.Equal("\"late\" U8 [2]", header.Tensors[1].ToString());
    }

    // The first 8 bytes of such files read as a length: 0x613C is 24 892, and no web page.
    [Fact]
    public void A_length_whose_bytes_look_like_a_web_page_is_a_length()
    {
        var json = Encoding.ASCII.GetBytes("{}".PadRight(0x613C));
        Assert.Equal((byte)'<', RawSafetensors.File(json)[0]);
        Assert.Empty(Read(RawSafetensors.File(json)).Tensors);
    }

    [Theory]
    [InlineData("80 04 95 0B 00 00 00 00 00 00 00 7D", "pickle")]
    [InlineData("80 02", "pickle")]
    [InlineData("50 4B 03 04 00 00 08 08 00 00", "pickle inside")]
    [InlineData("1F 8B 08 00 12 34 56 78 00 03", "gzip")]
    [InlineData("EF BB BF 0A 3C 3F 78 6D 6C 20 76 65 72 73 69 6F 6E", "web page")]
    public void Files_that_people_have_in_place_of_weights_are_recognised(string start, string what) =>
        Assert.Contains(what, Refused(Convert.FromHexString(start.Replace(" ", ""))).Message);

    [Fact]
    public void A_pointer_with_a_forged_size_is_still_a_pointer_and_the_size_is_not_repeated()
    {
        var e = Refused(Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\nsize 12;rm\n"));
        Assert.Contains("git LFS pointer", e.Message);
        Assert.DoesNotContain("rm", e.Message.Replace("it.safetensors", "").Split("run git")[0]);
    }

    [Theory]
    [InlineData("[0,18446744073709551615]")] // one dimension of 2^64 - 1
    [InlineData("[9223372036854775808,0]")] // 2^63
    public void A_dimension_that_torch_cannot_count_is_refused_though_the_product_is_zero(string shape) =>
        Assert.StartsWith("R9", Refused(RawSafetensors.File("""{"a":{"dtype":"U8","shape":SHAPE,"data_offsets":[0,0]}}""".Replace("SHAPE", shape))).Rule);

    [Fact]
    public void The_largest_shape_without_bytes_is_read() =>
        Assert.Equal([long.MaxValue, 0], Read(RawSafetensors.File("""{"a":{"dtype":"U8","shape":[9223372036854775807,0],"data_offsets":[0,0]}}""")).Tensors[0].Shape);

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}""", "R5")] // a leading zero is no JSON
    [InlineData("""{"a":{"dtype":"U8","shape":[+1],"data_offsets":[0,1]}}""", "R5")]
    [InlineData("""{"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,1]}}""", "R5")]
    [InlineData("""{"a":{"dtype":"U8","shape":[true],"data_offsets":[0,1]}}""", "R7")]
    [InlineData("""{"a":{"dtype":"U8","shape":{},"data_offsets":[0,1]}}""", "R7")]
    [InlineData("""{"a":{"dtype":null,"shape":[1],"data_offsets":[0,1]}}""", "R7")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[]}}""", "R7")]
    [InlineData("""{"a":{}}""", "R7")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1,"x":2}}""", "R14")]
    [InlineData("""{"__metadata__":"text"}""", "R6")]
    [InlineData("""{"__metadata__":{"k":true}}""", "R6")]
    [InlineData("""{"__metadata__":{"k":"\udc00"}}""", "R5")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[1],"data_offsets":[0,1]}}""", "R5")]
    [InlineData("""{"\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0000":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}""", "R14")]
    [InlineData("""{"_\u005fmetadata__":{"a":1}}""", "R6")] // the same name, written with an escape
    [InlineData("""{} {}""", "R5")]
    [InlineData("""{} // comment""", "R5")]
    [InlineData("   ", "R5")]
    [InlineData("\"\"", "R5")]
    public void A_header_that_is_not_as_the_format_says_is_refused_by_its_rule(string header, string rule) =>
        Assert.StartsWith(rule, Refused(RawSafetensors.File(header, 0)).Rule);

    [Fact]
    public void Hostile_names_are_cut_and_escaped_in_the_message()
    {
        var name = "a\\n\\u001b[31m" + new string('x', 100_000);
        var e = Refused(RawSafetensors.File($$"""{"{{name}}":3}"""));
        Assert.InRange(e.Message.Length, 100, 500);
        Assert.Contains("\\u000a\\u001b[31m", e.Message);
        Assert.Equal(100_000 + 7, e.Tensor!.Length);
    }

    [Fact]
    public void What_is_allocated_follows_the_file_and_not_what_it_claims()
    {
        // 15 tensors of 2^60 bytes each, in a file of 1 kB; with one more, the offsets would pass 2^64.
        var entries = Enumerable.Range(0, 17).Select(i => (UInt128)i << 60).Select(begin => $"\"{begin}\":{{\"dtype\":\"U8\",\"shape\":[{1L << 60}],\"data_offsets\":[{begin},{begin + (1UL << 60)}]}}");
        var file = RawSafetensors.File($"{{{string.Join(",", entries.Take(15))}}}");
        Refused(file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.StartsWith("R12", Refused(file).Rule);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000 + 20 * file.Length);
        Assert.StartsWith("R7", Refused(RawSafetensors.File($"{{{string.Join(",", entries)}}}")).Rule);
    }

    [Fact]
    public void A_file_that_is_not_there_or_is_a_folder_is_a_typed_error()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("cannot be read", Assert.Throws<SafetensorsException>(() => Safetensors.Open(folder["none.safetensors"])).Message);
        Assert.Contains("cannot be read", Assert.Throws<SafetensorsException>(() => Safetensors.Open(folder.Path)).Message);
    }
}
