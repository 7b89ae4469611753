using Align.Runtime;

namespace Align.Tool.Training;

/// <summary>A training, sampling or evaluation that cannot be begun as asked.</summary>
internal sealed class TrainException(string message, Exception? inner = null) : AlignException(message, inner);
