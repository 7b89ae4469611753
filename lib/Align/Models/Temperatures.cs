using Align.Tensors;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>A policy at another temperature is another policy: whoever samples from it and scores with it meets one distribution.</summary>
public static class Temperatures
{
    /// <summary>The policy softmax(logits / T), with the same weights.</summary>
    /// <param name="policy">The policy at temperature 1.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <exception cref="SamplingException">T is not above 0.</exception>
    public static IPolicy AtTemperature(this IPolicy policy, double temperature)
    {
        if (!(temperature > 0) || !double.IsFinite(temperature))
            throw new SamplingException($"The temperature is {temperature.ToString(System.Globalization.CultureInfo.InvariantCulture)}; to have log-probabilities it has to be above 0.");
        return temperature == 1 ? policy : new Tempered(policy, temperature);
    }

    /// <summary>The policy whose weights these are.</summary>
    internal static IPolicy Untempered(this IPolicy policy) => policy is Tempered t ? t.Policy.Untempered() : policy;

    private sealed class Tempered(IPolicy policy, double temperature) : IPolicy
    {
        public IPolicy Policy => policy;

        public int VocabularySize => policy.VocabularySize;

        public Device Device => policy.Device;

        public Head Head => policy.Head with { Temperature = policy.Head.Temperature * temperature };

        public Tensor Hidden(Batch batch, Tensor places) => policy.Hidden(batch, places);

        public IDecoding Decode(Batch prompts, int newTokens) => policy.Decode(prompts, newTokens);
    }
}
