using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Adapters as PEFT writes and reads them: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
internal static class LoraFiles
{
    /// <summary>What stands before every name in the file of weights.</summary>
    public const string Prefix = "base_model.model.";

    private const string ConfigFile = "adapter_config.json", WeightsFile = "adapter_model.safetensors";

    /// <summary>Words whose value changes nothing here. Any other word has to be absent, null, false or empty.</summary>
    private static readonly HashSet<string> Neutral = new(StringComparer.Ordinal)
    {
        "auto_mapping", "base_model_name_or_path", "fan_in_fan_out", "inference_mode", "lora_dropout", "megatron_core", "peft_version", "qalora_group_size", "revision", "task_type",
    };

    private static readonly HashSet<string> Read = new(StringComparer.Ordinal)
    {
        "peft_type", "bias", "init_lora_weights", "r", "lora_alpha", "target_modules", "use_rslora", "rank_pattern", "alpha_pattern", "modules_to_save",
    };

    public static string WeightNameOf(string module, char matrix) => $"{Prefix}{module}.lora_{matrix}.weight";

    /// <summary>Opens an adapter's folder.</summary>
    /// <exception cref="CheckpointException">A file is not there, or is damaged.</exception>
    /// <exception cref="ConfigException">The adapter is of a kind that is not known here.</exception>
    public static (LoraConfig Config, JsonObject Json) ReadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        if (!File.Exists(path)) throw new CheckpointException(folder, $"there is no {ConfigFile}: this is no folder of an adapter.");
        var json = CheckpointJson.Read(path);
        var config = new ConfigJson(json, ConfigFile);
        if (config.Text("peft_type") is var kind && kind != "LORA") throw Unknown("peft_type", json, "LORA");
        if ((config.Text("bias") ?? "none") != "none") throw Unknown("bias", json, "none");
        if (json["init_lora_weights"] is JsonValue start && start.GetValueKind() == JsonValueKind.String && start.GetValue<string>() != "gaussian")
            throw Unknown("init_lora_weights", json, "true, false, gaussian: others change the base's weights as well");
        foreach (var (key, value) in json)
            if (!Neutral.Contains(key) && !Read.Contains(key) && !IsNothing(value)) throw Unknown(key, json, "nothing");
        if (json["target_modules"] is not (JsonArray or JsonValue) || (json["target_modules"] is JsonValue && config.Text("target_modules") != LoraConfig.AllLinear))
            throw Unknown("target_modules", json, $"a list of modules, or {LoraConfig.AllLinear}");

        return (new()
        {
            Rank = config.Integer("r", 8),
            Alpha = config.Number("lora_alpha", 8),
            Targets = json["target_modules"] is JsonArray ? config.Texts("target_modules")! : [LoraConfig.AllLinear],
            RankStabilised = config.Flag("use_rslora", false),
            RankPattern = Pattern("rank_pattern", (c, key) => c.Integer(key)),
            AlphaPattern = Pattern("alpha_pattern", (c, key) => c.Number(key)),
            ModulesToSave = config.Texts("modules_to_save") ?? [],
        }, json);

        Dictionary<string, T> Pattern<T>(string key, Func<ConfigJson, string, T> value)
        {
            if (json[key] is not null and not JsonObject) throw Unknown(key, json, "an object");
            return (json[key] as JsonObject ?? []).ToDictionary(p => p.Key, p => value(new((JsonObject)json[key]!, $"{ConfigFile}: {key}"), p.Key), StringComparer.Ordinal);
        }
    }

    /// <summary>Fills tensors from an adapter's file, which has to hold these and no others.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="shapes">Every tensor by its name in the file.</param>
    /// <param name="make">Makes a tensor to be filled, after everything was checked.</param>
    /// <exception cref="CheckpointException">Tensors are missing, too many or of another shape: all of them are listed.</exception>
    public static Dictionary<string, Tensor> Load(string folder, IReadOnlyList<(string Name, long[] Shape)> shapes, Func<long[], Tensor> make)
    {
        var path = Path.Combine(folder, WeightsFile);
        if (!File.Exists(path))
            throw new CheckpointException(folder, File.Exists(Path.Combine(folder, "adapter_model.bin"))
                ? "this adapter is only a pickle (adapter_model.bin), which can run code when it is opened and is never opened here: convert it to safetensors."
                : $"there is no {WeightsFile}. Fetch it from where {ConfigFile} is from.");
        using var file = Safetensors.Open(path);
        var difference = CheckpointDifference.Of(file.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal), [.. shapes.Select(s => (s.Name, s.Shape, (ScalarType?)null))], ignore: null);
        if (difference.IsFatal || difference.Unexpected.Count > 0) throw new CheckpointException(difference, path, "the adapter", $"{ConfigFile} and the model");
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, shape) in shapes)
        {
            tensors.Add(name, make(shape));
            file.Read(name, tensors[name]);
        }

        return tensors;
    }

    /// <summary>Writes an adapter's folder.</summary>
    public static void Save(string folder, JsonObject config, IEnumerable<(string Name, Tensor Value)> parameters)
    {
        Directory.CreateDirectory(folder);
        Safetensors.Save(Path.Combine(folder, WeightsFile), parameters, new Dictionary<string, string> { ["format"] = "pt" });
        CheckpointWriter.WriteText(Path.Combine(folder, ConfigFile), config);
    }

    /// <summary>The configuration of an adapter that was made here.</summary>
    /// <param name="config">The adapter.</param>
    /// <param name="sites">Its matrices.</param>
    /// <param name="model">The decoder it is for.</param>
    /// <param name="task"><c>CAUSAL_LM</c> or <c>SEQ_CLS</c>.</param>
    public static JsonObject Write(LoraConfig config, IEnumerable<LoraSite> sites, Decoder model, string task) => new()
    {
        ["alpha_pattern"] = new JsonObject(config.AlphaPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        ["base_model_name_or_path"] = model.Origin?.Folder,
        ["bias"] = "none",
        ["fan_in_fan_out"] = model.Config.Row.InputFirst,
        ["inference_mode"] = true,
        ["lora_alpha"] = config.Alpha,
        ["lora_dropout"] = 0.0,
        ["modules_to_save"] = config.ModulesToSave.Count == 0 ? null : List(config.ModulesToSave),
        ["peft_type"] = "LORA",
        ["r"] = config.Rank,
        ["rank_pattern"] = new JsonObject(config.RankPattern.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        ["target_modules"] = List(config.Targets.Contains(LoraConfig.AllLinear) ? sites.Select(s => s.Map.Module) : config.Targets),
        ["task_type"] = task,
        ["use_dora"] = false,
        ["use_rslora"] = config.RankStabilised,
    };

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    private static bool IsNothing(JsonNode? value) => value switch
    {
        null => true,
        JsonArray a => a.Count == 0,
        JsonObject o => o.Count == 0,
        _ => value.GetValueKind() == JsonValueKind.False,
    };

    private static ConfigException Unknown(string key, JsonObject json, string known) =>
        new($"{ConfigFile}: {key} is {json[key]?.ToJsonString() ?? "null"}, which is not known here. Known: {known}.");
}
