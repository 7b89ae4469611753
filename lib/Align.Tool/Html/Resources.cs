using System.Reflection;

namespace Align.Tool.Html;

/// <summary>Files that lie inside assemblies.</summary>
internal static class Resources
{
    /// <summary>A file of this tool.</summary>
    public static string Own(string name) => Read(typeof(Resources).Assembly, name);

    /// <summary>plotly.js, as Plotly.NET carries it.</summary>
    public static string Plotly()
    {
        var assembly = typeof(Plotly.NET.GenericChart).Assembly;
        return Read(assembly, assembly.GetManifestResourceNames().Single(name =>
            name.StartsWith("Plotly.NET.plotly-", StringComparison.Ordinal) && name.EndsWith(".min.js", StringComparison.Ordinal)));
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
