namespace Align.Models;

/// <summary>The names that a family's checkpoints give to parameters. Those of Llama, unless said otherwise.</summary>
internal sealed record ParameterNames
{
    /// <summary>What stands before every name but the head's; files saved without the head leave it out.</summary>
    public string Trunk { get; init; } = "model.";

    /// <summary>What stands between the trunk and a layer's number.</summary>
    public string Layers { get; init; } = "layers.";

    public string EmbeddingModule { get; init; } = "embed_tokens";

    public string PositionModule { get; init; } = "";

    public string FinalNormModule { get; init; } = "norm";

    public string Query { get; init; } = "self_attn.q_proj";

    public string Key { get; init; } = "self_attn.k_proj";

    public string Value { get; init; } = "self_attn.v_proj";

    /// <summary>Query, key and value in one matrix, where a family has them so.</summary>
    public string Fused { get; init; } = "";

    public string Output { get; init; } = "self_attn.o_proj";

    public string QueryNorm { get; init; } = "self_attn.q_norm";

    public string KeyNorm { get; init; } = "self_attn.k_norm";

    public string Gate { get; init; } = "mlp.gate_proj";

    public string Up { get; init; } = "mlp.up_proj";

    public string Down { get; init; } = "mlp.down_proj";

    public string AttentionNorm { get; init; } = "input_layernorm";

    public string MlpNorm { get; init; } = "post_attention_layernorm";

    public const string HeadModule = "lm_head", Head = HeadModule + ".weight";

    public string Embedding => $"{Trunk}{EmbeddingModule}.weight";

    public string Positions => $"{Trunk}{PositionModule}.weight";

    public string FinalNorm => Trunk + FinalNormModule;

    public static ParameterNames Llama { get; } = new();

    public static ParameterNames Gpt2 { get; } = new()
    {
        Trunk = "transformer.",
        Layers = "h.",
        EmbeddingModule = "wte",
        PositionModule = "wpe",
        FinalNormModule = "ln_f",
        Fused = "attn.c_attn",
        Output = "attn.c_proj",
        Up = "mlp.c_fc",
        Down = "mlp.c_proj",
        AttentionNorm = "ln_1",
        MlpNorm = "ln_2",
    };

    /// <summary>The path of a module of a layer.</summary>
    public string Layer(int index, string module) => $"{Trunk}{Layers}{index}.{module}";
}
