using System.Text.Json.Nodes;
using Align.Data;
using Align.Methods;
using Align.Tests.Text;
using Align.Text;

namespace Align.Tests.Data;

/// <summary>The reference's functions on rows of data, and what here stands for them.</summary>
public sealed class GoldenFunctionsTests
{
    private static readonly JsonNode Templates = Golden.Json("data-utils/templates.json");
    private static readonly Dictionary<string, HuggingFaceTokenizer> Tokenizers = Templates.AsObject().Select(t => (string)t.Value!["tokenizer"]!).Distinct()
        .ToDictionary(f => f, f => HuggingFaceTokenizer.Load(Golden.PathOf($"tokenizers/{f}")));

    [Fact]
    public void Golden_functions_on_rows()
    {
        var cases = File.ReadLines(Golden.PathOf("data-utils/cases.jsonl")).Select((l, i) => JsonNode.Parse(l)!).Select((r, i) => ($"{i} {r["function"]}", r));
        Golden.Rows("data-utils/cases.jsonl", cases, r => (string)r["function"]! switch
        {
            "extract_prompt" => ExtractPrompt(r),
            "maybe_extract_prompt" => MaybeExtractPrompt(r),
            "maybe_convert_to_chatml" => ConvertToChatml(r),
            "apply_chat_template" or "maybe_apply_chat_template" => ApplyChatTemplate(r),
            "is_conversational" => IsConversational(r),
            "unpair_preference_dataset" or "maybe_unpair_preference_dataset" => Unpair(r),
            "truncate" => Truncate(r),
            "collate_preference" => CollatePairs(r),
            "collate_unpaired" => CollateJudgements(r),
            "collate_language_modeling" => CollateTexts(r),
            "pack_dataset" => Outcome.NotInThisLibrary("packing of columns: the same rows are in offline/sft.json#packing"),
            "is_conversational_from_value" => Outcome.NotInThisLibrary("asking for from and value: they are read as role and content wherever they stand"),
            var other => Outcome.NotInThisLibrary(other),
        });
    }

    private static Example Row(JsonNode row)
    {
        var fields = row.AsObject();
        object?[] values = [.. ExampleReader.Fields.Select(f => fields[f.Name] is { } value ? value.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)value! : (object)value.DeepClone() : null)];
        return new ExampleReader("case", null, new RowReport("case")).Read(1, values, [.. fields.Select(f => f.Key).Where(k => ExampleReader.Fields.All(f => f.Name != k))]);
    }

    private static Outcome ExtractPrompt(JsonNode row)
    {
        var example = row["input"]!["example"]!;
        Passage Of(string name) => example[name] is JsonArray messages ? new(messages) : new((string)example[name]!);
        try
        {
            var (prompt, chosen, rejected) = ImplicitPrompt.Take(new RowPosition("case", 1), Of("chosen"), Of("rejected"));
            if (prompt.Text is { Length: 0 }) return Outcome.KnownDifference("where texts differ at once the prompt is empty; the reference looks at their last characters");
            DataFileTests.Same(row["output"]!["prompt"], prompt);
            DataFileTests.Same(row["output"]!["chosen"], chosen);
            DataFileTests.Same(row["output"]!["rejected"], rejected);
            return Outcome.Passed;
        }
        catch (DataException)
        {
            return Outcome.KnownDifference("answers that share nothing, and empty ones, are refused");
        }
    }

    private static Outcome MaybeExtractPrompt(JsonNode row)
    {
        var (given, output) = (row["input"]!["example"]!, row["output"]!);
        if (given["rejected"] is null) return Outcome.NotInThisLibrary("rows that are no pairs");
        if (given["prompt"] is JsonArray)
        {
            Assert.Throws<DataException>(() => Row(given));
            return Outcome.KnownDifference("messages before answers that are texts, or conversations of their own, are refused");
        }

        var example = Row(given);
        if (output["prompt"] is { } prompt) DataFileTests.Same(prompt, example.Prompt!);
        DataFileTests.Same(output["chosen"], example.Answer);
        DataFileTests.Same(output["rejected"], example.Rejected!);
        return Outcome.Passed;
    }

    private static Outcome ConvertToChatml(JsonNode row)
    {
        var (name, value) = row["output"]!.AsObject().FirstOrDefault(f => f.Value is JsonArray { Count: > 0 } list && list[0] is JsonObject);
        if (value is null) return Outcome.NotInThisLibrary("rows without messages");
        var example = row["input"]!["example"]!;
        var messages = (example[name!] ?? example["conversations"])!.AsArray();
        if (messages.Any(m => (string?)(m!["role"] ?? m["from"]) is "a" or "b")) return Outcome.KnownDifference("roles that are not known are refused");
        DataFileTests.Same(value, new Passage(MessageRules.Checked(new RowPosition("case", 1), messages, name!)));
        return Outcome.Passed;
    }

    private static Outcome IsConversational(JsonNode row)
    {
        var given = row["input"]!["example"]!;
        try
        {
            var example = Row(given);
            var conversational = (example.Prompt ?? example.Answer).Messages is not null;
            if (conversational && row["output"] is { } output && !(bool)output) return Outcome.KnownDifference("conversations, and from and value, are messages too");
            Assert.Equal((bool)row["output"]!, conversational);
            return Outcome.Passed;
        }
        catch (DataException)
        {
            return Outcome.KnownDifference("rows that are not whole are refused");
        }
    }

    /// <summary>The reference makes texts and cuts them between prompt and answer; rows become tokens here, and the same cut is read from them.</summary>
    private static Outcome ApplyChatTemplate(JsonNode row)
    {
        var (input, output) = (row["input"]!, row["output"]?.AsObject());
        var example = (JsonObject)input["example"]!.DeepClone();
        if (input["tools"] is { } tools) example["tools"] = tools.DeepClone();
        if (output is null)
        {
            if (input["case"]!.ToString() == "prompt-system") return Outcome.KnownDifference("a prompt may end with any role");
            if (input["case"]!.ToString() == "label-only") return Outcome.KnownDifference("a label beside a prompt alone is no field of it");
            Assert.Throws<DataException>(() => Row(example));
            return Outcome.Passed;
        }

        var read = Row(example);
        if ((read.Prompt ?? read.Answer).Text is not null)
        {
            DataFileTests.Same(output["prompt"], read.Prompt!);
            DataFileTests.Same(output["completion"], read.Answer);
            return Outcome.Passed;
        }

        var named = Templates[(string)input["template"]!]!;
        var tokenizer = Tokenizers[(string)named["tokenizer"]!];
        var template = new ChatTemplate((string)named["template"]!, named["special_tokens"]!.AsObject().ToDictionary(t => t.Key, t => (string)t.Value!), clock: FixedClock.Golden);
        var rows = new ExampleTokenizer(tokenizer, template, int.MaxValue, specialsInContent: true);
        string Text(IEnumerable<int> ids) => tokenizer.Decode(ids, withSpecials: true);
        string Part(TokenizedText text, bool trained) => Text(text.Ids.Where((_, i) => text.Trained[i] == trained));
        switch (read.Kind)
        {
            case ExampleKind.Text:
                Assert.Equal((string)output["text"]!, Text(rows.Text(read)!.Ids));
                break;
            case ExampleKind.Prompt:
                Assert.Equal((string)output["prompt"]!, Text(rows.Prompt(read).Ids));
                break;
            case ExampleKind.Pair when output["prompt"] is null:
                var (whole, other, _, _, _) = rows.Pair(read)!;
                Assert.Equal(((string)output["chosen"]!, (string)output["rejected"]!), (Text(whole.Ids), Text(other.Ids)));
                break;
            case ExampleKind.Pair:
                var (chosen, rejected, _, _, _) = rows.Pair(read)!;
                Assert.Equal(((string)output["prompt"]!, (string)output["chosen"]!, (string)output["rejected"]!), (Part(chosen, false), Part(chosen, true), Part(rejected, true)));
                break;
            default:
                var text = rows.Text(read)!;
                Assert.Equal(((string)output["prompt"]!, (string)output["completion"]!), (Part(text, false), Part(text, true)));
                break;
        }

        return Outcome.Passed;
    }

    private static Outcome Unpair(JsonNode row)
    {
        var (columns, output) = (row["input"]!["columns"]!.AsObject(), row["output"]!.AsObject());
        var examples = RowsOf(columns).Select(Row).ToList();
        if (columns["rejected"] is null)
        {
            Assert.All(examples, e => Assert.Equal(ExampleKind.Demonstration, e.Kind));
            Assert.Throws<BatchException>(() => Kto.Unpair(examples));
            return Outcome.KnownDifference("taking apart what is no pair is an error, the reference passes it on");
        }

        var judgements = examples.Chunk((int?)row["input"]!["batch_size"] ?? 1000).SelectMany(Kto.Unpair).ToList();
        var expected = RowsOf(output).ToList();
        Assert.Equal(expected.Count, judgements.Count);
        foreach (var (wanted, judgement) in expected.Zip(judgements))
        {
            Assert.Equal((ExampleKind.Judgement, (bool)wanted["label"]!), (judgement.Kind, judgement.Desirable));
            if (wanted["prompt"] is null) Assert.Equal((string)wanted["completion"]!, judgement.Prompt!.Text + judgement.Answer.Text);
            else DataFileTests.Same(wanted["completion"], judgement.Answer);
            if (wanted["prompt"] is { } prompt) DataFileTests.Same(prompt, judgement.Prompt!);
        }

        return Outcome.Passed;
    }

    /// <summary>A table of columns as rows.</summary>
    private static IEnumerable<JsonObject> RowsOf(JsonObject columns) => Enumerable.Range(0, columns.First().Value!.AsArray().Count)
        .Select(i => new JsonObject(columns.Select(c => KeyValuePair.Create(c.Key, c.Value![i]?.DeepClone()))));

    private static Outcome Truncate(JsonNode row)
    {
        var input = row["input"]!;
        if (row["output"] is null) return Outcome.NotInThisLibrary("a third way of cutting, which is an error");
        var window = new ExampleTokenizer(Tokenizers["qwen2"], null, (int)input["max_length"]!, keepEnd: (string)input["mode"]! == "keep_end");
        var kept = input["examples"]!.AsArray().Select(e => window.Kept(Labelled(e!))).OfType<TokenizedText>();
        Assert.Equal(row["output"]!.AsArray().Select(e => Written(Labelled(e!))), kept.Select(Written));
        return Outcome.Passed;
    }

    private static Outcome CollatePairs(JsonNode row)
    {
        if (row["output"] is null) return Outcome.NotInThisLibrary("a third way of cutting, which is an error");
        var pairs = row["input"]!["examples"]!.AsArray().Select(e => new TokenizedPair(Cut(row, e!, "chosen_ids"), Cut(row, e!, "rejected_ids"))).ToArray();
        SameRows(row["output"]!, "", PreferenceBatch.Padded(pairs, (int)row["input"]!["pad_token_id"]!, multiple: Multiple(row)).Text);
        return Outcome.Passed;
    }

    private static Outcome CollateJudgements(JsonNode row)
    {
        if (row["output"] is null) return Outcome.NotInThisLibrary("a third way of cutting, which is an error");
        var judgements = row["input"]!["examples"]!.AsArray().Select(e => new TokenizedJudgement(Cut(row, e!, "completion_ids"), (bool)e!["label"]!, Cut(row, e!, "KL_completion_ids"))).ToArray();
        var batch = JudgementBatch.Padded(judgements, (int)row["input"]!["pad_token_id"]!, multiple: Multiple(row));
        SameRows(row["output"]!, "", batch.Text);
        SameRows(row["output"]!, "KL_", batch.Mismatched!);
        Assert.Equal(row["output"]!["label"]!.AsArray().Select(l => (bool)l!), batch.Judgements.Select(j => j.Desirable));
        return Outcome.Passed;
    }

    private static Outcome CollateTexts(JsonNode row)
    {
        var (input, output) = (row["input"]!, row["output"]!);
        var examples = input["examples"]!.AsArray();
        if (examples.Any(e => e!["seq_lengths"] is not null)) return Outcome.NotInThisLibrary("collating rows that are packed already: packing makes segments");
        TokenizedText[] texts = [.. examples.Select(e => e!["labels"] is null ? TokenizedText.All(Ids(e["input_ids"]!)) : Labelled(e))];
        var packed = (bool?)input["padding_free"] == true;
        var batch = packed ? Batching.Packed([texts], (int)input["pad_token_id"]!) : Batching.Padded(texts, (int)input["pad_token_id"]!, multiple: Multiple(row));
        Assert.Equal(output["input_ids"]!.AsArray().SelectMany(r => Ids(r!)), batch.Ids.Select(id => (int)id));
        var (labels, positions) = (Enumerable.Repeat(-100, batch.Ids.Length).ToArray(), new int[batch.Ids.Length]);
        foreach (var segment in batch.Segments)
        {
            for (var i = 0; i < segment.Length; i++)
            {
                var at = segment.Row * batch.Columns + segment.Start + i;
                positions[at] = segment.FirstPosition + i;
                if (segment.Trained![i] && (i > 0 || !packed)) labels[at] = (int)batch.Ids[at];
            }
        }

        Assert.Equal(output["labels"]!.AsArray().SelectMany(r => Ids(r!)), labels);
        if (output["position_ids"] is { } expected) Assert.Equal(expected.AsArray().SelectMany(r => Ids(r!)), positions);
        return Outcome.Passed;
    }

    private static int Multiple(JsonNode row) => (int?)row["input"]!["pad_to_multiple_of"] ?? 1;

    private static void SameRows(JsonNode output, string prefix, Batch batch)
    {
        int[][] ids = [.. batch.Ids.Select(id => (int)id).Chunk(batch.Columns)], present = [.. ids.Select(r => new int[r.Length])], trained = [.. ids.Select(r => new int[r.Length])];
        foreach (var segment in batch.Segments)
        {
            for (var i = 0; i < segment.Length; i++) (present[segment.Row][segment.Start + i], trained[segment.Row][segment.Start + i]) = (1, segment.Trained![i] ? 1 : 0);
        }

        foreach (var (name, rows) in new[] { ("input_ids", ids), ("attention_mask", present), ("completion_mask", trained) })
            Assert.Equal(output[prefix + name]!.AsArray().Select(r => Ids(r!)), rows);
    }

    private static TokenizedText Cut(JsonNode row, JsonNode example, string completion)
    {
        var text = TokenizedText.Of(Ids(example["prompt_ids"]!), Ids(example[completion]!));
        if ((int?)row["input"]!["max_length"] is not { } most || most >= text.Ids.Length) return text;
        var kept = (string?)row["input"]!["truncation_mode"] == "keep_end" ? ^most.. : ..most;
        return new(text.Ids[kept], text.Trained[kept]);
    }

    private static TokenizedText Labelled(JsonNode example) => new(Ids(example["input_ids"]!), [.. Ids(example["labels"]!).Select(l => l != -100)]);

    private static string Written(TokenizedText text) => $"{string.Join(' ', text.Ids)} / {string.Join(' ', text.Trained)}";

    private static int[] Ids(JsonNode node) => [.. node.AsArray().Select(i => (int)i!)];
}
