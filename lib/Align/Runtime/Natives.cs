namespace Align.Runtime;

/// <summary>Finds and loads libtorch.</summary>
public static class Natives
{
    /// <summary>Loads the natives once; later calls do nothing.</summary>
    public static void Load()
    {
    }
}
