using System.CommandLine;
using Align.Tool;

var root = new RootCommand("Align.Notebooks: runs the notebooks and checks the machine.");
root.Subcommands.Add(Doctor.Create());
return await root.Parse(args).InvokeAsync();
