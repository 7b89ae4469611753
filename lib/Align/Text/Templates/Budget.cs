using System.Runtime.CompilerServices;

namespace Align.Text.Templates;

/// <summary>How much work a template may do: a file from somewhere must not be able to stop a run or fill the memory.</summary>
/// <param name="Steps">Steps of the interpreter.</param>
/// <param name="Characters">UTF-16 units of text, all texts that it makes on the way included.</param>
public sealed record TemplateLimits(int Steps = 2_000_000, int Characters = 20_000_000);

/// <summary>What is left of the limits.</summary>
internal sealed class Budget(TemplateLimits limits)
{
    private long _steps = limits.Steps, _characters = limits.Characters;

    /// <summary>Takes a step, and makes sure that there is stack for another.</summary>
    public void Step(long count = 1)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new TemplateException(TemplateFault.Limit, "The chat template nests too deeply.");
        if ((_steps -= count) < 0) throw new TemplateException(TemplateFault.Limit, $"The chat template took more than {limits.Steps} steps.");
    }

    /// <summary>Asks for room before a text is made.</summary>
    public void Room(long characters)
    {
        if (characters > _characters) throw new TemplateException(TemplateFault.Limit, $"The chat template made more than {limits.Characters} characters.");
        _characters -= characters;
    }
}
