using System.Buffers.Binary;
using System.Text;

namespace Align.Runtime;

/// <summary>The versions of other libraries' symbols that an ELF file of 64 bits, little-endian, says it needs (section <c>.gnu.version_r</c>).</summary>
/// <remarks>Every offset comes from the file, and each is checked against the file's length before it is followed.</remarks>
internal static class ElfVersionNeed
{
    private const uint NeedSection = 0x6ffffffe, SymbolVersionSection = 0x6fffffff, DynamicSymbolSection = 11;
    private const ushort WeakFlag = 2;
    private const int EntrySize = 16, SymbolSize = 24;

    /// <summary>Marks the need of one version as weak, so that glibc goes on without it. True where the file names the version.</summary>
    /// <param name="file">The bytes of the file, changed in place: one bit of one flag field.</param>
    /// <param name="version">The version, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="marker">The one symbol that may ask for that version: a name that nothing calls. Any other makes the version necessary.</param>
    /// <exception cref="ElfException">The file is no such ELF file, is damaged, or needs the version for more than the marker.</exception>
    internal static bool Weaken(Span<byte> file, string version, string marker)
    {
        var sections = Sections(file);
        foreach (var needs in sections)
        {
            if (needs.Type != NeedSection) continue;
            if (Find(file, needs, Linked(sections, needs), version) is not { } at) continue;
            RequireOnlyMarker(file, sections, U16(file, at + 6), version, marker);
            BinaryPrimitives.WriteUInt16LittleEndian(file[(int)(at + 4)..], (ushort)(U16(file, at + 4) | WeakFlag));
            return true;
        }

        return false;
    }

    private readonly record struct Section(uint Type, long Offset, long Size, uint Link);

    private static List<Section> Sections(ReadOnlySpan<byte> file)
    {
        if (file.Length < 64 || !file[..4].SequenceEqual("\u007fELF"u8)) throw new ElfException("It is no ELF file.");
        if (file[4] != 2 || file[5] != 1) throw new ElfException("It is no ELF file of 64 bits, little-endian.");
        var start = U64(file, 40);
        int size = U16(file, 58), count = U16(file, 60);
        if (size < 64) throw new ElfException($"Its section headers have {size} bytes; 64 are needed.");
        var sections = new List<Section>();
        for (var i = 0; i < count; i++)
        {
            var at = start + (long)i * size;
            Within(file, at, 64);
            var section = new Section(U32(file, at + 4), U64(file, at + 24), U64(file, at + 32), U32(file, at + 40));
            // A section of type 8 (.bss) has no bytes in the file.
            if (section.Type is NeedSection or SymbolVersionSection or DynamicSymbolSection or 3) Within(file, section.Offset, section.Size);
            sections.Add(section);
        }

        return sections;
    }

    private static Section Linked(List<Section> sections, Section of) => of.Link < sections.Count && sections[(int)of.Link].Type == 3
        ? sections[(int)of.Link]
        : throw new ElfException($"A section links to section {of.Link}, which is no table of names.");

    /// <summary>The offset of the entry (hash, flags, index, name, next) of a version.</summary>
    private static long? Find(ReadOnlySpan<byte> file, Section needs, Section names, string version)
    {
        var left = needs.Size / EntrySize;
        for (var library = 0L; ;)
        {
            Entry(needs, library, ref left);
            var count = U16(file, needs.Offset + library + 2);
            var entry = library + U32(file, needs.Offset + library + 8);
            for (var i = 0; i < count; i++)
            {
                Entry(needs, entry, ref left);
                var at = needs.Offset + entry;
                if (IsName(file, names, U32(file, at + 8), version)) return at;
                if (U32(file, at + 12) == 0) break;
                entry += U32(file, at + 12);
            }

            var next = U32(file, needs.Offset + library + 12);
            if (next == 0) return null;
            library += next;
        }
    }

    private static void Entry(Section needs, long offset, ref long left)
    {
        if (offset > needs.Size - EntrySize) throw new ElfException($"A version need at {offset} lies outside its section of {needs.Size} bytes.");
        if (left-- == 0) throw new ElfException("Its version needs overlap.");
    }

    /// <summary>A weak need is harmless only where no symbol that is ever called carries the version.</summary>
    private static void RequireOnlyMarker(ReadOnlySpan<byte> file, List<Section> sections, ushort index, string version, string marker)
    {
        var symbols = sections.Find(s => s.Type == DynamicSymbolSection);
        var versions = sections.Find(s => s.Type == SymbolVersionSection);
        if (symbols == default || versions == default) throw new ElfException("It has no table of symbols and their versions.");
        var names = Linked(sections, symbols);
        if (versions.Size / 2 < symbols.Size / SymbolSize) throw new ElfException("It has fewer symbol versions than symbols.");
        for (var i = 0L; i < symbols.Size / SymbolSize; i++)
        {
            if ((U16(file, versions.Offset + 2 * i) & 0x7fff) != index) continue;
            var name = U32(file, symbols.Offset + SymbolSize * i);
            if (!IsName(file, names, name, marker))
                throw new ElfException($"It needs {version} for a symbol that it calls, {Name(file, names, name)}: it cannot run here.");
        }
    }

    private static bool IsName(ReadOnlySpan<byte> file, Section names, uint offset, string text) => NameBytes(file, names, offset).SequenceEqual(Encoding.ASCII.GetBytes(text));

    private static string Name(ReadOnlySpan<byte> file, Section names, uint offset) => Encoding.ASCII.GetString(NameBytes(file, names, offset));

    private static ReadOnlySpan<byte> NameBytes(ReadOnlySpan<byte> file, Section names, uint offset)
    {
        if (offset >= names.Size) throw new ElfException($"A name at {offset} lies outside its table of {names.Size} bytes.");
        var rest = file.Slice((int)(names.Offset + offset), (int)(names.Size - offset));
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? rest[..end] : throw new ElfException($"The name at {offset} does not end.");
    }

    private static void Within(ReadOnlySpan<byte> file, long offset, long size)
    {
        if (offset < 0 || size < 0 || offset > file.Length - size)
            throw new ElfException($"It says that {size} bytes lie at {offset}, but it has {file.Length} bytes.");
    }

    private static ushort U16(ReadOnlySpan<byte> file, long at) => BinaryPrimitives.ReadUInt16LittleEndian(file[(int)at..]);

    private static uint U32(ReadOnlySpan<byte> file, long at) => BinaryPrimitives.ReadUInt32LittleEndian(file[(int)at..]);

    /// <summary>Sizes above 2⁶³ come out negative and are refused by <see cref="Within"/>.</summary>
    private static long U64(ReadOnlySpan<byte> file, long at) => BinaryPrimitives.ReadInt64LittleEndian(file[(int)at..]);
}

/// <summary>A native library is not the ELF file it should be; the message says what is wrong in it.</summary>
internal sealed class ElfException(string message) : AlignException(message);
