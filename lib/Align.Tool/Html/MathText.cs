using System.Text.RegularExpressions;

namespace Align.Tool.Html;

/// <summary>TeX as text that can be read without MathJax: <c>\log\sigma(\beta x)</c> becomes log σ(β x).</summary>
internal static partial class MathText
{
    private static readonly Dictionary<string, string> Symbols = new(StringComparer.Ordinal)
    {
        ["alpha"] = "α", ["beta"] = "β", ["gamma"] = "γ", ["delta"] = "δ", ["epsilon"] = "ε", ["varepsilon"] = "ε", ["zeta"] = "ζ", ["eta"] = "η",
        ["theta"] = "θ", ["kappa"] = "κ", ["lambda"] = "λ", ["mu"] = "μ", ["nu"] = "ν", ["xi"] = "ξ", ["pi"] = "π", ["rho"] = "ρ", ["sigma"] = "σ",
        ["tau"] = "τ", ["phi"] = "φ", ["varphi"] = "φ", ["chi"] = "χ", ["psi"] = "ψ", ["omega"] = "ω", ["Delta"] = "Δ", ["Gamma"] = "Γ", ["Phi"] = "Φ",
        ["Pi"] = "Π", ["Psi"] = "Ψ", ["Sigma"] = "Σ", ["Theta"] = "Θ", ["Omega"] = "Ω", ["sum"] = " Σ", ["prod"] = " Π", ["int"] = "∫", ["infty"] = "∞",
        ["partial"] = "∂", ["nabla"] = "∇", ["cdot"] = "·", ["times"] = "×", ["le"] = "≤", ["leq"] = "≤", ["ge"] = "≥", ["geq"] = "≥", ["ne"] = "≠",
        ["neq"] = "≠", ["approx"] = "≈", ["sim"] = "~", ["propto"] = "∝", ["equiv"] = "≡", ["in"] = "∈", ["notin"] = "∉", ["to"] = "→", ["rightarrow"] = "→",
        ["Rightarrow"] = "⇒", ["leftarrow"] = "←", ["mapsto"] = "↦", ["mid"] = " | ", ["vert"] = "|", ["Vert"] = "‖", ["|"] = "‖", ["ell"] = "ℓ", ["succ"] = "≻",
        ["prec"] = "≺", ["pm"] = "±", ["ldots"] = "…", ["dots"] = "…", ["cdots"] = "…", ["odot"] = "⊙", ["forall"] = "∀", ["exists"] = "∃", ["prime"] = "′",
        ["top"] = "⊤", ["star"] = "*", ["ast"] = "*", ["langle"] = "⟨", ["rangle"] = "⟩", ["lfloor"] = "⌊", ["rfloor"] = "⌋", ["sqrt"] = "√", ["quad"] = "  ",
        ["qquad"] = "    ", [","] = " ", [";"] = " ", [":"] = " ", ["!"] = "", [" "] = " ", ["\\"] = "\n", ["{"] = "{", ["}"] = "}", ["_"] = "_", ["%"] = "%",
        ["$"] = "$", ["#"] = "#", ["&"] = "&", ["left"] = "", ["right"] = "", ["big"] = "", ["Big"] = "", ["bigl"] = "", ["bigr"] = "", ["Bigl"] = "",
        ["Bigr"] = "", ["displaystyle"] = "", ["textstyle"] = "", ["limits"] = "", ["nolimits"] = "",
    };

    private static readonly Dictionary<char, char> Raised = Pairs("0123456789+-=()niTt*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵗ*");

    private static readonly Dictionary<char, char> Lowered = Pairs("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ");

    /// <summary>The formula in one line of text, or as many as it has.</summary>
    public static string Of(string tex)
    {
        var text = Environments().Replace(tex, "");
        for (var before = ""; before != text;)
        {
            before = text;
            text = Fraction().Replace(text, match => $"{Grouped(match.Groups[1].Value)}/{Grouped(match.Groups[2].Value)}");
            text = Wrapper().Replace(text, "$1");
        }

        text = Command().Replace(text, match => Symbols.GetValueOrDefault(match.Groups[1].Value) ?? match.Groups[1].Value + (match.Groups[1].Length > 1 ? " " : ""));
        text = Script().Replace(text, match => Shifted(match.Groups[1].Value == "^" ? Raised : Lowered, match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : match.Groups[3].Value));
        text = Align().Replace(text, "").Replace('-', '−');
        return Spaces().Replace(text.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), " ").Trim();
    }

    private static string Grouped(string part) => part.Trim().Length > 1 && part.Any(character => character is ' ' or '+' or '-' or '\\') ? $"({part.Trim()})" : part.Trim();

    private static string Shifted(Dictionary<char, char> form, string sign, string part)
    {
        part = part.Trim();
        return part.All(form.ContainsKey) ? string.Concat(part.Select(character => form[character]))
            : part.All(char.IsAsciiLetter) || part.Length == 1 ? sign + part : $"{sign}({part})";
    }

    private static Dictionary<char, char> Pairs(string from, string to) =>
        from.Zip(to).ToDictionary(pair => pair.First, pair => pair.Second);

    [GeneratedRegex(@"\\(?:begin|end)\{[^{}]*\}(?:\{[^{}]*\})?")]
    private static partial Regex Environments();

    [GeneratedRegex(@"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")]
    private static partial Regex Fraction();

    [GeneratedRegex(@"\\(?:mathbb|mathcal|mathrm|mathbf|mathit|boldsymbol|text|textbf|operatorname\*?|mbox|hat|tilde|bar|vec|underbrace|overline|underline)\s*\{([^{}]*)\}")]
    private static partial Regex Wrapper();

    [GeneratedRegex(@"\\([A-Za-z]+|.)")]
    private static partial Regex Command();

    [GeneratedRegex(@"([_^])(?:\{([^{}]*)\}|([^{}\s]))")]
    private static partial Regex Script();

    [GeneratedRegex(@"(?<!\\)&")]
    private static partial Regex Align();

    [GeneratedRegex(@"[ \t]{2,}")]
    private static partial Regex Spaces();
}
