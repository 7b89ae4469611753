using System.CommandLine;
using Align.Runtime;
using Align.Tool.Training;
using Spectre.Console;

namespace Align.Tool;

/// <summary><c>align train</c>: a model folder and a data file to a trained model folder.</summary>
internal static class TrainCommand
{
    private const double Most = double.MaxValue;

    private static readonly Dictionary<string, (string What, double? Beta, double Rate)> Methods = new()
    {
        ["sft"] = ("Supervised fine-tuning on texts, conversations or demonstrations.", null, 2e-5),
        ["dpo"] = ("Direct Preference Optimization on pairs.", 0.1, 1e-6),
        ["ipo"] = ("DPO with the IPO loss.", 0.1, 1e-6),
        ["orpo"] = ("Odds-Ratio Preference Optimization on pairs, without a reference.", 0.1, 1e-6),
        ["cpo"] = ("Contrastive Preference Optimization on pairs, without a reference.", 0.1, 1e-6),
        ["simpo"] = ("SimPO on pairs, without a reference.", 2, 1e-6),
        ["kto"] = ("KTO on judgements: answers that are wanted or not.", 0.1, 1e-6),
        ["reward"] = ("A reward model from pairs.", null, 1e-4),
        ["ppo"] = ("Proximal Policy Optimization: the model answers the data's prompts and is paid by a reward; values are read on its own trunk.", 0.05, 3e-6),
        ["rloo"] = ("REINFORCE Leave-One-Out: several answers to each of the data's prompts are compared by a reward.", 0.05, 1e-6),
        ["grpo"] = ("Group Relative Policy Optimization: several answers to each of the data's prompts are compared by a reward.", 0, 1e-6),
    };

    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var command = new Command("train", "Trains a model folder on a data file. Both are Hugging Face's: config.json, safetensors and tokenizer.json; JSON lines, JSON, CSV or Parquet.");
        foreach (var (method, (what, beta, rate)) in Methods) command.Add(Of(method, what, beta, rate));
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(int (a) => throw new TrainException(
            $"{(a.UnmatchedTokens is [var asked, ..] ? $"There is no method '{asked}'" : "Name a method after align train")}. Methods: {string.Join(", ", Methods.Keys)}."));
        return command;
    }

    private static Command Of(string method, string what, double? beta, double rate)
    {
        var model = new Option<string>("--model", "--model_name_or_path") { Description = "The model folder.", Required = true, HelpName = "folder" };
        var data = new Option<string>("--data", "--dataset_name") { Description = "The data file: .jsonl, .json, .csv, .parquet, or gzipped.", Required = true, HelpName = "file" };
        var output = new Option<string>("--output", "--output_dir") { Description = "The folder that the trained model is written to.", Required = true, HelpName = "folder" };
        var onPolicy = method is "ppo" or "rloo" or "grpo";
        var batch = Whole("--batch", 8, 1, onPolicy ? "Answers per micro-batch." : "Rows per micro-batch.", "--per_device_train_batch_size");
        var accumulate = Whole("--accumulate", 1, 1, "Micro-batches per optimizer step.", "--gradient_accumulation_steps");
        var epochs = Real("--epochs", method is "sft" or "reward" || onPolicy ? 1 : 3, NumberOption.AboveZero, 1e6, "Passes over the data.", "--num_train_epochs");
        var maxSteps = Whole("--max-steps", 0, 0, "Optimizer steps, whatever the epochs; 0: as many as the epochs have.", "--max_steps");
        var learningRate = Real("--lr", rate, 0, Most, "The highest learning rate.", "--learning_rate");
        var warmup = Real("--warmup", 0, 0, 1, "The share of steps on which the rate rises from 0.", "--warmup_ratio");
        var schedule = new Option<string>("--schedule", "--lr_scheduler_type") { Description = "linear (down to 0), cosine or constant.", DefaultValueFactory = _ => "linear" };
        schedule.AcceptOnlyFromAmong("linear", "cosine", "constant");
        var weightDecay = Real("--weight-decay", 0, 0, Most, "AdamW's λ.", "--weight_decay");
        var clip = Real("--max-grad-norm", 1, 0, Most, "Gradients are scaled down to this norm; 0: not at all.", "--max_grad_norm");
        var maxLength = Whole("--max-length", 1024, 1, onPolicy ? "Tokens of a prompt; rows with longer ones are left out." : "Tokens; longer rows are cut.", "--max_length");
        var cut = new Option<string>("--truncation-mode", "--truncation_mode") { Description = "What stays of a row that is too long: keep_start or keep_end.", DefaultValueFactory = _ => "keep_start" };
        cut.AcceptOnlyFromAmong("keep_start", "keep_end");
        var seed = Whole("--seed", 42, 0, "Decides the order of the rows and where adapters begin.");
        var logging = Whole("--logging-steps", 10, 1, "Steps between two lines of metrics.", "--logging_steps");
        var save = Whole("--save-steps", 0, 0, "Steps between two saves to go on from; 0: only when interrupted.", "--save_steps");
        var bf16 = new Option<bool>("--bf16") { Description = "Matrix products in bfloat16; weights and losses stay in float32. Pays where the processor has it: align doctor." };
        var lora = new Option<bool>("--lora", "--use_peft") { Description = "Trains low-rank adapters and leaves the weights alone." };
        var rank = Whole("--lora-r", 16, 1, "The adapters' rank.", "--lora_r");
        var alpha = Real("--lora-alpha", 32, NumberOption.AboveZero, Most, "What an adapter gives is scaled by α/r.", "--lora_alpha");
        var targets = new Option<string[]>("--lora-target-modules", "--lora_target_modules") { Description = "The matrices with adapters, such as q_proj v_proj.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["all-linear"] };
        var merge = new Option<bool>("--merge") { Description = "Writes the whole model with the adapters in its weights." };
        var skip = new Option<bool>("--skip-bad-rows") { Description = "Leaves out rows that cannot be read and counts them, instead of stopping at the first." };
        var specials = new Option<bool>("--specials-in-content") { Description = "Names of special tokens inside messages stand for them, as transformers reads them." };
        var resume = new Option<bool>("--resume", "--resume_from_checkpoint") { Description = "Goes on from the newest save in --output." };
        var dry = new Option<bool>("--dry-run") { Description = "Reads model and data, says what would be done and how much memory it needs, and trains nothing." };
        var strength = Real("--beta", beta ?? 0, method is "orpo" || onPolicy ? 0 : NumberOption.AboveZero, Most, method is "orpo" ? "λ, the weight of the odds ratio." : onPolicy ? "β, what a nat of KL to the reference costs." : "β, the pull towards the reference.", onPolicy ? ["--kl_coef"] : []);
        var reward = new Option<string>("--reward", "--reward_model_path", "--reward_funcs") { Description = RewardChoice.Description, Required = true, HelpName = "folder or rule" };
        var generations = Whole("--num-generations", method == "grpo" ? 8 : 2, 2, "Answers per prompt.", "--num_generations");
        var completion = Whole("--max-completion-length", 256, 1, "The most tokens of an answer.", "--max_completion_length", "--response_length");
        var temperature = Real("--temperature", method == "ppo" ? 0.7 : 1, NumberOption.AboveZero, Most, "The temperature at which answers are written and scored.");
        var iterations = Whole("--num-iterations", method == "ppo" ? 4 : 1, 1, "How often each rollout is gone over.", "--num_iterations", "--num_ppo_epochs");
        var missingEnd = Real("--missing-eos-penalty", 0, 0, Most, "Taken off the score of an answer that did not end by itself.", "--missing_eos_penalty");
        var gamma = Real("--gamma", 0.5, 0, Most, "SimPO's target margin γ.", "--simpo_gamma");

        var command = new Command(method, what) { model, data, output, batch, accumulate, epochs, maxSteps, learningRate, warmup, schedule, weightDecay, clip, maxLength, seed, logging, save, bf16, lora, rank, alpha, targets, merge, skip, specials, resume, dry };
        if (beta is not null) command.Add(strength);
        foreach (var option in onPolicy ? (Option[])[reward, completion, temperature, iterations] : []) command.Add(option);
        if (method is "rloo" or "grpo") command.Add(generations);
        if (method == "ppo") command.Add(missingEnd);
        if (method == "simpo") command.Add(gamma);
        if (!onPolicy) command.Add(cut);
        command.Validators.Add(a =>
        {
            if (a.GetResult(lora) is { Implicit: false }) return;
            foreach (var option in (Option[])[rank, alpha, targets, merge])
                if (a.GetResult(option) is { Implicit: false }) a.AddError($"{option.Name} is of adapters: it goes with --lora.");
        });
        command.SetAction((a, cancellation) => Task.Run(
            () =>
            {
                Natives.Load();
                var options = new TrainOptions
                {
                    Method = method, Model = a.GetValue(model)!, Data = a.GetValue(data)!, Output = a.GetValue(output)!,
                    Beta = beta is not null ? a.GetValue(strength) : 0, Gamma = method == "simpo" ? a.GetValue(gamma) : 0,
                    Reward = onPolicy ? a.GetValue(reward)! : "", Generations = method is "rloo" or "grpo" ? a.GetValue(generations) : 1, MissingEndPenalty = method == "ppo" ? a.GetValue(missingEnd) : 0,
                    CompletionLength = onPolicy ? a.GetValue(completion) : 0, Temperature = onPolicy ? a.GetValue(temperature) : 1, Iterations = onPolicy ? a.GetValue(iterations) : 1,
                    Batch = a.GetValue(batch), Accumulate = a.GetValue(accumulate), Epochs = a.GetValue(epochs), MaxSteps = a.GetValue(maxSteps),
                    LearningRate = a.GetValue(learningRate), Warmup = a.GetValue(warmup), Schedule = a.GetValue(schedule)!, WeightDecay = a.GetValue(weightDecay), MaxGradientNorm = a.GetValue(clip) is > 0 and var norm ? norm : double.PositiveInfinity,
                    MaxLength = a.GetValue(maxLength), KeepEnd = !onPolicy && a.GetValue(cut) == "keep_end", Seed = a.GetValue(seed), LoggingSteps = a.GetValue(logging), SaveSteps = a.GetValue(save), BFloat16 = a.GetValue(bf16),
                    Lora = a.GetValue(lora), LoraRank = a.GetValue(rank), LoraAlpha = a.GetValue(alpha), LoraTargets = a.GetValue(targets) ?? [], Merge = a.GetValue(merge),
                    SkipBadRows = a.GetValue(skip), SpecialsInContent = a.GetValue(specials), Resume = a.GetValue(resume), DryRun = a.GetValue(dry),
                    Given = TrainOptions.Written(a),
                };
                using var stop = new GracefulStop(cancellation);
                return new TrainingJob(options, Consoles.Plain()).Run(stop.Token);
            },
            CancellationToken.None));
        return command;
    }

    private static Option<int> Whole(string name, int absent, int least, string what, params string[] aliases) => NumberOption.Of(name, absent, least, int.MaxValue, what, aliases);

    private static Option<double> Real(string name, double absent, double least, double most, string what, params string[] aliases) => NumberOption.Of(name, absent, least, most, what, aliases);
}
