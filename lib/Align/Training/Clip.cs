namespace Align.Training;

/// <summary>Clipping of gradients by their global norm.</summary>
public static class Clip
{
    /// <summary>min(1, max/(norm + 1e-6)): what every gradient is multiplied by, as PyTorch does it.</summary>
    /// <param name="norm">√ Σ g² over all parameters.</param>
    /// <param name="max">The largest norm allowed; infinity clips nothing.</param>
    public static double Factor(double norm, double max) => double.IsPositiveInfinity(max) ? 1 : Math.Min(1, max / (norm + 1e-6));
}
