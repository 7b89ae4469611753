using Align.Benchmarks;

return args switch
{
    ["real-model", "dpo" or "sft"] => RealModel.Run(args[1], fast: false),
    ["real-model", "dpo" or "sft", "--bf16"] => RealModel.Run(args[1], fast: true),
    ["live-chart", var folder] => LiveChart.Run(folder, 60),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("real-model dpo|sft [--bf16]: seconds per step and peak memory of LoRA on Qwen2.5-0.5B's dimensions, one pair of 128 + 64 tokens. One method a process: the peak is the process's.");
    Console.Error.WriteLine("live-chart DATA: what watching a run costs, in % of its training, in a process that has drawn nothing before; DATA is the folder data.");
    return 2;
}
