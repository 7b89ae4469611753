using Align.Interactive;
using Microsoft.DotNet.Interactive.Formatting;
using TorchSharp;

namespace Align.Tests.Interactive;

public sealed class CheckTests
{
    private static readonly double[] Cases = [0.125, 1, -2];

    private static double Right(double x) => x * x;

    [Fact]
    public void A_stub_is_not_solved_yet()
    {
        Assert.Equal(ExerciseState.NotSolvedYet, Check.Exercise<double, double>("Ex 1", _ => throw Check.NotSolved, Right, Cases).State);
        Assert.Equal(ExerciseState.NotSolvedYet, Check.Exercise("Ex 1", () => throw Check.NotSolved).State);
        Assert.StartsWith("Ex 1: not solved yet.", $"{Check.Exercise<double, double>("Ex 1", _ => throw Check.NotSolved, Right, Cases)}", StringComparison.Ordinal);
    }

    [Fact]
    public void The_solution_is_right()
    {
        Assert.Equal(new Verdict("Ex 1", ExerciseState.Right, "3 of 3 cases agree."), Check.Exercise("Ex 1", x => Math.Pow(x, 2), Right, Cases));
        Assert.Equal(ExerciseState.Right, Check.Exercise("Ex 2", () => null).State);
    }

    [Fact]
    public void The_right_answers_can_be_written_out_so_that_the_solution_is_not()
    {
        double[] right = [0.015625, 1, 4];
        Assert.Equal(new Verdict("Ex 1", ExerciseState.Right, "3 of 3 cases agree."), Check.Exercise("Ex 1", x => x * x, Cases, [0.015625, 1, 4]));
        Assert.Equal("Ex 1: wrong: for −2 it gives 4 where −4 is right. 1 of 3 cases differ.", $"{Check.Exercise("Ex 1", x => x * x, Cases, [0.015625, 1, -4])}");
        Assert.StartsWith("Ex 1: 3 inputs and 2 answers.", Assert.Throws<ArgumentException>(() => Check.Exercise("Ex 1", x => x, Cases, right[..2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_answer_names_the_smallest_failing_case_with_both_numbers() =>
        Assert.Equal("Ex 1: wrong: for −2 it gives −4 where 4 is right. 2 of 3 cases differ.", $"{Check.Exercise("Ex 1", x => x == 1 ? 1 : 2 * x, Right, Cases)}");

    [Fact]
    public void An_answer_that_throws_is_wrong_and_named() =>
        Assert.Contains("for 1 it threw DivideByZeroException", Check.Exercise("Ex 1", (double x) => throw new DivideByZeroException(), Right, Cases).Message, StringComparison.Ordinal);

    [Fact]
    public void Tensors_are_compared_by_shape_and_value_and_the_first_difference_is_named()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor[] cases = [torch.tensor(new float[] { 1, 2 }), torch.tensor(new float[] { 3, 4, 5 })];
        torch.Tensor Solution(torch.Tensor x) => x * 2;
        Assert.Equal(ExerciseState.Right, Check.Exercise("t", x => x + x, Solution, cases).State);
        Assert.Equal(
            "for [1, 2] it gives [2, 5] where [2, 4] is right (first difference at 1: 5 instead of 4). 2 of 2 cases differ.",
            Check.Exercise("t", x => (x * 2) + (x > x.min()).to(torch.float32), Solution, cases).Message);
        Assert.Contains("a tensor [1, 2], [2, 4], where a tensor [2]", Check.Exercise("t", x => (x * 2).unsqueeze(0), Solution, cases).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_changes_its_input_does_not_spoil_the_reference()
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor[] cases = [torch.tensor(new[] { 1.0, 2.0 })];
        Assert.Equal(ExerciseState.Right, Check.Exercise("t", x => x.mul_(3), x => x * 3, cases).State);
    }

    [Fact]
    public void Checks_leave_no_tensor_behind()
    {
        using var input = torch.tensor(new[] { 1.0, 2.0 });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Check.Exercise("t", x => x + 1, x => x * 2, [input]);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void NaN_equals_NaN_and_nothing_else()
    {
        Assert.Equal(ExerciseState.Right, Check.Exercise("n", _ => double.NaN, _ => double.NaN, Cases).State);
        Assert.Equal(ExerciseState.Wrong, Check.Exercise("n", _ => 1.0, _ => double.NaN, Cases).State);
        Assert.Equal(ExerciseState.Wrong, Check.Exercise("n", _ => double.NaN, _ => 1.0, Cases).State);
    }

    [Fact]
    public void Lists_tuples_text_and_records_are_compared()
    {
        Assert.Equal(ExerciseState.Right, Check.Exercise("l", n => Enumerable.Range(0, n), n => Enumerable.Range(0, n), [3, 5]).State);
        Assert.Contains("a list of 2, [0, 1], where a list of 3", Check.Exercise("l", n => Enumerable.Range(0, n - 1), n => Enumerable.Range(0, n), [3]).Message, StringComparison.Ordinal);
        Assert.Contains("for (1, \"a\") it gives \"b\" where \"a\" is right", Check.Exercise("s", ((int N, string S) c) => "b", c => c.S, new (int N, string S)[] { (1, "a") }).Message, StringComparison.Ordinal);
        Assert.Equal(ExerciseState.Wrong, Check.Exercise("r", x => new Reference(x, "b"), x => new Reference(x, "a"), Cases).State);
    }

    [Fact]
    public void Nothing_a_learner_returns_makes_a_check_throw()
    {
        foreach (object? odd in new object?[] { null, DateTime.UnixEpoch, new Loop(), new Thrower(), typeof(int), Enumerable.Repeat(1, int.MaxValue), new object() })
            Assert.NotEqual(ExerciseState.NotSolvedYet, Check.Exercise<double, object?>("o", _ => odd, x => x, Cases).State);
        Assert.Equal(ExerciseState.Wrong, Check.Exercise<double, object?>("o", x => x, _ => throw new InvalidOperationException(), Cases).State);
    }

    [Fact]
    public void The_card_escapes_what_the_learner_wrote()
    {
        var card = Check.Exercise("<i>", () => "<script>").ToDisplayString("text/html");
        Assert.DoesNotContain("<script", card, StringComparison.Ordinal);
        Assert.Contains("&lt;i&gt;", card, StringComparison.Ordinal);
    }

    private sealed class Loop
    {
        public Loop Me => this;
    }

    private sealed class Thrower
    {
        public int Value => throw new InvalidOperationException("no value");
    }
}
