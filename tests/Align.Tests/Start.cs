using System.Runtime.CompilerServices;

namespace Align.Tests;

internal static class Start
{
    [ModuleInitializer]
    internal static void LoadNatives() => Align.Runtime.Natives.Load();
}
