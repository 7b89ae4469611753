namespace Align.Interactive;
internal static class Placeholder;
