using Align.Rewards;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>What <c>dotnet run data/make.cs</c> can do. Each returns the exit code.</summary>
internal static class Commands
{
    public static int Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, bytes) in DataFiles.All())
        {
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
            Console.WriteLine(DataFiles.ReadmeRow(name, bytes));
        }

        return 0;
    }

    public static int Check(string folder)
    {
        var differing = DataFiles.All().Where(f => !Same(Path.Combine(folder, f.Key), f.Value)).Select(f => f.Key).ToList();
        foreach (var name in differing) Console.Error.WriteLine($"{name} differs: run dotnet run data/make.cs and look at the difference.");
        return differing.Count == 0 ? 0 : 1;
    }

    public static int Twenty(string folder)
    {
        foreach (var prompt in TwentyPrompts(folder)) Console.WriteLine($"- {prompt}");
        return 0;
    }

    public static int PrintMarks()
    {
        foreach (var line in Marks.Report()) Console.WriteLine(line);
        return 0;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("dotnet run data/make.cs [--check | twenty | marks | base | finish | sft | reward | show | show-family | show-rlhf]");
        return 2;
    }

    /// <summary>Twenty training prompts drawn with seed 7.</summary>
    public static IEnumerable<string> TwentyPrompts(string folder) =>
        new Rng(7).Some([.. GoldReward.Load(Path.Combine(folder, "prompts-train.jsonl")).Prompts], 20).Select(p => p.Prompt);

    private static bool Same(string path, byte[] bytes) => File.Exists(path) && bytes.AsSpan().SequenceEqual(File.ReadAllBytes(path));
}
