#!/usr/bin/env -S dotnet run
#:property PublishAot=false
#:project ../lib/Align
#:include grammar/*.cs

// Makes everything in data/toy:         dotnet run data/make.cs
// Compares it with what is there:       dotnet run data/make.cs --check
// Prints the twenty prompts of README:  dotnet run data/make.cs twenty
// Prints what the gold reward makes of it: dotnet run data/make.cs marks
// Pretrains data/models/base:           dotnet run -c Release data/make.cs -- base    (twenty minutes; its last stretch alone: finish)
// Trains data/models/sft from it:       dotnet run -c Release data/make.cs -- sft
// Trains data/models/reward from that:  dotnet run -c Release data/make.cs -- reward
// Shows what alignment does here:       dotnet run -c Release data/make.cs -- show    (seeds 1 to 3; or: show choose 4 5)
// The same for ORPO, KTO, SimPO:        dotnet run -c Release data/make.cs -- show-family
// The same for RLHF:                    dotnet run -c Release data/make.cs -- show-rlhf

using Align.ToyWorld;

var folder = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "toy");
var models = Path.Combine(folder, "../models");
return args switch
{
    [] => Commands.Write(folder),
    ["--check"] => Commands.Check(folder),
    ["twenty"] => Commands.Twenty(folder),
    ["marks"] => Commands.PrintMarks(),
    ["base"] => BaseModel.Write(Path.Combine(models, "base"), Path.Combine(folder, "tokenizer.json")),
    ["finish"] => BaseModel.Finish(Path.Combine(models, "base")),
    ["sft"] => SftModel.Write(Path.Combine(models, "sft"), Path.Combine(models, "base"), folder),
    ["reward"] => JudgeModel.Write(Path.Combine(models, "reward"), Path.Combine(models, "sft"), folder),
    ["show", .. var rest] => Showing.Run(Path.Combine(folder, ".."), rest),
    ["show-family", .. var rest] => ShowingFamily.Run(Path.Combine(folder, ".."), rest),
    ["show-rlhf", .. var rest] => ShowingRlhf.Run(Path.Combine(folder, ".."), rest),
    _ => Commands.Usage(),
};
