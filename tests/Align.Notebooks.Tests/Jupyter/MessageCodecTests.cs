using System.Text;
using System.Text.Json.Nodes;
using Align.Tool.Jupyter;
using NetMQ;

namespace Align.Notebooks.Tests.Jupyter;

public sealed class MessageCodecTests
{
    private static readonly byte[] Key = "a-key"u8.ToArray();

    private readonly MessageCodec codec = new(Key);

    [Fact]
    public void What_is_written_is_read_again()
    {
        var frames = codec.Encode(["who"u8.ToArray()], "stream", new JsonObject { ["msg_id"] = "p" }, new JsonObject { ["text"] = "春 😀 <b>" });
        var message = codec.Decode(frames, out var problem)!;
        Assert.Null(problem);
        Assert.Equal(("stream", "p", "春 😀 <b>"), (message.Type, (string?)message.Parent["msg_id"], message.Text("text")));
        Assert.Equal("who", Encoding.ASCII.GetString(Assert.Single(message.Identities)));
    }

    [Fact]
    public void The_signature_is_the_HMAC_of_the_four_parts()
    {
        // printf '{"msg_type":"x"}{}{}{}' | openssl dgst -sha256 -hmac a-key
        const string Signature = "8fff7caf864ba8ec48b1bc9754fdb4af02b899f6a7ddc5af7643150c39e8f575";
        Assert.NotNull(codec.Decode(Frames(Signature), out _));
        Assert.Null(codec.Decode(Frames(Signature.ToUpperInvariant()), out var problem));
        Assert.Equal("a message whose signature is wrong", problem);
        Assert.Null(codec.Decode(Frames(""), out _));
        Assert.NotNull(new MessageCodec([]).Decode(Frames(""), out _));
    }

    [Fact]
    public void A_changed_part_is_refused()
    {
        var frames = codec.Encode([], "execute_request", [], new JsonObject { ["code"] = "1" });
        frames.RemoveFrame(frames.Last);
        frames.Append("{\"code\":\"2\"}");
        Assert.Null(codec.Decode(frames, out var problem));
        Assert.Equal("a message whose signature is wrong", problem);
    }

    [Theory]
    [InlineData("0 frames")]
    [InlineData("1 frames", "x")]
    [InlineData("4 frames", "<IDS|MSG>", "", "{}", "{}")]
    [InlineData("parts are not JSON objects", "<IDS|MSG>", "", "[]", "{}", "{}", "{}")]
    [InlineData("parts are not JSON objects", "<IDS|MSG>", "", "{}", "{}", "{}", "{")]
    [InlineData("parts are not JSON objects", "<IDS|MSG>", "", "{\"a\":1,\"a\":2}", "{}", "{}", "{}")]
    public void Frames_that_are_no_message_are_refused(string expected, params string[] frames)
    {
        Assert.Null(new MessageCodec([]).Decode(new NetMQMessage(frames.Select(frame => new NetMQFrame(frame))), out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_of_another_type_count_as_absent()
    {
        var message = new Message([], new JsonObject { ["msg_type"] = 3 }, [], new JsonObject { ["code"] = 1, ["silent"] = "yes", ["cursor_pos"] = "x" });
        Assert.Equal(("", "", true, 7), (message.Type, message.Text("code"), message.Flag("silent", true), message.Number("cursor_pos", 7)));
    }

    private static NetMQMessage Frames(string signature) =>
        new(new[] { "<IDS|MSG>", signature, "{\"msg_type\":\"x\"}", "{}", "{}", "{}" }.Select(frame => new NetMQFrame(frame)));
}
