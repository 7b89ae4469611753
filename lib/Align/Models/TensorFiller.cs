using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Copies a stored tensor into one in memory, piece by piece.</summary>
/// <remarks>Pieces are taken by <c>narrow</c>, whose bytes a span can hold; a whole tensor may be longer than a span.</remarks>
internal sealed class TensorFiller(PieceReader reader) : IDisposable
{
    private Tensor? _staging;

    /// <summary>Fills a tensor with the stored values from the one numbered <paramref name="first"/> on.</summary>
    public void Fill(Tensor destination, long first)
    {
        using var scope = NewDisposeScope();
        var count = destination.numel();
        if (count == 0) return;
        if (destination.is_contiguous())
        {
            FillRows(destination.view(-1), first, 1);
            return;
        }

        // Of a transposed view, whole rows are copied, or each row by itself where one is longer than a piece.
        var (rows, rowLength) = (destination.size(0), count / destination.size(0));
        if (rowLength <= reader.PieceLength) FillRows(destination, first, rowLength);
        else for (long row = 0; row < rows; row++) Fill(destination.select(0, row), first + row * rowLength);
    }

    public void Dispose() => _staging?.Dispose();

    private void FillRows(Tensor destination, long first, long rowLength)
    {
        var (rows, rowsPerPiece) = (destination.size(0), reader.PieceLength / rowLength);
        for (long row = 0; row < rows; row += rowsPerPiece)
        {
            using var scope = NewDisposeScope();
            var piece = destination.narrow(0, row, Math.Min(rowsPerPiece, rows - row));
            if (piece.is_contiguous() && piece.device_type == DeviceType.CPU && piece.dtype == reader.Type)
                reader.Read(first + row * rowLength, piece.bytes);
            else
                piece.copy_(Staged(first + row * rowLength, piece.numel()).view(piece.shape));
        }
    }

    private Tensor Staged(long first, long count)
    {
        // The first piece is the longest.
        _staging ??= empty(count, dtype: reader.Type).DetachFromDisposeScope();
        var piece = _staging.narrow(0, 0, count);
        reader.Read(first, piece.bytes);
        return piece;
    }
}
