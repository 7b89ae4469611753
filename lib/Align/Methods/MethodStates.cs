using System.Text.Json.Nodes;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Several states of one method as one.</summary>
internal sealed class MethodStates : IMethodState
{
    private readonly IMethodState[] _states;

    private MethodStates(IMethodState[] states) => _states = states;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Weights => [.. _states.SelectMany(s => s.Weights)];

    /// <summary>Those that are there; itself where it is the only one, null where there is none.</summary>
    public static IMethodState? Of(params IMethodState?[] states) => states.OfType<IMethodState>().ToArray() switch
    {
        [] => null,
        [var only] => only,
        var several => new MethodStates(several),
    };

    /// <inheritdoc/>
    public JsonNode Save() => new JsonArray([.. _states.Select(s => s.Save())]);

    /// <inheritdoc/>
    public void Load(JsonNode state)
    {
        if (state is not JsonArray all || all.Count != _states.Length)
            throw new RunStateException($"The saved state of the method is none of {_states.Length} parts, as this run's is. Resume with the same method.");
        foreach (var (one, saved) in _states.Zip(all)) one.Load(saved!);
    }
}
