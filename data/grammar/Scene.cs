using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>A small situation with a question whose answer stands in the prompt; the wrong answer stands there too.</summary>
/// <param name="Setups">What is told, about a first and a second.</param>
/// <param name="Asks">Questions about the first.</param>
/// <param name="Answers">Answers, with {} for what was asked.</param>
/// <param name="Extras">Further sentences about the matter.</param>
/// <param name="Right">The slot that answers the question.</param>
/// <param name="Wrong">The slot that does not.</param>
internal sealed record Scene(string[] Setups, string[] Asks, string[] Answers, string[] Extras, string Right, string Wrong)
{
    /// <summary>Whether what is asked about is told second in the setup: always the same in a scene, for a model of a million numbers has to learn it.</summary>
    public bool AskedSecond { get; init; }

    public int Least { get; init; } = 4;

    public int Most { get; init; } = 18;

    public bool Chinese { get; init; }

    public Draft Draw(string topic, Rng rng)
    {
        var slots = new Slots(rng);
        var (setup, ask) = (slots.Fill(rng.One(Setups), AskedSecond), slots.Fill(rng.One(Asks)));
        var (right, wrong) = (slots.Fill(Right), slots.Fill(Wrong));
        return new Draft
        {
            Topic = topic,
            Setup = setup.Capital(),
            Ask = ask.Capital(),
            Good = [.. Answers.Select(a => slots.Fill(a.Replace("{}", right, StringComparison.Ordinal)).Capital())],
            Bad = [.. Answers.Select(a => slots.Fill(a.Replace("{}", wrong, StringComparison.Ordinal)).Capital())],
            Extras = [.. Extras.Select(e => slots.Fill(e).Capital())],
            Accepted = [right],
            Wrong = [wrong],
            Least = Least,
            Most = Most,
            Chinese = Chinese,
        };
    }
}
