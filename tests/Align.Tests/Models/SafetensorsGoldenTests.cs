using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Align.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class SafetensorsGoldenTests
{
    [Fact]
    public void Valid_files_open_with_the_names_shapes_offsets_and_texts_of_the_reference() =>
        Golden.Rows("files/safetensors/valid/cases.json", Cases("valid"), c =>
        {
            var (file, expected) = (PathOf(c), Expected(c));
            using var opened = Safetensors.Open(file);
            Assert.Equal(
                (expected["metadata"] as JsonObject ?? []).ToDictionary(p => p.Key, p => p.Value!.GetValue<string>()),
                opened.Metadata.ToDictionary());
            var tensors = expected["tensors"]!.AsObject();
            Assert.Equal(tensors.Select(t => t.Key).Order(StringComparer.Ordinal), opened.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
            foreach (var (name, entry) in tensors)
            {
                Assert.Equal(entry!["dtype"]!.GetValue<string>(), opened[name].Dtype);
                Assert.Equal(entry["shape"]!.AsArray().Select(d => d!.GetValue<long>()), opened[name].Shape);
                Assert.Equal(entry["data_offsets"]!.AsArray().Select(d => d!.GetValue<long>()), [opened[name].Begin, opened[name].End]);
            }

            var lint = (c["lint"] as JsonObject ?? []).Select(l => new NonFiniteCount(l.Key, Count(l, "nan"), Count(l, "posinf"), Count(l, "neginf")));
            if (c["lint"] is not null) Assert.Equal(lint.OrderBy(l => l.Tensor), opened.NonFinite().OrderBy(l => l.Tensor));
            return Outcome.Passed;

            static long Count(KeyValuePair<string, JsonNode?> lint, string kind) => lint.Value![kind]!.GetValue<long>();
        });

    [Fact]
    public void Every_tensor_of_the_valid_files_has_the_bytes_and_values_of_the_reference() =>
        Golden.Rows(
            "files/safetensors/valid/cases.json#tensors",
            Cases("valid").SelectMany(c => Expected(c.Row)["tensors"]!.AsObject().Select(t => ($"{c.Name} {t.Key}", (c.Row, t.Key, t.Value!)))),
            row =>
            {
                using var scope = NewDisposeScope();
                var (c, name, expected) = row;
                using var file = Safetensors.Open(PathOf(c));
                var (bytes, dtype) = (Convert.FromHexString(expected["bytes_hex"]!.GetValue<string>()), file[name].Dtype);
                if (dtype is "U64" or "F4" or "F6_E2M3" or "F6_E3M2" or "F8_E8M0" || dtype.EndsWith("FNUZ", StringComparison.Ordinal))
                {
                    var e = Assert.Throws<SafetensorsException>(() => file.Load(name));
                    Assert.Equal(name, e.Tensor);
                    Assert.Contains(dtype, e.Message);
                    return dtype == "U64" ? Outcome.NotInThisLibrary("values of U64: TorchSharp has no type for them; listed, and refused by name") : Outcome.Passed;
                }

                var tensor = file.Load(name);
                Assert.Equal(file[name].Shape, tensor.shape);
                if (dtype is not ("BOOL" or "U16" or "U32" or "F8_E4M3" or "F8_E5M2")) Assert.Equal(bytes, tensor.bytes.ToArray());
                Assert.Equal(expected["values"]!.AsArray().Select(Value), Values(tensor));
                return Outcome.Passed;
            });

    [Fact]
    public void Invalid_files_are_refused_with_the_file_the_rule_and_the_tensor() =>
        Golden.Rows("files/safetensors/invalid/cases.json", Cases("invalid"), c =>
        {
            var file = PathOf(c);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var e = Assert.Throws<SafetensorsException>(() => Safetensors.Open(file));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000 + 20 * new FileInfo(file).Length);

            Assert.Equal(file, e.File);
            Assert.Contains(file, e.Message);
            Assert.Contains(e.Rule!.Split(' ')[0], c["rule"]!.GetValue<string>().Split(' ')[0].Split('/'));
            foreach (var name in c["names"]!.AsArray().Select(n => n!.GetValue<string>())) AssertNamed(name, e);
            foreach (var quoted in Regex.Matches(c["should"]!.GetValue<string>(), "'(.*)'").Select(m => m.Groups[1].Value))
                foreach (var part in quoted.Split([", ", ": "], StringSplitOptions.None)) Assert.Contains(part, e.Message);
            return Outcome.Passed;
        });

    private static void AssertNamed(string name, SafetensorsException e)
    {
        switch (name)
        {
            case "expected and actual length": Assert.Matches(@"expected length \d+, actual length \d+", e.Message); break;
            case "byte position": Assert.Matches(@"byte position \d+", e.Message); break;
            case "position in the header": Assert.Matches(@"line \d+, column \d+", e.Message); break;
            case "a or b": Assert.Contains(e.Tensor, new[] { "a", "b" }); break;
            case "a" when e.Tensor is null: Assert.Contains("\"a\"", e.Message); break; // a key of __metadata__
            case "a" or "b": Assert.Equal(name, e.Tensor); break;
            default: Assert.Contains(name, e.Message); break;
        }
    }

    private static IEnumerable<(string Name, JsonNode Row)> Cases(string kind) =>
        Golden.Json($"files/safetensors/{kind}/cases.json").AsArray().Select(c => (c!["file"]!.GetValue<string>(), c));

    private static string PathOf(JsonNode c) => Golden.PathOf("files/" + c["file"]!.GetValue<string>());

    private static JsonNode Expected(JsonNode c)
    {
        var file = c["file"]!.GetValue<string>();
        return Golden.Json($"files/safetensors/valid/expected/{Path.GetFileNameWithoutExtension(file)}.json");
    }

    // Doubles hold all values but the long ones, which are compared as they are.
    private static object Value(JsonNode? value) => value switch
    {
        JsonArray pair => (Golden.Number(pair[0]), Golden.Number(pair[1])),
        JsonValue v when v.TryGetValue<bool>(out var b) => b,
        JsonValue v when v.TryGetValue<long>(out var i) => i,
        _ => Golden.Number(value),
    };

    private static List<object> Values(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Bool => tensor.data<bool>().Select(v => (object)v).ToList(),
        ScalarType.ComplexFloat32 => tensor.data<(float Re, float Im)>().Select(v => (object)((double)v.Re, (double)v.Im)).ToList(),
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 =>
            tensor.to(ScalarType.Int64).data<long>().Select(v => (object)v).ToList(),
        _ => tensor.to(ScalarType.Float64).data<double>().Select(v => (object)v).ToList(),
    };
}
