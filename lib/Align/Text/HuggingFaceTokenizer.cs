using System.Text;
using System.Text.Json;
using Align.Text.Parts;

namespace Align.Text;

/// <summary>The tokenizer of a Hugging Face model folder: byte-level BPE (GPT-2, Llama 3, Qwen, SmolLM, o200k) or SentencePiece-like BPE with byte fallback (Llama 2, Mistral, Gemma).</summary>
/// <remarks>Any other component is refused by name. <see cref="ByteLevelTokenizer"/> is the one for vocabularies that were trained here.</remarks>
public sealed class HuggingFaceTokenizer : ITokenizer
{
    private readonly TokenizerDefinition _definition;
    private readonly BpeModel _model;
    private readonly string?[] _tokens;
    private readonly HashSet<int> _specialIds;
    private readonly AddedTokens _raw, _normalized;

    internal HuggingFaceTokenizer(TokenizerDefinition definition, IReadOnlyDictionary<string, string>? roles = null)
    {
        (_definition, _model, Roles) = (definition, new BpeModel(definition), roles ?? new Dictionary<string, string>());
        _raw = new(definition.Added.Where(t => !t.Normalized));
        var normalized = definition.Added.Where(t => t.Normalized).Select(t => t with { Content = Normalize(new(t.Content)).Text }).Where(t => t.Content.Length > 0).ToArray();
        _normalized = new(normalized);
        _specialIds = [.. definition.Added.Where(t => t.Special).Select(t => t.Id)];
        Specials = definition.Added.Where(t => t.Special).ToDictionary(t => t.Content, t => t.Id, StringComparer.Ordinal);

        _tokens = new string?[Math.Max(definition.Vocabulary.Values.Max(), definition.Added.Select(t => t.Id).DefaultIfEmpty().Max()) + 1];
        foreach (var (token, id) in definition.Vocabulary) _tokens[id] = token;
        foreach (var token in definition.Added) _tokens[token.Id] = token.Content;
        foreach (var token in normalized) _tokens[token.Id] = token.Content;
    }

    /// <inheritdoc/>
    public int VocabularySize => _tokens.Length;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Specials { get; }

    /// <summary>What the folder's configuration calls its special tokens: from <c>bos_token</c>, <c>eos_token</c>, <c>pad_token</c> and the like to names of tokens. Chat templates read them.</summary>
    public IReadOnlyDictionary<string, string> Roles { get; }

    /// <summary>The ids that a whole document begins with, such as Llama's <c>&lt;s&gt;</c>; none for most.</summary>
    public IReadOnlyList<int> DocumentStart => _definition.First;

    /// <summary>Reads a model folder with <c>tokenizer.json</c>, or with GPT-2's <c>vocab.json</c> and <c>merges.txt</c>; or a <c>tokenizer.json</c> itself.</summary>
    /// <exception cref="TokenizerException">A file is missing, is broken, or needs a component this library does not have.</exception>
    public static HuggingFaceTokenizer Load(string path) => TokenizerFolder.Load(path);

    /// <summary>Reads the content of a <c>tokenizer.json</c>.</summary>
    /// <param name="json">The content.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="TokenizerException">It is broken, or needs a component this library does not have.</exception>
    public static HuggingFaceTokenizer Parse(ReadOnlyMemory<byte> json, string name = "tokenizer.json") => TokenizerFolder.Parse(json, name, roles: null);

    /// <summary>The id of the token in a role such as <c>eos_token</c>; null where the folder names none.</summary>
    public int? Role(string role) => Roles.TryGetValue(role, out var name) && IdOf(name) is >= 0 and var id ? id : null;

    /// <summary>The name of an id.</summary>
    /// <exception cref="TokenizerException">There is no such id.</exception>
    public string TokenOf(int id) => id >= 0 && id < _tokens.Length && _tokens[id] is { } token ? token : throw TokenizerException.UnknownId(id, _tokens.Length);

    /// <inheritdoc/>
    /// <remarks>Added tokens that are not special, such as <c>&lt;think&gt;</c>, are cut out of what a person typed like any other word.</remarks>
    /// <exception cref="TokenizerException">The text is no valid Unicode.</exception>
    public int[] Encode(string text) => [.. Place(text, withSpecials: false).Select(t => t.Id)];

    /// <summary>The ids of a text in which the names of special tokens stand for these tokens: for templates and logs, never for what a person typed.</summary>
    /// <exception cref="TokenizerException">The text is no valid Unicode.</exception>
    public int[] EncodeWithSpecials(string text) => [.. Place(text, withSpecials: true).Select(t => t.Id)];

    /// <summary>The ids of a whole document, specials by name, with the tokens that the file puts around one (Llama's <c>&lt;s&gt;</c>).</summary>
    /// <exception cref="TokenizerException">The text is no valid Unicode.</exception>
    public int[] EncodeDocument(string text) => [.. _definition.First, .. EncodeWithSpecials(text), .. _definition.Last];

    /// <inheritdoc/>
    /// <exception cref="TokenizerException">An id is negative, not below <see cref="VocabularySize"/>, or no token's.</exception>
    public string Decode(IEnumerable<int> ids, bool withSpecials = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        IReadOnlyList<string> texts = [.. ids.Select(id => (Id: id, Token: TokenOf(id))).Where(t => withSpecials || !_specialIds.Contains(t.Id)).Select(t => t.Token)];
        foreach (var decode in _definition.Decoders) texts = decode(texts);
        return string.Concat(texts);
    }

    /// <summary>The tokens of a text with their places in it, in UTF-16 units. A token made of bytes within a character covers all of that character.</summary>
    /// <param name="text">The text.</param>
    /// <param name="withSpecials">Whether the name of a special token stands for it.</param>
    /// <param name="isText">Where, nevertheless, the name that begins at a place is text.</param>
    internal IEnumerable<PlacedToken> Place(string text, bool withSpecials, Func<int, bool>? isText = null)
    {
        Utf8.Check(text);
        foreach (var (start, end, token) in _raw.Cut(text, withSpecials, isText))
        {
            if (token is not null)
            {
                yield return new(token.Id, start, end);
                continue;
            }

            var piece = Normalize(new(text[start..end]));
            foreach (var (from, to, inside) in _normalized.Cut(piece.Text, withSpecials, at => isText?.Invoke(start + piece.StartOf(at)) == true))
            {
                if (inside is not null) yield return new(inside.Id, start + piece.StartOf(from), start + piece.EndOf(to));
                else
                    foreach (var placed in Words(_definition.Prefix(piece.Slice(from, to - from), start + from == 0)))
                        yield return placed with { Start = start + placed.Start, End = start + placed.End };
            }
        }
    }

    private IEnumerable<PlacedToken> Words(Normalized piece)
    {
        IEnumerable<(int Offset, int Length)> words = [(0, piece.Text.Length)];
        foreach (var split in _definition.Splits)
            words = words.SelectMany(w => split.PreTokenize(piece.Text.AsSpan(w.Offset, w.Length)).Select(s => (w.Offset + s.Offset, s.Length)));
        foreach (var (offset, length) in words)
        {
            var word = piece.Text.Substring(offset, length);
            var (unit, covered) = (0, 0);
            foreach (var id in _model.Encode(word))
            {
                var start = unit;
                covered += _model.BytesOf(id);
                while (unit < word.Length && Rune.GetRuneAt(word, unit) is var rune && covered >= rune.Utf8SequenceLength)
                {
                    covered -= rune.Utf8SequenceLength;
                    unit += rune.Utf16SequenceLength;
                }

                var end = covered > 0 && unit < word.Length ? unit + Rune.GetRuneAt(word, unit).Utf16SequenceLength : unit;
                yield return new(id, piece.StartOf(offset + start), piece.EndOf(offset + end));
            }
        }
    }

    private Normalized Normalize(Normalized text) => _definition.Normalizers.Aggregate(text, (t, step) => step(t));

    private int IdOf(string token) => Specials.TryGetValue(token, out var special) ? special
        : _definition.Added.FirstOrDefault(t => t.Content == token) is { } added ? added.Id
        : _definition.Vocabulary.GetValueOrDefault(token, -1);
}

/// <summary>A token and the part of a text that it covers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">The first UTF-16 unit.</param>
/// <param name="End">The unit after the last.</param>
internal readonly record struct PlacedToken(int Id, int Start, int End);
