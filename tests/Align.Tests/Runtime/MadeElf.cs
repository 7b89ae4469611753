using System.Buffers.Binary;
using System.Text;

namespace Align.Tests.Runtime;

/// <summary>The smallest ELF file that says what it needs: two libraries, one of which must have GLIBCXX_3.4.9 and GLIBCXX_3.4.32.</summary>
internal static class MadeElf
{
    internal const string Marker = "_ZSt21ios_base_library_initv";

    /// <returns>The file, and where the flags of GLIBCXX_3.4.32 lie in it.</returns>
    /// <param name="symbols">The undefined symbols and the version that each asks for, by index: 2 is GLIBC_2.34, 3 GLIBCXX_3.4.9, 4 GLIBCXX_3.4.32.</param>
    internal static (byte[] File, int Flags) Of(params (string Name, ushort Version)[] symbols)
    {
        var names = new Names();
        var symbolTable = new byte[24 * (symbols.Length + 1)];
        var versions = new byte[2 * (symbols.Length + 1)];
        for (var i = 0; i < symbols.Length; i++)
        {
            U32(symbolTable, 24 * (i + 1), names.Add(symbols[i].Name));
            U16(versions, 2 * (i + 1), symbols[i].Version);
        }

        var needs = new byte[16 * 5];
        Library(needs, 0, count: 1, names.Add("libc.so.6"), next: 32);
        Version(needs, 16, index: 2, names.Add("GLIBC_2.34"), next: 0);
        Library(needs, 32, count: 2, names.Add("libstdc++.so.6"), next: 0);
        Version(needs, 48, index: 3, names.Add("GLIBCXX_3.4.9"), next: 16);
        Version(needs, 64, index: 4, names.Add("GLIBCXX_3.4.32"), next: 0);

        (uint Type, byte[] Bytes, uint Link)[] sections =
        [
            (0, [], 0), (11, symbolTable, 2), (3, names.Bytes, 0), (0x6fffffff, versions, 1), (0x6ffffffe, needs, 2),
        ];
        int offset = 64, flags = 0;
        var headers = new byte[64 * sections.Length];
        var body = new List<byte>();
        for (var i = 0; i < sections.Length; i++)
        {
            U32(headers, 64 * i + 4, sections[i].Type);
            U64(headers, 64 * i + 24, (ulong)offset);
            U64(headers, 64 * i + 32, (ulong)sections[i].Bytes.Length);
            U32(headers, 64 * i + 40, sections[i].Link);
            if (sections[i].Type == 0x6ffffffe) flags = offset + 64 + 4;
            body.AddRange(sections[i].Bytes);
            offset += sections[i].Bytes.Length;
        }

        var header = new byte[64];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(header);
        U64(header, 40, (ulong)offset);
        U16(header, 58, 64);
        U16(header, 60, (ushort)sections.Length);
        return ([.. header, .. body, .. headers], flags);
    }

    private static void Library(byte[] needs, int at, ushort count, uint name, uint next)
    {
        U16(needs, at, 1);
        U16(needs, at + 2, count);
        U32(needs, at + 4, name);
        U32(needs, at + 8, 16);
        U32(needs, at + 12, next);
    }

    private static void Version(byte[] needs, int at, ushort index, uint name, uint next)
    {
        U16(needs, at + 6, index);
        U32(needs, at + 8, name);
        U32(needs, at + 12, next);
    }

    private static void U16(byte[] bytes, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), value);

    private static void U32(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);

    private static void U64(byte[] bytes, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);

    private sealed class Names
    {
        private readonly List<byte> _bytes = [0];

        internal byte[] Bytes => [.. _bytes];

        internal uint Add(string name)
        {
            var at = (uint)_bytes.Count;
            _bytes.AddRange(Encoding.ASCII.GetBytes(name));
            _bytes.Add(0);
            return at;
        }
    }
}
