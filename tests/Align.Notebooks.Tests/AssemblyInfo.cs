// An engine takes the process's console, its current folder and Kit.Host: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
