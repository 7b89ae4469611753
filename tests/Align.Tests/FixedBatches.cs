using System.Text.Json.Nodes;
using Align.Text;
using Align.Training;

namespace Align.Tests;

/// <summary>Batches in a given order.</summary>
internal sealed class FixedBatches<TBatch>(IReadOnlyList<TBatch> batches) : IBatchSource<TBatch>
    where TBatch : class, IBatch
{
    private int _at;

    public TBatch? Next() => _at < batches.Count ? batches[_at++] : null;

    public JsonNode Save() => JsonValue.Create(_at);

    public void Load(JsonNode state) => _at = (int)state;
}
