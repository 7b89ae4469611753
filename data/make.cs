#!/usr/bin/env -S dotnet run
#:property PublishAot=false
#:project ../lib/Align
#:include grammar/*.cs

// Makes everything in data/toy:         dotnet run data/make.cs
// Compares it with what is there:       dotnet run data/make.cs --check
// Prints the twenty prompts of README:  dotnet run data/make.cs twenty
// Prints what the gold reward makes of it: dotnet run data/make.cs marks

using Align.ToyWorld;

var folder = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "toy");
return args switch
{
    [] => Commands.Write(folder),
    ["--check"] => Commands.Check(folder),
    ["twenty"] => Commands.Twenty(folder),
    ["marks"] => Commands.PrintMarks(),
    _ => Commands.Usage(),
};
