// An engine takes the process's console, its current folder and Kit.Host: one at a time.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
