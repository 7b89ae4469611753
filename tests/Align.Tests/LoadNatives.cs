using System.Runtime.CompilerServices;
using Align.Runtime;

namespace Align.Tests;

internal static class LoadNatives
{
    /// <summary>Tests run in any order, and each may be the first to touch <c>torch</c>.</summary>
    [ModuleInitializer]
    internal static void BeforeAnyTest() => Natives.Load();
}
