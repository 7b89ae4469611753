using System.Text.Json.Nodes;
using Align.Runtime;
using Align.Text;
using Align.Training;

namespace Align.ToyWorld;

/// <summary>Batches of pretraining text.</summary>
/// <param name="format">Makes tokens.</param>
/// <param name="rows">Documents a batch.</param>
/// <param name="mixture">The mixture at a step.</param>
/// <param name="rng">Where the text comes from.</param>
internal sealed class PretrainingText(PromptFormat format, int rows, Func<int, Mixture> mixture, Rng rng) : IBatchSource<TextBatch>
{
    private const int Together = 4;

    private readonly Queue<TextBatch> _ready = [];
    private Rng _rng = rng;
    private string _beforeDraw = rng.Save();
    private int _given;

    public TextBatch? Next()
    {
        if (_ready.Count == 0) Draw();
        _given++;
        return _ready.Dequeue();
    }

    public JsonNode Save() => new JsonObject { ["rng"] = _ready.Count == 0 ? _rng.Save() : _beforeDraw, ["given"] = _given };

    public void Load(JsonNode state)
    {
        _ready.Clear();
        (_rng, _given) = (Rng.Load((string)state["rng"]!), (int)state["given"]!);
        if (_given % Together == 0) return;
        var taken = _given % Together;
        _given -= taken;
        Draw();
        for (; taken > 0; taken--) Next();
    }

    /// <summary>Some batches at once: rows of about the same length share one.</summary>
    private void Draw()
    {
        _beforeDraw = _rng.Save();
        var now = mixture(_given);
        var texts = Enumerable.Range(0, Together * rows).Select(_ => Tokens(Pretraining.Draw(_rng, now))).OrderBy(t => t.Ids.Length).Chunk(rows).ToArray();
        _rng.Shuffle<TokenizedText[]>(texts);
        foreach (var some in texts) _ready.Enqueue(new TextBatch(Rounded(Batching.Padded(some, format.Pad)), [.. Enumerable.Range(_given * rows, rows)]));
    }

    private TokenizedText Tokens(Document document) => TokenizedText.All(
        [.. document.Prompt is { } prompt ? format.Prompt(prompt) : [format.Tokenizer.Specials["<begin>"]], .. format.Completion(document.Text)]);

    /// <summary>A few columns more and a few trained tokens less, so that sizes repeat: the allocator then finds the block it needs, which halves the time of a long run.</summary>
    private Batch Rounded(Batch batch)
    {
        var columns = (batch.Columns + 15) / 16 * 16;
        var ids = new long[batch.Rows * columns];
        Array.Fill(ids, format.Pad);
        for (var row = 0; row < batch.Rows; row++) batch.Ids.AsSpan(row * batch.Columns, batch.Columns).CopyTo(ids.AsSpan(row * columns));
        for (var (row, spare) = (0, batch.TrainedTokens % 64); spare > 0; row = (row + 1) % batch.Rows, spare--)
            batch.Segments[row].Trained![Array.IndexOf(batch.Segments[row].Trained!, true, 1)] = false;
        return new(batch.Rows, columns, ids, batch.Segments);
    }
}
