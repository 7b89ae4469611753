using System.Text.RegularExpressions;

namespace Align.Models;

/// <summary>A matrix that gets an adapter.</summary>
internal sealed record LoraSite(LinearMap Map, int Rank, double Scale);

/// <summary>Finds the modules of a decoder that an adapter's configuration means, by PEFT's rules.</summary>
internal static class LoraSites
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The matrices that get adapters, in the order of the computation.</summary>
    /// <param name="model">The decoder's numbers.</param>
    /// <param name="config">The adapters'.</param>
    /// <param name="strict">Whether a target that means nothing is an error; PEFT's files may have some.</param>
    /// <exception cref="ConfigException">A number or a pattern is impossible, or nothing is meant.</exception>
    public static IReadOnlyList<LoraSite> Of(DecoderConfig model, LoraConfig config, bool strict)
    {
        var maps = model.LinearMaps().ToArray();
        var idle = config.Targets.Where(t => t != LoraConfig.AllLinear && !maps.Any(m => Means(t, m.Module))).ToArray();
        if (config.Targets.Count == idle.Length || (strict && idle.Length > 0))
            throw new ConfigException($"No matrix of the model is meant by the target {string.Join(", ", idle.Select(Quoted.Name))}. There are: {string.Join(", ", maps.Select(m => Last(m.Module)).Distinct())}; {LoraConfig.AllLinear} means them all.");
        return [.. maps.Where(m => config.Targets.Any(t => t == LoraConfig.AllLinear || Means(t, m.Module))).Select(Site)];

        LoraSite Site(LinearMap map)
        {
            var (rank, alpha) = (Chosen(config.RankPattern, map.Module, config.Rank), Chosen(config.AlphaPattern, map.Module, config.Alpha));
            var most = Math.Max(map.In, map.Out);
            if (rank < 1 || rank > most || rank * map.In > int.MaxValue || !double.IsFinite(alpha))
                throw new ConfigException(FormattableString.Invariant($"{map.Module}: rank {rank} and alpha {alpha} were asked for; the rank is from 1 to {most} and alpha a number."));
            return new(map, rank, alpha / (config.RankStabilised ? Math.Sqrt(rank) : rank));
        }
    }

    /// <summary>The parameters that are trained whole.</summary>
    /// <exception cref="ConfigException">A name means nothing, or a matrix that cannot be trained apart.</exception>
    public static IReadOnlyList<string> Whole(DecoderConfig model, LoraConfig config, IReadOnlyList<LoraSite> sites, bool strict)
    {
        var parameters = model.ParameterShapes().Select(p => (p.Name, Module: p.Name[..p.Name.LastIndexOf('.')])).ToArray();
        var saved = config.ModulesToSave.Distinct().Where(s => !(s is "classifier" or "score")).ToArray(); // a reward model's own
        foreach (var name in saved.Where(s => strict && !parameters.Any(p => Means(s, p.Module))))
            throw new ConfigException(name == ParameterNames.HeadModule && model.TiedEmbeddings ? Tied(name) : $"No module of the model is meant by {Quoted.Name(name)} in ModulesToSave.");
        string[] whole = [.. parameters.Where(p => saved.Any(s => Means(s, p.Module))).Select(p => p.Name)];
        if (model.TiedEmbeddings && (whole.Contains(model.Row.Names.Embedding) || saved.Contains(ParameterNames.HeadModule))) throw new ConfigException(Tied("the embedding"));
        foreach (var site in sites.Where(s => whole.Contains(s.Map.Weight)))
            throw new ConfigException($"{site.Map.Module} is to be trained whole and with an adapter. Choose one.");
        return whole;

        static string Tied(string what) => $"ModulesToSave names {what}, which in this model is input and output embedding in one: it cannot be trained apart.";
    }

    private static bool Means(string target, string module) => module == target || module.EndsWith("." + target, StringComparison.Ordinal);

    private static string Last(string module) => module[(module.LastIndexOf('.') + 1)..];

    private static T Chosen<T>(IReadOnlyDictionary<string, T> patterns, string module, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
        {
            try
            {
                if (Regex.IsMatch(module, $@"^(.*\.)?({pattern})$", RegexOptions.CultureInvariant, Patience)) return value;
            }
            catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
            {
                throw new ConfigException($"The pattern {Quoted.Name(pattern)} cannot be matched: {e.Message}");
            }
        }

        return otherwise;
    }
}
