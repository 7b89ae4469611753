using System.Text.Json.Nodes;

namespace Align.Tool.Engine;

/// <summary>Where a running cell's output goes: into a notebook's JSON, or over the wire to Jupyter. Called from any thread.</summary>
internal interface ICellOutput
{
    /// <summary>Text on <c>stdout</c> or <c>stderr</c>.</summary>
    void Stream(string name, string text);

    /// <summary>A value shown by the cell; <paramref name="id"/> names it for <see cref="Update"/>.</summary>
    void Display(string id, JsonObject data);

    /// <summary>Replaces what was shown under an id.</summary>
    void Update(string id, JsonObject data);

    /// <summary>The value of the cell's trailing expression.</summary>
    void Result(int number, JsonObject data);

    /// <summary>What made the cell fail.</summary>
    void Error(CellError error);
}
