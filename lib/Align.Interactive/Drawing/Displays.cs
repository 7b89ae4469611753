using System.Reflection;

namespace Align.Interactive.Drawing;

/// <summary>A live value in the archived kernel of .NET Interactive, which is reached by its members' names and never referenced.</summary>
internal sealed class KernelDisplay : ILiveDisplay
{
    private static readonly string[] Mime = ["text/html"];

    private readonly object? _handle;
    private MethodInfo? _update;

    private KernelDisplay(object? handle)
    {
        _handle = handle;
        _update = handle?.GetType().GetMethod("Update", [typeof(object)]);
    }

    /// <summary>Shows the value where that kernel runs the cell; null elsewhere.</summary>
    public static ILiveDisplay? TryShow(object value)
    {
        const string name = "Microsoft.DotNet.Interactive";
        return Array.Find(AppDomain.CurrentDomain.GetAssemblies(), a => a.GetName().Name == name) is { } kernel
            ? TryShow(value, type => kernel.GetType($"{name}.{type}")) : null;
    }

    /// <summary>The same with the kernel's types found by another way.</summary>
    /// <remarks>The extension method is called, not <c>display(x).Update</c>: in its last release that one updates nothing.</remarks>
    public static ILiveDisplay? TryShow(object value, Func<string, Type?> find)
    {
        try
        {
            if (find("KernelInvocationContext")?.GetProperty("Current")?.GetValue(null) is not { } context) return null;
            var display = Array.Find(find("KernelInvocationContextExtensions")?.GetMethods() ?? [], m => m.Name == "Display" && m.GetParameters().Length == 3);
            return display is null ? null : new KernelDisplay(display.Invoke(null, [context, value, display.GetParameters()[2].ParameterType == typeof(string) ? Mime[0] : Mime]));
        }
        catch (Exception e) when (IsOfReflection(e))
        {
            return null;
        }
    }

    public void Update(object value)
    {
        try
        {
            _update?.Invoke(_handle, [value]);
        }
        catch (Exception e) when (IsOfReflection(e))
        {
            // A picture that cannot be updated is no reason to stop a training run.
            _update = null;
        }
    }

    private static bool IsOfReflection(Exception e) => e is TargetInvocationException or TargetException or ArgumentException or TargetParameterCountException or MemberAccessException;
}

/// <summary>A live value as one line of a terminal; nothing where the output is a file or a test's.</summary>
internal sealed class TerminalDisplay : ILiveDisplay
{
    private int _width;

    public TerminalDisplay(object value) => Update(value);

    public void Update(object value)
    {
        if (Console.IsOutputRedirected) return;
        var text = ((value as LiveFrame)?.Line ?? (value as IShown)?.Plain ?? $"{value}").ReplaceLineEndings(" ");
        Console.Write($"\r{text.PadRight(_width)}{(value is LiveFrame { Last: null } ? "" : Environment.NewLine)}");
        _width = text.Length;
    }
}
