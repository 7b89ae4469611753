namespace Align.Models;

/// <summary>What a family's <c>config.json</c> calls the numbers that all of them have.</summary>
internal sealed record ConfigKeys(string Hidden, string Intermediate, string Layers, string Heads, string Positions, string Epsilon, string Activation)
{
    public static ConfigKeys Llama { get; } =
        new("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings", "rms_norm_eps", "hidden_act");

    public static ConfigKeys Gpt2 { get; } = new("n_embd", "n_inner", "n_layer", "n_head", "n_positions", "layer_norm_epsilon", "activation_function");
}
