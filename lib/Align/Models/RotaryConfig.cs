namespace Align.Models;

/// <summary>Rotary position embeddings.</summary>
/// <param name="Base">θ: pair i of a head turns by position · θ^(−2i/d).</param>
/// <param name="Scaling">The frequencies' change: none, linear or llama3.</param>
/// <param name="Factor">What the low frequencies are divided by.</param>
/// <param name="LowFrequency">llama3: wavelengths above original/low are divided.</param>
/// <param name="HighFrequency">llama3: wavelengths below original/high are kept.</param>
/// <param name="OriginalPositions">llama3: the context length before scaling.</param>
public sealed record RotaryConfig(double Base, string Scaling = "default", double Factor = 1, double LowFrequency = 1, double HighFrequency = 4, double OriginalPositions = 8192)
{
    /// <summary>The d/2 frequencies of a head of width d.</summary>
    public double[] Frequencies(int width) => [.. Enumerable.Range(0, width / 2).Select(i => Scale(Math.Pow(Base, -2.0 * i / width)))];

    private double Scale(double f)
    {
        if (Scaling == "linear") return f / Factor;
        if (Scaling != "llama3") return f;
        var wavelength = 2 * Math.PI / f;
        if (wavelength > OriginalPositions / LowFrequency) return f / Factor;
        if (wavelength < OriginalPositions / HighFrequency) return f;
        var smooth = (OriginalPositions / wavelength - LowFrequency) / (HighFrequency - LowFrequency);
        return (1 - smooth) * f / Factor + smooth * f;
    }
}
